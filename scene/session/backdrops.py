# SPDX-License-Identifier: GPL-3.0-or-later
"""Find a painted backdrop in a result that was to be transparent. A thread looks at the chosen image."""

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
"""So many images are remembered."""

logger = logging.getLogger(__name__)


@dataclass
class _State:
    task: Task | None = None
    path: Path | None = None
    """What the task looks at."""
    known: dict[Path, Backdrop] = field(default_factory=dict["Path", "Backdrop"])


def text_of(path: Path | None) -> str:
    """Say what was painted in place of transparency; empty if nothing was, or nobody knows yet.

    Main thread; it asks no disk. What is not known is looked at, one file at a time: ask again.
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
    """True while a file is looked at."""
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
    finally:  # whatever it was: it is not looked at again and again
        if not stop.is_set():
            known[path] = found
