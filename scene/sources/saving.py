# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures that only Blender's own saving gives: the render, viewers, tiles that are painted and not saved.

`Image.save_render` leaves the image as it is: its path, and whether it is saved. It knows no settings but a
scene's. Uncompressed Targa takes it 40 ms at 2K, where PNG takes 1 to 2 s; a worker makes the PNG.
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
"""Whose it is, its name, its value."""

_NEUTRAL: Final = "Standard"
"""The view that changes no colours, in Blender's own configuration of colours."""
_RAMP: Final = (0, 32, 64, 128, 200, 255)
_TARGA_HEADER: Final = 18  # bytes


def bytes_as_seen(image: bpy.types.Image, scene: bpy.types.Scene) -> bytes:
    """Return a render or a viewer as a scene's view transform shows it in sRGB, as the bytes of a Targa file.

    Of a stereo render it is the first view. Main thread.

    Raises:
        SourceUnusable: there is nothing in it, or it can't be written.
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
    """Have Blender write all tiles as they are painted now, and return the files: Targa, or with `deep` EXR.

    EXR is scene-linear with premultiplied alpha, Targa as stored. Main thread, 20 to 40 ms a tile of 2K;
    Blender knows no way to write a single one. The files are there as long as any of the snapshots is.

    Raises:
        SourceUnusable: one has no pixels, or can't be written.
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
    """Write the combined picture of a file of several layers as an OpenEXR of floats. Main thread.

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
    """Lend settings, each of which may limit those after it; what is not there or not possible is left out.

    All are given back, whatever happens.
    """
    there = [(owner, name, value) for owner, name, value in settings if hasattr(owner, name)]
    before = [(owner, name, getattr(owner, name)) for owner, name, _value in there]
    try:
        _set(there)
        yield
    finally:
        _set(before)


def lent_srgb(scene: bpy.types.Scene) -> Any:
    """Lend a scene the display that models know, where there is one: files say nothing of any other."""
    view = scene.view_settings
    return lent(
        (scene.display_settings, "display_device", "sRGB"),
        (scene.display_settings, "emulation", "OFF"),
        (view, "view_transform", view.view_transform),  # which another display may have changed
        (view, "look", view.look),
    )


def lent_output(scene: bpy.types.Scene, file_format: str, color_mode: str, color_depth: str = "8") -> Any:
    """Lend a scene the output settings of a picture as it is seen."""
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
        # An enum that does not have it, or an owner that is gone: the others are set all the same.
        with suppress(TypeError, AttributeError, ReferenceError, RuntimeError):
            setattr(owner, name, value)


def _choose_neutral_view(scene: bpy.types.Scene) -> bool:
    """Have a scene show stored colours as they are. False if no view of a studio's configuration does."""
    settings = scene.view_settings
    with suppress(TypeError):
        settings.view_transform = _NEUTRAL
        return True
    try:
        settings.view_transform = ""
    except TypeError as error:  # the only one who lists them
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
            if any(path.parent.iterdir()):  # of a stereo render Blender writes the views, and then says so
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
