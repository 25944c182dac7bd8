# SPDX-License-Identifier: GPL-3.0-or-later
"""Find a painted backdrop in a result that should be transparent. A thread analyses the chosen image."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ...imaging.errors import ImagingError
from ...texts.phrases import phrase
from ...threads.task import Task
from .. import live

if TYPE_CHECKING:
    from pathlib import Path

    from ...imaging.painted_backdrop import Backdrop

_MOST: Final = 64
"""The most images whose result is remembered."""

logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class _State:
    task: Task | None = None
    path: Path | None = None
    """The file that the task analyses."""
    known: dict[Path, Backdrop] = field(default_factory=dict["Path", "Backdrop"])


def text_of(path: Path | None) -> str:
    """Return what was painted instead of transparency; empty if nothing was, or it is unknown yet.

    Main thread; it reads no disk. Unknown images are analysed, one file at a time: call again later.
    """
    if path is None:
        return ""
    state = live.part(_State)
    if path not in state.known and (state.task is None or state.task.is_over):
        while len(state.known) >= _MOST:
            del state.known[next(iter(state.known))]
        known = state.known
        state.path = path
        state.task = Task("backdrop", lambda stop: _look(path, known, stop))
    match state.known.get(path, ""):
        case "CHECKER":
            return phrase("The checkerboard is painted. This tool makes it transparent")
        case "FLAT":
            return phrase("The background is painted. This tool makes it transparent")
        case _:
            return ""


def is_looking() -> bool:
    """Return whether a file is being analysed."""
    state = live.part(_State)
    return state.task is not None and not state.task.is_over


def _look(path: Path, known: dict[Path, Backdrop], stop: threading.Event) -> None:
    import numpy as np

    from ...imaging.painted_backdrop import LOOKED_AT, Backdrop, painted_backdrop
    from ...imaging.thumbnails import read_reduced

    found = Backdrop.NONE
    try:
        found = painted_backdrop(np.ascontiguousarray(read_reduced(path, LOOKED_AT)[::-1]))
    except (ImagingError, OSError, MemoryError) as error:
        logger.info("Not looked at: %s", error)
    finally:  # whatever happened: do not analyse it again and again
        if not stop.is_set():
            known[path] = found
