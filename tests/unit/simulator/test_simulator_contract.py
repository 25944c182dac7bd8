# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator follows the documented API: endpoints, options, prices, wallet, keys, statuses."""

import http.client
import time
import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
import requests
from api_user import ApiUser, data_uri, png

from easel.simulator import Simulator
from easel.simulator.answers import ErrorShape
from easel.simulator.models import MODELS, SimulatedModel
from easel.simulator.orders import Formats, Quirks

SOURCE = data_uri(png(64, 64))
SOURCE_FIELD = {model.key: "images" for model in MODELS} | {"SEEDREAM_V5_LITE": "image_urls"}
CHEAP: dict[str, dict[str, Any]] = {"GEMINI_3_1_FLASH": {"resolution": "512px"}}  # quick to draw

each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.key)


@each_model
def test_every_model_generates(user: ApiUser, model: SimulatedModel) -> None:
    response = user.generate(model.key, **CHEAP.get(model.key, {}))
    assert response.status_code == 201
    assert set(response.json()) == {"task_id", "created_at"}
    uuid.UUID(response.json()["task_id"])
    assert datetime.fromisoformat(response.json()["created_at"]).tzinfo is not None
    status = user.wait(response.json()["task_id"])
    assert status["status"] == "FINISHED"
    assert status["progress"] == 100
    assert status["failure_reason"] is None
    assert [result["asset_type"] for result in status["results"]] == ["IMAGE"]


@each_model
def test_every_model_edits(user: ApiUser, model: SimulatedModel) -> None:
    fields = {SOURCE_FIELD[model.key]: [SOURCE], **CHEAP.get(model.key, {})}
    response = user.edit(model.key, **fields)
    assert response.status_code == 201
    status = user.wait(response.json()["task_id"])
    assert [result["asset_type"] for result in status["results"]] == ["EDITED_IMAGE"]


@pytest.mark.parametrize(
    ("model", "fields", "price"),
    [
        ("GEMINI_3_PRO", {}, 50),
        ("GEMINI_3_PRO", {"resolution": "2K"}, 50),
        ("GEMINI_3_PRO", {"resolution": "4K"}, 80),
        ("GEMINI_3_1_FLASH", {"resolution": "512px"}, 10),
        ("GEMINI_3_1_FLASH", {}, 15),
        ("GEMINI_3_1_FLASH", {"resolution": "2K"}, 20),
        ("GEMINI_3_1_FLASH", {"resolution": "4K"}, 25),
        ("GEMINI_3_1_FLASH", {"num_images": 4}, 60),
        ("GEMINI_2_5_FLASH", {}, 5),
        ("SEEDREAM_V5_LITE", {"num_images": 6}, 60),
    ],
)
def test_the_price_is_taken_at_the_submit(
    user: ApiUser, model: str, fields: dict[str, Any], price: int
) -> None:
    assert user.balance() == "1000.00"
    user.submit(model, **fields)
    assert user.balance() == f"{1000 - price}.00"


@pytest.mark.parametrize(
    ("model", "fields", "named"),
    [
        ("GEMINI_3_1_FLASH", {"negative_prompt": "blur"}, "negative_prompt"),
        ("GEMINI_3_1_FLASH", {"seed": 1}, "seed"),
        ("GEMINI_3_1_FLASH", {"prompt": ""}, "prompt"),
        ("GEMINI_3_1_FLASH", {"prompt": 7}, "prompt"),
        ("GEMINI_3_1_FLASH", {"resolution": "8K"}, "resolution"),
        ("GEMINI_3_1_FLASH", {"aspect_ratio": "7:3"}, "aspect_ratio"),
        ("GEMINI_3_1_FLASH", {"num_images": 0}, "num_images"),
        ("GEMINI_3_1_FLASH", {"num_images": 5}, "num_images"),
        ("GEMINI_3_1_FLASH", {"num_images": True}, "num_images"),
        ("GEMINI_3_1_FLASH", {"num_images": "2"}, "num_images"),
        ("GEMINI_3_1_FLASH", {"output_format": "tiff"}, "output_format"),
        ("GEMINI_3_1_FLASH", {"images": [SOURCE]}, "images"),
        ("GEMINI_3_PRO", {"resolution": "512px"}, "resolution"),
        ("GEMINI_3_PRO", {"aspect_ratio": "8:1"}, "aspect_ratio"),
        ("GEMINI_2_5_FLASH", {"resolution": "1K"}, "resolution"),
        ("SEEDREAM_V5_LITE", {"aspect_ratio": "1:1"}, "aspect_ratio"),
        ("SEEDREAM_V5_LITE", {"output_format": "png"}, "output_format"),
        ("SEEDREAM_V5_LITE", {"image_size": "huge"}, "image_size"),
        ("SEEDREAM_V5_LITE", {"seed": -1}, "seed"),
        ("SEEDREAM_V5_LITE", {"num_images": 7}, "num_images"),
        ("SEEDREAM_V5_LITE", {"enable_safety_checker": "yes"}, "enable_safety_checker"),
    ],
)
def test_a_wrong_option_is_named_and_costs_nothing(
    user: ApiUser, model: str, fields: dict[str, Any], named: str
) -> None:
    response = user.generate(model, **fields)
    assert response.status_code == 400
    assert response.json()["error_code"] == "validation_failed"
    assert response.json()["error"].startswith(f"{named}: ")
    assert user.balance() == "1000.00"
    assert not user.simulator.tasks


@pytest.mark.parametrize(
    ("model", "sources"),
    [
        ("GEMINI_3_1_FLASH", []),
        ("GEMINI_3_1_FLASH", [SOURCE] * 15),
        ("GEMINI_3_1_FLASH", SOURCE),
        ("GEMINI_3_1_FLASH", ["https://example.org/a.png"]),
        ("GEMINI_3_1_FLASH", [SOURCE.replace("data:image/png;", "data:;")]),
        ("GEMINI_3_1_FLASH", [SOURCE.replace("image/png", "image/bmp")]),
        ("GEMINI_3_1_FLASH", [SOURCE.replace("image/png", "image/jpeg")]),
        ("GEMINI_3_1_FLASH", [SOURCE.removeprefix("data:image/png;base64,")]),
        ("GEMINI_3_1_FLASH", [SOURCE[:60] + "!" + SOURCE[61:]]),
        ("GEMINI_3_1_FLASH", [SOURCE[:-1]]),
        ("SEEDREAM_V5_LITE", [SOURCE] * 11),
    ],
)
def test_wrong_sources_are_refused(user: ApiUser, model: str, sources: object) -> None:
    response = user.edit(model, **{SOURCE_FIELD[model]: sources})
    assert response.status_code == 400
    assert response.json()["error"].startswith(SOURCE_FIELD[model] + ": ")
    assert not list(user.simulator.source_dir.iterdir())


def test_the_most_sources_are_taken(user: ApiUser) -> None:
    assert user.edit(resolution="512px", images=[SOURCE] * 14).status_code == 201
    assert user.edit("SEEDREAM_V5_LITE", image_urls=[SOURCE] * 10).status_code == 201


def test_an_edit_needs_its_sources_and_its_prompt(user: ApiUser) -> None:
    assert user.edit().json()["error"] == "images: This field is required."
    path = "/v1/images/gemini/3/pro/edit/"
    assert user.post(path, {"images": [SOURCE]}).json()["error"] == "prompt: This field is required."


def test_the_doubtful_fields_can_be_switched(user: ApiUser) -> None:
    user.simulator.quirks = Quirks(seedream_source_field="images", refuses_unknown_fields=True)
    refused = user.edit("SEEDREAM_V5_LITE", image_urls=[SOURCE])
    assert refused.json()["error"] == "image_urls: Unknown field."
    assert user.edit("SEEDREAM_V5_LITE", images=[SOURCE]).status_code == 201


@pytest.mark.parametrize("output_format", ["png", "webp"])
def test_what_2_5_flash_makes_of_a_format_can_be_switched(user: ApiUser, output_format: str) -> None:
    def generate(formats: Formats) -> requests.Response:
        user.simulator.quirks = Quirks(flash_2_5_formats=formats)
        return user.generate("GEMINI_2_5_FLASH", output_format=output_format)

    assert user.generate("GEMINI_2_5_FLASH", output_format=output_format).json()["error"] == "Invalid input."
    assert generate(Formats.NAMED).json()["error"] == "output_format: Unknown field."
    assert generate(Formats.TAKEN).status_code == 201
    failed = user.wait(generate(Formats.FAILED).json()["task_id"])
    assert (failed["status"], failed["failure_reason"]) == ("FAILED", "Invalid input.")
    assert user.balance() == "995.00"


@each_model
def test_unknown_fields_are_ignored_unless_told_otherwise(model: SimulatedModel) -> None:
    with Simulator(speed=1000, rate_limit=None) as simulator, ApiUser(simulator) as user:
        assert user.generate(model.key, negative_prompt="blur", seed="x" if not model.seed else 1).ok
        assert not user.generate(model.key, negative_prompt="blur", num_images=0).ok
        simulator.quirks = Quirks(refuses_unknown_fields=True)
        assert not user.generate(model.key, negative_prompt="blur").ok


def test_paths_end_in_a_slash(user: ApiUser) -> None:
    body = {"prompt": "copper"}
    assert user.post("/v1/images/gemini/3/pro/generate", body).status_code == 404
    assert user.get("/account/user/wallet").status_code == 404


@pytest.mark.parametrize(
    ("key", "code"),
    [("expired-1", "api_key_expired"), ("revoked-1", "api_key_revoked"), ("stranger", "invalid_api_key")],
)
def test_keys_are_refused_with_their_code(simulator: Simulator, key: str, code: str) -> None:
    simulator.valid_keys = {"test-key"}
    with ApiUser(simulator, key) as user:
        for response in (user.generate(), user.status("any"), user.get("/account/user/wallet/")):
            assert response.status_code == 401
            assert response.json()["error_code"] == code


def test_no_key_is_refused(simulator: Simulator) -> None:
    response = requests.get(simulator.url + "/account/user/wallet/", timeout=5)
    assert response.status_code == 401
    assert response.json()["error_code"] == "invalid_api_key"


def test_too_few_credits(user: ApiUser) -> None:
    user.simulator.store.fill(Decimal(10))
    response = user.generate("GEMINI_3_PRO")
    assert response.status_code == 402
    assert response.json()["error_code"] == "insufficient_credits"
    assert user.balance() == "10.00"


def test_tasks_of_nobody_and_of_others(simulator: Simulator, user: ApiUser) -> None:
    unknown = user.status(str(uuid.uuid4()))
    assert unknown.status_code == 404
    assert unknown.json() == {"detail": "No PublicAPIGenerationRequest matches the given query."}
    task_id = user.submit(resolution="512px")
    with ApiUser(simulator, "other-key") as other:
        assert other.status(task_id).status_code == 403


def test_the_wallet_may_tell_the_limit_or_live_at_its_older_path(user: ApiUser) -> None:
    user.simulator.rate_limit = 7
    assert user.get("/user/wallet/").json() == {"balance": "1000.00"}
    user.simulator.advertise_rate_limit = True
    assert user.get("/account/user/wallet/").json() == {"balance": "1000.00", "rate_limit": 7}
    user.simulator.old_wallet_only = True
    assert user.get("/account/user/wallet/").status_code == 404
    assert user.get("/user/wallet/").status_code == 200


def test_a_task_goes_through_its_states_in_its_time(user: ApiUser) -> None:
    user.simulator.speed = 0.1  # 30–60 s become 300–600 s
    task_id = user.submit(resolution="512px")
    task = user.simulator.tasks[task_id]
    seconds = task.ready_at - task.created_at
    assert 300 <= seconds <= 600
    assert task.started_at - task.created_at == pytest.approx(0.1 * seconds)
    user.wait_until_drawn(task_id)

    def seen() -> tuple[str, int]:
        payload = user.status(task_id).json()
        return payload["status"], payload["progress"]

    assert seen() == ("PENDING", 0)
    for share in (0.25, 0.5, 0.75):  # shares of the time between start and end
        begun = time.time() - share * 1000
        task.started_at, task.ready_at = begun, begun + 1000
        word, progress = seen()
        assert word == "IN_PROGRESS"
        assert 100 * share - 1 <= progress < 100 * share + 3  # 3 %: the answer may take 30 s
    task.ready_at = time.time()
    assert seen() == ("FINISHED", 100)
    assert task.gets == 5


def test_links_expire_and_the_status_has_fresh_ones(user: ApiUser) -> None:
    task_id = user.submit(resolution="512px")
    good = user.wait(task_id)["results"][0]["asset"]
    assert user.download(good).status_code == 200
    user.simulator.link_seconds = 0
    old = user.wait(task_id)["results"][0]["asset"]
    assert user.download(old).status_code == 403
    assert user.download(old.replace("Expires=0", "Expires=99")).status_code == 403
    user.simulator.link_seconds = 3600
    fresh = user.wait(task_id)["results"][0]["asset"]
    assert user.download(fresh).status_code == 200


def test_results_expire(user: ApiUser) -> None:
    task_id = user.submit(resolution="512px")
    link = user.wait(task_id)["results"][0]["asset"]
    user.simulator.expire(task_id)
    assert user.download(link).status_code == 404


def test_the_asset_host_wants_no_key(user: ApiUser) -> None:
    link = user.wait(user.submit(resolution="512px"))["results"][0]["asset"]
    assert not link.startswith(user.simulator.url)
    assert user.session.get(link, timeout=5).status_code == 400
    assert user.download(link).status_code == 200
    assert [exchange.authorized for exchange in user.simulator.log][-2:] == [True, False]


def test_the_log_knows_everything_but_the_key(user: ApiUser) -> None:
    task_id = user.submit(resolution="512px")
    user.status(task_id)
    submit, status = user.simulator.log
    assert (submit.method, submit.status, submit.task_id) == ("POST", 201, task_id)
    assert (status.method, status.status, status.task_id) == ("GET", 200, task_id)
    assert submit.authorized
    assert "test-key" not in repr(user.simulator.log)
    assert len(submit.body_sha256) == 64


@pytest.mark.parametrize("shape", list(ErrorShape))
def test_every_error_shape(user: ApiUser, shape: ErrorShape) -> None:
    user.simulator.error_shape = shape
    response = user.generate(num_images=0)
    assert response.status_code == 400
    text = response.text
    match shape:
        case ErrorShape.ERROR_CODE:
            assert response.json()["error_code"] == "validation_failed"
        case ErrorShape.CODE_DETAIL:
            assert response.json()["code"] == "validation_failed"
        case ErrorShape.CODE_MESSAGE_UPPER:
            assert response.json()["code"] == "VALIDATION_FAILED"
        case ErrorShape.ERROR_CODE_UPPER:
            assert response.json()["error_code"] == "VALIDATION_FAILED"
        case ErrorShape.DETAIL:
            assert set(response.json()) == {"detail"}
        case ErrorShape.TEXT:
            assert text.startswith("num_images: ")
        case ErrorShape.HTML:
            assert text.startswith("<!DOCTYPE html>")
        case ErrorShape.EMPTY:
            assert not text


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"prompt": "data:'])
def test_what_is_no_json_object_is_refused(user: ApiUser, body: bytes) -> None:
    url = user.simulator.url + "/v1/images/gemini/3/pro/generate/"
    response = user.session.post(url, data=body, timeout=5)
    assert response.status_code == 400
    assert response.json()["error_code"] == "validation_failed"


@pytest.mark.parametrize("length", ["", "-5", "+5", "\xb2", "9" * 20])
def test_a_body_needs_its_length(user: ApiUser, length: str) -> None:
    connection = http.client.HTTPConnection(user.simulator.url.removeprefix("http://"), timeout=20)
    connection.putrequest("POST", "/v1/images/gemini/3/pro/generate/")
    connection.putheader("Authorization", "Bearer key")
    connection.putheader("Content-Length", length)
    connection.endheaders()
    assert connection.getresponse().status == 411
    connection.close()
