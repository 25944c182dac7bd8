# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the size of a folder on a thread, because a library of years has many files."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path

from ..imaging.snapshot import KEPT_FLOATS


@dataclass(frozen=True, kw_only=True)
class FolderSize:
    """The size of a folder when it was walked."""

    folder: Path
    file_count: int
    byte_count: int
    kept_bytes: int = 0
    """The part of it for floats that are kept for masked edits (`originals.py`)."""


class FolderMeter:
    """Measures one folder at a time. All methods return at once; call them on one thread."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._measured: tuple[threading.Event, FolderSize] | None = None

    @property
    def is_measuring(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @property
    def size(self) -> FolderSize | None:
        """The last result; None before it, and after `stop`."""
        if self._measured is None or self._measured[0].is_set():
            return None
        return self._measured[1]

    def start(self, folder: Path) -> None:
        """Start measuring, unless it is going on."""
        if self.is_measuring:
            return
        self._stopping = threading.Event()
        self._thread = threading.Thread(
            target=self._measure, args=(folder, self._stopping), name="easel-meter", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop measuring; the thread ends after the current file."""
        self._stopping.set()
        self._measured = None

    def _measure(self, folder: Path, stopping: threading.Event) -> None:
        file_count = byte_count = kept_bytes = 0
        waiting = [str(folder)]
        while waiting:
            try:
                entries = os.scandir(waiting.pop())
            except OSError:  # removed, or not readable: it counts as empty
                continue
            with entries:
                for entry in entries:
                    if stopping.is_set():
                        return
                    try:
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(entry.path)
                        else:
                            size = entry.stat(follow_symlinks=False).st_size
                            byte_count += size
                            kept_bytes += size if entry.name == KEPT_FLOATS else 0
                            file_count += 1
                    except OSError:  # it was removed at this moment
                        continue
        measured = FolderSize(
            folder=folder, file_count=file_count, byte_count=byte_count, kept_bytes=kept_bytes
        )
        self._measured = (stopping, measured)
