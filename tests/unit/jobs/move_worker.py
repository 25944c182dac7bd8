# SPDX-License-Identifier: GPL-3.0-or-later
"""Move a library in a process that dies at its n-th step. test_move_library.py runs it.

    python move_worker.py <library> <target> <n>

Exit code 9: the process died at that step. 0: it finished before; it prints how many steps it took.
"""

import os
import sys
from pathlib import Path

from easel.jobs.ledger import Ledger
from easel.jobs.library import Library
from easel.jobs.move_library import move_library
from easel.threads.pace import Pace


def main() -> None:
    """Move the library, and count the audit events that change a disk."""
    folder, target, fatal = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    ledger = Ledger(Library(folder).ledger_path)
    count = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal count
        is_write = event in ("os.rename", "os.remove", "os.link", "os.mkdir", "os.utime", "sqlite3.connect")
        if not is_write:
            return
        count += 1
        if count == fatal:
            os._exit(9)

    sys.addaudithook(hook)
    move_library(ledger, target, Pace(), removes_old=True)
    sys.stdout.write(str(count))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
