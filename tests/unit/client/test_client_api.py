# SPDX-License-Identifier: GPL-3.0-or-later
"""The five verbs against the simulator: they succeed, or the service refuses them."""

import hashlib
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from easel.client import errors
from easel.client.answers import TaskState, TaskStatus
from easel.client.api import Api
from easel.client.models import MODELS, ModelId
from easel.client.requests import GenerateRequest, Source, ToolRequest, Upload
from easel.client.server import Server
from easel.simulator import catalogue
from easel.simulator.answers import ErrorShape
from easel.simulator.faults import LateShape, On, ResultShape
from easel.simulator.front import Host
from easel.simulator.server import Simulator

from .conftest import PreparedEdit

KEY = "3das-secret-0123456789abcdef"


def wait_until(api: Api, task_id: str, done: Callable[[TaskStatus], bool]) -> TaskStatus:
    deadline = time.monotonic() + 20
    while not done(status := api.fetch_status(task_id)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return status


def finish(api: Api, task_id: str) -> TaskStatus:
    return wait_until(api, task_id, lambda status: any(status.assets))


@pytest.fixture
def with_key(simulator: Simulator) -> Iterator[Callable[[str], Api]]:
    apis: list[Api] = []

    def make(key: str) -> Api:
        apis.append(Api(Server(name="sim", url=simulator.url), key=lambda: key, may_go_online=lambda: False))
        return apis[-1]

    yield make
    for api in apis:
        api.close()


def test_from_prompt_to_bytes(simulator: Simulator, api: Api, generate: GenerateRequest) -> None:
    task_id = api.submit(generate).task_id
    status = finish(api, task_id)
    assert status.state is TaskState.FINISHED
    assert status.progress == 100
    file = io.BytesIO()
    assert api.download(status.assets[0], file) == len(file.getvalue())
    assert file.getvalue().startswith(b"\x89PNG")
    assert api.fetch_wallet().balance == Decimal(100_000) - generate.price


@pytest.mark.parametrize("model", list(MODELS))
def test_an_edit_sends_every_source_byte_for_byte(
    simulator: Simulator, api: Api, png: Path, make_edit: Callable[..., PreparedEdit], model: ModelId
) -> None:
    request = make_edit(model, sources=MODELS[model].max_sources)
    task = simulator.tasks[api.submit(*request).task_id]
    assert task.order.edit
    assert [source.sha256 for source in task.order.sources] == [
        hashlib.sha256(png.read_bytes()).hexdigest()
    ] * MODELS[model].max_sources
    assert {source.media_type for source in task.order.sources} == {"image/png"}


@pytest.mark.parametrize("data", [b"\r\n--", b"\x89PNG\r\n\x1a\n" + b"\r\n--" * 50_000])
def test_a_tools_form_carries_the_file_byte_for_byte(
    simulator: Simulator, api: Api, png: Path, tmp_path: Path, data: bytes
) -> None:
    path = tmp_path / "odd.png"
    path.write_bytes(png.read_bytes() + data)  # bytes that look like the form's own boundaries
    request = ToolRequest(model=ModelId.REMOVE_BACKGROUND, prompt="x", sources=(Source(name="odd"),))
    upload = Upload(name="odd", path=str(path), media_type="image/png")
    task = simulator.tasks[api.submit(request, (upload,)).task_id]
    assert task.order.sources[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert task.order.options == {"quality": "high", "return_mask": "false"}


@pytest.mark.parametrize("status", [200, 201, 202])
def test_every_success_is_one(simulator: Simulator, api: Api, generate: GenerateRequest, status: int) -> None:
    simulator.submit_status = status
    assert api.submit(generate).task_id in simulator.tasks


# Wallet and key


def test_the_wallet_may_tell_the_rate_limit(simulator: Simulator, api: Api) -> None:
    assert api.fetch_wallet().rate_limit is None
    simulator.rate_limit = 7
    simulator.advertise_rate_limit = True
    assert api.fetch_wallet().rate_limit == 7


def test_the_wallets_older_address(simulator: Simulator, api: Api) -> None:
    simulator.old_wallet_only = True
    assert api.fetch_wallet().balance == 100_000
    assert [exchange.status for exchange in simulator.log] == [404, 200]


@pytest.mark.parametrize("key", ["", "  ", "two words", "line\nbreak", "schlüssel"])
def test_without_a_usable_key_nothing_is_sent(
    simulator: Simulator, with_key: Callable[[str], Api], generate: GenerateRequest, key: str
) -> None:
    with pytest.raises(errors.KeyMissing) as caught:
        with_key(key).submit(generate)
    assert caught.value.remedy is errors.Remedy.SET_KEY
    assert not caught.value.fate_unknown
    assert not simulator.log


@pytest.mark.parametrize("shape", ErrorShape)
@pytest.mark.parametrize("key", ["expired-key", "revoked-key"])
def test_a_dead_key_in_every_shape(
    simulator: Simulator, with_key: Callable[[str], Api], shape: ErrorShape, key: str
) -> None:
    simulator.error_shape = shape
    with pytest.raises(errors.AuthenticationFailed) as caught:
        with_key(key).fetch_wallet()
    assert "<" not in str(caught.value)
    if shape not in (ErrorShape.DETAIL, ErrorShape.TEXT, ErrorShape.HTML, ErrorShape.EMPTY):
        assert caught.value.code == f"api_key_{key.partition('-')[0]}"


@pytest.mark.parametrize("shape", ErrorShape)
def test_no_credits_in_every_shape(
    simulator: Simulator, api: Api, generate: GenerateRequest, shape: ErrorShape
) -> None:
    simulator.error_shape = shape
    simulator.store.fill(Decimal(1))
    with pytest.raises(errors.InsufficientCredits) as caught:
        api.submit(generate)
    assert caught.value.remedy is errors.Remedy.TOP_UP
    assert not caught.value.fate_unknown


# What may not be sent


def test_online_access_off_is_asked_for_each_request_to_the_world() -> None:
    asked: list[bool] = []

    def refuse() -> bool:
        asked.append(True)
        return False

    api = Api(Server(name="live"), key=lambda: KEY, may_go_online=refuse)
    for call in (api.fetch_wallet, lambda: api.fetch_status("x")):
        with pytest.raises(errors.OnlineAccessOff):
            call()
    with pytest.raises(errors.OnlineAccessOff):
        api.submit(GenerateRequest(model=ModelId.GEMINI_3_PRO, prompt="x"))
    assert len(asked) == 3


def test_a_wrong_address_is_told_before_anything_is_sent() -> None:
    server = Server(name="open", url="http://api.example")
    api = Api(server, key=lambda: KEY, may_go_online=lambda: True)
    with pytest.raises(errors.RequestInvalid, match="https") as caught:
        api.fetch_wallet()
    assert caught.value.remedy is errors.Remedy.CHECK_SERVER


def test_an_invalid_request_is_not_sent(simulator: Simulator, api: Api, generate: GenerateRequest) -> None:
    with pytest.raises(errors.RequestInvalid):
        api.submit(replace(generate, count=9))
    assert not simulator.log


def test_a_missing_source_is_told_before_anything_is_sent(
    simulator: Simulator, api: Api, png: Path, make_edit: Callable[..., PreparedEdit]
) -> None:
    request = make_edit()
    png.unlink()
    with pytest.raises(errors.UploadUnreadable) as caught:
        api.submit(*request)
    assert not caught.value.fate_unknown
    assert not simulator.log


def test_an_edit_without_the_files_of_all_its_sources_is_not_sent(
    simulator: Simulator, api: Api, make_edit: Callable[..., PreparedEdit]
) -> None:
    request, uploads = make_edit(sources=2)
    with pytest.raises(errors.UploadUnreadable, match="“Brick” was not prepared"):
        api.submit(request, uploads[:1])
    assert not simulator.log


def test_stopping_before_the_start(
    simulator: Simulator, api: Api, make_edit: Callable[..., PreparedEdit]
) -> None:
    with pytest.raises(errors.Interrupted) as caught:
        api.submit(*make_edit(), lambda: True)
    assert not caught.value.fate_unknown
    assert not simulator.tasks


def test_a_closed_api_does_nothing_more(simulator: Simulator, api: Api, generate: GenerateRequest) -> None:
    api.fetch_wallet()
    api.close()
    api.close()
    with pytest.raises(errors.Interrupted):
        api.submit(generate)
    with pytest.raises(errors.Interrupted):
        api.fetch_wallet()
    with pytest.raises(errors.Interrupted):
        api.download("http://127.0.0.1:1/x", io.BytesIO())
    assert len(simulator.log) == 1


# Guesses about the contract


@pytest.mark.parametrize("name", ["image_urls", "images"])
def test_seedreams_sources_under_either_name(
    simulator: Simulator, api: Api, make_edit: Callable[..., PreparedEdit], name: str
) -> None:
    simulator.quirks = replace(simulator.quirks, seedream_source_field=name)
    request, uploads = make_edit(ModelId.SEEDREAM_V5_LITE, sources=2)
    task = simulator.tasks[api.submit(request, uploads).task_id]
    assert len(task.order.sources) == 2
    assert [exchange.status for exchange in simulator.log] == [201] if name == "image_urls" else [400, 201]
    assert simulator.balance == 100_000 - request.price


@pytest.mark.parametrize(
    ("text", "requests"),
    [
        ("image_urls: Unknown field.", 2),
        ("images: This field is required.", 2),
        ("Bad request.", 2),
        ("prompt: This prompt is not allowed.", 1),
        ("image_size: “huge” is not a valid choice.", 1),
    ],
)
def test_only_a_400_that_may_mean_the_sources_is_tried_again(
    simulator: Simulator, api: Api, make_edit: Callable[..., PreparedEdit], text: str, requests: int
) -> None:
    refusal = catalogue.error(On.SUBMIT, 400, "validation_failed", text)
    simulator.script(replace(refusal, times=2))
    with pytest.raises(errors.ValidationFailed):
        api.submit(*make_edit(ModelId.SEEDREAM_V5_LITE, image_size="auto_2K"))
    assert len(simulator.log) == requests


@pytest.mark.parametrize("status", [401, 402, 413, 429, 500])
def test_nothing_but_a_400_is_tried_again(
    simulator: Simulator, api: Api, make_edit: Callable[..., PreparedEdit], status: int
) -> None:
    simulator.script(catalogue.error(On.SUBMIT, status, text="image_urls"))
    with pytest.raises(errors.ApiError):
        api.submit(*make_edit(ModelId.SEEDREAM_V5_LITE))
    assert len(simulator.log) == 1


def test_other_models_have_one_name_only(
    simulator: Simulator, api: Api, make_edit: Callable[..., PreparedEdit]
) -> None:
    simulator.script(catalogue.error(On.SUBMIT, 400, text="images: broken"))
    with pytest.raises(errors.ValidationFailed):
        api.submit(*make_edit(ModelId.GEMINI_3_PRO))
    assert len(simulator.log) == 1


def test_a_documented_format_that_is_refused_says_what_to_do(simulator: Simulator, api: Api) -> None:
    request = GenerateRequest(model=ModelId.GEMINI_2_5_FLASH, prompt="x", output_format="png")
    api.submit(request)
    with pytest.raises(errors.ValidationFailed, match=r"JPEG files: choose PNG.*Invalid input") as caught:
        api.submit(replace(request, output_format="jpeg"))
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("model", "output_format", "text", "is_advised"),
    [
        (ModelId.GEMINI_2_5_FLASH, "webp", "Bad request.", True),
        (ModelId.GEMINI_2_5_FLASH, "webp", "output_format: Unknown field.", True),
        (ModelId.GEMINI_2_5_FLASH, "webp", "aspect_ratio: not a valid choice.", False),
        (ModelId.GEMINI_2_5_FLASH, "webp", "Your prompt was refused.", False),
        (ModelId.GEMINI_2_5_FLASH, "png", "Invalid input.", False),
        (ModelId.GEMINI_2_5_FLASH, "", "Invalid input.", False),
        (ModelId.GEMINI_3_PRO, "webp", "Invalid input.", False),
        (ModelId.GEMINI_3_PRO, "webp", "output_format: not now.", True),
    ],
)
def test_png_is_advised_where_the_format_may_be_meant(
    simulator: Simulator, api: Api, model: ModelId, output_format: str, text: str, is_advised: bool
) -> None:
    simulator.script(catalogue.error(On.SUBMIT, 400, text=text))
    request = GenerateRequest(model=model, prompt="x", aspect_ratio="1:1", output_format=output_format)
    with pytest.raises(errors.ValidationFailed) as caught:
        api.submit(request)
    assert ("choose PNG" in str(caught.value)) is is_advised
    assert text in str(caught.value)


# The status


def test_urls_may_come_late(simulator: Simulator, api: Api, generate: GenerateRequest) -> None:
    simulator.script(catalogue.late_urls(600, LateShape.NULL_ASSET))
    task_id = api.submit(replace(generate, count=2)).task_id
    status = wait_until(api, task_id, lambda status: status.state is TaskState.FINISHED)
    assert status.assets == ("", "")
    assert status.failure_reason == ""
    simulator.tasks[task_id].ready_at -= 600
    assert len(finish(api, task_id).assets) == 2


@pytest.mark.parametrize("shape", ResultShape)
def test_older_shapes_of_results(
    simulator: Simulator, api: Api, generate: GenerateRequest, shape: ResultShape
) -> None:
    simulator.script(catalogue.older_shape(shape))
    assert finish(api, api.submit(generate).task_id).assets[0].startswith(simulator.asset_url)


def test_failures_and_their_reasons(simulator: Simulator, api: Api, generate: GenerateRequest) -> None:
    simulator.script(catalogue.failed("blocked"), catalogue.finished_with_reason("no image"))
    failed = wait_until(api, api.submit(generate).task_id, lambda status: bool(status.failure_reason))
    empty = wait_until(api, api.submit(generate).task_id, lambda status: bool(status.failure_reason))
    assert (failed.state, failed.failure_reason) == (TaskState.FAILED, "blocked")
    assert (empty.state, empty.failure_reason, any(empty.assets)) == (TaskState.FINISHED, "no image", False)


def test_words_and_nulls_we_do_not_know(simulator: Simulator, api: Api, generate: GenerateRequest) -> None:
    running = catalogue.course(
        replace(catalogue.unknown_word().effect, seconds=30, null_progress=True, null_metadata=True)  # type: ignore[type-var]
    )
    simulator.script(running)
    task_id = api.submit(generate).task_id
    simulator.tasks[task_id].started_at = 0
    status = api.fetch_status(task_id)
    assert (status.state, status.progress) == (TaskState.IN_PROGRESS, 0)


@pytest.mark.parametrize("task_id", ["", ".", "..", "no-such-task", "../../account/user/wallet", "a b/?ü"])
def test_unknown_tasks(api: Api, task_id: str) -> None:
    with pytest.raises(errors.TaskNotFound):
        api.fetch_status(task_id)


def test_another_accounts_task(
    simulator: Simulator, api: Api, generate: GenerateRequest, with_key: Callable[[str], Api]
) -> None:
    task_id = api.submit(generate).task_id
    with pytest.raises(errors.TaskNotFound, match="another account"):
        with_key("other-key").fetch_status(task_id)


def test_the_key_goes_to_the_api_alone(simulator: Simulator, api: Api, generate: GenerateRequest) -> None:
    simulator.script(catalogue.redirected())
    api.download(finish(api, api.submit(generate).task_id).assets[0], io.BytesIO())
    for exchange in simulator.log:
        assert exchange.authorized is (exchange.host is Host.API)
        assert "cookie" not in exchange.headers
        assert exchange.headers["user-agent"] == "Easel"
