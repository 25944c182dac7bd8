# SPDX-License-Identifier: GPL-3.0-or-later
"""The address of the API, and how to reach it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from ..texts.phrases import phrase

DEFAULT_URL: Final = "https://api.3daistudio.com"


class ProxyMode(StrEnum):
    """Where the proxy's address comes from."""

    SYSTEM = "SYSTEM"
    """The environment's variables, else the settings of Windows or macOS."""
    ENVIRONMENT = "ENVIRONMENT"
    """`HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` alone."""
    NONE = "NONE"
    """No proxy, whatever the environment and the system say."""
    CUSTOM = "CUSTOM"
    """The one of `Server.proxy`."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """One service. A wrong address raises nothing: see `problem`."""

    name: str
    """Its identity in the ledger: an engine only follows jobs of its own service's name."""
    url: str = DEFAULT_URL
    connect_timeout_s: float = 10
    read_timeout_s: float = 60
    submit_timeout_s: float = 120
    """How long one part of an upload may stall; how long the whole upload may take, besides the time that its
    bytes earn (`client.body.SLOWEST_UPLOAD`); and how long its answer may then take."""
    ca_bundle: str = ""
    """PEM file of certificate authorities to trust besides the system's own."""
    proxy_mode: ProxyMode = ProxyMode.SYSTEM
    """For loopback no proxy is used."""
    proxy: str = ""
    """URL of the proxy for `ProxyMode.CUSTOM`; without a scheme it means http."""

    @property
    def base_url(self) -> str:
        """The address without a slash at its end, to which every path of the API is added."""
        return self.url.strip().rstrip("/")

    @property
    def is_loopback(self) -> bool:
        """True if the service runs on this machine: no online access, no proxy, no https needed."""
        return is_loopback_url(self.url)

    @property
    def problem(self) -> str:
        """Why the address can't be used, in words for the artist; empty if it can."""
        try:
            parts = urlsplit(self.url.strip())
            host = parts.hostname
            _ = parts.port
        except ValueError:
            return phrase("The server's address can't be read: check it in the preferences.")
        if not host or parts.scheme not in ("http", "https"):
            return phrase("The server's address must start with https://")
        if parts.username is not None or parts.query or parts.fragment:
            return phrase("The server's address must have no user name and nothing after the path.")
        if parts.scheme == "http" and not is_loopback_host(host):
            return phrase(
                "The server's address must start with https://, or the API key would travel unencrypted."
            )
        return "" if is_loopback_host(host) else self._proxy_problem

    @property
    def _proxy_problem(self) -> str:
        if self.proxy_mode is not ProxyMode.CUSTOM:
            return ""
        if not self.proxy.strip():
            return phrase("The proxy's address is missing: write it, or choose another kind of proxy.")
        try:
            parts = urlsplit(self.proxy_url)
            _ = parts.port
        except ValueError:
            return phrase("The proxy's address can't be read: check it in the preferences.")
        if not parts.hostname or parts.scheme not in ("http", "https"):
            return phrase("The proxy's address must look like http://proxy.example:3128")
        return ""

    @property
    def proxy_url(self) -> str:
        """The address of the artist's own proxy, with a scheme."""
        text = self.proxy.strip()
        return text if not text or "://" in text else f"http://{text}"


def is_loopback_url(url: str) -> bool:
    """Return whether a URL names this machine."""
    try:
        return is_loopback_host(urlsplit(url.strip()).hostname or "")
    except ValueError:
        return False


def is_loopback_host(host: str) -> bool:
    """Return whether a host name or an address is this machine's own, without asking the DNS."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
