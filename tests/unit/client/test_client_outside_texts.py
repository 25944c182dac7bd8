# SPDX-License-Identifier: GPL-3.0-or-later
"""Any text from outside becomes short, clean and free of the key, in time that grows with its length."""

import io
import json
import socket
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from nasty_texts import SHAPES, UNITS, of_length
from small_servers import Talk, read_request

from easel.client.answers import MAX_REASON, parse_json, read_status, read_submission, read_wallet
from easel.client.api import Api
from easel.client.error_bodies import MAX_SENTENCE, read_refusal
from easel.client.errors import ClientError
from easel.client.redact import LONGEST_SECRET, clean, redact, short_url
from easel.client.refusals import Answer, Purpose, error_of
from easel.client.requests import GenerateRequest

from .conftest import KEY

LONGEST_ERROR = 800
"""Characters of the service's words together with Easel's own."""

OUTSIDE = st.binary(max_size=2000) | st.builds(
    lambda shape, unit, length, rest: SHAPES[shape](of_length(UNITS[unit], length)) + rest,
    st.sampled_from(sorted(SHAPES)),
    st.sampled_from(sorted(UNITS)),
    st.integers(0, 70_000),
    st.binary(max_size=8),
)


def is_fit_to_be_told(text: str, limit: int) -> bool:
    return len(text) <= limit and text.isprintable() and KEY not in text


@given(OUTSIDE, st.integers(100, 999), st.sampled_from(Purpose), st.text(max_size=3000))
def test_any_bytes_become_a_short_clean_error(
    data: bytes, status: int, purpose: Purpose, header: str
) -> None:
    answer = Answer(status=status, data=data, retry_after=header, location=f"https://{header}/{KEY}")
    assert is_fit_to_be_told(str(error_of(answer, purpose, KEY)), LONGEST_ERROR)
    assert is_fit_to_be_told(read_refusal(data, KEY).sentence, MAX_SENTENCE)


@given(OUTSIDE)
def test_any_bytes_become_a_short_clean_status_wallet_or_submission(data: bytes) -> None:
    for read in (lambda body: read_status(body, KEY), read_wallet, read_submission):
        noun = outcome_of(lambda read=read: read(parse_json(data)))
        assert is_fit_to_be_told(getattr(noun, "failure_reason", ""), MAX_REASON)
        assert is_fit_to_be_told(getattr(noun, "task_id", ""), 200)
        assert is_fit_to_be_told(str(noun) if isinstance(noun, ClientError) else "", LONGEST_ERROR)


def outcome_of(call: Callable[[], object]) -> object:
    """Return the call's result, or the error of the family that it raises."""
    try:
        return call()
    except ClientError as error:
        return error


OTHER_TEXT = st.text(st.characters(exclude_characters="§"), max_size=1000)


@given(OTHER_TEXT, st.integers(0, 25_000), OTHER_TEXT, st.integers(10, 500))
def test_no_part_of_a_secret_is_left_wherever_the_text_is_cut(
    before: str, spaces: int, after: str, limit: int
) -> None:
    secret = "§" * 40
    told = clean(before + " " * spaces + secret + after, secret, limit=limit)
    assert "§" not in told
    assert len(told) <= limit


@pytest.mark.parametrize("start", range(19_950, 20_010, 7))
@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_a_key_at_the_edge_of_what_is_looked_at_is_not_told_in_part(start: int, shape: str) -> None:
    for filling in ("\t" * start, "no " * (start // 3), "<b>" * (start // 3)):
        data = SHAPES[shape](filling + KEY + " and more" * 9)
        assert KEY[:4] not in read_refusal(data, KEY).sentence
        assert KEY[:4] not in str(outcome_of(lambda data=data: read_status(parse_json(data), KEY)))


@pytest.mark.parametrize("length", [MAX_REASON - 3, MAX_REASON + LONGEST_SECRET - 3])
def test_a_key_at_the_edge_of_a_reason_is_not_told_in_part(length: int) -> None:
    status = read_status({"status": "FAILED", "failure_reason": "x" * length + KEY + "y" * 2000}, KEY)
    assert KEY[:4] not in status.failure_reason
    assert status.failure_reason.endswith("…")


@pytest.mark.parametrize("unit", sorted(UNITS))
def test_time_goes_by_the_length(unit: str) -> None:
    """Text that is 16 times as long takes about 16 times as long, not 256 times."""

    def cost(length: int) -> float:
        text = of_length(UNITS[unit], length)
        bodies = [make(text) for make in SHAPES.values()]
        start = time.thread_time()
        redact(text, KEY)
        short_url(f"https://{text}/{text}")
        for data in bodies:
            read_refusal(data, KEY)
        return time.thread_time() - start

    assert cost(64_000) < 64 * max(min(cost(4_000) for _ in range(3)), 0.002)


HEADS = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 400 Bad Request\r\n",
        b"HTTP/1.1 429 \xff\xfe\r\nRetry-After: \xd8\x00\r\n",
        b"HTTP/1.1 503 Bearer " + KEY.encode() + b"\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: https://" + b"a" * 60_000 + b"/" + KEY.encode() + b"\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n",
    ]
)


def test_any_bytes_over_the_wire_end_in_one_of_the_family(
    serve: Callable[[Talk], int], api_at: Callable[..., Api], generate: GenerateRequest
) -> None:
    said = b""

    def talk(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(said)

    port = serve(talk)
    api = api_at(port, read_timeout_s=5, submit_timeout_s=5)
    calls: list[Callable[[], object]] = [
        lambda: api.submit(generate),
        lambda: api.fetch_status("t"),
        api.fetch_wallet,
        lambda: api.download(f"http://127.0.0.1:{port}/a", io.BytesIO()),
    ]

    @settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
    @given(HEADS | st.binary(max_size=50), st.binary(max_size=60), OUTSIDE, st.sampled_from(calls))
    def hold(head: bytes, headers: bytes, body: bytes, call: Callable[[], object]) -> None:
        nonlocal said
        said = head + headers + b"\r\n\r\n" + body
        outcome = outcome_of(call)
        if isinstance(outcome, ClientError):
            assert is_fit_to_be_told(str(outcome), LONGEST_ERROR)
            assert is_fit_to_be_told(repr(outcome.__cause__), LONGEST_ERROR)

    hold()


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (f"Bearer {KEY} is blocked", "Bearer ••• is blocked"),
        ("bad \ud800 thing", "bad thing"),
        ("\x1b[31mred\x1b[0m\u202e\u2066", "[31mred [0m"),
        ("two\r\nlines\u2028three", "two lines three"),
    ],
)
def test_a_failure_reason_is_one_clean_line(reason: str, told: str) -> None:
    data = json.dumps({"status": "FAILED", "failure_reason": reason}).encode()
    assert read_status(parse_json(data), KEY).failure_reason == told
