# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn an HTTP status and a body of any form into the matching error. Pure functions.

The status decides; codes and texts (`error_bodies`) only improve the wording.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import Final

from ..texts.phrases import joined, phrase
from .answers import looks_like_html
from .error_bodies import Refusal, read_refusal
from .errors import (
    LOGIN,
    ApiError,
    AuthenticationFailed,
    ClientError,
    ConnectionFailed,
    InsufficientCredits,
    RateLimited,
    Remedy,
    ResponseInvalid,
    ServerTrouble,
    TaskNotFound,
    ValidationFailed,
)
from .redact import redact, short_url

DEFAULT_WAIT_S: Final = 30.0
MAX_WAIT_S: Final = 300.0

_KEY_CODES: Final = frozenset({"invalid_api_key", "api_key_expired", "api_key_revoked"})
_OF_THE_API_ALONE: Final = frozenset({401, 402, 429})
"""Statuses that mean the same with a web page as body: gateways don't use them otherwise."""
_OF_GATEWAYS: Final = frozenset({403, 407, 451})
"""Statuses that, with a web page, come from a proxy or a firewall that blocks everything."""
_WAIT: Final = re.compile(r"\bin\s+(\d{1,6}(?:\.\d{1,6})?)\s*(m(?:in(?:ute)?s?)?\b)?", re.IGNORECASE)
_SECONDS: Final = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)\s*(?:s|secs?|seconds?)\b", re.IGNORECASE)


class Purpose(Enum):
    """What the request was for, because the same HTTP status means different things."""

    SUBMIT = auto()
    STATUS = auto()
    WALLET = auto()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One complete answer of the API, unchanged."""

    status: int
    data: bytes
    retry_after: str = ""
    location: str = ""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def error_of(answer: Answer, purpose: Purpose, *secrets: str, now: datetime | None = None) -> ClientError:
    """Return the error for an answer other than 2xx."""
    refusal = read_refusal(answer.data, *secrets)
    status = answer.status
    if status < 200:  # 101, which nobody requested: it says nothing about the request
        return ResponseInvalid(phrase("The answer did not come from the API (HTTP {status}).", status=status))
    if 300 <= status < 400:
        return _moved(answer, purpose, *secrets)
    if status == 511:  # the network's own word: nothing has left it
        return ConnectionFailed(
            phrase("This network wants a login: open a web page in a browser, then try again."),
            nothing_sent=True,
        )
    if status == 429:
        return RateLimited(
            _told(phrase("The service asks for a pause: too many requests."), refusal),
            retry_after_s=wait_s(answer.retry_after, refusal.sentence, now or datetime.now(UTC)),
            code=refusal.code,
        )
    if status >= 500 or status == 408:
        return ServerTrouble(
            _told(phrase("The service has trouble (HTTP {status}).", status=status), refusal),
            status=status,
            code=refusal.code,
        )
    is_page = looks_like_html(answer.data) and status not in _OF_THE_API_ALONE
    if is_page and (purpose is Purpose.STATUS or status in _OF_GATEWAYS):
        return _of_gateway(status, purpose, refusal)
    if status in (403, 404) and purpose is Purpose.STATUS and refusal.code not in _KEY_CODES:
        return _no_task(answer, refusal)
    kind, text, remedy = _client_side(status)
    return kind(_told(text, refusal), status=status, code=refusal.code, remedy=remedy)


def wait_s(header: str, text: str, now: datetime) -> float:
    """Return how long to wait after a 429: from `Retry-After`, else the text, else 30 s; at most 300 s."""
    seconds = _seconds_of_header(header, now)
    if seconds is None:
        seconds = _seconds_of_text(text)
    return min(max(seconds, 0.0), MAX_WAIT_S)


def _seconds_of_text(text: str) -> float:
    """Return the number after "in": other numbers may say how many requests are allowed."""
    if found := _WAIT.search(text):
        return float(found[1]) * (60 if found[2] else 1)
    found = _SECONDS.search(text)
    return float(found[1]) if found else DEFAULT_WAIT_S


def _seconds_of_header(header: str, now: datetime) -> float | None:
    """Read `Retry-After`: a number of seconds or a date; anything else is ignored."""
    header = header.strip()[:100]
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", header, re.ASCII):
        return float(header)
    try:
        date = parsedate_to_datetime(header)
        return (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _client_side(status: int) -> tuple[type[ApiError], str, Remedy | None]:
    match status:
        case 400 | 422:
            return ValidationFailed, phrase("The service refused the request."), None
        case 401:
            return AuthenticationFailed, phrase("The service does not accept the API key."), None
        case 402:
            return InsufficientCredits, phrase("There are not enough credits for this."), None
        case 403:
            return AuthenticationFailed, phrase("The service does not allow this with this API key."), None
        case 404:
            return ApiError, phrase("The service does not know this address (HTTP 404)."), Remedy.CHECK_SERVER
        case 413:
            return (
                ValidationFailed,
                phrase("The request is too large for the service: use fewer or smaller sources."),
                None,
            )
        case _:
            return (
                ApiError,
                phrase("The service refused the request (HTTP {status}).", status=status),
                Remedy.CHECK_SERVER,
            )


def _of_gateway(status: int, purpose: Purpose, refusal: Refusal) -> ClientError:
    """Return the error for a page instead of data. It comes from a gateway, which knows no keys or tasks."""
    text = joined(
        _told(phrase("The answer did not come from the API (HTTP {status}).", status=status), refusal), LOGIN
    )
    if purpose is Purpose.STATUS:
        return ResponseInvalid(text, remedy=Remedy.CHECK_NETWORK)
    return ApiError(text, status=status, remedy=Remedy.CHECK_NETWORK)


def _no_task(answer: Answer, refusal: Refusal) -> ClientError:
    if answer.status == 403:
        text = phrase("This task belongs to another account: set the API key with which it was made.")
        return TaskNotFound(_told(text, refusal), status=403, code=refusal.code, remedy=Remedy.SET_KEY)
    return TaskNotFound(
        phrase("The service does not know this task (any more)."), status=404, code=refusal.code
    )


def _moved(answer: Answer, purpose: Purpose, *secrets: str) -> ClientError:
    """Return the error for a redirect, which is never followed: the key only goes to the artist's server.

    A network that wants a login redirects too. A poll for a task's status is then repeated later.
    """
    text = phrase("The server redirects to {address}.", address=redact(short_url(answer.location), *secrets))
    if not answer.location:
        text = phrase("The server redirects (HTTP {status}) without saying where.", status=answer.status)
    text = joined(text, phrase("Easel does not follow, because the API key must not go there."))
    text = joined(text, LOGIN)
    has_done_nothing = answer.status in (301, 307, 308)  # "ask there"
    if has_done_nothing and purpose is not Purpose.STATUS:
        return ApiError(text, status=answer.status, remedy=Remedy.CHECK_SERVER)
    return ResponseInvalid(text)


def _told(text: str, refusal: Refusal) -> str:
    if not refusal.sentence:
        return text
    return joined(text, phrase("The service says: {sentence}", sentence=refusal.sentence))
