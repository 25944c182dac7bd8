# SPDX-License-Identifier: GPL-3.0-or-later
"""Only a final answer decides, and every answer ends, even one that trickles."""

import io
import socket
import time
from collections.abc import Callable

import pytest
from small_servers import Talk, read_head, read_request, small_server

from easel.client import errors, responses
from easel.client.api import Api
from easel.client.requests import GenerateRequest
from easel.client.server import ProxyMode, Server

TASK = b'HTTP/1.1 201 Created\r\nContent-Length: 18\r\n\r\n{"task_id": "t-1"}'
PENDING = b'HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{"status": "PENDING"}'
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
IN_TIME_S = 30.0
"""Far longer than any of these answers may take, and long enough for a busy machine."""


def saying(*parts: bytes) -> Talk:
    """Return a talk that answers each request on one connection with these bytes, a part at a time."""

    def talk(connection: socket.socket) -> None:
        while read_request(connection):
            for part in parts:
                connection.sendall(part)

    return talk


@pytest.mark.parametrize(
    "interim",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\n",
        HINTS,
        b"HTTP/1.1 199 \r\nTransfer-Encoding: chunked\r\nContent-Length: 7\r\n\r\n",
        b"HTTP/1.0 102 Processing\r\nConnection: close\r\n\r\n",
        HINTS + b"HTTP/1.1 100 Continue\r\n\r\n" + b"HTTP/1.1 102 Processing\r\n\r\n" * 20,
    ],
)
def test_interim_answers_are_read_past(
    serve: Callable[[Talk], int], api_at: Callable[..., Api], generate: GenerateRequest, interim: bytes
) -> None:
    assert api_at(serve(saying(interim, TASK))).submit(generate).task_id == "t-1"
    polls = api_at(serve(saying(interim + PENDING)))
    assert [polls.fetch_status("x").state for _ in range(2)] == ["PENDING"] * 2


def test_a_picture_behind_interim_answers_is_whole(
    serve: Callable[[Talk], int], api_at: Callable[..., Api]
) -> None:
    port = serve(saying(HINTS, HINTS, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"hello"))
    file = io.BytesIO()
    api_at(port).download(f"http://127.0.0.1:{port}/a", file)
    assert file.getvalue() == b"hello"


def test_another_protocol_is_no_word_about_the_request(
    serve: Callable[[Talk], int], api_at: Callable[..., Api], generate: GenerateRequest
) -> None:
    api = api_at(serve(saying(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n")))
    with pytest.raises(errors.ResponseInvalid) as caught:
        api.submit(generate)
    assert caught.value.fate_unknown


def dripping(head: bytes, drop: bytes) -> Talk:
    """Return a talk that answers with the head, then sends drops without end."""

    def talk(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(head)
        while True:
            connection.sendall(drop)
            time.sleep(0.05)

    return talk


TRICKLES = {
    "nothing but interim answers": (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    "the status line": (b"HTTP/1.1 20", b"0"),
    "the headers": (b"HTTP/1.1 200 OK\r\n", b"a"),
    "the body": (b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n", b" "),
    "a body in chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "a body until the end": (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
}


@pytest.mark.parametrize("trickle", TRICKLES)
def test_an_answer_that_trickles_has_an_end(
    serve: Callable[[Talk], int], api_at: Callable[..., Api], generate: GenerateRequest, trickle: str
) -> None:
    port = serve(dripping(*TRICKLES[trickle]))
    api = api_at(port, read_timeout_s=0.2, submit_timeout_s=0.2)
    start = time.monotonic()
    with pytest.raises(errors.ConnectionFailed) as caught:
        api.submit(generate)
    assert caught.value.fate_unknown
    with pytest.raises(errors.ConnectionFailed):
        api.fetch_status("x")
    with pytest.raises(errors.ConnectionFailed):
        api.download(f"http://127.0.0.1:{port}/a", io.BytesIO())
    assert time.monotonic() - start < IN_TIME_S


def test_a_proxy_that_trickles_has_an_end_too(generate: GenerateRequest) -> None:
    with small_server(dripping(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n")) as port:
        server = Server(
            name="live",
            url="https://api.example",
            proxy=f"127.0.0.1:{port}",
            proxy_mode=ProxyMode.CUSTOM,
            connect_timeout_s=0.2,
        )
        api = Api(server, key=lambda: "test-key", may_go_online=lambda: True)
        start = time.monotonic()
        with pytest.raises(errors.ConnectionFailed) as caught:
            api.submit(generate)
        assert caught.value.nothing_sent
        assert time.monotonic() - start < IN_TIME_S
        api.close()


def test_a_slow_line_gets_a_large_file(
    serve: Callable[[Talk], int], api_at: Callable[..., Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The download takes longer than the timeout, but is never slower than the slowest pace."""
    monkeypatch.setattr(responses.FileResponse, "bytes_for_a_second", 10.0)
    parts = [b"x" * 10] * 12

    def drip(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 120\r\n\r\n")
        for part in parts:
            connection.sendall(part)
            time.sleep(0.1)

    port = serve(drip)
    api = api_at(port, read_timeout_s=0.9)
    assert api.download(f"http://127.0.0.1:{port}/a", io.BytesIO()) == 120


def test_an_answer_leaves_the_connections_own_timeout_behind() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(40)
        theirs.sendall(HINTS + PENDING)
        response = responses.FinalResponse(ours)
        response.begin()
        assert response.read() == b'{"status": "PENDING"}'
        assert ours.gettimeout() == 40
