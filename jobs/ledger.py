# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger: every job, from the intent to the last image, in one SQLite file.

All running Blenders share it. Each change is one transaction that also checks the state it starts from, so
that two engines, or an engine and the artist, can't move one job in two directions. A paid task id or a saved
image is recorded whoever owns the job by then.

Any thread. Raises `LedgerError` only. Each part has its own file: reading jobs (`ledger_reading.py`), the
long list (`ledger_list.py`), the index of images (`ledger_images.py`) and their marks (`ledger_marks.py`), a
job's way (`ledger_way.py`), batches (`ledger_batches.py`), spending (`spend.py`), leases
(`ledger_leases.py`), and other sources about jobs (`ledger_sources.py`). All build on `ledger_steps.py`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from .database import Database
from .ledger_batches import LedgerBatches
from .ledger_facts import LedgerFacts
from .ledger_leases import LedgerLeases
from .ledger_list import LedgerList
from .ledger_marks import LedgerMarks
from .spend import LedgerSpend

logger = logging.getLogger(__name__)


class Ledger(LedgerBatches, LedgerList, LedgerLeases, LedgerMarks, LedgerFacts, LedgerSpend):
    """One ledger file, created if missing.

    Args:
        path: `Library.ledger_path`; result paths are stored relative to its folder.
        clock: seconds since the epoch; a replacement only in tests.
        opens: open it now, and so raise its errors now; else it opens at the first use.
        tell: reports what was done about a missing or damaged file.
        moved: called with the library's new folder if it was moved. Any thread.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.time,
        opens: bool = True,
        tell: Callable[[str], None] = logger.warning,
        moved: Callable[[Path], None] = lambda _folder: None,
    ) -> None:
        database = Database(path, fill=self._fill, tell=tell, moved=moved)
        super().__init__(path, database, clock)
        self.together = database.together
        self.hurry = database.hurry
        self.close = database.close
        self.shut = database.shut
        if opens:
            database.open()
