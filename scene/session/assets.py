# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a material of an image an asset: in the open file, or as its own .blend in an asset library.

A thread reads the picture for its preview, the images' files and the catalogue; then one turn marks the
material, and writes it if wanted. Afterwards the artist's own images and their histories are unchanged.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...client.errors import DEFECT
from ...imaging.errors import ImagingError
from ...jobs.asset_files import catalogue_id, new_blend
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from ...threads.task import Task
from .. import live
from ..listing.thumbnails import fill_preview
from ..pictures.packing import FOLDER
from ..refs import image_by_uid, obstacle_to_editing
from ..windows import interface

if TYPE_CHECKING:
    from ...imaging.thumbnails import Thumbnail

_PREVIEW: Final = 256  # pixels
_DEEPEST: Final = 32  # node groups in each other

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The asset to make."""

    material: str
    """The material's name."""
    library: Path | None
    """Folder of an asset library; None for the open file."""
    catalogue: str = ""
    """Its path, as `plain_catalogue`; empty if there is none."""
    author: str = ""
    license: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    pictures: tuple[Path, ...] = ()
    """Possible files for the preview, the best first."""


@dataclass(kw_only=True)
class Work:
    """An asset that is being made."""

    wanted: Wanted
    files: dict[int, Path]
    """The files of images to pack for the asset, by `session_uid`."""
    tells: bool
    contents: dict[int, bytes] = field(default_factory=dict[int, bytes])
    preview: Thumbnail | None = None
    catalogue: str = ""
    path: Path | None = None
    task: Task | None = None
    failure: str = ""
    text: str = ""
    is_whole: bool = True
    is_over: bool = False

    title = phrase("Making an asset")
    at = 0, 0

    def stop(self) -> None:
        """Have it end at its next step."""
        self.failure = phrase("It was stopped.")


@dataclass(kw_only=True)
class _State:
    work: Work | None = None


def _state() -> _State:
    return live.part(_State)


def current() -> Work | None:
    """The current work."""
    return _state().work


def begin(wanted: Wanted, *, tells: bool) -> Work:
    """Start to make an asset.

    Raises:
        Refusal: the material can't be one.
    """
    if _state().work is not None:
        raise Refusal(phrase("Wait until the previous asset is made."))
    material = bpy.data.materials.get(wanted.material)
    if material is None:
        raise Refusal(phrase("There is no material “{material}” in this file.", material=wanted.material))
    if reason := obstacle_to_editing(material):
        raise Refusal(reason)
    files: dict[int, Path] = {}
    for image in images_of(material):
        if image.is_dirty:
            raise Refusal(phrase("“{image}” is painted: pack or save it first.", image=image.name))
        if wanted.library is not None and image.source == "FILE" and image.packed_file is None:
            files[image.session_uid] = Path(bpy.path.abspath(image.filepath_raw, library=image.library))
    work = _state().work = Work(wanted=wanted, files=files, tells=tells)
    blend = bpy.data.filepath
    folder = wanted.library or (Path(blend).parent if blend else None)
    work.task = Task("asset", lambda _stop: _read(work, folder))
    return work


def images_of(material: bpy.types.Material) -> list[bpy.types.Image]:
    """List the images of a material, with those in node groups, each once."""
    found: dict[int, bpy.types.Image] = {}
    if material.node_tree is not None:
        for image in _images_in(material.node_tree, _DEEPEST):
            found[image.session_uid] = image
    return list(found.values())


def _images_in(tree: bpy.types.NodeTree, depth: int) -> Iterator[bpy.types.Image]:
    for node in tree.nodes:
        image, group = getattr(node, "image", None), getattr(node, "node_tree", None)
        if isinstance(image, bpy.types.Image):
            yield image
        if isinstance(group, bpy.types.NodeTree) and depth:
            yield from _images_in(group, depth - 1)


def _read(work: Work, folder: Path | None) -> None:
    """Read everything from the disk. On the thread."""
    from ...imaging.thumbnails import read_thumbnail

    wanted = work.wanted
    try:
        for picture in wanted.pictures:
            with contextlib.suppress(ImagingError, OSError):
                work.preview = read_thumbnail(picture, _PREVIEW)
                break
        if wanted.library is not None:
            work.path = new_blend(wanted.library, wanted.material)
        if wanted.catalogue and folder is not None:
            work.catalogue = catalogue_id(folder, wanted.catalogue)
        for uid, path in work.files.items():
            work.contents[uid] = path.read_bytes()
    except (Refusal, OSError, MemoryError) as error:
        work.failure = str(error)
    except Exception:
        logger.exception("making an asset")
        work.failure = DEFECT


def go_on() -> bool:
    """Make the asset once everything is read. True if panels look different now. For the pump."""
    work = _state().work
    if work is None or work.task is None or not (work.task.is_over or work.failure):
        return False
    _state().work = None
    if not work.failure:
        try:
            _make(work)
        except (Refusal, RuntimeError, OSError) as error:
            work.failure = str(error).strip()
    if work.failure:
        work.text, work.is_whole = work.failure, False
    work.is_over = True
    return True


def give_up() -> None:
    """Stop, because another file is open or a step has raised."""
    work, _state().work = _state().work, None
    if work is not None and not work.is_over:
        work.stop()
        work.text, work.is_whole, work.is_over = work.failure, False, True


def _make(work: Work) -> None:
    wanted = work.wanted
    material = bpy.data.materials.get(wanted.material)
    if material is None:
        raise Refusal(phrase("There is no material “{material}” in this file.", material=wanted.material))
    was_asset, had_fake_user = material.asset_data is not None, material.use_fake_user
    material.asset_mark()
    _describe(material, work)
    if work.path is None:
        interface.push_undo(f"Easel: {material.name}")
        work.text = phrase("“{material}” is an asset of this file.", material=material.name)
        return
    try:
        with _as_written(material, work.contents):
            bpy.data.libraries.write(str(work.path), {material}, fake_user=True, compress=True)
    finally:
        if not was_asset:
            material.asset_clear()
            material.use_fake_user = had_fake_user
    work.text = phrase("“{material}” is in {path}.", material=material.name, path=work.path)


def _describe(material: bpy.types.Material, work: Work) -> None:
    data: Any = material.asset_data
    wanted = work.wanted
    data.author, data.license, data.description = wanted.author, wanted.license, wanted.description
    for tag in wanted.tags:
        data.tags.new(tag, skip_if_exists=True)
    if work.catalogue:
        data.catalog_id = work.catalogue
    if work.preview is not None:
        fill_preview(material.preview_ensure(), work.preview)


@contextlib.contextmanager
def _as_written(material: bpy.types.Material, contents: dict[int, bytes]) -> Iterator[None]:
    """Temporarily pack images, without folders of this machine and without their history."""
    before: list[tuple[int, str, bool]] = []
    histories: list[tuple[int, Any, list[Any]]] = []
    try:
        for image in images_of(material):
            edit: Any = image.easel_edit
            uid, content = image.session_uid, contents.get(image.session_uid)
            histories.append((uid, image.easel_original, [each.image for each in edit.ancestors]))
            image.easel_original = None
            for ancestor in edit.ancestors:
                ancestor.image = None
            if image.source != "FILE":
                continue
            before.append((uid, image.filepath_raw, content is not None))
            name = PurePath(image.filepath_raw.replace("\\", "/")).name
            if content is not None:
                image.pack(data=content, data_len=len(content))
            image.filepath_raw = f"//{FOLDER}/{name}"
        yield
    finally:
        for uid, path, was_packed_for_it in before:
            if (image := image_by_uid(uid)) is not None:
                image.filepath_raw = path
                if was_packed_for_it:
                    for packed in image.packed_files:
                        packed.filepath = path
                    image.unpack(method="REMOVE")
        for uid, original, ancestors in histories:
            if (image := image_by_uid(uid)) is not None:
                image.easel_original = original
                for note, ancestor in zip(image.easel_edit.ancestors, ancestors, strict=True):
                    note.image = ancestor
