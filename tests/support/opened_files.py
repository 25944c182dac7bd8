# SPDX-License-Identifier: GPL-3.0-or-later
"""Record the main thread's access to the disk, by Python's audit events."""

import sys
import threading

EVENTS = frozenset({"open", "os.listdir", "os.scandir", "sqlite3.connect"})


class Opened:
    """The paths that Python opens on the main thread while `is_on`."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.is_on = False
        sys.addaudithook(self._hear)  # permanent: no hook can be removed

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.is_on and event in EVENTS and threading.current_thread() is threading.main_thread():
            self.paths.append(str(arguments[0]))
