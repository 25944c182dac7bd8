# SPDX-License-Identifier: GPL-3.0-or-later
"""Which proxy a request uses."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies_environment

from requests.utils import get_environ_proxies, select_proxy, should_bypass_proxies
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from ..texts.phrases import phrase
from .errors import ProxyUnusable
from .redact import clean, without_user
from .server import ProxyMode, Server


def proxies_for(url: str, server: Server) -> dict[str, str]:
    """Return the proxies by scheme, as `requests` takes them; empty for a direct connection.

    Raises:
        ProxyUnusable: the proxy has an unsupported protocol, or an unreadable address.
    """
    proxies = _proxies(url, server)
    if proxy := select_proxy(url, proxies):
        _check(proxy)
    return proxies


def _proxies(url: str, server: Server) -> dict[str, str]:
    match server.proxy_mode:
        case ProxyMode.SYSTEM:
            return get_environ_proxies(url)
        case ProxyMode.ENVIRONMENT:
            return {} if should_bypass_proxies(url, no_proxy=None) else getproxies_environment()
        case ProxyMode.NONE:
            return {}
        case ProxyMode.CUSTOM:
            return {"http": server.proxy_url, "https": server.proxy_url}


def _check(proxy: str) -> None:
    address = proxy if "://" in proxy else f"http://{proxy}"
    told = clean(without_user(proxy), limit=100)
    scheme = address.partition("://")[0].lower()
    if scheme.startswith("socks"):
        raise ProxyUnusable(
            phrase(
                "The proxy {proxy} speaks SOCKS, which Easel can't use. Set an HTTP proxy in Easel's "
                "preferences, or None there.",
                proxy=told,
            )
        )
    try:
        is_readable = bool(parse_url(address).host and urlsplit(address).hostname)
        _ = urlsplit(address).port
    except (ValueError, LocationParseError):
        is_readable = False
    if scheme not in ("http", "https") or not is_readable:
        raise ProxyUnusable(
            phrase(
                "The proxy's address {proxy} can't be used. Set another one in Easel's preferences, or "
                "None there.",
                proxy=told,
            )
        )
