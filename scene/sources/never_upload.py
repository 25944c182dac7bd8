# SPDX-License-Identifier: GPL-3.0-or-later
"""Images that must never leave this computer: marked by the artist, or used by a marked collection's objects.

The mark is a property of the datablock, so it is saved, appended and linked with it. It is checked at the
click for every source, and for pictures of a scene with marked data. Such a picture may show the data
whatever the eyes in the Outliner are (renders, local views, instances), so only excluding helps. An edit
shows its original, so an image's mark also covers its edits, even earlier ones.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final, TypeAlias

import bpy
from bpy.props import BoolProperty

from ...jobs.library import Library
from ...jobs.placement import Placement
from ...jobs.targets import ModelViews
from ...languages import CONTEXT
from ...texts.phrases import phrase
from .. import live, settings
from ..errors import SourceUnusable
from ..history.image_uses import showing_ids
from ..history.lineage import made_of
from ..refs import find, find_image
from . import file_facts
from .made_with import shape_objects

PROPERTY: Final = "easel_never_upload"
"""Property of `bpy.types.Image` and `bpy.types.Collection`."""

FolderOf: TypeAlias = Callable[[Path], Path]
"""Returns a file's folder: `file_facts.known_folder`, which never reads the disk, or `real_folder`."""

Named: TypeAlias = dict[str, list[bpy.types.Image]]
"""Images with files, by the file's casefolded name; those with tiles or frames are also under ""."""

_FRESH_S: Final = 2.0
_MOST: Final = 1000
_OWNERS: Final = (bpy.types.Image, bpy.types.Collection)
_SHARED: Final = {
    "name": phrase("Never Upload"),
    "translation_context": CONTEXT,
    "override": {"LIBRARY_OVERRIDABLE"},
}


class _Found(dict[int | Path, tuple[float, str]]):
    """Recent answers by an image's `session_uid` or a file: time (monotonic) and text."""


def register() -> None:
    """Add the mark to images and collections."""
    bpy.types.Image.easel_never_upload = BoolProperty(
        description="Easel never sends this image to the service, nor what was made from it", **_SHARED
    )
    bpy.types.Collection.easel_never_upload = BoolProperty(
        description="Easel never sends the textures of this collection's objects, nor a picture of them",
        **_SHARED,
    )


def unregister() -> None:
    """Remove the property; datablocks keep their marks."""
    for owner in _OWNERS:
        if hasattr(owner, PROPERTY):
            delattr(owner, PROPERTY)


def is_anything_marked() -> bool:
    """Return whether any image or collection of the open file is marked."""
    return bool(_marked_collections()) or any(getattr(image, PROPERTY) for image in bpy.data.images)


def refusal(image: bpy.types.Image, *, at_click: bool = True) -> str:
    """Return why an image must not leave; empty if it may. Reads marks, histories and materials, no pixels.

    Args:
        at_click: it may read the disk for a moment, if only a file's folder decides, and evaluate the scene.

    Raises:
        SourceUnusable: the disk does not answer. Without an answer nothing is sent.
    """
    folder_of = _folder_of(at_click)
    collections = _marked_collections()
    named = _named_images()
    for origin in (image, *made_of(image)):
        marked = origin if getattr(origin, PROPERTY) else _marked_by_file(origin, named, folder_of)
        if marked is not None:
            return _text_of_mark(image, marked)
        showing = showing_ids(origin) if collections else set()
        for collection in collections:
            if any(obj.session_uid in showing for obj in collection.all_objects):
                return _text_of_collection(image, origin, collection)
    if image.source == "VIEWER":  # it shows a scene
        ask = refusal_of_picture if at_click else refusal_of_scene
        return next(filter(None, map(ask, bpy.data.scenes)), "")
    return ""


def last_refusal(image: bpy.types.Image) -> str:
    """Return a result of `refusal` that is at most some seconds old, for frequent calls.

    Never reads the disk.
    """
    return _lately(image.session_uid, lambda: refusal(image, at_click=False))


def refusal_of_file(path: Path, *, at_click: bool = True) -> str:
    """Return why a file must not leave: it belongs to a marked image, or may be a copy. As `refusal`."""
    if Library(settings.library_folder()).is_upload(path) and is_anything_marked():
        return phrase(
            "“{name}” is a copy of a source that was sent before. It does not tell which image it is of, and"
            " something in this file is marked Never Upload.",
            name=path.name,
        )
    folder_of = _folder_of(at_click)
    for image in _called(path, _named_images()):
        problem = refusal(image, at_click=at_click)
        if problem and _is_beside(image, path, folder_of):
            return problem
    return ""


def last_refusal_of_file(path: Path) -> str:
    """Return a recent result of `refusal_of_file`, as `last_refusal` does."""
    return _lately(path, lambda: refusal_of_file(path, at_click=False))


def refusal_of_job(names: Iterable[str], placement: Placement) -> str:
    """Return why a job's sources must not leave again.

    Args:
        names: of its sources; older jobs only recorded these.
        placement: the job's, for the open file (`Placement.in_session`). It refers to the sent images and
            files, and to the scene and object of a picture.
    """
    images: Iterable[bpy.types.Image | None]
    if placement.sent or placement.sent_files or placement.view is not None:
        images = map(find_image, placement.sent)
    else:
        edited = placement.made_from
        images = (*map(bpy.data.images.get, names), find_image(edited) if edited is not None else None)
    told = chain(
        (refusal(image) for image in images if image is not None),
        (refusal_of_file(Path(path)) for path in placement.sent_files),
        map(refusal_of_picture, _scenes_seen(placement)),
        map(refusal_of_object, _objects_sent(placement)),
    )
    return next(filter(None, told), "")


def refusal_of_object(obj: bpy.types.Object) -> str:
    """Return why an object must not leave: it, or one that its shape uses, is in a marked collection."""
    marked = _marked_collections()
    seen = shape_objects(obj) if marked else {}
    for collection in marked:
        for other in collection.all_objects:
            if other.session_uid in seen:
                return phrase(
                    "“{name}” is in the collection {collection}, which is marked Never Upload.",
                    name=other.name,
                    collection=collection.name,
                )
    return ""


def refusal_of_scene(scene: bpy.types.Scene, graph: bpy.types.Depsgraph | None = None) -> str:
    """Return why no picture of a scene must leave: it has marked data, or objects that use it.

    Args:
        graph: the evaluated scene, to find instances made by nodes; at a click.
    """
    objects = _objects_in(scene, graph)
    for collection in _marked_collections():
        if any(obj.session_uid in objects for obj in collection.all_objects):
            return phrase(
                "The collection {collection} is marked Never Upload: exclude it from the view layer first.",
                collection=collection.name,
            )
    seen = {scene.session_uid, *objects}
    named = _named_images()
    for image in bpy.data.images:
        marked = _marked_origin(image) or _marked_by_file(image, named, file_facts.known_folder)
        if marked is not None and showing_ids(image) & seen:
            return _text_of_mark(image, marked)
    return ""


def refusal_of_picture(scene: bpy.types.Scene) -> str:
    """Return why a picture of a scene must not leave, by the scene's current data. At a click."""
    graphs = [graph for layer in scene.view_layers if (graph := layer.depsgraph) is not None]
    for graph in graphs:
        graph.update()  # it may contain deleted objects
    return next(filter(None, (refusal_of_scene(scene, graph) for graph in graphs or [None])), "")


def check_view(context: bpy.types.Context) -> None:
    """Raise SourceUnusable if no picture of the context's scene must leave. At a click."""
    if problem := refusal_of_scene(context.scene, context.evaluated_depsgraph_get()):
        raise SourceUnusable(problem)


def _objects_sent(placement: Placement) -> list[bpy.types.Object]:
    refs = [placement.textured.object] if placement.textured is not None else []
    if isinstance(placement.target, ModelViews):  # pictures of them
        refs += placement.target.objects
    found = (find(ref, bpy.data.objects) for ref in refs)
    return [obj for obj in found if obj is not None]


def _scenes_seen(placement: Placement) -> list[bpy.types.Scene]:
    """Return the scenes that sent pictures may show; all of the file if one can't be found again."""
    found = [find(shown, bpy.data.scenes) for shown in placement.shown_scenes]
    if placement.view is not None:
        obj = find(placement.view.object, bpy.data.objects)
        found += obj.users_scene if obj is not None else ()
        found.append(find(placement.scene, bpy.data.scenes) if placement.scene is not None else None)
    return [scene for scene in found if scene is not None] if all(found) else list(bpy.data.scenes)


def _lately(key: int | Path, find_out: Callable[[], str]) -> str:
    """Return a result that is at most some seconds old."""
    now = time.monotonic()
    known = live.part(_Found)
    found = known.get(key)
    if found is None or now - found[0] > _FRESH_S:
        if len(known) > _MOST:
            known.clear()
        found = known[key] = (now, find_out())
    return found[1]


def _folder_of(at_click: bool) -> FolderOf:
    return file_facts.real_folder if at_click else file_facts.known_folder


def _text_of_mark(image: bpy.types.Image, origin: bpy.types.Image) -> str:
    """Return the text for an image that is marked, or made from a marked one."""
    if image == origin:
        return phrase("“{image}” is marked Never Upload.", image=image.name)
    return phrase(
        "“{image}” was made from “{original}”, which is marked Never Upload.",
        image=image.name,
        original=origin.name,
    )


def _text_of_collection(
    image: bpy.types.Image, origin: bpy.types.Image, collection: bpy.types.Collection
) -> str:
    """Return the text for an image that is used in a marked collection, or made from such an image."""
    if image == origin:
        return phrase(
            "“{image}” is used in the collection {collection}, which is marked Never Upload.",
            image=image.name,
            collection=collection.name,
        )
    return phrase(
        "“{image}” was made from “{original}”, which is used in the collection {collection}. "
        "That is marked Never Upload.",
        image=image.name,
        original=origin.name,
        collection=collection.name,
    )


def _marked_collections() -> list[bpy.types.Collection]:
    scenes = [scene.collection for scene in bpy.data.scenes]
    return [collection for collection in (*bpy.data.collections, *scenes) if getattr(collection, PROPERTY)]


def _objects_in(scene: bpy.types.Scene, graph: bpy.types.Depsgraph | None) -> dict[int, bpy.types.Object]:
    """Return all objects of a scene's view layers, with instanced ones, by `session_uid`."""
    found: dict[int, bpy.types.Object] = {}
    # A layer has None for objects deleted since its last update.
    waiting = [obj for layer in scene.view_layers for obj in layer.objects if obj is not None]
    if graph is not None:
        waiting += [instance.object.original for instance in graph.object_instances if instance.object]
    while waiting:
        obj = waiting.pop()
        if obj.session_uid in found:
            continue
        found[obj.session_uid] = obj
        if obj.instance_collection is not None:
            waiting += obj.instance_collection.all_objects
    return found


def _marked_origin(image: bpy.types.Image) -> bpy.types.Image | None:
    """Return an image if it is marked, else a marked image that it was made from."""
    return next((origin for origin in (image, *made_of(image)) if getattr(origin, PROPERTY)), None)


def _named_images() -> Named:
    """Return the images with files, for many lookups; empty if nothing is marked."""
    named: Named = {}
    if not is_anything_marked():
        return named
    for image in bpy.data.images:
        if image.filepath:
            named.setdefault(bpy.path.basename(image.filepath).casefold(), []).append(image)
        if image.source in {"TILED", "SEQUENCE"}:
            named.setdefault("", []).append(image)
    return named


def _marked_by_file(image: bpy.types.Image, named: Named, folder_of: FolderOf) -> bpy.types.Image | None:
    """Return `image` if another image with its file is marked, else a marked original of that other one."""
    if image.source == "VIEWER" or not image.filepath:
        return None
    path = _path(image)
    for other in _called(path, named):
        marked = _marked_origin(other) if other != image else None
        if marked is not None and _is_beside(other, path, folder_of):
            return image if marked == other else marked
    return None


def _called(path: Path, named: Named) -> Iterator[bpy.types.Image]:
    """Yield the images with a file, tile or frame of that name."""
    yield from named.get(path.name.casefold(), ())
    for image in named.get("", ()):
        name = re.escape(bpy.path.basename(image.filepath))
        name = name.replace("<UDIM>", r"\d{4}").replace("<UVTILE>", r"u\d+_v\d+")
        if image.source == "SEQUENCE":
            name = re.sub(r"\d+(?=\D*$)", r"\\d+", name)
        if re.fullmatch(name, path.name, re.IGNORECASE):
            yield image


def _is_beside(image: bpy.types.Image, path: Path, folder_of: FolderOf) -> bool:
    """Return whether a file is in the folder of an image's file."""
    own = _path(image)
    return own.parent == path.parent or folder_of(own) == folder_of(path)


def _path(image: bpy.types.Image) -> Path:
    return Path(bpy.path.abspath(image.filepath, library=image.library))
