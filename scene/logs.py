# SPDX-License-Identifier: GPL-3.0-or-later
"""Easel's log: on the console at the level that the artist chose, and the last troubles for diagnostics."""

from __future__ import annotations

import logging
from collections import deque

from . import settings

MAX_TROUBLES = 30

_FORMAT = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")


class _Memory(logging.Handler):
    """Keeps the last warnings and errors. Called from any thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.troubles: deque[str] = deque(maxlen=MAX_TROUBLES)

    def emit(self, record: logging.LogRecord) -> None:
        self.troubles.append(self.format(record))


class _Console(logging.StreamHandler):
    """Writes to the console where nobody else has set up logging."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not logging.getLogger().handlers and bool(super().filter(record))


_memory = _Memory()
_console = _Console()


def start() -> None:
    """Take the package's log, at the level of the preferences."""
    logger = logging.getLogger(settings.PACKAGE)
    for handler in (_memory, _console):
        handler.setFormatter(_FORMAT)
        logger.addHandler(handler)
    set_level(settings.preferences().log_level)


def stop() -> None:
    """Give the log back, and forget it."""
    logger = logging.getLogger(settings.PACKAGE)
    for handler in (_memory, _console):
        logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)
    _memory.troubles.clear()


def set_level(name: str) -> None:
    """Log from this level on: "ERROR", "WARNING", "INFO" or "DEBUG"; "" is one of a newer Easel."""
    logging.getLogger(settings.PACKAGE).setLevel(name or "WARNING")


def troubles() -> list[str]:
    """Return the last warnings and errors, oldest first, with their tracebacks."""
    return list(_memory.troubles)
