# SPDX-License-Identifier: GPL-3.0-or-later
"""Which addresses a server may have."""

import pytest

from easel.client.server import DEFAULT_URL, Server, is_loopback_host


def server(url: str) -> Server:
    return Server(name="test", url=url)


@pytest.mark.parametrize(
    "url",
    [
        DEFAULT_URL,
        "https://api.studio.example:8443/proxy/",
        "http://127.0.0.1:8000",
        "http://localhost",
        "http://[::1]:80",
        " https://spaces.example ",
    ],
)
def test_usable_addresses(url: str) -> None:
    assert server(url).problem == ""


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.3daistudio.com",
        "ftp://api.3daistudio.com",
        "http://api.3daistudio.com",  # the key would travel in the open
        "http://10.0.0.5",
        "https://",
        "https://user:secret@api.3daistudio.com",
        "https://user@api.3daistudio.com",
        "https://api.3daistudio.com?key=secret",
        "https://api.3daistudio.com#x",
        "https://[::1",
        "https://host:port",
    ],
)
def test_unusable_addresses_say_why_without_secrets(url: str) -> None:
    problem = server(url).problem
    assert problem.startswith("The server's address")
    assert "secret" not in problem


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1"])
def test_loopback(host: str) -> None:
    assert is_loopback_host(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "localhost.example", "127.0.0.1.example", "10.0.0.1", "::2"])  # noqa: S104
def test_not_loopback(host: str) -> None:
    assert not is_loopback_host(host)


def test_the_base_url_has_no_slash_at_its_end() -> None:
    assert server(" https://a.example/api/ ").base_url == "https://a.example/api"
