# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of images: which one is an edit of which. Written when a result is placed, read ever after.

It is kept by pointers on the image datablocks themselves, so it lives through saving, renaming, appending and
linking. Reading walks `bpy.data.images` (under 1 ms for 1,000 of them) and decodes nothing, so panels may.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import bpy

from ...jobs.job import Job
from ...texts.clock import EPOCH
from ...texts.phrases import phrase
from ...texts.wrapping import first_line
from ..refs import find

_TITLE_LENGTH = 60  # characters


class _Rest(NamedTuple):
    """The part that follows an image in a list of ancestors."""

    count: int
    last: str
    """Name of the last one; empty if there is none."""

    @classmethod
    def of(cls, notes: Any) -> _Rest:
        """Return a whole list."""
        return cls(len(notes), notes[-1].name if len(notes) else "")


def find_source(job: Job) -> bpy.types.Image | None:
    """Find the image that a job has edited; None if it edited none, or the image is gone."""
    ref = job.placement.made_from
    return find(ref, bpy.data.images) if ref is not None else None


def note_edits(
    images: list[bpy.types.Image], original: bpy.types.Image | None, job: Job, *, is_version: bool = True
) -> None:
    """Note that images are edits of another, or have taken its place; all of those stay in the file.

    An image that has a history already keeps it: it was placed before, and is used again.

    Args:
        is_version: False for maps, which are made of another image, but don't go back to it.
    """
    was_only_replaced = find_source(job) is None
    for number, image in enumerate(images, start=1):
        edit: Any = image.easel_edit
        if not edit.made:
            edit.title = first_line(job.request.title, _TITLE_LENGTH)
            edit.number = number if len(images) > 1 else 0
            edit.made = round(time.time()) - EPOCH
        if original is None or is_edit(image) or edit.is_map or image in (original, *ancestors_of(original)):
            continue
        image.easel_original = original
        edit.is_map = not is_version
        _add_ancestor(edit, original, original.name, was_only_replaced)
        for ancestor in original.easel_edit.ancestors:
            is_unseen = was_only_replaced or ancestor.was_only_replaced
            _add_ancestor(edit, ancestor.image, ancestor.name, is_unseen)
    if original is not None:
        for image in (original, *ancestors_of(original)):
            keep_for_good(image)


def note_part(image: bpy.types.Image, whole: bpy.types.Image) -> None:
    """Note that an image was cut out of another: it is not a version of it, but equally protected."""
    edit: Any = image.easel_edit
    edit.is_map = True
    edit.title, edit.made = image.name, round(time.time()) - EPOCH
    image.easel_original = whole
    _add_ancestor(edit, whole, whole.name, was_only_replaced=False)
    for ancestor in whole.easel_edit.ancestors:
        _add_ancestor(edit, ancestor.image, ancestor.name, ancestor.was_only_replaced)
    keep_for_good(whole)


def note_map(image: bpy.types.Image, before: bpy.types.Image) -> None:
    """Note that a map has taken the place of another one, which stays in the file as its older version."""
    if image in (before, *ancestors_of(before)) or image.easel_edit.map_before is not None:
        return  # it was placed before, and is used again
    image.easel_edit.map_before = before
    keep_for_good(before)


def keep_for_good(image: bpy.types.Image) -> None:
    """Have an image saved although no node shows it now; one that is linked needs no help."""
    if image.library is None and not image.use_fake_user:
        image.use_fake_user = True


def is_edit(image: bpy.types.Image) -> bool:
    """Tell whether an image was made from another one, be that deleted or not; a map, in place of another."""
    edit: Any = image.easel_edit
    if edit.is_map:
        return edit.map_before is not None
    return image.easel_original is not None or len(edit.ancestors) > 0


def ancestors_of(image: bpy.types.Image) -> list[bpy.types.Image]:
    """List an image's ancestors, the nearest first. Deleted ones are passed over."""
    found: list[bpy.types.Image] = []
    seen = {image.session_uid}
    parent = _parent_of(image)
    while parent is not None and parent.session_uid not in seen:
        seen.add(parent.session_uid)
        found.append(parent)
        parent = _parent_of(parent)
    return found


def made_of(image: bpy.types.Image) -> list[bpy.types.Image]:
    """List the images of the file whose pixels went into an edit, the nearest first; broken histories too."""
    found = {image.session_uid: image}
    rests: dict[int, _Rest] = {}
    waiting = [image]
    for edit in waiting:
        for source in _made_directly_of(edit, rests):
            if source.session_uid not in found:
                found[source.session_uid] = source
                waiting.append(source)
    return waiting[1:]


def original_of(image: bpy.types.Image) -> bpy.types.Image | None:
    """Return the first image of a history that still exists; None if that is `image` itself."""
    return next(reversed(ancestors_of(image)), None)


def deleted_ancestors(image: bpy.types.Image) -> list[str]:
    """List the names of the images that an edit goes back to and that are no longer in the file."""
    return [ancestor.name for ancestor in image.easel_edit.ancestors if ancestor.image is None]


def family_of(image: bpy.types.Image) -> list[bpy.types.Image]:
    """List all versions of an image: the newest edit first, the original last. Alone it is its own family."""
    root = original_of(image) or image
    depths = _depths_below(root)
    edits = [edit for edit in bpy.data.images if depths.get(edit.session_uid, 0) > 0]
    edits.sort(key=lambda it: (-it.easel_edit.made, -depths[it.session_uid], it.easel_edit.number))
    return [*edits, root]


def versioned_uids() -> set[int]:
    """Return the session_uid of every image that has a history: edits, and what they were made from."""
    uids: set[int] = set()
    for image in bpy.data.images:
        if is_edit(image):
            uids.add(image.session_uid)
            parent = _parent_of(image)  # which is an edit too, or the original of the history
            if parent is not None:
                uids.add(parent.session_uid)
    return uids


def has_history(image: bpy.types.Image) -> bool:
    """Tell whether there is anything to say of an image's history."""
    return is_edit(image) or image.session_uid in versioned_uids()


def stands_in_for(image: bpy.types.Image) -> bpy.types.Image | None:
    """Return the version that an image is shown for while they are compared."""
    return next((other for other in bpy.data.images if other.easel_edit.compared_with == image), None)


def label_of(image: bpy.types.Image) -> str:
    """Call a version by its prompt; an original, and maps, by their names."""
    edit: Any = image.easel_edit
    if not is_edit(image) or edit.is_map or not edit.title:
        return image.name
    if edit.number:
        return phrase("{title} · {number}", title=edit.title, number=edit.number)
    return edit.title


def _parent_of(image: bpy.types.Image) -> bpy.types.Image | None:
    if image.easel_edit.is_map:
        return image.easel_edit.map_before
    if image.easel_original is not None:
        return image.easel_original
    living = (ancestor.image for ancestor in image.easel_edit.ancestors)
    return next((ancestor for ancestor in living if ancestor is not None), None)


def _depths_below(root: bpy.types.Image) -> dict[int, int]:
    """Return how many edits each image is away from a root, by `session_uid`; -1 in another history.

    Each image is looked at once, however long the histories are.
    """
    depths = {root.session_uid: 0}
    for image in bpy.data.images:
        line: list[int] = []
        here: bpy.types.Image | None = image
        while here is not None and here.session_uid not in depths:
            depths[here.session_uid] = -1  # until it is known; for good if a history is a circle
            line.append(here.session_uid)
            here = _parent_of(here)
        depth = -1 if here is None else depths[here.session_uid]
        for uid in reversed(line) if depth >= 0 else ():
            depth += 1
            depths[uid] = depth
    return depths


def _made_directly_of(edit: bpy.types.Image, rests: dict[int, _Rest]) -> Iterator[bpy.types.Image]:
    """Walk the images that an edit names as its ancestors.

    Args:
        rests: what is left of the list in which an image was found, after it. As Easel writes them, the
            image's own list is the same, and not read once more: that would be the square of the versions.
    """
    original = edit.easel_original
    notes = edit.easel_edit.ancestors
    whole = _Rest.of(notes)
    is_known = whole.count > 0 and rests.get(edit.session_uid) == whole and notes[0].image == original
    if is_known:
        original = None
    else:
        for index, note in enumerate(notes):
            image = note.image
            if image is None:
                continue
            if image == original:
                original = None
            if not note.was_only_replaced:
                rests.setdefault(image.session_uid, _Rest(whole.count - index - 1, whole.last))
                yield image
    if original is not None:
        yield original


def _add_ancestor(edit: Any, image: bpy.types.Image | None, name: str, was_only_replaced: bool) -> None:
    ancestor = edit.ancestors.add()
    ancestor.image, ancestor.name = image, name
    ancestor.was_only_replaced = was_only_replaced
