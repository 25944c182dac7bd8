# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections to small servers, each of which does one thing wrong."""

import io
import json
import socket
import threading
import time
from collections.abc import Callable

import pytest
from small_servers import Talk, read_head, read_request

from easel.client import errors
from easel.client.api import Api
from easel.client.requests import GenerateRequest
from easel.client.server import ProxyMode, Server
from easel.simulator.server import Simulator

from .conftest import PreparedEdit

KEY = "3das-secret-0123456789abcdef"


def answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


TASK = answer("201 Created", b'{"task_id": "t-1"}')


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("401 Unauthorized", errors.AuthenticationFailed),
        ("413 Payload Too Large", errors.ValidationFailed),
        ("429 Too Many Requests", errors.RateLimited),
    ],
)
@pytest.mark.parametrize("pause_s", [0, 0.2])
def test_an_answer_before_the_upload_is_through_is_read(
    serve: Callable[[Talk], int],
    api_at: Callable[..., Api],
    large_edit: PreparedEdit,
    status: str,
    kind: type[errors.ClientError],
    pause_s: float,
) -> None:
    def refuse_early(connection: socket.socket) -> None:
        read_head(connection)
        connection.recv(64 * 1024)
        connection.sendall(answer(status, b'{"error": "no"}'))
        time.sleep(pause_s)  # closing with unread data resets the connection

    with pytest.raises(errors.ClientError) as caught:
        api_at(serve(refuse_early)).submit(*large_edit)
    assert type(caught.value) is kind
    assert not caught.value.fate_unknown


def test_a_connection_that_resets_without_an_answer_is_of_unknown_fate(
    serve: Callable[[Talk], int], api_at: Callable[..., Api], large_edit: PreparedEdit
) -> None:
    def reset(connection: socket.socket) -> None:
        read_head(connection)
        connection.recv(64 * 1024)

    with pytest.raises(errors.ConnectionFailed) as caught:
        api_at(serve(reset)).submit(*large_edit)
    assert caught.value.fate_unknown


def test_a_line_may_stall_longer_than_connecting_may_take(
    serve: Callable[[Talk], int], api_at: Callable[..., Api], large_edit: PreparedEdit
) -> None:
    def dawdle(connection: socket.socket) -> None:
        connection.recv(1, socket.MSG_PEEK)
        time.sleep(1)
        read_request(connection)
        connection.sendall(TASK)

    api = api_at(serve(dawdle), connect_timeout_s=0.3)
    assert api.submit(*large_edit).task_id == "t-1"


def test_an_upload_stops_within_a_chunk(
    serve: Callable[[Talk], int], api_at: Callable[..., Api], large_edit: PreparedEdit
) -> None:
    received = 0
    ended = threading.Event()

    def listen(connection: socket.socket) -> None:
        nonlocal received
        while data := connection.recv(1 << 20):
            received += len(data)
        ended.set()

    with pytest.raises(errors.Interrupted) as caught:
        api_at(serve(listen)).submit(*large_edit, lambda: received > 1_000_000)
    assert not caught.value.fate_unknown
    assert ended.wait(20)
    assert received < 30_000_000


def in_thread(call: Callable[[], object]) -> tuple[threading.Thread, list[BaseException]]:
    raised: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except errors.ClientError as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, raised


def test_closing_ends_what_waits_for_an_answer(
    serve: Callable[[Talk], int], api_at: Callable[..., Api], generate: GenerateRequest
) -> None:
    arrived = threading.Semaphore(0)

    def keep_waiting(connection: socket.socket) -> None:
        read_head(connection)
        arrived.release()
        time.sleep(30)

    port = serve(keep_waiting)
    api = api_at(port)
    calls = [
        in_thread(lambda: api.submit(generate)),
        in_thread(lambda: api.fetch_status("x")),
        in_thread(lambda: api.download(f"http://127.0.0.1:{port}/a", io.BytesIO())),
    ]
    for _ in calls:
        assert arrived.acquire(timeout=5)
    start = time.monotonic()
    api.close()
    for thread, _ in calls:
        thread.join(5)
    assert time.monotonic() - start < 5
    submit, status, download = (raised[0] for _, raised in calls)
    assert isinstance(submit, errors.ConnectionFailed)
    assert submit.fate_unknown
    assert isinstance(status, errors.Interrupted)
    assert isinstance(download, errors.Interrupted)


def test_polls_share_a_connection_and_submits_have_their_own(
    serve: Callable[[Talk], int], api_at: Callable[..., Api], generate: GenerateRequest
) -> None:
    methods: list[list[bytes]] = []

    def count(connection: socket.socket) -> None:
        mine: list[bytes] = []
        methods.append(mine)
        while head := read_request(connection):
            mine.append(head[:4])
            connection.sendall(
                TASK if head.startswith(b"POST") else answer("200 OK", b'{"status": "PENDING"}')
            )

    api = api_at(serve(count))
    for _ in range(3):
        api.fetch_status("x")
    api.submit(generate)
    api.submit(generate)
    api.fetch_status("x")
    assert methods == [[b"GET "] * 4, [b"POST"], [b"POST"]]


@pytest.mark.parametrize(
    ("status", "kind", "fate_unknown"),
    [
        ("301 Moved", errors.ApiError, False),
        ("302 Found", errors.ResponseInvalid, True),
        ("303 See Other", errors.ResponseInvalid, True),
        ("307 Temporary", errors.ApiError, False),
    ],
)
def test_the_key_follows_no_redirect(
    serve: Callable[[Talk], int],
    api_at: Callable[..., Api],
    simulator: Simulator,
    generate: GenerateRequest,
    status: str,
    kind: type[errors.ClientError],
    fate_unknown: bool,
) -> None:
    def send_away(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(answer(status, b"", f"Location: {simulator.url}/v1/elsewhere/?x=1"))

    with pytest.raises(errors.ClientError, match="/v1/elsewhere/") as caught:
        api_at(serve(send_away)).submit(generate)
    assert type(caught.value) is kind
    assert caught.value.fate_unknown is fate_unknown
    assert not simulator.log


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"HTTP/1.1 banana\r\n\r\n",
        b"\x16\x03\x01junk\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    ],
)
def test_junk_for_an_answer(serve: Callable[[Talk], int], api_at: Callable[..., Api], junk: bytes) -> None:
    def babble(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(junk)

    with pytest.raises((errors.ConnectionFailed, errors.ResponseInvalid)) as caught:
        api_at(serve(babble)).fetch_wallet()
    assert caught.value.passing


def through_proxy(port: int, call: Callable[[Api], object]) -> errors.ConnectionFailed:
    server = Server(
        name="live",
        url="https://api.example",
        proxy=f"http://user:hush-hush@127.0.0.1:{port}",
        proxy_mode=ProxyMode.CUSTOM,
    )
    api = Api(server, key=lambda: KEY, may_go_online=lambda: True)
    with pytest.raises(errors.ConnectionFailed) as caught:
        call(api)
    api.close()
    return caught.value


@pytest.mark.parametrize("reply", ["502 Bad Gateway", "407 Proxy Authentication Required", "200 OK"])
def test_a_proxy_that_fails_leaves_nothing_sent(
    serve: Callable[[Talk], int], generate: GenerateRequest, reply: str
) -> None:
    heard: list[bytes] = []

    def proxy(connection: socket.socket) -> None:
        heard.append(read_head(connection))
        connection.sendall(f"HTTP/1.1 {reply}\r\n\r\n".encode())  # after 200: no TLS comes

    error = through_proxy(serve(proxy), lambda api: api.submit(generate))
    assert error.nothing_sent
    assert "hush" not in f"{error} {error.__cause__!r}"
    assert ("user name and a password" in str(error)) is reply.startswith("407")
    assert heard[0].startswith(b"CONNECT api.example:443 ")
    assert KEY.encode() not in heard[0]


def test_downloads_go_through_the_proxy_too(serve: Callable[[Talk], int]) -> None:
    heard: list[bytes] = []

    def proxy(connection: socket.socket) -> None:
        heard.append(read_head(connection))

    through_proxy(serve(proxy), lambda api: api.download("https://cdn.example/a?sig=1", io.BytesIO()))
    assert heard[0].startswith(b"CONNECT cdn.example:443 ")


def test_loopback_needs_no_proxy(simulator: Simulator, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert json.dumps(api.fetch_wallet().rate_limit) == "null"


def test_the_environments_proxy_is_used(
    serve: Callable[[Talk], int], monkeypatch: pytest.MonkeyPatch, generate: GenerateRequest
) -> None:
    heard: list[bytes] = []

    def proxy(connection: socket.socket) -> None:
        heard.append(read_head(connection))

    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{serve(proxy)}")
    api = Api(Server(name="live", url="https://api.example"), key=lambda: KEY, may_go_online=lambda: True)
    with pytest.raises(errors.ConnectionFailed) as caught:
        api.submit(generate)
    assert caught.value.nothing_sent
    assert heard
