# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps secrets out of every text that an artist, a log or a bug report may see."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_BEARER: Final = re.compile(r"\b(bearer)\s+[^\s'\"]+", re.IGNORECASE)
_USER: Final = re.compile(r"//[^\s/@'\"]+@")
_QUERY: Final = re.compile(r"\?[^\s'\"<>)\]]+")


def redact(text: str, *secrets: str) -> str:
    """Mask the given secrets, bearer tokens, user names in URLs, and queries (signatures live there)."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "•••")
    text = _BEARER.sub(r"\1 •••", text)
    text = _USER.sub("//•••@", text)
    return _QUERY.sub("?…", text)


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
