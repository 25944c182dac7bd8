# SPDX-License-Identifier: GPL-3.0-or-later
"""The keeper: one thread that renews the leases of our jobs and takes over those of engines that died."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from .database import LedgerError
from .desk import Desk
from .job import Job

BEAT_S: Final = 3.0
"""Between two heartbeats; the lease (`ledger.LEASE_S`) outlives several that are missed."""

logger = logging.getLogger(__name__)


class Keeper:
    """Starts once, stops once.

    Args:
        adopt: called on the keeper's thread with each job that was taken over, or found to be uncertain.
    """

    def __init__(self, desk: Desk, adopt: Callable[[Job], None]) -> None:
        self._desk = desk
        self._adopt = adopt
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="easel-keeper", daemon=True)
        self._is_troubled = False

    def start(self) -> None:
        """Begin; the first thing is to take over all that is still at the service."""
        if not self._thread.ident:
            self._thread.start()

    def stop(self) -> None:
        """End at the next step. Returns at once."""
        self._stopping.set()

    def join(self, timeout_s: float) -> None:
        """Wait for the thread's end, if it was ever started."""
        if self._thread.ident:
            self._thread.join(timeout_s)

    def _keep(self) -> None:
        self._desk.library.sweep()
        is_first = True
        while True:
            try:
                if not is_first:
                    self._desk.ledger.beat(self._desk.owner)
                self._recover(parked_too=is_first)
                is_first = False
                self._tell_over()
            except LedgerError as error:
                self._tell_once(error)
            if self._stopping.wait(BEAT_S):
                return

    def _recover(self, *, parked_too: bool) -> None:
        desk = self._desk
        for job_id in desk.ledger.recover(desk.owner, desk.limiter.server, parked_too=parked_too):
            self._adopt(desk.ledger.job(job_id))

    def _tell_over(self) -> None:
        if self._is_troubled:
            self._desk.trouble("")
        self._is_troubled = False

    def _tell_once(self, error: LedgerError) -> None:
        if not self._is_troubled:
            logger.error("heartbeat: %s", error)
            self._desk.trouble(str(error))
        self._is_troubled = True
