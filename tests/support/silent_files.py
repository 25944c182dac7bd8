# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on a disk that does not answer: opening one blocks until a test lets it answer.

This process holds a lease on the file, as file servers do, and does not release it. Linux only.
"""

import os
import signal
from pathlib import Path


class SilentFile:
    """A regular file that nobody can open."""

    def __init__(self, path: Path, content: bytes = b"") -> None:
        import fcntl

        signal.signal(signal.SIGIO, signal.SIG_IGN)  # the kernel requests the lease
        path.write_bytes(content)
        self._descriptor = os.open(path, os.O_RDWR)
        fcntl.fcntl(self._descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)

    def answer(self) -> None:
        """Let everybody open it who waits or comes later."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
