# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns at the service: at most so many requests a minute, shared by all Blenders through the ledger."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from .ledger import Ledger

WINDOW_S: Final = 60.0
"""The service counts requests in this window (vendor's documentation: 3 a minute by default)."""

CLOCK_STEP_S: Final = 5.0
"""A clock that was set back by up to this much still means the same minute."""

SOON_S: Final = 0.02
"""Seconds until the next in line looks again, while the one before it is about to take a free turn."""

MAX_PAUSE_S: Final = 300.0
"""The longest pause that is believed, from the service or stored, in case the clock has jumped."""


class RateLimiter:
    """Hands out turns, in the order in which this process requested them. Any thread.

    A turn is taken in one transaction of the ledger, so that two Blenders never take the same one. This
    process's own requests and pauses are also kept by a monotonic clock: a jump of the ledger's clock must
    not flood the service.

    Args:
        steady: seconds of the monotonic clock; a replacement only in tests.
    """

    def __init__(
        self, ledger: Ledger, server: str, per_minute: int, *, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self.per_minute = per_minute
        """May change at any time, by a preference or by what the wallet says."""
        self.next_turn_at = 0.0
        """Epoch seconds at which the next request may be sent, as last read; for display."""
        self._ledger = ledger
        self.server = server
        """Name of the service whose turns these are."""
        self._line: list[str] = []
        self._lock = threading.Lock()
        self._steady = steady
        self._sent_at: deque[float] = deque()
        """When this process took its turns of the last minute; monotonic, as the next field."""
        self._paused_until = -math.inf

    def join_line(self, job_id: str, *, first: bool = False) -> None:
        """Get in line; `first` for a job whose turn was not used."""
        with self._lock:
            if job_id not in self._line:
                self._line.insert(0 if first else len(self._line), job_id)

    def leave_line(self, job_id: str) -> None:
        with self._lock:
            if job_id in self._line:
                self._line.remove(job_id)

    @property
    def line(self) -> tuple[str, ...]:
        """Return ids of the jobs that wait for a turn, in the order of their turns."""
        with self._lock:
            return tuple(self._line)

    def turns_ahead(self, count: int) -> list[float]:
        """Return seconds from now until each of the next turns, as far as known.

        Never waits for the ledger.
        """
        wait_s = max(self._own_wait(), self.next_turn_at - self._ledger.clock(), 0.0)
        now = self._steady()
        with self._lock:
            turns = [max(at - now, -WINDOW_S) for at in self._sent_at]
        known = len(turns)
        for _ in range(count):
            if len(turns) >= self.per_minute:
                wait_s = max(wait_s, turns[-self.per_minute] + WINDOW_S)
            turns.append(wait_s)
        return turns[known:]

    def take(self, job_id: str) -> float:
        """Take a turn for a job that is in line.

        Returns:
            0.0 if the turn is taken (the job has left the line), else seconds to wait before asking again.

        Raises:
            LedgerError
        """
        with self._lock:
            # A job that a cancel took from the line is about to find out.
            place = self._line.index(job_id) if job_id in self._line else len(self._line)
        wait_s = self._take_now(take=place == 0)
        if place == 0 and wait_s == 0.0:
            self.leave_line(job_id)
            return 0.0
        if wait_s == 0.0:
            return SOON_S
        spacing_s = WINDOW_S / self.per_minute
        return max(wait_s, 0.05) + place * spacing_s

    def pause(self, seconds: float) -> None:
        """Let nobody send anything for a while, because the service said "wait"."""
        seconds = min(max(seconds, 0.0), MAX_PAUSE_S)
        with self._lock:
            self._paused_until = max(self._paused_until, self._steady() + seconds)
        until = self._ledger.clock() + seconds
        with self._ledger.transaction() as connection:
            connection.execute(
                "INSERT INTO pauses (server, until) VALUES (?, ?)"
                " ON CONFLICT (server) DO UPDATE SET until = max(until, excluded.until)",
                (self.server, until),
            )
        self.next_turn_at = max(self.next_turn_at, until)

    def _take_now(self, *, take: bool) -> float:
        """Return seconds until a turn is free. If one is free and `take` is set, take it."""
        own_wait_s = self._own_wait()
        with self._ledger.transaction() as connection:
            now = self._ledger.clock()  # not earlier: the transaction may have waited for another's turn
            # Turns in the future were written before the clock was set back: they don't count.
            connection.execute(
                "DELETE FROM turns WHERE server = ? AND (at <= ? OR at > ?)",
                (self.server, now - WINDOW_S, now + CLOCK_STEP_S),
            )
            connection.execute(
                "DELETE FROM pauses WHERE server = ? AND (until <= ? OR until > ?)",
                (self.server, now, now + MAX_PAUSE_S),
            )
            row = connection.execute("SELECT until FROM pauses WHERE server = ?", (self.server,)).fetchone()
            free_at: float = max(row["until"] if row else now, now + own_wait_s)
            taken = connection.execute(
                "SELECT at FROM turns WHERE server = ? ORDER BY at DESC LIMIT ?",
                (self.server, self.per_minute),
            ).fetchall()
            if len(taken) >= self.per_minute:
                free_at = max(free_at, taken[-1]["at"] + WINDOW_S)
            if free_at <= now and take:
                connection.execute("INSERT INTO turns (server, at) VALUES (?, ?)", (self.server, now))
                with self._lock:  # the main thread may be reading them
                    self._sent_at.append(self._steady())
        self.next_turn_at = free_at
        return max(free_at - now, 0.0)

    def _own_wait(self) -> float:
        """Return seconds that this process still has to wait, whatever the ledger's clock says."""
        now = self._steady()
        with self._lock:
            while self._sent_at and self._sent_at[0] <= now - WINDOW_S:
                self._sent_at.popleft()
            free_at = self._paused_until
            if len(self._sent_at) >= self.per_minute:
                free_at = max(free_at, self._sent_at[-self.per_minute] + WINDOW_S)
        return max(free_at - now, 0.0)
