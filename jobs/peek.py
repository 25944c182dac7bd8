# SPDX-License-Identifier: GPL-3.0-or-later
"""Look into the ledger before there is an engine, to find out whether one is needed at the start."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from .journal import unread
from .library import Library


class WorkPeek:
    """Looks on a thread for jobs at a service, half sent, or only in the journal. Creates no file."""

    def __init__(self, ledger_path: Path, server: str) -> None:
        self.is_work_left = False
        """False until it is known."""
        self._path = ledger_path
        self._server = server
        threading.Thread(target=self._look, name="easel-peek", daemon=True).start()

    def _look(self) -> None:
        tasks = Library(self._path.parent).tasks_folder
        try:
            if not self._path.exists():
                self.is_work_left = tasks.exists()  # the ledger is missing, and something was paid for
                return
            with closing(sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True)) as connection:
                row = connection.execute(
                    "SELECT 1 FROM jobs WHERE server = ?"
                    " AND state IN ('SUBMITTING', 'RUNNING', 'DOWNLOADING') LIMIT 1",
                    (self._server,),
                ).fetchone()
                sizes = dict(connection.execute("SELECT name, size FROM journals"))
            self.is_work_left = row is not None or any(unread(tasks, sizes))
        except (OSError, ValueError, sqlite3.Error):
            self.is_work_left = True  # an engine can do more about it, and report the error
