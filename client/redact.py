# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps secrets out of every text that an artist, a log or a bug report may see."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_BEARER: Final = re.compile(r"\b(bearer)\s+[^\s'\"]+", re.IGNORECASE)
# Up to the last "@": a password may have some of its own.
_USER: Final = re.compile(r"//[^\s/'\"]+@")
# Proxies are often written without a scheme. No slash after the colon: that is a scheme, or a drive.
_USER_AND_PASSWORD: Final = re.compile(r"[^\s/@'\":]+:(?![/\\])[^\s/'\"]*@(?=[\w\[])")
_QUERY: Final = re.compile(r"\?[^\s'\"<>)\]]+")


def redact(text: str, *secrets: str) -> str:
    """Mask the given secrets, bearer tokens, users with passwords, and queries (signatures live there)."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "•••")
    text = _BEARER.sub(r"\1 •••", text)
    text = _USER.sub("//•••@", text)
    text = _USER_AND_PASSWORD.sub("•••@", text)
    return _QUERY.sub("?…", text)


def without_user(address: str) -> str:
    """Mask user and password of an address that is known to be one, in whatever way they are written."""
    start = address.find("://") + 3 if "://" in address else 0
    _user, at, host = address[start:].rpartition("@")
    return f"{address[:start]}•••@{host}" if at else address


def short_url(url: str) -> str:
    """Return what of a URL may be told: scheme, host, port and path."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that can't be read"
    host = f"[{host}]" if ":" in host else host
    path = parts.path if len(parts.path) <= 60 else parts.path[:57] + "…"
    return f"{parts.scheme}://{host}{port}{path}" if host else "an address without a host"
