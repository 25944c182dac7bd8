# SPDX-License-Identifier: GPL-3.0-or-later
"""Which proxy a request uses: the system's, the environment's, none, or the artist's own."""

import io
import os
from collections.abc import Callable

import pytest

from easel.client.api import Api
from easel.client.errors import ProxyUnusable
from easel.client.models import ModelId
from easel.client.proxies import proxies_for
from easel.client.requests import GenerateRequest
from easel.client.server import ProxyMode, Server

URL = "https://api.example/v1"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a proxy for all hosts but one."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("https_proxy", "http://environment:1")
    monkeypatch.setenv("no_proxy", "direct.example")


def server(mode: ProxyMode, proxy: str = "", url: str = URL) -> Server:
    return Server(name="test", url=url, proxy_mode=mode, proxy=proxy)


@pytest.mark.parametrize("mode", [ProxyMode.SYSTEM, ProxyMode.ENVIRONMENT])
def test_the_environments_proxy(mode: ProxyMode) -> None:
    assert proxies_for(URL, server(mode))["https"] == "http://environment:1"
    assert "https" not in proxies_for("https://direct.example/", server(mode))


def test_no_proxy_whatever_the_environment_says() -> None:
    assert proxies_for(URL, server(ProxyMode.NONE)) == {}


@pytest.mark.parametrize("proxy", ["http://studio:3128", "studio:3128", " studio:3128 "])
def test_the_artists_own(proxy: str) -> None:
    assert proxies_for(URL, server(ProxyMode.CUSTOM, proxy))["https"] == "http://studio:3128"


@pytest.mark.parametrize("mode", [ProxyMode.SYSTEM, ProxyMode.ENVIRONMENT, ProxyMode.NONE])
def test_an_address_that_is_not_used_is_no_problem(mode: ProxyMode) -> None:
    assert server(mode, "nonsense://").problem == ""


@pytest.mark.parametrize(
    "proxy", ["", " ", "socks5://studio:1", "http://", "http://studio:port", "http://[::1"]
)
def test_a_proxy_that_cannot_be_used_is_said_beforehand(proxy: str) -> None:
    assert server(ProxyMode.CUSTOM, proxy).problem.startswith("The proxy's address")


def test_the_proxys_password_is_not_told() -> None:
    assert "secret" not in server(ProxyMode.CUSTOM, "ftp://me:secret@studio:1").problem


def test_loopback_needs_no_proxy() -> None:
    assert server(ProxyMode.CUSTOM, "", "http://127.0.0.1:80").problem == ""


UNUSABLE = ["socks5://me:secret@localhost:9", "SOCKS5h://127.0.0.1:9", "socks4a://studio", "socks://studio:1080",
            "http://", "http://me:secret@[::1", "studio:port", "http://studio:99999", "ftp://studio:1", "://studio",
            "http:///studio"]  # fmt: skip


@pytest.mark.parametrize("proxy", UNUSABLE)
@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"])
def test_a_proxy_that_cannot_be_used_ends_a_request_at_once(
    monkeypatch: pytest.MonkeyPatch, name: str, proxy: str
) -> None:
    monkeypatch.delenv("https_proxy")
    monkeypatch.setenv(name, proxy)
    api = Api(
        server(ProxyMode.SYSTEM, url="https://api.example"), key=lambda: "key", may_go_online=lambda: True
    )
    request = GenerateRequest(model=ModelId.GEMINI_2_5_FLASH, prompt="x")
    calls: list[Callable[[], object]] = [
        lambda: api.submit(request),
        lambda: api.fetch_status("t"),
        api.fetch_wallet,
        lambda: api.download("https://cdn.example/a.png", io.BytesIO()),
    ]
    for call in calls:
        with pytest.raises(ProxyUnusable, match=r"[Pp]roxy.*preferences") as caught:
            call()
        assert not caught.value.passing
        assert not caught.value.fate_unknown
        assert "secret" not in str(caught.value)
        assert ("SOCKS" in str(caught.value)) is proxy.lower().startswith("socks")
    api.close()


def test_a_proxy_that_is_not_for_this_address_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", "socks5://studio:1")
    monkeypatch.setenv("http_proxy", "socks5://studio:1")
    assert proxies_for(URL, server(ProxyMode.SYSTEM))["https"] == "http://environment:1"
    assert proxies_for("https://direct.example/", server(ProxyMode.ENVIRONMENT)) == {}
    assert proxies_for(URL, server(ProxyMode.NONE)) == {}


@pytest.mark.parametrize(
    "proxy", ["studio:3128", "http://me:pass@studio:3128", "https://studio", "http://[::1]:3128/"]
)
def test_a_proxy_that_can_be_used_is_not_refused(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    assert proxies_for(URL, server(ProxyMode.SYSTEM))["https"] == proxy
