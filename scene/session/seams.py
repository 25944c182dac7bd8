# SPDX-License-Identifier: GPL-3.0-or-later
"""The visibility of seams in current textures: a thread measures each image once. Main thread.

Images with a file are measured automatically while somebody looks. Those that only Blender can read (painted,
packed, floats) are measured when the artist asks for it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import bpy

from ...client.errors import DEFECT
from ...imaging.snapshot import FileSnapshot, PendingPixels
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from ...threads.task import Task
from .. import live
from ..notes import number_note, text_note
from ..pictures.texture_at_hand import texture_of_object
from ..placement.reused import INDEX_KEY, JOB_KEY
from ..refs import image_by_uid
from ..windows.editors import editor_images
from . import session

if TYPE_CHECKING:
    from ...imaging.snapshot import Snapshot
    from ...imaging.tiling.blots import Blot
    from ...imaging.tiling.seams import Seams

_LOOK_S: Final = 0.5
"""Pause between two searches for current textures."""
_PENDING_S: Final = 30.0
_READ_HERE: Final = frozenset({".png", ".jpg", ".jpeg", ".webp"})
"""Formats that a thread reads like Blender; for others the artist asks for a measurement."""
_MOST_KNOWN: Final = 200

_Key: TypeAlias = tuple[str, bool, int]
"""The key of an image. It changes when the picture does."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The result for an image."""

    seams: Seams | None = None
    """None while it is being measured, or if it can't be."""
    blot: Blot | None = None
    """What stands out most in the repeated image; None if there are no `seams`."""
    problem: str = ""
    """Why it can't be measured."""


@dataclass(kw_only=True)
class _Measuring:
    uid: int
    key: _Key
    task: Task
    found: list[Seen]


@dataclass(kw_only=True)
class _Known:
    seen: dict[int, tuple[_Key, Seen]] = field(default_factory=dict[int, tuple[_Key, Seen]])
    """By `session_uid`."""
    measuring: _Measuring | None = None
    looked_at: float = 0.0
    """Monotonic."""


def _known() -> _Known:
    return live.part(_Known)


def seen_of(image: bpy.types.Image) -> Seen | None:
    """Return the result for the current state of an image; None if it was not measured. For `draw`."""
    found = _known().seen.get(image.session_uid)
    if found is not None and found[0] == _key_of(image):
        return found[1]
    return Seen() if is_measuring(image) else None


def is_measuring(image: bpy.types.Image) -> bool:
    """Return whether an image is being measured."""
    at_work = _known().measuring
    return at_work is not None and at_work.uid == image.session_uid


def is_busy() -> bool:
    """Return whether any image is being measured."""
    return _known().measuring is not None


def measure(image: bpy.types.Image, taken: Snapshot | PendingPixels) -> None:
    """Measure an image now; this cancels the current measurement."""
    _begin(image, _reader(taken))


def file_loaded() -> None:
    """Forget all results, because the images of another file have other uids."""
    at_work = _known().measuring
    if at_work is not None:
        at_work.task.stop.set()
    _known().measuring = None
    _known().seen.clear()


def look() -> bool:
    """Take a result, and measure current textures. True if panels look different now."""
    return _take() or _begin_next()


def _take() -> bool:
    known = _known()
    at_work = known.measuring
    if at_work is None or not at_work.task.is_over:
        return False
    known.measuring = None
    known.seen[at_work.uid] = (at_work.key, at_work.found[0] if at_work.found else Seen(problem=DEFECT))
    while len(known.seen) > _MOST_KNOWN:
        del known.seen[next(iter(known.seen))]
    return True


def _begin_next() -> bool:
    known, now = _known(), time.monotonic()
    if known.measuring is not None or not session.is_watched() or now - known.looked_at < _LOOK_S:
        return False
    known.looked_at = now
    for image in _at_hand():
        found = known.seen.get(image.session_uid)
        if found is not None and found[0] == _key_of(image):
            continue
        path = _file_of(image)
        if path is not None:
            _begin(image, lambda _stop, path=path: FileSnapshot(path=path))
            return True
    return False


def _at_hand() -> Iterator[bpy.types.Image]:
    for window in bpy.data.window_managers[0].windows:
        obj = window.view_layer.objects.active
        image = texture_of_object(obj, window.scene.render.engine) if obj is not None else None
        if image is not None:
            yield image
    yield from editor_images()


def _file_of(image: bpy.types.Image) -> Path | None:
    """Return a file with the image's current pixels; None if only Blender can read them. Reads no disk."""
    if image.source != "FILE" or image.is_dirty:
        return None
    if image.packed_file is None:
        path = Path(bpy.path.abspath(image.filepath, library=image.library)) if image.filepath else None
        return path if path is not None and path.suffix.lower() in _READ_HERE else None
    engine, job_id = session.find_engine(), text_note(image, JOB_KEY)
    if engine is None or not job_id:
        return None
    try:
        job = engine.job(job_id)
    except KeyError:
        return None
    index = number_note(image, INDEX_KEY)
    result = next((one for one in job.results if one.index == index), None)
    if result is None:
        return None
    if result.fitted is not None and result.fitted.suffix in _READ_HERE:
        return result.fitted
    return result.path if result.byte_count == image.packed_file.size or result.fitted else None


def _key_of(image: bpy.types.Image) -> _Key:
    packed = image.packed_file if image.source == "FILE" else None
    return image.filepath, image.is_dirty, packed.size if packed is not None else 0


def _reader(taken: Snapshot | PendingPixels) -> Callable[[threading.Event], Snapshot | None]:
    if not isinstance(taken, PendingPixels):
        return lambda _stop: taken
    return lambda stop: taken.wait(stop, _PENDING_S)


def _begin(image: bpy.types.Image, read: Callable[[threading.Event], Snapshot | None]) -> None:
    before = _known().measuring
    if before is not None:
        before.task.stop.set()
    found: list[Seen] = []

    def work(stop: threading.Event) -> None:
        try:
            snapshot = read(stop)
            if snapshot is not None:
                found.append(_measured(snapshot))
        except (Refusal, OSError) as error:
            text = error.strerror or str(error) if isinstance(error, OSError) else str(error)
            found.append(Seen(problem=text))
        except MemoryError:
            found.append(Seen(problem=phrase("There is too little memory for the picture.")))

    key = _key_of(image)
    _known().measuring = _Measuring(uid=image.session_uid, key=key, task=Task("seams", work), found=found)


def _measured(snapshot: Snapshot) -> Seen:
    from ...imaging.tiling.blots import find_blot
    from ...imaging.tiling.seams import measure_seams
    from ...imaging.whole import whole_of

    pixels = whole_of(snapshot).pixels
    return Seen(seams=measure_seams(pixels), blot=find_blot(pixels))


def forget(image_uid: int) -> None:
    """Have an image measured again."""
    if image_by_uid(image_uid) is not None:
        _known().seen.pop(image_uid, None)
