# SPDX-License-Identifier: GPL-3.0-or-later
"""Index new images, and remove what the library no longer needs.

On its own thread, since it looks at every file.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

from ..threads.task import Task
from .desk import Desk
from .ledger_images import BATCH
from .originals import prune_originals

UPKEEP_S: Final = 600.0
"""Seconds between two looks for what the library no longer needs."""

BREATH_S: Final = 0.03
"""Pause between two batches of indexed images, so that other Blenders can write."""

logger = logging.getLogger(__name__)


class Upkeep:
    """Work for the keeper's thread, which must not wait: on a slow share it takes longer than a lease lasts.

    Args:
        stopping: set when the engine stops; then it ends at the next file.
    """

    def __init__(self, desk: Desk, stopping: threading.Event) -> None:
        self._desk = desk
        self._stopping = stopping
        self._task: Task | None = None
        self._began_at = -UPKEEP_S  # monotonic

    def look(self) -> None:
        """Begin if it is time and the last run is over. Returns at once."""
        is_at_it = self._task is not None and not self._task.is_over
        if is_at_it or time.monotonic() - self._began_at < UPKEEP_S:
            return
        self._began_at = time.monotonic()
        is_first = self._task is None
        self._task = Task("upkeep", lambda _: self._keep_up(sweeps=is_first))

    def join(self, timeout_s: float) -> None:
        """Wait for its end."""
        if self._task is not None:
            self._task.wait(timeout_s)

    def _keep_up(self, *, sweeps: bool) -> None:
        desk = self._desk
        try:
            while desk.ledger.bring_in_images(BATCH) and not self._stopping.wait(BREATH_S):
                pass
            if sweeps:
                desk.library.sweep(should_stop=self._stopping.is_set)
            if not self._stopping.is_set():
                prune_originals(desk.library, desk.ledger.all_jobs, desk.originals_rule, desk.ledger.clock())
        except Exception:  # nothing is removed that might be needed; the next run may succeed
            logger.exception("upkeep of the library")
