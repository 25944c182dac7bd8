# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator takes any method, valid body and number of connections, but no foreign host name."""

import http.client
import json
import socket
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_user import ApiUser, data_uri, png
from hypothesis import HealthCheck, given, settings, strategies as st

from easel.simulator import Simulator, catalogue
from easel.simulator.models import MODELS
from easel.simulator.server import Listener

GENERATE = "/v1/images/gemini/2.5/flash/generate/"
WALLET = "/account/user/wallet/"
HEADERS = {"Authorization": "Bearer test-key"}


def ask(
    url: str,
    method: str,
    path: str,
    body: bytes | Iterator[bytes] | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, bytes, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
    try:
        connection.request(method, path, body, {**HEADERS, **(headers or {})})
        response = connection.getresponse()
        return response.status, response.read(), response.headers
    finally:
        connection.close()


# Methods


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "BREW"])
@pytest.mark.parametrize("path", [GENERATE, WALLET, "/v1/generation-request/x/status/"])
def test_other_methods_are_refused_in_json(simulator: Simulator, method: str, path: str) -> None:
    for url in (simulator.url, simulator.asset_url):
        status, body, headers = ask(url, method, path, b'{"prompt": "x"}')
        assert status == 405
        assert headers["Content-Type"] == "application/json"
        if method != "HEAD":
            assert json.loads(body) == {"detail": f"Method “{method}” not allowed."}


def test_the_wrong_one_of_the_two_methods_names_the_right_one(simulator: Simulator) -> None:
    assert ask(simulator.url, "GET", GENERATE)[2]["Allow"] == "POST"
    assert ask(simulator.url, "POST", WALLET, b"{}")[2]["Allow"] == "GET"
    assert ask(simulator.asset_url, "POST", "/generated-images/x.png", b"{}")[2]["Allow"] == "GET"


@pytest.mark.parametrize(
    "line", [b"GET", b"GET / HTTP/9.9", b"GET / / HTTP/1.1", b"\xff\xfe", b"GET " + b"a" * 70_000]
)
def test_what_is_no_request_is_answered_in_json(simulator: Simulator, line: bytes) -> None:
    with socket.create_connection(
        ("127.0.0.1", int(simulator.url.rpartition(":")[2])), timeout=30
    ) as line_to:
        line_to.sendall(line + b"\r\nHost: localhost\r\n\r\n")
        answer = b"".join(iter(lambda: line_to.recv(65536), b""))
    assert json.loads(answer[answer.index(b"{") :])["detail"]


# Host names


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:1", "127.0.1.1", "[::1]:8080"])
def test_this_machines_names_are_taken(simulator: Simulator, host: str) -> None:
    assert ask(simulator.url, "GET", WALLET, headers={"Host": host})[0] == 200


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "127.0.0.1@evil.example",
     "10.0.0.1", "localhost:80/x", "[::1].evil.example"],
)  # fmt: skip
def test_no_other_name_is_taken(simulator: Simulator, host: str) -> None:
    """Otherwise a web page whose host name leads to this machine could read the simulator's answers."""
    for url in (simulator.url, simulator.asset_url):
        status, body, _headers = ask(url, "GET", WALLET, headers={"Host": host})
        assert status == 400
        assert b"balance" not in body
    assert ask(simulator.url, "POST", GENERATE, b'{"prompt": "x"}', {"Host": host})[0] == 400
    assert not simulator.tasks


# Bodies


def test_a_body_that_asks_first_may_come_at_once(simulator: Simulator) -> None:
    body = json.dumps({"prompt": "copper"}).encode()
    with socket.create_connection(("127.0.0.1", int(simulator.url.rpartition(":")[2])), timeout=30) as line:
        line.sendall(
            f"POST {GENERATE} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer k\r\n"
            f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n".encode()
        )
        assert line.recv(1000).startswith(b"HTTP/1.1 100 ")
        line.sendall(body)
        assert line.recv(1000).startswith(b"HTTP/1.1 201 ")


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_body_may_come_in_chunks(simulator: Simulator, size: int) -> None:
    source = data_uri(png(64, 64))
    data = json.dumps({"prompt": "oak", "images": [source] * 3}).encode()
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    edit = GENERATE.replace("generate", "edit")
    status, body, _headers = ask(simulator.url, "POST", edit, iter(pieces))  # this sends no length
    assert status == 201
    assert len(simulator.tasks[json.loads(body)["task_id"]].order.sources) == 3


@pytest.mark.parametrize("chunks", [b"x\r\n", b"-1\r\n", b"\r\n", b"fffffffffffffff\r\n"])
def test_chunks_that_are_none_are_refused(simulator: Simulator, chunks: bytes) -> None:
    with socket.create_connection(("127.0.0.1", int(simulator.url.rpartition(":")[2])), timeout=30) as line:
        line.sendall(
            f"POST {GENERATE} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer k\r\n"
            "Transfer-Encoding: chunked\r\n\r\n".encode()
            + chunks
        )
        assert line.recv(1000).startswith(b"HTTP/1.1 400 ")


def bare_png(width: int, height: int) -> bytes:
    """Return the head of a picture with nothing after it."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


SCALARS = st.none() | st.booleans() | st.integers() | st.integers(10**400, 10**401) | st.floats() | st.text()
SOURCES = st.sampled_from(
    [
        "data:image/png;base64,AAAA",
        "\x00source:0",
        "\x00source:²",
        data_uri(bare_png(0, 0)),
        data_uri(bare_png(9, 9)),
    ]
)
VALUES = st.recursive(
    SCALARS | SOURCES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NAMES = (
    "prompt",
    "num_images",
    "aspect_ratio",
    "resolution",
    "image_size",
    "output_format",
    "seed",
    "images",
    "image_urls",
)
BODIES = st.dictionaries(st.sampled_from(NAMES) | st.text(), VALUES, max_size=5).map(
    lambda fields: json.dumps(fields).encode("utf-8", "surrogatepass")
)
ODD = st.sampled_from(
    [
        b'{"prompt":"x","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"prompt":"half a \\ud800 surrogate"}',
        b'{"prompt":"x","\\ud800":1}',
        b'{"prompt":"x","seed":' + b"9" * 4000 + b"}",
        b'{"prompt":"x","seed":' + b"9" * 5000 + b"}",
        b'{"prompt":"x","prompt":"y"}',
        b'\xef\xbb\xbf{"prompt":"x"}',
        '{"prompt":"x"}'.encode("utf-16"),
        b'{"prompt":"\xe9"}',
        b'{"prompt":"' + b"a" * 3_000_000 + b'"}',
        b' \r\n{"prompt":"x"}\n\n',
    ]
)  # fmt: skip


def test_any_body_is_answered_and_what_is_charged_has_a_task(tmp_path: Path) -> None:
    with Simulator(speed=1000, rate_limit=None, balance=10**9, state_dir=tmp_path) as simulator:

        @settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
        @given(
            BODIES | ODD | st.binary(max_size=40),
            st.sampled_from(MODELS),
            st.sampled_from(["generate/", "edit/"]),
        )
        def hold(body: bytes, model: Any, verb: str) -> None:
            before = simulator.balance
            status, answer, _headers = ask(simulator.url, "POST", model.path + verb, body)
            assert status in (201, 400, 413)
            told = json.loads(answer)
            if status == 201:
                assert before - simulator.balance == simulator.tasks[told["task_id"]].order.price
            else:
                assert told["error"]
                assert before == simulator.balance

        hold()
    with Simulator(state_dir=tmp_path) as again:
        assert set(again.tasks) == set(simulator.tasks), "each is on the disk"


def test_what_can_not_be_kept_is_not_charged(user: ApiUser, monkeypatch: pytest.MonkeyPatch) -> None:
    store = user.simulator.store
    monkeypatch.setattr(store, "_folder", Path("/dev/null/nowhere"))
    response = user.generate("GEMINI_2_5_FLASH")
    assert response.status_code == 500
    assert response.json() == {"detail": "Server error."}
    monkeypatch.setattr(store, "_folder", None)
    assert user.balance() == "1000.00"
    assert not user.simulator.tasks


# Accounts and connections


def test_each_key_has_an_account_of_its_own(simulator: Simulator) -> None:
    simulator.rate_limit = 2
    with (
        ApiUser(simulator, "one") as one,
        ApiUser(simulator, "two") as two,
        ApiUser(simulator, "three") as three,
    ):
        task_id = one.submit("GEMINI_2_5_FLASH")
        one.submit("GEMINI_2_5_FLASH")
        assert one.generate("GEMINI_2_5_FLASH").status_code == 429
        assert two.generate("GEMINI_3_PRO").status_code == 201
        assert [user.balance() for user in (one, two, three)] == ["990.00", "950.00", "1000.00"]
        assert [user.status(task_id).status_code for user in (one, two, three)] == [200, 403, 403]


def test_a_refund_goes_to_who_has_paid_also_after_a_restart(tmp_path: Path) -> None:
    with Simulator(rate_limit=None, state_dir=tmp_path) as first, ApiUser(first, "one") as one:
        first.script(catalogue.failed())
        task_id = one.submit("GEMINI_3_PRO")
        with ApiUser(first, "two") as two:
            two.submit("GEMINI_3_PRO")
        one.wait_until_drawn(task_id)
        first.tasks[task_id].settled = False
        first.finish(task_id)
    with Simulator(rate_limit=None, state_dir=tmp_path) as second:
        for key, left in (("one", "1000.00"), ("two", "950.00")):
            with ApiUser(second, key) as user:
                assert user.balance() == left


def test_no_more_threads_than_allowed(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Listener, "most_connections", 5)
    port = int(simulator.url.rpartition(":")[2])
    before = threading.active_count()
    silent = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(5)]
    try:
        while simulator.open_connections < 5:
            time.sleep(0.01)
        with socket.create_connection(("127.0.0.1", port), timeout=30) as late:
            assert late.recv(1000).startswith(b"HTTP/1.1 503 ")
        assert threading.active_count() <= before + 5
    finally:
        for connection in silent:
            connection.close()
    while simulator.open_connections:
        time.sleep(0.01)
    assert ask(simulator.url, "GET", WALLET)[0] == 200
