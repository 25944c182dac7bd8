# SPDX-License-Identifier: GPL-3.0-or-later
"""The sources of one click, and their snapshots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Any

import bpy

from ...imaging.snapshot import BytesSnapshot, FileSnapshot, PendingPixels, Snapshot, Taken, release
from ...jobs.placement import Placement
from ...texts.phrases import phrase
from .. import settings
from ..pictures.tiles import chosen_tiles
from ..refs import reference
from ..windows.editors import image_of
from . import never_upload
from .snapshots import SourceUnusable, path_of, snapshot, snapshot_of_file


@dataclass(frozen=True, kw_only=True)
class ChosenSource:
    """A source as chosen at the click."""

    name: str
    picture: bpy.types.Image | Path
    role: str = ""
    tiles: tuple[int, ...] = ()
    """The tiles of a UDIM image to send. The first source has one request per tile; others send one tile."""
    shown_scenes: tuple[bpy.types.Scene, ...] = ()
    """The scenes that may be visible in a file, if Easel has taken that picture."""


def named_sources(names: Sequence[str], roles: str, tiles: str) -> list[ChosenSource]:
    """Find the images that a script has named. An absolute path, or one from "~", is a file.

    Args:
        roles: separated by semicolons, in the images' order.
        tiles: numbers of the first image's tiles, separated by commas.

    Raises:
        SourceUnusable: there is no such image.
    """
    chosen: list[ChosenSource] = []
    for name, role in zip_longest(names, roles.split(";")[: len(names)], fillvalue=""):
        image = bpy.data.images.get(name)
        if image is None and (path := Path(settings.typed_path(name))).is_absolute():
            chosen.append(ChosenSource(name=path.name, picture=path, role=role.strip()))
            continue
        if image is None:
            raise SourceUnusable(phrase("There is no image “{source}” in this file.", source=name))
        meant = chosen_tiles(image, "" if chosen else tiles)
        chosen.append(ChosenSource(name=image.name, picture=image, role=role.strip(), tiles=meant))
    return chosen


def editor_source(space: Any) -> list[ChosenSource]:
    """Return an editor's image; for a UDIM image, its active tile.

    Raises:
        SourceUnusable: no image is open.
    """
    image = image_of(space)
    if image is None:
        raise SourceUnusable(phrase("No image is open here."))
    return [ChosenSource(name=image.name, picture=image, tiles=chosen_tiles(image, ""))]


def form_sources(sources: Any) -> list[ChosenSource]:
    """Return the sources of the form's list.

    Raises:
        SourceUnusable: a source is empty.
    """
    chosen: list[ChosenSource] = []
    for number, source in enumerate(sources, start=1):
        if source.image is None and not source.filepath:
            raise SourceUnusable(
                phrase("Source {number} is empty: choose an image or remove it.", number=number)
            )
        chosen.append(
            ChosenSource(
                name=source.label,
                picture=source.image or Path(settings.typed_path(source.filepath)),
                role=source.role,
                tiles=chosen_tiles(source.image, source.tiles),
                shown_scenes=_shown_scenes(source),
            )
        )
    return chosen


def _shown_scenes(source: Any) -> tuple[bpy.types.Scene, ...]:
    """Return the scene that a snapshot shows; if it was deleted, all scenes of the file."""
    if source.image is not None or not source.shows_scene:
        return ()
    return (source.shown_scene,) if source.shown_scene is not None else tuple(bpy.data.scenes)


def check_may_leave(sources: Sequence[ChosenSource]) -> None:
    """Raise SourceUnusable if a source must not be sent (*Never Upload*)."""
    for picture in (source.picture for source in sources):
        is_file = isinstance(picture, Path)
        if problem := never_upload.refusal_of_file(picture) if is_file else never_upload.refusal(picture):
            raise SourceUnusable(problem)
    for scene in {scene for source in sources for scene in source.shown_scenes}:
        if problem := never_upload.refusal_of_picture(scene):
            raise SourceUnusable(problem)


def take(
    sources: Sequence[ChosenSource],
    scene: bpy.types.Scene,
    tile: int = 0,
    known: Mapping[int, Taken] = MappingProxyType({}),
) -> dict[int, Snapshot | PendingPixels]:
    """Take a snapshot of each source. If one fails, promised pixels of the others are released.

    Args:
        tile: of the first source; 0: it has none.
        known: snapshots of the same sources for another request of the click. Files and bytes are shared;
            each request needs its own promised pixels.

    Raises:
        SourceUnusable: a source can't be sent.
    """
    taken: dict[int, Snapshot | PendingPixels] = {}
    check_may_leave(sources)
    try:
        for index, source in enumerate(sources):
            if isinstance(before := known.get(index), (FileSnapshot, BytesSnapshot)):
                taken[index] = before
                continue
            if isinstance(source.picture, Path):
                taken[index] = snapshot_of_file(source.picture)
                continue
            number = tile if index == 0 else next(iter(source.tiles), 0)
            taken[index] = snapshot(source.picture, scene=scene, tile=number)
    except SourceUnusable:
        release(taken.values())
        raise
    return taken


def note_sent(
    placement: Placement, sources: Sequence[ChosenSource], mask: bpy.types.Image | None
) -> Placement:
    """Record a job's sources, because they may be marked Never Upload before it is sent again."""
    pictures = [source.picture for source in sources] + ([mask] if mask is not None else [])
    images = [picture for picture in pictures if isinstance(picture, bpy.types.Image)]
    files = [picture for picture in pictures if isinstance(picture, Path)]
    files += [path_of(image) for image in images if image.filepath]
    return replace(
        placement,
        sent=tuple(map(reference, images)),
        sent_files=tuple(map(str, files)),
        shown_scenes=tuple(reference(scene) for source in sources for scene in source.shown_scenes),
    )
