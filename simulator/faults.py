# SPDX-License-Identifier: GPL-3.0-or-later
"""Define faults: which requests a fault applies to (`Fault`), and what it does to them (`Effect`).

Tests use ready-made ones from `catalogue`; this module is the mechanism.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from .answers import Answer


class On(Enum):
    """The kind of request that a fault applies to."""

    SUBMIT = "submit"  # POST generate/ or edit/
    STATUS = "status"  # GET …/status/
    ASSET = "asset"  # GET at the asset host
    WALLET = "wallet"  # GET …/wallet/


class When(Enum):
    """Whether the service does its work before the fault strikes."""

    BEFORE = "before"  # nothing was done: no task, no charge
    AFTER = "after"  # the task exists and was charged; only the answer is touched


@dataclass(frozen=True, kw_only=True)
class Reply:
    """Answer this instead."""

    answer: Answer


@dataclass(frozen=True, kw_only=True)
class Drop:
    """Close the connection without an answer."""

    after_bytes: int | None = None  # of the request's body; None: the whole request is read


@dataclass(frozen=True, kw_only=True)
class Hang:
    """Send nothing for this long, then go on as usual; None: until the simulator stops, or `until` is set."""

    seconds: float | None = None
    until: threading.Event | None = None


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Announce the whole body, send a part of it, close."""

    share: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Trickle:
    """Send the body slowly, over this many seconds."""

    seconds: float = 2.0


@dataclass(frozen=True, kw_only=True)
class Redirect:
    """Redirect the client; None: to another link of the same asset, which works."""

    to: str | None = None


@dataclass(frozen=True)
class Revoke:
    """Refuse this link with 403 from now on. The next status answer carries another one, which works."""


@dataclass(frozen=True, kw_only=True)
class Flood:
    """Send bytes without end (up to `announced`, if that is given as Content-Length)."""

    announced: int | None = None


class Spoilt(Enum):
    """How the bytes of an asset are wrong, in an otherwise correct answer."""

    WRONG_MAGIC = "wrong_magic"  # does not start like an image
    CORRUPT = "corrupt"  # the file's first half, complete in itself by its Content-Length
    BOMB = "bomb"  # a small PNG whose header says 60000 × 60000
    OTHER_SIZE = "other_size"  # a good image, of another pixel size than was asked for


@dataclass(frozen=True, kw_only=True)
class Spoil:
    """Send an asset with wrong bytes."""

    way: Spoilt


class Outcome(Enum):
    """How a task ends."""

    FINISHED = "FINISHED"
    FAILED = "FAILED"


class ResultShape(Enum):
    """The fields of a result."""

    ASSET = "asset"  # asset, asset_type, metadata
    ASSET_URL = "asset_url"  # the older name only
    BOTH = "both"  # asset null, asset_url and thumbnail filled


class LateShape(Enum):
    """The form of FINISHED while its URLs are still missing."""

    EMPTY = "empty"  # "results": []
    NULL_ASSET = "null_asset"  # as many results as will come, "asset": null


@dataclass(frozen=True, kw_only=True)
class Course:
    """What happens to a task: decided when it is submitted, stored with it."""

    outcome: Outcome = Outcome.FINISHED
    failure_reason: str | None = None
    delivered: int | None = None  # images that come; None: as many as were asked for
    refund: bool = True  # images that don't come are given back
    late_urls_s: float | None = None  # seconds between FINISHED and its URLs; None: `Service.late_links`
    late_shape: LateShape | None = None  # None: one or the other
    running_word: str | None = None  # a status word that the contract doesn't know, in place of IN_PROGRESS
    final_word: str | None = None  # another one in place of FINISHED or FAILED
    result_shape: ResultShape = ResultShape.ASSET
    null_metadata: bool = False
    null_progress: bool = False
    absent_metadata: bool = False
    absent_progress: bool = False
    seconds: float | None = None  # how long the task takes, not scaled by the speed


Effect = Reply | Drop | Hang | Cut | Trickle | Redirect | Revoke | Flood | Spoil | Course


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault: `effect` for `times` matching requests, after `skip` unaffected ones."""

    effect: Effect
    on: On
    when: When = When.AFTER  # only matters to Reply, Drop and Hang
    times: int | None = 1  # None: for ever
    skip: int = 0
    task_id: str | None = None  # only this task's requests


@dataclass
class _Entry:
    fault: Fault
    to_skip: int
    left: int | None


class Script:
    """The coming faults, in order. Every request takes the first fault that matches it, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[_Entry] = []

    def add(self, faults: Iterable[Fault]) -> None:
        with self._lock:
            self._entries += [_Entry(fault, fault.skip, fault.times) for fault in faults]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    @property
    def pending(self) -> tuple[Fault, ...]:
        """The faults that have not yet happened as often as they should."""
        with self._lock:
            return tuple(entry.fault for entry in self._entries)

    def take(self, on: On, task_id: str | None = None) -> Fault | None:
        """Take the fault for a request, without courses."""
        return self._take(on, task_id, course=False)

    def take_course(self) -> Course:
        """Take the course for a task that is being made."""
        fault = self._take(On.SUBMIT, None, course=True)
        return fault.effect if fault is not None and isinstance(fault.effect, Course) else Course()

    def _take(self, on: On, task_id: str | None, *, course: bool) -> Fault | None:
        with self._lock:
            for entry in self._entries:
                fault = entry.fault
                if fault.on is not on or isinstance(fault.effect, Course) is not course:
                    continue
                if fault.task_id is not None and fault.task_id != task_id:
                    continue
                if entry.to_skip:
                    entry.to_skip -= 1
                    continue
                if entry.left is not None:
                    entry.left -= 1
                    if entry.left <= 0:
                        self._entries.remove(entry)
                return fault
        return None
