# SPDX-License-Identifier: GPL-3.0-or-later
"""Handle Ctrl-C and kill while a command runs. Blender uses SIGINT for its own break flag."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Generator
from types import FrameType
from typing import Final

_NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # of which each system has some


class Interrupts:
    """Whether the command was asked to stop. Main thread.

    Args:
        tell: called once, at the first signal, between two lines of Python.
    """

    def __init__(self, tell: Callable[[], None] = lambda: None) -> None:
        self._tell = tell
        self._raises = False
        self.signal = 0
        """Number of the first signal; 0 before it."""
        self.count = 0

    @property
    def is_wanted(self) -> bool:
        """True once the command is to stop."""
        return self.count > 0

    @property
    def exit_code(self) -> int:
        """As shells have it."""
        return 128 + self.signal

    @contextlib.contextmanager
    def listen(self) -> Generator[None]:
        """Handle signals. A second one raises KeyboardInterrupt, for people who will not wait."""
        before = {number: signal.signal(number, self._take) for number in _numbers()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, signal.SIG_DFL if handler is None else handler)  # None: not Python's

    @contextlib.contextmanager
    def raising(self) -> Generator[None]:
        """For code that does not check `is_wanted`: the first signal raises KeyboardInterrupt."""
        self._raises = True
        try:
            yield
        finally:
            self._raises = False

    def _take(self, number: int, _frame: FrameType | None) -> None:
        self.count += 1
        if self.count == 1:
            self.signal = number
            self._tell()
        if self.count > 1 or self._raises:
            raise KeyboardInterrupt


def _numbers() -> list[int]:
    known = (getattr(signal, name, None) for name in _NAMES)
    return [number for number in known if number is not None]
