# SPDX-License-Identifier: GPL-3.0-or-later
"""A client sees every fault that can be switched on."""

import io
import time
from dataclasses import replace

import pytest
import requests
from api_user import ApiUser
from PIL import Image

from easel.simulator import catalogue
from easel.simulator.answers import ErrorShape
from easel.simulator.faults import Fault, LateShape, On, ResultShape, Spoilt, When


def _submit(user: ApiUser, **fields: object) -> str:
    return user.submit(resolution="512px", **fields)


def _link(user: ApiUser) -> str:
    return str(user.wait(_submit(user))["results"][0]["asset"])


# Ends of a task


@pytest.mark.parametrize("shape", list(LateShape))
def test_late_urls(user: ApiUser, shape: LateShape) -> None:
    user.simulator.script(catalogue.late_urls(600, shape))
    task_id = _submit(user)
    first = user.wait(task_id, with_links=False)
    assert first["status"] == "FINISHED"
    assert first["failure_reason"] is None
    assert [result["asset"] for result in first["results"]] == ([] if shape is LateShape.EMPTY else [None])
    user.simulator.tasks[task_id].ready_at -= 600
    assert user.wait(task_id)["results"][0]["asset"]


def test_failed_is_refunded(user: ApiUser) -> None:
    user.simulator.script(catalogue.failed("Blocked."))
    task_id = _submit(user)
    status = user.wait(task_id)
    assert (status["status"], status["failure_reason"], status["results"]) == ("FAILED", "Blocked.", [])
    assert user.balance() == "1000.00"
    assert user.balance() == "1000.00"


def test_finished_with_a_reason(user: ApiUser) -> None:
    user.simulator.script(catalogue.finished_with_reason("No image."))
    status = user.wait(_submit(user))
    assert (status["status"], status["failure_reason"], status["results"]) == ("FINISHED", "No image.", [])


def test_finished_with_nothing(user: ApiUser) -> None:
    user.simulator.script(catalogue.finished_empty())
    status = user.wait(_submit(user))
    assert (status["status"], status["failure_reason"], status["results"]) == ("FINISHED", None, [])


@pytest.mark.parametrize(("refund", "balance"), [(True, "980.00"), (False, "960.00")])
def test_fewer_results(user: ApiUser, refund: bool, balance: str) -> None:
    user.simulator.script(catalogue.fewer(2, refund=refund))
    status = user.wait(_submit(user, num_images=4))
    assert len(status["results"]) == 2
    assert user.balance() == balance


def test_an_unknown_word(user: ApiUser) -> None:
    user.simulator.script(catalogue.unknown_word("UPSCALING"))
    user.simulator.speed = 0.1
    task_id = _submit(user)
    assert user.status(task_id).json()["status"] == "PENDING"
    user.simulator.tasks[task_id].started_at = time.time()
    assert user.status(task_id).json()["status"] == "UPSCALING"
    user.simulator.finish(task_id)
    user.wait_until_drawn(task_id)
    assert user.status(task_id).json()["status"] == "FINISHED"


def test_older_shapes(user: ApiUser) -> None:
    user.simulator.script(
        catalogue.older_shape(ResultShape.ASSET_URL), catalogue.older_shape(ResultShape.BOTH)
    )
    first, second = (user.wait(_submit(user))["results"][0] for _ in range(2))
    assert "asset" not in first
    assert user.download(first["asset_url"]).status_code == 200
    assert second["asset"] is None
    assert second["metadata"] is None
    assert user.download(second["asset_url"]).status_code == 200
    assert user.download(second["thumbnail"]).status_code == 200


def test_null_fields(user: ApiUser) -> None:
    user.simulator.script(catalogue.null_fields())
    status = user.wait(_submit(user))
    assert status["progress"] is None
    assert status["results"][0]["metadata"] is None


def test_absent_fields(user: ApiUser) -> None:
    user.simulator.script(catalogue.absent_fields())
    status = user.wait(_submit(user))
    assert "progress" not in status
    assert "metadata" not in status["results"][0]


def test_a_course_is_one_task_s_alone(user: ApiUser) -> None:
    user.simulator.script(catalogue.failed())
    assert user.wait(_submit(user))["status"] == "FAILED"
    assert user.wait(_submit(user))["status"] == "FINISHED"


def test_a_task_can_take_exactly_so_long(user: ApiUser) -> None:
    user.simulator.script(catalogue.takes(600))
    task = user.simulator.tasks[_submit(user)]
    assert task.ready_at - task.created_at == pytest.approx(600)


# Wrong answers


@pytest.mark.parametrize("on", [On.SUBMIT, On.STATUS, On.WALLET])
@pytest.mark.parametrize("retry_after", [True, False])
def test_throttled(user: ApiUser, on: On, retry_after: bool) -> None:
    task_id = _submit(user)
    user.simulator.script(catalogue.throttled(on, 7, retry_after=retry_after))
    calls = {
        On.SUBMIT: lambda: user.generate(resolution="512px"),
        On.STATUS: lambda: user.status(task_id),
        On.WALLET: lambda: user.get("/account/user/wallet/"),
    }
    response = calls[on]()
    assert response.status_code == 429
    assert response.json()["error"] == "Request was throttled. Expected available in 7 seconds."
    assert response.headers.get("Retry-After") == ("7" if retry_after else None)
    assert len(user.simulator.tasks) == 1
    assert calls[on]().status_code in (200, 201)


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize(("when", "tasks"), [(When.BEFORE, 0), (When.AFTER, 1)])
def test_trouble_before_and_after_the_task_was_made(
    user: ApiUser, status: int, when: When, tasks: int
) -> None:
    user.simulator.script(catalogue.trouble(On.SUBMIT, status, when=when))
    assert user.generate(resolution="512px").status_code == status
    assert len(user.simulator.tasks) == tasks
    assert user.balance() == f"{1000 - 10 * tasks}.00"


def test_any_error_in_any_shape(user: ApiUser) -> None:
    fault = catalogue.error(On.STATUS, 418, "teapot", "Short.", shape=ErrorShape.CODE_MESSAGE_UPPER)
    user.simulator.script(fault)
    response = user.status("any")
    assert response.status_code == 418
    assert response.json() == {"code": "TEAPOT", "message": "Short."}


def test_an_html_page_with_200(user: ApiUser) -> None:
    link = _link(user)
    user.simulator.script(*(catalogue.html_page(on) for on in On))
    for response in (
        user.status("any"),
        user.get("/account/user/wallet/"),
        user.download(link),
        user.generate(),
    ):
        assert response.status_code == 200
        assert response.text.startswith("<!DOCTYPE html>")
    assert len(user.simulator.tasks) == 2


def test_unknown_and_foreign_tasks(user: ApiUser) -> None:
    task_id = _submit(user)
    user.simulator.script(catalogue.unknown_task(), catalogue.foreign_task())
    assert [user.status(task_id).status_code for _ in range(3)] == [404, 403, 200]


# The connection


@pytest.mark.parametrize(("when", "tasks"), [(When.BEFORE, 0), (When.AFTER, 1)])
def test_a_connection_that_drops(user: ApiUser, when: When, tasks: int) -> None:
    user.simulator.script(catalogue.dropped(On.SUBMIT, when=when))
    with pytest.raises(requests.ConnectionError):
        user.generate(resolution="512px")
    assert len(user.simulator.tasks) == tasks
    assert user.simulator.log[-1].status is None


def test_an_upload_that_breaks(user: ApiUser) -> None:
    user.simulator.script(catalogue.dropped(On.SUBMIT, after_bytes=1000))
    with pytest.raises(requests.ConnectionError):
        user.generate(prompt="x" * 8_000_000)
    assert not user.simulator.tasks
    assert user.simulator.log[-1].body_size == 1000


@pytest.mark.parametrize(("when", "tasks"), [(When.BEFORE, 0), (When.AFTER, 1)])
def test_a_service_that_hangs(user: ApiUser, when: When, tasks: int) -> None:
    user.simulator.script(catalogue.hang(On.SUBMIT, when=when))
    with pytest.raises(requests.ReadTimeout):
        user.session.post(
            user.simulator.url + "/v1/images/gemini/2.5/flash/generate/", json={"prompt": "a"}, timeout=0.3
        )
    deadline = time.monotonic() + 30
    while not user.simulator.log or not user.simulator.log[-1].body_size or len(user.simulator.tasks) < tasks:
        assert time.monotonic() < deadline  # a busy machine takes longer
        time.sleep(0.02)
    assert len(user.simulator.tasks) == tasks


def test_a_service_that_takes_its_time(user: ApiUser) -> None:
    user.simulator.script(catalogue.hang(On.WALLET, seconds=0.3))
    start = time.monotonic()
    assert user.balance() == "1000.00"
    assert time.monotonic() - start >= 0.3


@pytest.mark.parametrize("on", [On.STATUS, On.ASSET, On.WALLET])
def test_a_cut_body(user: ApiUser, on: On) -> None:
    link = _link(user)
    user.simulator.script(catalogue.cut(on))
    addresses = {
        On.STATUS: f"{user.simulator.url}/v1/generation-request/{next(iter(user.simulator.tasks))}/status/",
        On.ASSET: link,
        On.WALLET: user.simulator.url + "/account/user/wallet/",
    }
    headers = {} if on is On.ASSET else {"Authorization": "Bearer test-key"}
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        requests.get(addresses[on], headers=headers, timeout=5)


def test_a_slow_body(user: ApiUser) -> None:
    link = _link(user)
    user.simulator.script(catalogue.slow(On.ASSET, 0.4))
    start = time.monotonic()
    slow = user.download(link)
    assert time.monotonic() - start >= 0.38
    assert slow.content == user.download(link).content


# The asset host


def test_a_revoked_link_and_a_fresh_one(user: ApiUser) -> None:
    link = _link(user)
    user.simulator.script(catalogue.link_revoked())
    assert [user.download(link).status_code for _ in range(3)] == [403, 403, 403]
    fresh = user.wait(next(iter(user.simulator.tasks)))["results"][0]["asset"]
    assert user.download(fresh).status_code == 200


def test_an_asset_that_is_missing(user: ApiUser) -> None:
    link = _link(user)
    user.simulator.script(catalogue.asset_missing())
    assert [user.download(link).status_code for _ in range(2)] == [404, 200]


def test_redirects(user: ApiUser) -> None:
    link = _link(user)
    user.simulator.script(catalogue.redirected())
    followed = user.download(link)
    assert followed.status_code == 200
    assert [response.status_code for response in followed.history] == [302]
    user.simulator.script(catalogue.redirected("http://example.org/a.png"))
    away = requests.get(link, allow_redirects=False, timeout=5)
    assert away.headers["Location"] == "http://example.org/a.png"


def test_an_asset_without_end(user: ApiUser) -> None:
    link = _link(user)
    user.simulator.script(catalogue.oversized(), catalogue.oversized(announced=3_000_000))
    with requests.get(link, stream=True, timeout=5) as endless:
        assert "Content-Length" not in endless.headers
        received = 0
        for block in endless.iter_content(1 << 20):
            received += len(block)
            if received > 20_000_000:
                break
    assert len(user.download(link).content) == 3_000_000


def test_wrong_bytes(user: ApiUser) -> None:
    link = _link(user)
    good = user.download(link).content
    user.simulator.script(*(catalogue.spoilt(way) for way in Spoilt))
    wrong, corrupt, bomb, other = (user.download(link).content for _ in Spoilt)
    assert wrong.startswith(b"NOT-AN-IMAGE")
    assert good.startswith(corrupt)
    with pytest.raises(OSError, match="truncated"):
        Image.open(io.BytesIO(corrupt)).load()
    assert len(bomb) < 1_000_000
    with pytest.raises(Image.DecompressionBombError):
        Image.open(io.BytesIO(bomb))
    assert Image.open(io.BytesIO(other)).size == (384, 256)


# Matching


def test_faults_can_be_counted_skipped_and_aimed(user: ApiUser) -> None:
    first, second = _submit(user), _submit(user)
    fault = replace(catalogue.trouble(On.STATUS), times=2, skip=1, task_id=second)
    user.simulator.script(fault)
    assert [user.status(first).status_code for _ in range(3)] == [200, 200, 200]
    assert [user.status(second).status_code for _ in range(4)] == [200, 503, 503, 200]
    assert not user.simulator.faults.pending


def test_a_fault_for_ever_ends_when_cleared(user: ApiUser) -> None:
    user.simulator.script(replace(catalogue.trouble(On.WALLET), times=None))
    codes = {user.get("/account/user/wallet/").status_code for _ in range(4)}
    user.simulator.faults.clear()
    assert codes == {503}
    assert user.balance() == "1000.00"


def test_the_log_says_which_fault_struck(user: ApiUser) -> None:
    fault: Fault = catalogue.trouble(On.WALLET)
    user.simulator.script(fault)
    user.get("/account/user/wallet/")
    assert user.simulator.log[-1].fault is fault
