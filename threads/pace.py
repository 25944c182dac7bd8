# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a long piece of work is, and whether it is to stop: between its thread and who waits for it."""

from __future__ import annotations

import threading


class Pace:
    """Any thread. Called, it says whether the work is to stop.

    Args:
        stop: set by who wants the work no more.
    """

    def __init__(self, stop: threading.Event | None = None) -> None:
        self.stop = stop or threading.Event()
        self.at: tuple[int, int] = 0, 0
        """How much is done, and of how much; (0, 0) while that is not known."""

    def __call__(self) -> bool:
        return self.stop.is_set()

    def tell(self, done: int, total: int) -> None:
        """Say how far the work is."""
        self.at = done, total
