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
        shelf: gets every reported job.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._events: deque[Event] = deque()
        self._there_is_some = threading.Event()

    def emit(self, event: Event) -> None:
        """Emit an event. Any thread."""
        if isinstance(event, (JobChanged, JobEnded, JobRefused, JobSeen)):
            event = replace(event, job=self._shelf.put(event.job))
        self._events.append(event)
        self._there_is_some.set()

    def tell_trouble(self, text: str) -> None:
        """Report a trouble; an empty text ends it. Any thread."""
        self.emit(EngineTrouble(message=text))

    def tell_mended(self, text: str) -> None:
        """Report what was done about a missing or damaged ledger. Any thread."""
        logger.warning("%s", text)
        self.emit(LedgerMended(message=text))

    def drain(self) -> Iterator[Event]:
        """Yield the events since the last call. The next call yields what a caller left."""
        self._there_is_some.clear()
        while self._events:
            yield self._events.popleft()

    def wait(self, timeout_s: float) -> bool:
        """Block until there is an event. False: none came in that time."""
        return bool(self._events) or self._there_is_some.wait(timeout_s)
