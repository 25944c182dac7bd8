# SPDX-License-Identifier: GPL-3.0-or-later
"""One piece of work on a thread of its own."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable


class Task:
    """Work that has begun. No exit waits for it, and who wants it no more says so, and goes on.

    Args:
        name: of the thread.
        work: called with `stop`. It must not raise: what it raises is shown by `threading.excepthook`.
    """

    def __init__(self, name: str, work: Callable[[threading.Event], None]) -> None:
        self.stop = threading.Event()
        """Set by anybody: the work gives up at its next step."""
        self._thread = threading.Thread(target=work, args=(self.stop,), name=f"easel-{name}", daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """True once the work is done, or given up."""
        return not self._thread.is_alive()

    def wait_until(self, ends_at: float) -> bool:
        """Stand still until it is over; False if `time.monotonic()` reaches `ends_at` before."""
        return self.wait(None if ends_at == math.inf else max(0.0, ends_at - time.monotonic()))

    def wait(self, timeout_s: float | None = None) -> bool:
        """Stand still until it is over; False if that takes longer."""
        self._thread.join(timeout_s)
        return self.is_over
