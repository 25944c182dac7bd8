# SPDX-License-Identifier: GPL-3.0-or-later
"""Events on their way from the engine's threads to the main thread."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from .events import EngineTrouble, Event, JobChanged, JobEnded, JobRefused, JobSeen, LedgerMended
from .shelf import Shelf

logger = logging.getLogger(__name__)


class News:
    """Any thread emits, the main thread drains. Nothing here blocks, except `wait`.

    Args:
        shelf: gets every job that is told of.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._events: deque[Event] = deque()
        self._there_is_some = threading.Event()

    def emit(self, event: Event) -> None:
        """Hand in an event. Any thread."""
        if isinstance(event, (JobChanged, JobEnded, JobRefused, JobSeen)):
            event = replace(event, job=self._shelf.put(event.job))
        self._events.append(event)
        self._there_is_some.set()

    def tell_trouble(self, text: str) -> None:
        """Say what is wrong; empty: it is over. Any thread."""
        self.emit(EngineTrouble(message=text))

    def tell_mended(self, text: str) -> None:
        """Say what was done about a ledger that was gone or damaged. Any thread."""
        logger.warning("%s", text)
        self.emit(LedgerMended(message=text))

    def drain(self) -> Iterator[Event]:
        """What happened since the last call. Stop iterating at any time: the rest stays for the next call."""
        self._there_is_some.clear()
        while self._events:
            yield self._events.popleft()

    def wait(self, timeout_s: float) -> bool:
        """Block until there is an event. False: there was none in that time."""
        return bool(self._events) or self._there_is_some.wait(timeout_s)
