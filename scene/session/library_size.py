# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the library folder for the preferences, on a thread, while somebody looks at them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from ...jobs.meter import FolderMeter
from ...texts.wording import library_text
from .. import live, settings
from . import mirror

WATCHED_S = 10.0
"""For this long after a draw, somebody is assumed to look."""
LIFE_S = 60.0
"""The greatest age of a size."""


@dataclass(kw_only=True)
class _State:
    meter: FolderMeter = field(default_factory=FolderMeter)
    drawn_at: float = 0.0  # monotonic; 0 = never
    started_at: float = 0.0  # monotonic; 0 = not yet


def _state() -> _State:
    return live.part(_State)


def note_drawn() -> None:
    """Note that the preferences are being drawn."""
    _state().drawn_at = time.monotonic()


def show() -> bool:
    """Measure if it is time to, and show the last size. True if it has changed. For the pump."""
    now = time.monotonic()
    if not _state().drawn_at or now - _state().drawn_at > WATCHED_S:
        return False
    folder = settings.library_folder()
    size = _state().meter.size
    is_known = size is not None and size.folder == folder
    if not _state().meter.is_measuring and (not is_known or now - _state().started_at > LIFE_S):
        _state().started_at = now
        _state().meter.start(folder)
    if size is None or not is_known:
        return mirror.show_library("")
    return mirror.show_library(library_text(size.file_count, size.byte_count, size.kept_bytes))


def stop() -> None:
    """Stop measuring."""
    _state().drawn_at = 0.0
    _state().meter.stop()
