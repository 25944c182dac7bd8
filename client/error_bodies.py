# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the body of an error in any form. Pure functions.

Observed bodies had the code under `error_code` or `code`, the text under `error`, `detail` or `message`, the
wrong fields under `details`, `fields` or `loc`. Some had only field errors, and some were not JSON.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from .answers import json_of, looks_like_html
from .redact import clean

MAX_SENTENCE: Final = 300  # characters
_PAGE_BYTES: Final = 20_000
"""How many bytes of a body that is not JSON are read."""
_SEEN: Final = 4000
"""How many characters of a page's text are read. Fewer than the digits that Python accepts as the number of a
character."""
_UNSEEN: Final = tuple(
    (re.compile(opening, re.IGNORECASE), re.compile(closing, re.IGNORECASE))
    for opening, closing in (
        (r"<!--", r"-->"),
        (r"<script\b", r"</script\s*>"),
        (r"<style\b", r"</style\s*>"),
        (r"<head\b", r"</head\s*>"),
    )
)
"""The beginnings and ends of a page's invisible parts."""
_TAG: Final = re.compile(r"<[^<>]*>")
_TEXTS: Final = ("error", "detail", "message", "msg")
_PLACES: Final = ("body", "query", "path", "header")
"""Words that begin the path to a field, in some frameworks."""
_DEEPEST: Final = 4
_MOST: Final = 20
"""The most texts, fields and steps that are read in one place."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """The service's own explanation."""

    code: str = ""
    """Lower case."""
    sentence: str = ""
    """One short line of plain text."""


def read_refusal(data: bytes, *secrets: str) -> Refusal:
    """Find code and text in an error's body of any form, with secrets masked."""
    code, is_cut = "", False
    try:
        body = json_of(data)
    except (ValueError, RecursionError):
        text, is_cut = data[:_PAGE_BYTES].decode("utf-8", "replace"), len(data) > _PAGE_BYTES
        if looks_like_html(data):
            seen = " ".join(_seen(text).split())
            text, is_cut = html.unescape(seen[:_SEEN]), is_cut or len(seen) > _SEEN
    else:
        code, text = _code(body), _sentence(body)
    return Refusal(code=_one_word(code), sentence=clean(text, *secrets, limit=MAX_SENTENCE, is_cut=is_cut))


def _code(body: Any) -> str:
    for _ in range(_DEEPEST):
        if not isinstance(body, Mapping):
            break
        values = cast("Mapping[str, Any]", body)
        for name in ("error_code", "code"):
            if isinstance(value := values.get(name), (str, int)):
                return str(value)
        body = values.get("error")
    return ""


def _sentence(body: Any) -> str:
    """Return the text under one of the known names, else all texts, with the names of their fields."""
    if isinstance(body, Mapping):
        values = cast("Mapping[str, Any]", body)
        for name in _TEXTS:
            if lines := list(_lines(values.get(name))):
                return "; ".join([*lines, *_details(values)])
        body = {name: value for name, value in values.items() if name not in ("code", "error_code", "status")}
    return "; ".join(_lines(body))


def _lines(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        if value.strip():
            yield value.strip()
    elif depth >= _DEEPEST:
        return
    elif isinstance(value, list):
        for item in cast("list[Any]", value)[:_MOST]:
            yield from _lines(item, depth + 1)
    elif isinstance(value, Mapping):
        values = cast("Mapping[str, Any]", value)
        text = next((text for name in _TEXTS if isinstance(text := values.get(name), str)), None)
        if text is not None:
            field = _field(values)
            yield f"{field}: {text}" if field else text
            yield from _details(values, depth)
            return
        for name, item in list(values.items())[:_MOST]:
            yield from (f"{name}: {line}" for line in _lines(item, depth + 1))


def _details(values: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """Return what stands beside a text: which fields are wrong, and how."""
    for name in ("details", "fields", "errors"):
        value = values.get(name)
        if isinstance(value, list) and all(isinstance(item, str) for item in cast("list[Any]", value)):
            names = ", ".join(cast("list[str]", value)[:_MOST])
            yield from [f"{name}: {names}"] if names else []
        else:
            yield from _lines(value, depth + 1)


def _field(values: Mapping[str, Any]) -> str:
    """Return the field that a text is about: by its name, or by the path to it in the body."""
    for name in ("field", "param", "parameter"):
        if isinstance(value := values.get(name), str):
            return value
    way = values.get("loc")
    steps = cast("list[Any]", way)[:_MOST] if isinstance(way, list) else [way]
    return ".".join(str(step) for step in steps if isinstance(step, (str, int)) and step not in _PLACES)


def _seen(page: str) -> str:
    """Return the visible text of a page, approximately. Takes time proportional to the page's length."""
    for opening, closing in _UNSEEN:
        first, *parts = opening.split(page)
        page = " ".join([first, *(closing.split(part, maxsplit=1)[-1] for part in parts)])
    return _TAG.sub(" ", page)


def _one_word(code: str) -> str:
    return code.strip().lower() if re.fullmatch(r"[\w.:-]{1,64}", code.strip()) else ""
