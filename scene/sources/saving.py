# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures that only Blender can save: the render, viewers, painted and unsaved tiles.

`Image.save_render` does not change the image: neither its path nor whether it is saved. It only has a scene's
settings. At 2K it writes uncompressed Targa in 40 ms, but PNG in 1 to 2 s; so a worker makes the PNG.
"""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeAlias

import bpy

from ...imaging.files import HeldFolder, temporary_folder
from ...imaging.snapshot import FileSnapshot
from ...texts.phrases import phrase
from ..errors import SourceUnusable
from ..pictures.tiles import numbers_of

Setting: TypeAlias = tuple[Any, str, Any]
"""Owner, name, value."""

_NEUTRAL: Final = "Standard"
"""The view that changes no colours, in Blender's own OCIO configuration."""
_RAMP: Final = (0, 32, 64, 128, 200, 255)
_TARGA_HEADER: Final = 18  # bytes


def bytes_as_seen(image: bpy.types.Image, scene: bpy.types.Scene) -> bytes:
    """Return a render or viewer as a Targa file, in sRGB with the scene's view transform.

    For a stereo render it is the first view. Main thread.

    Raises:
        SourceUnusable: it is empty or can't be written.
    """
    has_alpha = image.type != "RENDER_RESULT" or scene.render.film_transparent
    suffixes = ["", *(view.file_suffix for view in scene.render.views)]
    try:
        with (
            lent_srgb(scene),
            lent_output(scene, "TARGA_RAW", "RGBA" if has_alpha else "RGB"),
            tempfile.TemporaryDirectory(
                prefix="easel-", dir=temporary_folder(), ignore_cleanup_errors=True
            ) as folder,
        ):
            path = Path(folder) / "picture.tga"
            _save(image, scene, path)
            files = [path.with_stem(path.stem + suffix) for suffix in suffixes]
            found = next((file for file in files if file.is_file()), None)
            if found is None:
                raise _without_pixels(image)
            return found.read_bytes()
    except OSError as error:
        raise _not_written(image, Path(tempfile.gettempdir())) from error


def save_tiles(image: bpy.types.Image, *, deep: bool = False) -> dict[int, FileSnapshot]:
    """Write all tiles with their current paint. Returns the files: Targa, or with `deep` EXR.

    EXR is scene-linear with premultiplied alpha, Targa has the stored values. Main thread; 20 to 40 ms per 2K
    tile; Blender can't write a single tile. The files exist as long as any of the snapshots.

    Raises:
        SourceUnusable: a tile has no pixels or can't be written.
    """
    suffix = ".exr" if deep else ".tga"
    folder = HeldFolder(Path(bpy.app.tempdir))
    scene = bpy.data.scenes.new("")
    try:
        if not deep and not _choose_neutral_view(scene):
            raise SourceUnusable(
                phrase(
                    "No view of this OCIO configuration shows the painted tiles of “{image}” as they are: "
                    "save the image first.",
                    image=image.name,
                )
            )
        with lent_output(scene, "OPEN_EXR" if deep else "TARGA_RAW", "RGBA", "32" if deep else "8"):
            _save(image, scene, folder.path / f"tile.<UDIM>{suffix}")
    finally:
        bpy.data.scenes.remove(scene)
    paths = {number: folder.path / f"tile.{number}{suffix}" for number in numbers_of(image)}
    if not all(path.is_file() for path in paths.values()):
        raise _without_pixels(image)
    return {number: FileSnapshot(path=path, folder=folder) for number, path in paths.items()}


def save_combined(image: bpy.types.Image, path: Path) -> None:
    """Write the combined picture of a file with several layers as an OpenEXR with floats. Main thread.

    Raises:
        SourceUnusable: it can't be written.
    """
    scene = bpy.data.scenes.new("")
    try:
        with lent_output(scene, "OPEN_EXR", "RGBA", "32"):
            _save(image, scene, path)
    finally:
        bpy.data.scenes.remove(scene)


@contextmanager
def lent(*settings: Setting) -> Iterator[None]:
    """Change settings temporarily, in order; missing or impossible ones are skipped.

    Each may limit those after it. All are restored, even after an exception.
    """
    there = [(owner, name, value) for owner, name, value in settings if hasattr(owner, name)]
    before = [(owner, name, getattr(owner, name)) for owner, name, _value in there]
    try:
        _set(there)
        yield
    finally:
        _set(before)


def lent_srgb(scene: bpy.types.Scene) -> Any:
    """Give a scene the sRGB display temporarily, if it exists: files can't describe another one."""
    view = scene.view_settings
    return lent(
        (scene.display_settings, "display_device", "sRGB"),
        (scene.display_settings, "emulation", "OFF"),
        (view, "view_transform", view.view_transform),  # another display may have changed it
        (view, "look", view.look),
    )


def lent_output(scene: bpy.types.Scene, file_format: str, color_mode: str, color_depth: str = "8") -> Any:
    """Give a scene output settings for a displayed picture, temporarily."""
    output = scene.render.image_settings
    return lent(
        (output, "media_type", "IMAGE"),
        (output, "file_format", file_format),
        (output, "color_mode", color_mode),
        (output, "color_depth", color_depth),
        (output, "exr_codec", "ZIP"),
        (output, "color_management", "FOLLOW_SCENE"),
        (output, "views_format", "INDIVIDUAL"),
        (scene.render, "dither_intensity", 0.0),
    )


def _set(settings: list[Setting]) -> None:
    for owner, name, value in settings:
        # The enum lacks the value, or the owner is gone: the others are set nevertheless.
        with suppress(TypeError, AttributeError, ReferenceError, RuntimeError):
            setattr(owner, name, value)


def _choose_neutral_view(scene: bpy.types.Scene) -> bool:
    """Choose the view that shows stored colours unchanged. False if a studio's configuration has none."""
    settings = scene.view_settings
    with suppress(TypeError):
        settings.view_transform = _NEUTRAL
        return True
    try:
        settings.view_transform = ""
    except TypeError as error:  # only the error lists them
        found = ast.literal_eval(str(error).partition(" not found in ")[2])
    else:
        return False
    for view in (found,) if isinstance(found, str) else found:
        settings.view_transform = view
        if _shows_as_stored(scene):
            return True
    return False


def _shows_as_stored(scene: bpy.types.Scene) -> bool:
    image = bpy.data.images.new("", len(_RAMP), 1)
    try:
        image.pixels.foreach_set([part for level in _RAMP for part in (*3 * [level / 255], 1.0)])
        with (
            lent_output(scene, "TARGA_RAW", "RGB"),
            tempfile.TemporaryDirectory(prefix="easel-", ignore_cleanup_errors=True) as folder,
        ):
            path = Path(folder) / "ramp.tga"
            _save(image, scene, path)
            data = path.read_bytes()[_TARGA_HEADER::3][: len(_RAMP)]
    finally:
        bpy.data.images.remove(image)
    return all(abs(seen - level) <= 1 for seen, level in zip(data, _RAMP, strict=True))


def _save(image: bpy.types.Image, scene: bpy.types.Scene, path: Path) -> None:
    try:
        image.save_render(str(path), scene=scene)
    except RuntimeError as error:
        with suppress(OSError):
            if any(path.parent.iterdir()):  # for a stereo render, Blender writes the views and then raises
                return
        if str(path) not in str(error):
            raise _without_pixels(image) from error
        raise _not_written(image, path.parent.parent) from error


def _not_written(image: bpy.types.Image, folder: Path) -> SourceUnusable:
    return SourceUnusable(
        phrase(
            "“{image}” could not be written to {folder}: make room there, "
            "or choose another temporary folder in the preferences.",
            image=image.name,
            folder=folder,
        )
    )


def _without_pixels(image: bpy.types.Image) -> SourceUnusable:
    if image.source == "VIEWER":
        return SourceUnusable(phrase("There is nothing in “{image}” yet: render first.", image=image.name))
    return SourceUnusable(phrase("“{image}” has no pixels that Blender can save.", image=image.name))
