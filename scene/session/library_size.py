# SPDX-License-Identifier: GPL-3.0-or-later
"""The size of the library folder, for the preferences: measured on a thread, while somebody looks at them."""

from __future__ import annotations

import time

from ...jobs.meter import FolderMeter
from ...texts.wording import library_text
from .. import settings
from . import mirror

WATCHED_S = 10.0
"""How long after a draw somebody is taken to be looking."""
LIFE_S = 60.0
"""How old a size may get."""

_meter = FolderMeter()
_drawn_at = 0.0  # monotonic; 0 = never
_started_at = 0.0  # monotonic; 0 = not yet


def note_drawn() -> None:
    """The preferences are being drawn."""
    global _drawn_at
    _drawn_at = time.monotonic()


def show() -> bool:
    """Measure where it is time to, and show what was measured. True where that is new. For the pump."""
    global _started_at
    now = time.monotonic()
    if not _drawn_at or now - _drawn_at > WATCHED_S:
        return False
    folder = settings.library_folder()
    size = _meter.size
    is_known = size is not None and size.folder == folder
    if not _meter.is_measuring and (not is_known or now - _started_at > LIFE_S):
        _started_at = now
        _meter.start(folder)
    if size is None or not is_known:
        return mirror.show_library("")
    return mirror.show_library(library_text(size.file_count, size.byte_count, size.kept_bytes))


def stop() -> None:
    """Give up measuring, and forget."""
    global _drawn_at
    _drawn_at = 0.0
    _meter.stop()
