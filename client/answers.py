# SPDX-License-Identifier: GPL-3.0-or-later
"""Tolerant readers of the service's parsed JSON answers. Pure functions.

Whatever the service sends, a reader returns its own type or raises ResponseInvalid, nothing else.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final, cast

from ..texts.phrases import joined, phrase
from .errors import LOGIN, Heard, ResponseInvalid
from .redact import clean


class TaskState(StrEnum):
    """The state of a task at the service."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    FINISHED = "FINISHED"
    """Links may arrive some seconds later. With a `failure_reason` they never arrive."""
    FAILED = "FAILED"
    """The service refunds the credits by itself."""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """The service has accepted a request."""

    task_id: str
    """The only way to the results: store it at once."""


@dataclass(frozen=True, kw_only=True)
class TaskStatus:
    """The service's report about a task."""

    state: TaskState
    """An unknown word means: over if there is a reason for a failure, else still running."""
    progress: int
    """Percent, 0 to 100."""
    assets: tuple[str, ...]
    """Links to the results by their position, empty if one is not there yet. They are valid for about an
    hour: download at once."""
    failure_reason: str
    """One short line of plain text."""
    is_known_word: bool = True

    def is_over(self, count: int) -> bool:
        """Return whether a task that makes `count` images is over.

        An unknown state may be a final one of another version ("COMPLETED"): then it is over if all images
        are there.
        """
        is_whole = sum(map(bool, self.assets)) >= max(count, 1)
        return self.state is TaskState.FINISHED or (is_whole and not self.is_known_word)


@dataclass(frozen=True, kw_only=True)
class Wallet:
    """The balance of the account."""

    balance: Decimal
    """Credits."""
    rate_limit: int | None
    """Submits a minute, if the service says so."""
    account: str = ""
    """Mark of the key that it was asked with (`key.account_mark`)."""


MAX_REASON: Final = 500  # characters

_STATES: Final[Mapping[str, TaskState]] = {str(state): state for state in TaskState}
_MAX_BALANCE: Final = Decimal(10) ** 15
_MAX_RATE_LIMIT: Final = 100_000
_MAX_TASK_ID: Final = 200  # characters; a UUID has 36
_MAX_NUMBER: Final = 100  # characters

_HEARD_BYTES: Final = 64 * 1024
_MAX_HEARD_IDS: Final = 8
_NAMED_ID: Final = re.compile(r'"task_?id"\s*:\s*(?:"([\w.:-]{1,200})"|(\d{1,29})(?=\s*[,}]))', re.IGNORECASE)
_UUID: Final = re.compile(r"(?<![\w-])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w-])", re.IGNORECASE)


def parse_json(data: bytes) -> Any:
    """Parse a whole answer.

    Raises:
        ResponseInvalid: it is not JSON.
    """
    try:
        return json_of(data)
    except (ValueError, RecursionError):
        what = phrase("a web page") if looks_like_html(data) else phrase("something that can't be read")
    text = phrase("The service answered with {what} instead of data.", what=what)
    raise ResponseInvalid(joined(text, LOGIN) if looks_like_html(data) else text)


def json_of(data: bytes) -> Any:
    """Parse JSON in UTF-8; invalid bytes become �. Raises ValueError or RecursionError.

    `json.loads` of bytes would accept lone surrogates, and takes 8 ms for 64 kB of them.
    """
    return json.loads(data.decode("utf-8-sig", "replace"))


def looks_like_html(data: bytes) -> bool:
    """Return whether an answer is a web page from a gateway, a proxy or a login."""
    return data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def read_submission(answer: Any) -> Submission:
    """Read the task id from the answer to a submit."""
    match answer:
        case {"task_id": str(text)} if 0 < len(text.strip()) <= _MAX_TASK_ID and text.strip().isprintable():
            return Submission(task_id=text.strip())
        case {"task_id": int(number)} if not isinstance(number, bool) and abs(number) < 10**30:
            return Submission(task_id=str(number))
        case _:
            raise ResponseInvalid(phrase("The service accepted the request, but gave no task ID for it."))


def listen(data: bytes) -> Heard:
    """Look for a task's ID in an unreadable answer. A web page has none, because it is from a gateway."""
    if looks_like_html(data):
        return Heard()
    text = data[:_HEARD_BYTES].decode("utf-8", "replace")
    named = dict.fromkeys(quoted or number for quoted, number in _NAMED_ID.findall(text))
    if len(named) == 1:
        return Heard(task_id=next(iter(named)))
    return Heard(others=tuple(named or dict.fromkeys(_UUID.findall(text)))[:_MAX_HEARD_IDS])


def read_status(answer: Any, *secrets: str) -> TaskStatus:
    """Read the status of a task. Secrets that its text repeats are masked."""
    match answer:
        case {"status": str(word)}:
            pass
        case _:
            raise ResponseInvalid(phrase("The service's answer does not say the state of the task."))
    values = cast("Mapping[str, Any]", answer)
    reason = _text(values.get("failure_reason"), *secrets)
    state = _STATES.get(word.strip().upper())
    return TaskStatus(
        state=state or (TaskState.FINISHED if reason else TaskState.IN_PROGRESS),
        is_known_word=state is not None,
        progress=_percent(values.get("progress")),
        assets=_assets(values.get("results")),
        failure_reason=reason,
    )


def read_wallet(answer: Any) -> Wallet:
    """Read the balance, a decimal string or a number, and the rate limit if there is one."""
    values: Mapping[str, Any] = cast("Mapping[str, Any]", answer) if isinstance(answer, Mapping) else {}
    balance = _number(values.get("balance"))
    if balance is None or abs(balance) > _MAX_BALANCE:
        raise ResponseInvalid(phrase("The service's answer does not say the balance."))
    limit = _number(values.get("rate_limit"))
    return Wallet(
        balance=balance,
        rate_limit=int(limit) if limit is not None and 1 <= limit <= _MAX_RATE_LIMIT else None,
    )


def _assets(results: Any) -> tuple[str, ...]:
    if isinstance(results, Mapping):
        results = [results]
    if not isinstance(results, list):
        return ()
    return tuple(_link(result) for result in cast("list[Any]", results))


def _link(result: Any) -> str:
    """Read a link. The reliable field is `asset`; older answers have `asset_url`."""
    match result:
        case {"asset": str(link)} if link.strip():
            return link.strip()
        case {"asset_url": str(link)}:
            return link.strip()
        case _:
            return ""


def _percent(value: Any) -> int:
    number = _number(value)
    return 0 if number is None else int(min(max(number, Decimal(0)), Decimal(100)))


def _number(value: Any) -> Decimal | None:
    """Return the number that a JSON value is or spells; None for anything else, also NaN and infinity."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str) and len(value) > _MAX_NUMBER:
        return None
    try:
        # Not Decimal(float): 0.1 should stay 0.1. Very long integers can't become a string: ValueError.
        number = Decimal(str(value).strip())
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() else None


def _text(value: Any, *secrets: str) -> str:
    return clean(value, *secrets, limit=MAX_REASON) if isinstance(value, str) else ""
