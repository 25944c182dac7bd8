# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps secrets out of every text that an artist, a log or a bug report may see."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

LONGEST_SECRET: Final = 512
"""Characters. No key is longer (`key.clean_key`), and a proxy's password should not be either."""

_WINDOW: Final = 20_000
"""How many characters of a text are searched: web pages begin with much useless text."""

_BEARER: Final = re.compile(r"\b(bearer)\s+[^\s'\"]+", re.IGNORECASE)
# Up to the last "@", because a password may contain some.
_USER: Final = re.compile(r"//[^\s/'\"]+@")
_WORD: Final = re.compile(r"[^\s/'\"]+")
_QUERY: Final = re.compile(r"\?[^\s'\"<>)\]]+")


def clean(text: str, *secrets: str, limit: int, is_cut: bool = False) -> str:
    """Make one short line of a text from outside: printable, masked, at most `limit` characters.

    Args:
        secrets: more secrets to mask than those that `redact` recognises.
        is_cut: the text is the beginning of a longer one, and may end in the middle of a secret.
    """
    line = text[:_WINDOW]
    if not line.isprintable():
        line = "".join(char if char.isprintable() else " " for char in line)
    line = " ".join(line.split())
    is_cut = is_cut or len(text) > _WINDOW or len(line) > limit + LONGEST_SECRET
    line = redact(line[: limit + LONGEST_SECRET], *secrets)
    if is_cut:  # the last word may be a secret's beginning, which could not be found
        line = line[: max(line.rfind(" "), len(line) - LONGEST_SECRET, 0)]
    if is_cut or len(line) > limit:
        cut = line[: limit - 1]
        line = (cut if cut == line else cut.rpartition(" ")[0] or cut) + "…"
    return line


def redact(text: str, *secrets: str) -> str:
    """Mask the given secrets, bearer tokens, users with passwords, and queries (which contain signatures).

    Takes time proportional to the text's length, whatever it contains.
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, "•••")
    text = _BEARER.sub(r"\1 •••", text)
    text = _USER.sub("//•••@", text)
    if "@" in text:
        text = _WORD.sub(_without_password, text)
    return _QUERY.sub("?…", text)


def _without_password(found: re.Match[str]) -> str:
    """Mask "user:password@" in a word; proxies are often written without a scheme.

    It uses no regular expression, which would start again at every letter.
    """
    word = found[0]
    at = _last_host(word)
    colon = word.find(":", 1)
    while 0 < colon < at:
        # No backslash after the colon: that is a drive.
        if word[colon - 1] not in "@:" and word[colon + 1] != "\\":
            start = max(word.rfind(sign, 0, colon) for sign in "@:") + 1
            return f"{word[:start]}•••{word[at:]}"
        colon = word.find(":", colon + 1)
    return word


def _last_host(word: str) -> int:
    """Return the position of the last "@" before a host's name or address, or -1."""
    at = word.rfind("@", 0, -1)
    while at >= 0 and not (word[at + 1].isalnum() or word[at + 1] in "_["):
        at = word.rfind("@", 0, at)
    return at


def without_user(address: str) -> str:
    """Mask user and password of a text that is known to be an address, in any form."""
    start = address.find("://") + 3 if "://" in address else 0
    _user, at, host = address[start:].rpartition("@")
    return f"{address[:start]}•••@{host}" if at else address


def short_url(url: str) -> str:
    """Return the parts of a URL that may be shown: scheme, host, port and path."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that can't be read"
    host = f"[{host}]" if ":" in host else host
    path = parts.path if len(parts.path) <= 60 else parts.path[:57] + "…"
    return clean(f"{parts.scheme}://{host}{port}{path}", limit=200) if host else "an address without a host"
