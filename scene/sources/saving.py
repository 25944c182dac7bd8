# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures that only Blender's own saving gives: the render, viewers, tiles that are painted and not saved.

`Image.save_render` leaves the image as it is: its path, and whether it is saved. It knows no settings but a
scene's. Uncompressed Targa takes it 40 ms at 2K, where PNG takes 1 to 2 s; a worker makes the PNG.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy

from ...imaging.files import HeldFolder
from ...imaging.snapshot import FileSnapshot
from ...texts.phrases import phrase
from ..errors import SourceUnusable
from ..pictures.tiles import numbers_of


def bytes_as_seen(image: bpy.types.Image, scene: bpy.types.Scene) -> bytes:
    """Return a render or a viewer as a scene's view transform shows it, as the bytes of a Targa file.

    Main thread.

    Raises:
        SourceUnusable: there is nothing in it.
    """
    has_alpha = image.type != "RENDER_RESULT" or scene.render.film_transparent
    with (
        lent_settings(scene, "TARGA_RAW", "RGBA" if has_alpha else "RGB"),
        tempfile.TemporaryDirectory(prefix="easel-", ignore_cleanup_errors=True) as folder,
    ):
        path = Path(folder) / "picture.tga"
        _save(image, scene, path)
        if not path.is_file():
            raise _without_pixels(image)
        return path.read_bytes()


def save_tiles(image: bpy.types.Image, *, deep: bool = False) -> dict[int, FileSnapshot]:
    """Have Blender write all tiles as they are painted now, and return the files: Targa, or with `deep` EXR.

    EXR is scene-linear with premultiplied alpha, Targa as stored. Main thread, 20 to 40 ms a tile of 2K;
    Blender knows no way to write a single one. The files are there as long as any of the snapshots is.

    Raises:
        SourceUnusable: one has no pixels.
    """
    suffix = ".exr" if deep else ".tga"
    folder = HeldFolder(Path(bpy.app.tempdir))
    scene = bpy.data.scenes.new("")  # its view transform is one that changes nothing
    try:
        scene.view_settings.view_transform = "Standard"
        with lent_settings(scene, "OPEN_EXR" if deep else "TARGA_RAW", "RGBA", "32" if deep else "8"):
            _save(image, scene, folder.path / f"tile.<UDIM>{suffix}")
    finally:
        bpy.data.scenes.remove(scene)
    paths = {number: folder.path / f"tile.{number}{suffix}" for number in numbers_of(image)}
    if not all(path.is_file() for path in paths.values()):
        raise _without_pixels(image)
    return {number: FileSnapshot(path=path, folder=folder) for number, path in paths.items()}


@contextmanager
def lent_settings(
    scene: bpy.types.Scene, file_format: str, color_mode: str, color_depth: str = "8"
) -> Iterator[None]:
    """Lend a scene the output settings of a picture."""
    output = scene.render.image_settings
    names = ("media_type", "file_format", "color_mode", "color_depth")  # each limits those after it
    before = {name: getattr(output, name) for name in names if hasattr(output, name)}
    wanted: dict[str, Any] = {
        "media_type": "IMAGE",
        "file_format": file_format,
        "color_mode": color_mode,
        "color_depth": color_depth,
    }
    try:
        for name in before:
            setattr(output, name, wanted[name])
        yield
    finally:
        for name, value in before.items():
            setattr(output, name, value)


def _save(image: bpy.types.Image, scene: bpy.types.Scene, path: Path) -> None:
    try:
        image.save_render(str(path), scene=scene)
    except RuntimeError as error:
        raise _without_pixels(image) from error


def _without_pixels(image: bpy.types.Image) -> SourceUnusable:
    if image.source == "VIEWER":
        return SourceUnusable(phrase("There is nothing in “{image}” yet: render first.", image=image.name))
    return SourceUnusable(phrase("“{image}” has no pixels that Blender can save.", image=image.name))
