# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on a disk that does not answer: who opens one waits, until it is told to answer.

The file is lent to this process (a lease, as file servers use them), which does not give it back. Linux only.
"""

import os
import signal
from pathlib import Path


class SilentFile:
    """A regular file that nobody can open."""

    def __init__(self, path: Path, content: bytes = b"") -> None:
        import fcntl

        signal.signal(signal.SIGIO, signal.SIG_IGN)  # the kernel asks for it back
        path.write_bytes(content)
        self._descriptor = os.open(path, os.O_RDWR)
        fcntl.fcntl(self._descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)

    def answer(self) -> None:
        """Whoever waits for it, or opens it from now on, comes to its end."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
