# SPDX-License-Identifier: GPL-3.0-or-later
"""The keeper: one thread that renews our jobs' leases, takes over jobs of dead engines, and reports changes.

The changes are those that other engines made.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from .desk import Desk
from .follows import Follows
from .job import Job
from .ledger_steps import LEASE_S
from .upkeep import Upkeep

BEAT_S: Final = 3.0
"""Seconds between two heartbeats; the lease (`ledger_steps.LEASE_S`) outlives several missed ones."""

CLOCK_STEP_S: Final = LEASE_S / 3
"""If the clock moved this much more or less than the time that passed, somebody set it."""

logger = logging.getLogger(__name__)


class Keeper:
    """Starts once, stops once.

    Args:
        adopt: called on the keeper's thread with each job that was taken over, or found uncertain.
        look: called at each beat: other Blenders may have written something.
    """

    def __init__(
        self, desk: Desk, follows: Follows, *, adopt: Callable[[Job], None], look: Callable[[], None]
    ) -> None:
        self._desk = desk
        self._follows = follows
        self._adopt = adopt
        self._look = look
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="easel-keeper", daemon=True)
        self._is_troubled = False
        self._upkeep = Upkeep(desk, self._stopping)
        self._clock_lead = desk.ledger.clock() - time.monotonic()
        self._leases_are_good_at = -LEASE_S  # monotonic

    def start(self) -> None:
        """Start the thread. It first takes over all jobs that are still at the service."""
        if not self._thread.ident:
            self._thread.start()

    def stop(self) -> None:
        """End at the next step. Returns at once."""
        self._stopping.set()

    def join(self, deadline: float) -> None:
        """Wait for the end of its threads, until `time.monotonic()` reaches `deadline`."""
        if self._thread.ident:
            self._thread.join(max(deadline - time.monotonic(), 0.0))
        self._upkeep.join(max(deadline - time.monotonic(), 0.0))

    def tell_trouble(self, text: str) -> None:
        """Report that the ledger can't be written. The next successful beat revokes it. Any thread."""
        self._is_troubled = True
        self._desk.trouble(text)

    def _keep(self) -> None:
        is_first = True
        while True:
            try:
                self._look()
                if not is_first:
                    self._beat()
                self._recover(parked_too=is_first)
                self._upkeep.look()
                is_first = False
                self._tell_over()
            except Exception as error:
                # Whatever it is, the next beat may succeed; without beats, other engines would take our jobs.
                if not self._is_troubled:
                    logger.exception("heartbeat")
                    self.tell_trouble(str(error))
            if self._stopping.wait(BEAT_S):
                return

    def _beat(self) -> None:
        """Keep what is followed. Leave jobs that another engine took over while this one stood still."""
        follows = self._follows.all()
        sending = [follow.job_id for follow in follows if follow.is_sending]
        lost = self._desk.ledger.beat(self._desk.owner, [follow.job_id for follow in follows], sending)
        for follow in follows:
            if follow.job_id in lost and not follow.is_sending:
                self._follows.leave(follow)

    def _recover(self, *, parked_too: bool) -> None:
        desk = self._desk
        now = desk.ledger.clock()
        if self._was_clock_set(now) and not parked_too:
            return
        if parked_too or desk.ledger.is_half_sent(desk.limiter.server):
            desk.ledger.bring_in_tasks()
        for job_id in desk.ledger.recover(desk.owner, desk.limiter.server, parked_too=parked_too, now=now):
            try:
                job = desk.ledger.job(job_id)
            except KeyError:  # only a newer Easel can read the row: its lease expires by itself
                continue
            self._adopt(job)

    def _was_clock_set(self, now: float) -> bool:
        """Return whether the clock was set a moment ago, or the machine slept.

        Then every lease seems to have expired, even those of live engines: each gets time to renew its own.
        """
        steady = time.monotonic()
        lead, self._clock_lead = self._clock_lead, now - steady
        if abs(lead - self._clock_lead) > CLOCK_STEP_S:
            self._leases_are_good_at = steady + LEASE_S
        return steady < self._leases_are_good_at

    def _tell_over(self) -> None:
        if self._is_troubled:
            self._desk.trouble("")
        self._is_troubled = False
