# SPDX-License-Identifier: GPL-3.0-or-later
"""Which proxy a request takes."""

from __future__ import annotations

from urllib.request import getproxies_environment

from requests.utils import get_environ_proxies, should_bypass_proxies

from .server import ProxyMode, Server


def proxies_for(url: str, server: Server) -> dict[str, str]:
    """Return the proxies by scheme, as `requests` takes them; empty for a direct connection."""
    match server.proxy_mode:
        case ProxyMode.SYSTEM:
            return get_environ_proxies(url)
        case ProxyMode.ENVIRONMENT:
            return {} if should_bypass_proxies(url, no_proxy=None) else getproxies_environment()
        case ProxyMode.NONE:
            return {}
        case ProxyMode.CUSTOM:
            return {"http": server.proxy_url, "https": server.proxy_url}
