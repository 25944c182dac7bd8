# SPDX-License-Identifier: GPL-3.0-or-later
"""What the main thread asks of the disk, as Python's audit events tell."""

import sys
import threading

EVENTS = frozenset({"open", "os.listdir", "os.scandir", "sqlite3.connect"})


class Opened:
    """What Python opens on the main thread while it is on."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.is_on = False
        sys.addaudithook(self._hear)  # for good: no hook can be taken away

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.is_on and event in EVENTS and threading.current_thread() is threading.main_thread():
            self.paths.append(str(arguments[0]))
