# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of images that were placed, so that lost ones can be restored unchanged."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Final, NamedTuple

import bpy

from ..history.lineage import ancestors_of, keep_for_good
from ..notes import is_noted, number_note, text_note
from ..pictures.colours import set_colour_space
from ..pictures.packing import from_blend, name_packed
from ..refs import image_by_uid
from .assembly import Assembly
from .reused import INDEX_KEY, JOB_KEY, RAW_KEY, RECIPE_KEY
from .reused_tiles import BATCH_KEY, TILES_KEY
from .view_edit import VIEW_KEY

_PLAIN: Final = (JOB_KEY, INDEX_KEY, RAW_KEY, RECIPE_KEY, BATCH_KEY, TILES_KEY)
"""Custom properties with plain values."""


class ImageKey(NamedTuple):
    """The identity of a result's image, independent of its name and of how often it was restored."""

    job_id: str
    index: int
    is_as_it_came: bool
    batch: str


def key_of(image: bpy.types.Image) -> ImageKey | None:
    """Return the identity of an image; None if Easel did not make it. Decodes nothing."""
    job_id = text_note(image, JOB_KEY)
    if not job_id or image.library is not None:
        return None
    return ImageKey(
        job_id, number_note(image, INDEX_KEY), is_noted(image, RAW_KEY), text_note(image, BATCH_KEY)
    )


def find_by_key(key: ImageKey) -> bpy.types.Image | None:
    """Find the image of a result in the open file."""
    return next((image for image in bpy.data.images if key_of(image) == key), None)


@dataclass(frozen=True)
class _Version:
    """Another image of a history, identified as Easel's or else within this session."""

    key: ImageKey | None
    session_uid: int

    @classmethod
    def of(cls, image: bpy.types.Image | None) -> _Version | None:
        return cls(key_of(image), image.session_uid) if image is not None else None

    def find(self) -> bpy.types.Image | None:
        known = image_by_uid(self.session_uid)
        return find_by_key(self.key) if known is None and self.key is not None else known


class _Ancestor(NamedTuple):
    """Like `EASEL_PG_ancestor`."""

    version: _Version | None
    name: str
    was_only_replaced: bool


@dataclass(frozen=True, kw_only=True)
class _History:
    """Like `EASEL_PG_edit`, with the image's original."""

    title: str
    number: int
    made: int
    is_map: bool
    original: _Version | None
    map_before: _Version | None
    ancestors: Sequence[_Ancestor]

    @classmethod
    def of(cls, image: bpy.types.Image) -> _History:
        edit: Any = image.easel_edit
        return cls(
            title=edit.title,
            number=edit.number,
            made=edit.made,
            is_map=edit.is_map,
            original=_Version.of(image.easel_original),
            map_before=_Version.of(edit.map_before),
            ancestors=[
                _Ancestor(_Version.of(it.image), it.name, it.was_only_replaced) for it in edit.ancestors
            ],
        )

    def write(self, image: bpy.types.Image) -> None:
        edit: Any = image.easel_edit
        edit.title, edit.number, edit.made, edit.is_map = self.title, self.number, self.made, self.is_map
        image.easel_original = self.original.find() if self.original is not None else None
        edit.map_before = self.map_before.find() if self.map_before is not None else None
        for version, name, was_only_replaced in self.ancestors:
            ancestor = edit.ancestors.add()
            ancestor.image = version.find() if version is not None else None
            ancestor.name, ancestor.was_only_replaced = name, was_only_replaced
        for older in ancestors_of(image):
            keep_for_good(older)


@dataclass(frozen=True, kw_only=True)
class ImageRecord:
    """An image as it was placed in the open file."""

    key: ImageKey
    name: str
    packed_from: Path | None
    """The file whose bytes are packed; None for a file beside the .blend, and for tiles."""
    tiles: Assembly | None
    """The maker of a tiled image, from written files."""
    path: str
    """Absolute, because the .blend may be saved elsewhere meanwhile."""
    alpha_mode: str
    colour_space: str
    is_seen_as_rendered: bool
    notes: Mapping[str, object]
    history: _History

    @classmethod
    def of(cls, image: bpy.types.Image, *, file: Path | None, tiles: Assembly | None) -> ImageRecord | None:
        """Record an image that was just placed; None if Easel did not make it. Decodes nothing.

        Args:
            file: the library's file that it was made from.
            tiles: the maker of a tiled image.
        """
        key = key_of(image)
        if key is None or (tiles is None and (file is None or image.source == "TILED")):
            return None
        if tiles is not None:
            tiles.forget_contents()
        return cls(
            key=key,
            name=image.name,
            packed_from=file if image.packed_file is not None and tiles is None else None,
            tiles=tiles,
            path=bpy.path.abspath(image.filepath_raw),
            alpha_mode=image.alpha_mode,
            colour_space=image.colorspace_settings.name,
            is_seen_as_rendered=image.use_view_as_render,
            notes=_notes_of(image),
            history=_History.of(image),
        )

    def make(self, content: bytes = b"") -> bpy.types.Image:
        """Make the image again, with a fake user, because nothing shows it. Main thread.

        Args:
            content: of `packed_from`.

        Raises:
            OSError, RuntimeError: the files of a tiled image are missing.
        """
        image = self.tiles.load() if self.tiles is not None else self._made_of(content)
        image.name = self.name
        set_colour_space(image, self.colour_space)
        image.alpha_mode = self.alpha_mode
        image.use_view_as_render = self.is_seen_as_rendered
        for note, value in self.notes.items():
            image[note] = value
        image.use_fake_user = True
        self.history.write(image)
        return image

    def _made_of(self, content: bytes) -> bpy.types.Image:
        """Make it without reading the disk, which may not answer. Blender reads it at the first use."""
        image = bpy.data.images.new(self.name, 1, 1)
        if self.packed_from is not None:
            image.pack(data=content, data_len=len(content))
        image.source = "FILE"  # otherwise it would stay generated, and be wrong in the saved .blend
        if self.packed_from is not None:
            name_packed(image, PurePath(self.path.replace("\\", "/")).name)
        else:
            image.filepath_raw = from_blend(self.path)
        return image


def _notes_of(image: bpy.types.Image) -> dict[str, object]:
    notes = {key: image[key] for key in _PLAIN if key in image}
    if VIEW_KEY in image:
        notes[VIEW_KEY] = array("f", image[VIEW_KEY])
    return notes
