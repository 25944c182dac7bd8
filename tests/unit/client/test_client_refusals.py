# SPDX-License-Identifier: GPL-3.0-or-later
"""A refusal's status and body become the right error, in words for the artist."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from easel.client import errors
from easel.client.error_bodies import read_refusal
from easel.client.refusals import Answer, Purpose, error_of, wait_s

KEY = "3das-secret-0123456789abcdef"
NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


def answer(status: int, body: Any = b"", **more: str) -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status=status, data=data, **more)


@pytest.mark.parametrize(
    ("status", "purpose", "kind", "remedy"),
    [
        (400, Purpose.SUBMIT, errors.ValidationFailed, errors.Remedy.CHANGE_REQUEST),
        (422, Purpose.SUBMIT, errors.ValidationFailed, errors.Remedy.CHANGE_REQUEST),
        (413, Purpose.SUBMIT, errors.ValidationFailed, errors.Remedy.CHANGE_REQUEST),
        (401, Purpose.SUBMIT, errors.AuthenticationFailed, errors.Remedy.SET_KEY),
        (401, Purpose.STATUS, errors.AuthenticationFailed, errors.Remedy.SET_KEY),
        (402, Purpose.SUBMIT, errors.InsufficientCredits, errors.Remedy.TOP_UP),
        (403, Purpose.STATUS, errors.TaskNotFound, errors.Remedy.SET_KEY),
        (403, Purpose.SUBMIT, errors.AuthenticationFailed, errors.Remedy.SET_KEY),
        (403, Purpose.WALLET, errors.AuthenticationFailed, errors.Remedy.SET_KEY),
        (404, Purpose.STATUS, errors.TaskNotFound, errors.Remedy.NONE),
        (404, Purpose.SUBMIT, errors.ApiError, errors.Remedy.CHECK_SERVER),
        (405, Purpose.SUBMIT, errors.ApiError, errors.Remedy.CHECK_SERVER),
        (408, Purpose.SUBMIT, errors.ServerTrouble, errors.Remedy.WAIT),
        (429, Purpose.STATUS, errors.RateLimited, errors.Remedy.WAIT),
        (500, Purpose.STATUS, errors.ServerTrouble, errors.Remedy.WAIT),
        (503, Purpose.SUBMIT, errors.ServerTrouble, errors.Remedy.WAIT),
        (524, Purpose.SUBMIT, errors.ServerTrouble, errors.Remedy.WAIT),
    ],
)
def test_the_status_decides(
    status: int, purpose: Purpose, kind: type[errors.ClientError], remedy: errors.Remedy
) -> None:
    error = error_of(answer(status), purpose)
    assert type(error) is kind
    assert error.remedy is remedy
    assert str(error)


@pytest.mark.parametrize(
    "status", [400, 401, 402, 403, 404, 413, 422, 429, 500, 502, 503, 504, 301, 302, 308]
)
def test_only_what_may_have_made_a_task_is_of_unknown_fate(status: int) -> None:
    error = error_of(answer(status, location="https://elsewhere.example/"), Purpose.SUBMIT)
    assert error.fate_unknown is (status >= 500 or status == 302)


@pytest.mark.parametrize(
    "body",
    [
        {"error_code": "INSUFFICIENT_CREDITS", "error": "Too few credits."},
        {"code": "insufficient_credits", "detail": "Too few credits."},
        {"code": "Insufficient_Credits", "message": "Too few credits."},
        {"error": {"code": "insufficient_credits", "message": "Too few credits."}},
    ],
)
def test_codes_and_texts_in_every_shape(body: Any) -> None:
    error = error_of(answer(402, body), Purpose.SUBMIT)
    assert isinstance(error, errors.InsufficientCredits)
    assert error.code == "insufficient_credits"
    assert str(error).endswith("The service says: Too few credits.")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"Plain words.", "Plain words."),
        (b"", ""),
        (b"null", ""),
        ({"prompt": ["This field is required."]}, "prompt: This field is required."),
        ({"detail": [{"loc": ["body", "seed"], "msg": "not a number"}]}, "seed: not a number"),
        ({"detail": [{"loc": ["body", "images", 0], "msg": "no image"}]}, "images.0: no image"),
        ({"detail": [{"loc": "seed", "msg": "odd"}, {"loc": ["query"], "msg": "two"}]}, "seed: odd; two"),
        ({"error": "Invalid.", "details": {"aspect_ratio": ["7:3?"]}}, "Invalid.; aspect_ratio: 7:3?"),
        ({"message": "Invalid.", "fields": ["seed", "prompt"]}, "Invalid.; fields: seed, prompt"),
        ({"message": "Invalid.", "fields": {"seed": "too big"}}, "Invalid.; seed: too big"),
        (
            {"error": {"message": "Invalid.", "details": [{"field": "seed", "message": "too big"}]}},
            "Invalid.; seed: too big",
        ),
        ({"error": "Invalid.", "details": "seed is too big"}, "Invalid.; seed is too big"),
        ({"error": "Invalid.", "details": None, "fields": [], "errors": {}}, "Invalid."),
        (["One.", "Two."], "One.; Two."),
        (
            b"<html><head><title>x</title></head><body><h1>Bad&nbsp;Gateway</h1><p>cloud</p></body>",
            "Bad Gateway cloud",
        ),
        (b"<script>alert(1)</script>Hello", "Hello"),
        ({"detail": "two\n lines\x1b[0m"}, "two lines [0m"),
    ],
)
def test_sentences(body: Any, sentence: str) -> None:
    assert read_refusal(answer(400, body).data).sentence == sentence


def test_long_texts_are_shortened() -> None:
    assert len(str(error_of(answer(400, {"error": "word " * 5000}), Purpose.SUBMIT))) < 400


@given(st.binary(max_size=300), st.integers(300, 599), st.sampled_from(Purpose), st.text(max_size=40))
def test_whatever_comes_becomes_one_of_the_family(
    body: bytes, status: int, purpose: Purpose, header: str
) -> None:
    error = error_of(answer(status, body, retry_after=header, location=header), purpose)
    assert isinstance(error, errors.ClientError)
    assert str(error).isprintable()


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["error", "code", "detail", "x"]), inner)
        ),
    )
)
def test_whatever_json_comes_becomes_a_refusal(body: Any) -> None:
    refusal = read_refusal(answer(400, body).data)
    assert len(refusal.sentence) <= 300


@pytest.mark.parametrize("name", ["error", "detail", "x"])
def test_a_body_as_deep_as_json_goes_is_read(name: str) -> None:
    for depth in (10, 900, 3000, 90_000):
        data = f'{{"{name}":'.encode() * depth + b'"deep"' + b"}" * depth
        assert isinstance(error_of(answer(400, data), Purpose.SUBMIT), errors.ValidationFailed)


def test_an_echoed_key_is_masked() -> None:
    error = error_of(answer(401, {"error": f"Invalid API key {KEY}"}), Purpose.WALLET, KEY)
    assert KEY not in str(error)
    assert "Invalid API key •••" in str(error)


def test_a_page_in_place_of_a_missing_task_says_nothing_about_the_task() -> None:
    error = error_of(answer(404, b"<html>Not Found</html>"), Purpose.STATUS)
    assert isinstance(error, errors.ResponseInvalid)
    assert error.passing


@pytest.mark.parametrize("status", [302, 307, 308, 403, 405, 407])
def test_a_page_before_the_api_is_no_reason_to_stop_asking(status: int) -> None:
    """The page may come from a hotel's login or a firewall: the service still has the task."""
    page = b"<!DOCTYPE html><p>Please log in</p>"
    error = error_of(answer(status, page, location="http://portal.example/"), Purpose.STATUS)
    assert error.passing
    assert "open a web page in a browser" in str(error)


def test_a_firewalls_page_says_nothing_about_the_key() -> None:
    error = error_of(answer(403, b"<html>Blocked by your company</html>"), Purpose.SUBMIT)
    assert error.remedy is errors.Remedy.CHECK_NETWORK
    assert not error.fate_unknown
    assert "Blocked by your company" in str(error)
    assert isinstance(error_of(answer(401, b"<html>No</html>"), Purpose.STATUS), errors.AuthenticationFailed)


def test_a_network_that_wants_a_login_has_let_nothing_out() -> None:
    error = error_of(answer(511, b"<html>Log in</html>"), Purpose.SUBMIT)
    assert error.passing
    assert not error.fate_unknown


def test_a_dead_key_is_not_another_accounts_task() -> None:
    error = error_of(answer(403, {"code": "API_KEY_REVOKED"}), Purpose.STATUS)
    assert isinstance(error, errors.AuthenticationFailed)


def test_a_redirect_names_the_new_address_without_its_query() -> None:
    error = error_of(answer(301, location="https://new.example/v1/?token=abc"), Purpose.SUBMIT)
    assert "https://new.example/v1/" in str(error)
    assert "abc" not in str(error)
    assert error.remedy is errors.Remedy.CHECK_SERVER


@pytest.mark.parametrize(
    ("header", "text", "seconds"),
    [
        ("12", "Expected available in 40 seconds.", 12),
        ("", "Request was throttled. Expected available in 40 seconds.", 40),
        ("", "in 1 second", 1),
        ("", "3 requests per 60 seconds are allowed. Expected available in 12 seconds.", 12),
        ("", "Limit of 10 requests in 2 minutes reached.", 120),
        ("", "Try again in 0.5 s", 0.5),
        ("", "Within 20 seconds only one.", 20),
        ("", "retry in 2.5s", 2.5),
        ("", "Slow down.", 30),
        ("soon", "", 30),
        ("-5", "", 30),
        ("99999", "", 300),
        ("", "Expected available in 99999 seconds.", 300),
        ("0", "", 0),
        ("Sat, 21 Nov 2026 12:00:20 GMT", "", 20),
        ("Sat, 21 Nov 2020 12:00:20 GMT", "", 0),
    ],
)
def test_how_long_to_wait(header: str, text: str, seconds: float) -> None:
    assert wait_s(header, text, NOW) == seconds
