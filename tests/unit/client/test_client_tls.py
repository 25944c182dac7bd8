# SPDX-License-Identifier: GPL-3.0-or-later
"""A studio's own CA bundle is trusted, and an unknown certificate is refused before anything is sent."""

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import trustme
from small_servers import Talk, read_head, read_request, small_server

from easel.client import errors
from easel.client.api import Api
from easel.client.requests import GenerateRequest
from easel.client.server import ProxyMode, Server

from .conftest import PreparedEdit

KEY = "3das-secret-0123456789abcdef"
ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 36\r\n\r\n{"task_id": "t-1", "balance": "1.5"}'


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Return the studio's own certificate authority."""
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    """Write the authority's certificate to a file; return its path."""
    path = tmp_path / "studio.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture
def serve_tls(authority: trustme.CA) -> Iterator[Callable[..., tuple[int, list[bytes]]]]:
    """Return a function that starts a server and returns its port and the bytes that it hears by TLS.

    The server answers well, or lets `talk` answer. `as_proxy` makes it greet as a proxy first.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "api.example").configure_cert(context)
    with contextlib.ExitStack() as stack:

        def start(talk: Talk | None = None, *, as_proxy: bool = False) -> tuple[int, list[bytes]]:
            heard: list[bytes] = []

            def answer(connection: socket.socket) -> None:
                heard.append(read_request(connection))
                connection.sendall(ANSWER)

            def greet(raw: socket.socket) -> None:
                if as_proxy:
                    read_head(raw)
                    raw.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                with context.wrap_socket(raw, server_side=True) as connection:
                    (talk or answer)(connection)

            return stack.enter_context(small_server(greet)), heard

        yield start


@pytest.fixture
def api_with() -> Iterator[Callable[..., Api]]:
    with contextlib.ExitStack() as stack:

        def make(**options: str) -> Api:
            server = Server(name="tls", **options)  # type: ignore[arg-type]
            api = Api(server, key=lambda: KEY, may_go_online=lambda: True)
            stack.callback(api.close)
            return api

        yield make


def test_an_unknown_certificate_is_refused_with_nothing_sent(
    api_with: Callable[..., Api], serve_tls: Callable[..., tuple[int, list[bytes]]], generate: GenerateRequest
) -> None:
    port, heard = serve_tls()
    with pytest.raises(errors.ConnectionFailed, match="certificate of localhost is not trusted") as caught:
        api_with(url=f"https://localhost:{port}").submit(generate)
    assert caught.value.nothing_sent
    assert not heard


@pytest.mark.parametrize("days", [(-20, -10), (10, 20)], ids=["expired", "not yet valid"])
def test_a_clock_that_is_wrong_is_told(
    api_with: Callable[..., Api],
    authority: trustme.CA,
    bundle: str,
    generate: GenerateRequest,
    days: tuple[int, int],
) -> None:
    """Certificates last for weeks, so none is valid if the computer's clock is a year off."""
    begins, ends = (datetime.now(UTC) + timedelta(days=day) for day in days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", not_before=begins, not_after=ends).configure_cert(context)

    def greet(raw: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(raw, server_side=True):
            pass

    with small_server(greet) as port, pytest.raises(errors.ConnectionFailed, match="date and time") as caught:
        api_with(url=f"https://localhost:{port}", ca_bundle=bundle).submit(generate)
    assert caught.value.nothing_sent


def test_a_studios_own_authority_is_trusted(
    api_with: Callable[..., Api], serve_tls: Callable[..., tuple[int, list[bytes]]], bundle: str
) -> None:
    port, heard = serve_tls()
    wallet = api_with(url=f"https://localhost:{port}", ca_bundle=bundle).fetch_wallet()
    assert str(wallet.balance) == "1.5"
    assert f"Authorization: Bearer {KEY}".encode() in heard[0]


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_environments_bundle_is_used(
    api_with: Callable[..., Api],
    serve_tls: Callable[..., tuple[int, list[bytes]]],
    monkeypatch: pytest.MonkeyPatch,
    bundle: str,
    variable: str,
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv(variable, bundle)
    api_with(url=f"https://localhost:{serve_tls()[0]}").fetch_wallet()


def test_a_missing_bundle_is_told(
    api_with: Callable[..., Api], generate: GenerateRequest, tmp_path: Path
) -> None:
    with pytest.raises(errors.ConnectionFailed, match="does not exist") as caught:
        api_with(url="https://localhost:9", ca_bundle=str(tmp_path / "ca.pem")).submit(generate)
    assert caught.value.nothing_sent


def test_without_tls_a_missing_bundle_is_no_matter(api_with: Callable[..., Api], tmp_path: Path) -> None:
    """A distribution's requests library may name a missing file, as Debian's does without ca-certificates."""

    def answer(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(ANSWER)

    with small_server(answer) as port:
        missing = str(tmp_path / "ca.pem")
        wallet = api_with(url=f"http://127.0.0.1:{port}", ca_bundle=missing).fetch_wallet()
    assert wallet.balance == Decimal("1.5")


def test_a_bundle_that_is_none_is_told(
    api_with: Callable[..., Api],
    serve_tls: Callable[..., tuple[int, list[bytes]]],
    generate: GenerateRequest,
    tmp_path: Path,
) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("no certificate")
    with pytest.raises(errors.ConnectionFailed) as caught:
        api_with(url=f"https://localhost:{serve_tls()[0]}", ca_bundle=str(path)).submit(generate)
    assert caught.value.nothing_sent


def test_the_world_through_a_proxy(
    api_with: Callable[..., Api],
    serve_tls: Callable[..., tuple[int, list[bytes]]],
    generate: GenerateRequest,
    bundle: str,
) -> None:
    port, heard = serve_tls(as_proxy=True)
    api = api_with(
        url="https://api.example",
        proxy_mode=ProxyMode.CUSTOM,
        proxy=f"http://127.0.0.1:{port}",
        ca_bundle=bundle,
    )
    assert api.submit(generate).task_id == "t-1"
    assert heard[0].startswith(b"POST /v1/images/gemini/3.1/flash/generate/ HTTP/1.1\r\n")


def test_a_tunnel_that_breaks_after_the_request_is_no_proxy_that_cannot_be_reached(
    api_with: Callable[..., Api],
    serve_tls: Callable[..., tuple[int, list[bytes]]],
    generate: GenerateRequest,
    bundle: str,
) -> None:
    port, _ = serve_tls(read_request, as_proxy=True)
    api = api_with(
        url="https://api.example",
        proxy_mode=ProxyMode.CUSTOM,
        proxy=f"http://127.0.0.1:{port}",
        ca_bundle=bundle,
    )
    with pytest.raises(errors.ConnectionFailed, match="example broke off") as caught:
        api.submit(generate)
    assert caught.value.fate_unknown


def test_an_answer_before_the_upload_is_through_is_read_from_tls_too(
    api_with: Callable[..., Api],
    serve_tls: Callable[..., tuple[int, list[bytes]]],
    large_edit: PreparedEdit,
    bundle: str,
) -> None:
    def refuse_early(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b'HTTP/1.1 413 Too Large\r\nContent-Length: 15\r\n\r\n{"error": "no"}')

    port, _ = serve_tls(refuse_early)
    with pytest.raises(errors.ValidationFailed) as caught:
        api_with(url=f"https://localhost:{port}", ca_bundle=bundle).submit(*large_edit)
    assert not caught.value.fate_unknown


def test_a_proxy_that_looks_into_tls_is_not_trusted_by_itself(
    api_with: Callable[..., Api], serve_tls: Callable[..., tuple[int, list[bytes]]], generate: GenerateRequest
) -> None:
    port, heard = serve_tls(as_proxy=True)
    with pytest.raises(errors.ConnectionFailed, match="CA bundle") as caught:
        api_with(
            url="https://api.example", proxy_mode=ProxyMode.CUSTOM, proxy=f"http://127.0.0.1:{port}"
        ).submit(generate)
    assert caught.value.nothing_sent
    assert not heard
