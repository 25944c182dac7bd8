# SPDX-License-Identifier: GPL-3.0-or-later
"""Preview small maps of a texture on its object while a slider moves. A thread makes, the pump sets them.

Each map that a material shows is compared with a small image (`history.versions`), which is removed at the
end. Nothing else in the file changes.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...imaging.snapshot import PendingPixels
from ...imaging.tiling.settings import Map, MapSettings
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from ...threads.task import Task
from .. import live
from ..errors import PlacementImpossible
from ..history import versions
from ..notes import is_noted
from ..pictures.colours import set_colour_space
from ..placement.texture_maps import is_directx, maps_in_use
from ..windows import reports

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...imaging.resample import Pixels
    from ...imaging.snapshot import Snapshot
    from ...imaging.tiling.smooth import Wraps

SIDE: Final = 512
"""The longer side of the small maps, pixels."""
NOTE: Final = "easel_preview"
"""Custom property of the small images."""
_NAME: Final = ".Preview"
"""The beginning of their names. Blender sorts images by name, so that few have to be checked."""
_PENDING_S: Final = 60.0


@dataclass(kw_only=True)
class _View:
    """The reduced picture that maps are made from."""

    pixels: Pixels
    wraps: Wraps


@dataclass(kw_only=True)
class _Preview:
    base_uid: int = 0
    """`session_uid` of the picture; 0: no preview."""
    maps: dict[str, int] = field(default_factory=dict[str, int])
    """`session_uid` of the small images, by part."""
    is_over: bool = False
    """A render has ended the preview: the small images are removed after it."""
    is_directx: bool = False
    """Green points down in the texture's normal map, and so in the small one."""
    wanted: MapSettings | None = None
    view: _View | None = None
    task: Task | None = None
    found: list[Any] = field(default_factory=list[Any])
    """The task's result: a view, maps, or the text of an error."""


def _preview() -> _Preview:
    return live.part(_Preview)


def is_on() -> bool:
    """Return whether there is a preview."""
    return bool(_preview().base_uid)


def is_busy() -> bool:
    """Return whether something is being made for the preview."""
    return _preview().task is not None or (is_on() and _preview().wanted is not None)


def begin(image: bpy.types.Image, taken: Snapshot | PendingPixels, settings: MapSettings) -> None:
    """Preview the maps of an image in the materials that show them. Main thread.

    Raises:
        Refusal: no material shows a map of it.
    """
    end()
    shown = {part: one for part, one in maps_in_use(image).items() if versions.find_shown(one).uses}
    if not shown:
        raise Refusal(phrase("Make a material with maps first: the preview shows on it."))
    state = _preview()
    for part, one in shown.items():
        small = bpy.data.images.new(f"{_NAME} {part.title()}", 8, 8)
        small[NOTE] = True
        set_colour_space(small, "Non-Color")
        try:
            versions.compare(one, small)
        except PlacementImpossible:
            bpy.data.images.remove(small)
            continue
        state.maps[part] = small.session_uid
        if part == Map.NORMAL.value:
            state.is_directx = is_directx(one)
    state.base_uid, state.wanted = image.session_uid, settings
    _start(lambda stop: _read(taken, stop))


def want(settings: MapSettings) -> None:
    """React to a moved slider."""
    if is_on():
        _preview().wanted = settings


def end() -> bool:
    """Show the real maps again. True if there was a preview. Main thread."""
    state = _preview()
    was_on = is_on()
    if state.task is not None:
        state.task.stop.set()
    small_images = _small_images()
    live.forget(_Preview)
    for small in small_images:
        was_on = True
        versions.end_comparison(small)
        bpy.data.images.remove(small)
    return was_on


def file_loaded() -> None:
    """End the preview, because another file is open. An autosaved file may contain its own small images."""
    end()


def before_render() -> None:
    """Show the real maps in a render. With windows, this is the render's thread: images are removed later."""
    if not is_on():
        return
    if threading.current_thread() is threading.main_thread():
        end()
        return
    for small in _small_images():
        versions.end_comparison(small)
    _preview().is_over = True


def _small_images() -> list[bpy.types.Image]:
    known = set(_preview().maps.values())
    found: list[bpy.types.Image] = []
    for image in bpy.data.images:
        if not known and image.name[: len(_NAME)].casefold() > _NAME.casefold():
            break
        if is_noted(image, NOTE):
            found.append(image)
            known.discard(image.session_uid)
    return found


def show() -> bool:
    """Take a result, and start the next. True if anything changed. For the pump."""
    state = _preview()
    if not state.base_uid:
        return False
    if state.is_over:
        return not bpy.app.is_job_running("RENDER") and end()
    if len(_small_images()) < len(state.maps):  # undone
        return end()
    changed = False
    if state.task is not None:
        if not state.task.is_over:
            return False
        state.task = None
        changed = _take(state.found)
        if not is_on():
            return True
    if state.task is None and state.view is not None and state.wanted is not None:
        view, settings = state.view, replace(state.wanted, is_directx=state.is_directx)
        state.wanted = None
        parts = tuple(Map(part) for part in state.maps)
        _start(lambda _stop: _make(view, parts, settings))
    return changed


def _take(found: list[Any]) -> bool:
    state = _preview()
    made = found[0] if found else phrase("The preview could not be made.")
    if isinstance(made, _View):
        state.view = made
        return False
    if isinstance(made, str):
        reports.add("WARNING", made)
        return end()
    images = {image.session_uid: image for image in _small_images()}
    for part, (width, height, values) in made.items():
        small = images.get(state.maps[part])
        if small is None:
            continue
        if tuple(small.size) != (width, height):
            small.scale(width, height)
        small.pixels.foreach_set(values)
        small.update()
    return True


def _start(work: Any) -> None:
    found: list[Any] = []

    def run(stop: threading.Event) -> None:
        try:
            made = work(stop)
            if made is not None:
                found.append(made)
        except (Refusal, OSError) as error:
            found.append(error.strerror or str(error) if isinstance(error, OSError) else str(error))
        except MemoryError:
            found.append(phrase("There is too little memory for the picture."))

    _preview().found = found
    _preview().task = Task("preview", run)


# -- on the thread ----------------------------------------------------------------------------------


def _read(taken: Snapshot | PendingPixels, stop: threading.Event) -> _View | None:
    import numpy as np

    from ...imaging.tiling.seams import measure_seams
    from ...imaging.tiling.smooth import Wraps
    from ...imaging.tiling.views import reduced, within
    from ...imaging.whole import whole_of

    try:
        snapshot = taken.wait(stop, _PENDING_S) if isinstance(taken, PendingPixels) else taken
        if snapshot is None:
            return None
        pixels = whole_of(snapshot).pixels
    finally:
        if isinstance(taken, PendingPixels):
            taken.released.set()
    seams = measure_seams(pixels)
    view = reduced(pixels, within(pixels.shape, SIDE))
    small = (np.clip(view, 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    return _View(
        pixels=small[..., 0] if small.shape[2] == 1 else small,
        wraps=Wraps(across=not seams.across.is_visible, down=not seams.down.is_visible),
    )


def _make(
    view: _View, parts: tuple[Map, ...], settings: MapSettings
) -> dict[str, tuple[int, int, NDArray[np.float32]]]:
    """Return each map's width, height and flat RGBA values, bottom row first."""
    import numpy as np

    from ...imaging.tiling.maps import make_maps

    made: dict[str, tuple[int, int, NDArray[np.float32]]] = {}
    for part, pixels in make_maps(view.pixels, parts, settings, view.wraps).items():
        height, width = pixels.shape[:2]
        values = np.ones((height, width, 4), np.float32)
        scale = np.float32(1 / np.iinfo(pixels.dtype).max)
        planes = pixels if pixels.ndim == 3 else pixels[..., np.newaxis]
        values[..., :3] = planes[::-1] * scale
        made[part.value] = width, height, values.ravel()
    return made
