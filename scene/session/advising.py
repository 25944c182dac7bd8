# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings about a picture before its model is paid for. A thread analyses the picture."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import bpy

from ...imaging.snapshot import FileSnapshot, PendingPixels
from ...threads.task import Task
from .. import language, live
from ..language import say
from ..sources.never_upload import PROPERTY
from ..sources.snapshots import SourceUnusable, snapshot
from . import mirror

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger(__name__)

_Key = tuple[int, str, bool, str]


@dataclass(kw_only=True)
class _Advising:
    """The last analysed picture."""

    key: _Key | None = None
    task: Task | None = None
    found: list[str] = field(default_factory=list[str])
    """The advice, once a thread has stored it here."""
    is_told: bool = True


def advise(scene: bpy.types.Scene) -> bool:
    """Analyse the picture of the panel Model, if it is a new one. True if panels look different.

    Main thread, once a second: it reads no disk. Painted pictures, and those that Blender must decode, are
    skipped.
    """
    form: Any = scene.easel.to_model
    image = form.image
    state = live.part(_Advising)
    key = None
    if image is not None:
        key = (image.session_uid, image.filepath_raw, image.is_dirty, language.current())
    if key != state.key:
        if state.task is not None:
            state.task.stop.set()
        state.key, state.task, state.found, state.is_told = key, None, [], False
        source = _readable(image, scene) if image is not None else None
        if source is not None:
            found = state.found
            state.task = Task("advice", lambda stop: _look(source, found, stop))
    if state.is_told or (state.task is not None and not state.task.is_over):
        return False
    state.is_told = True
    return mirror.show_model_advice("\n".join(say(text) for text in state.found))


def _readable(image: bpy.types.Image, scene: bpy.types.Scene) -> Path | bytes | None:
    if image.is_dirty or image.source != "FILE" or getattr(image, PROPERTY):
        return None
    try:
        taken = snapshot(image, scene=scene)
    except SourceUnusable:
        return None
    if isinstance(taken, FileSnapshot):
        return taken.path
    if isinstance(taken, PendingPixels):
        taken.released.set()
        return None
    return taken.data


def _look(source: Path | bytes, found: list[str], stop: threading.Event) -> None:
    from ...imaging.eight_bit import eight_bit
    from ...imaging.model_advice import advice_for
    from ...imaging.opening import open_picture

    try:
        with open_picture(source) as image:
            image.draft("RGB", (512, 512))
            image.thumbnail((512, 512))
            pixels = eight_bit(image)
        if not stop.is_set():
            found += advice_for(pixels)
    except Exception:  # problems of a picture are reported when it is sent
        logger.debug("no advice", exc_info=True)
