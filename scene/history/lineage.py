# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of images: which one is an edit of which. Written when a result is placed, read ever after.

It is kept by pointers on the image datablocks themselves, so it lives through saving, renaming, appending and
linking. Reading walks `bpy.data.images` (under 1 ms for 1,000 of them) and decodes nothing, so panels may.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import bpy

from ...jobs.job import Job
from ...texts.clock import EPOCH
from ...texts.phrases import phrase
from ...texts.wrapping import first_line
from ..refs import find

_TITLE_LENGTH = 60  # characters


def find_source(job: Job) -> bpy.types.Image | None:
    """Find the image that a job has edited; None where it edited none, or that is gone."""
    ref = job.placement.made_from
    return find(ref, bpy.data.images) if ref is not None else None


def note_edits(images: list[bpy.types.Image], original: bpy.types.Image | None, job: Job) -> None:
    """Note that images are edits of another, or have taken its place; all of those stay in the file."""
    was_only_replaced = find_source(job) is None
    for number, image in enumerate(images, start=1):
        edit: Any = image.easel_edit
        edit.title = first_line(job.request.title, _TITLE_LENGTH)
        edit.number = number if len(images) > 1 else 0
        edit.made = round(time.time()) - EPOCH
        if original is None:
            continue
        image.easel_original = original
        _add_ancestor(edit, original, original.name, was_only_replaced)
        for ancestor in original.easel_edit.ancestors:
            is_unseen = was_only_replaced or ancestor.was_only_replaced
            _add_ancestor(edit, ancestor.image, ancestor.name, is_unseen)
    if original is not None:
        for image in (original, *ancestors_of(original)):
            keep_for_good(image)


def keep_for_good(image: bpy.types.Image) -> None:
    """Have an image saved although no node shows it now; one that is linked needs no help."""
    if image.library is None and not image.use_fake_user:
        image.use_fake_user = True


def is_edit(image: bpy.types.Image) -> bool:
    """Tell whether an image was made from another one, be that deleted or not."""
    return image.easel_original is not None or len(image.easel_edit.ancestors) > 0


def ancestors_of(image: bpy.types.Image) -> list[bpy.types.Image]:
    """List what an image goes back to, the nearest first. Deleted ones are passed over."""
    found: list[bpy.types.Image] = []
    parent = _parent_of(image)
    while parent is not None and parent != image and parent not in found:
        found.append(parent)
        parent = _parent_of(parent)
    return found


def made_of(image: bpy.types.Image) -> list[bpy.types.Image]:
    """List the images of the file whose pixels went into an edit, the nearest first; broken histories too."""
    found = [image]
    for edit in found:
        found += [source for source in _made_directly_of(edit) if source not in found]
    return found[1:]


def original_of(image: bpy.types.Image) -> bpy.types.Image | None:
    """Return the first image of a history that is still there; None where that is `image` itself."""
    return next(reversed(ancestors_of(image)), None)


def deleted_ancestors(image: bpy.types.Image) -> list[str]:
    """List the names of the images that an edit goes back to and that are no longer in the file."""
    return [ancestor.name for ancestor in image.easel_edit.ancestors if ancestor.image is None]


def family_of(image: bpy.types.Image) -> list[bpy.types.Image]:
    """List all versions of an image: the newest edit first, the original last. Alone it is its own family."""
    root = original_of(image) or image
    lines = [(edit, ancestors_of(edit)) for edit in bpy.data.images if is_edit(edit)]
    edits = [(edit, len(line)) for edit, line in lines if root in line]
    edits.sort(key=lambda found: (-found[0].easel_edit.made, -found[1], found[0].easel_edit.number))
    return [*(edit for edit, _depth in edits), root]


def versioned_uids() -> set[int]:
    """Return the session_uid of every image that has a history: edits, and what they were made from."""
    uids: set[int] = set()
    for image in bpy.data.images:
        if is_edit(image):
            uids.add(image.session_uid)
            uids.update(ancestor.session_uid for ancestor in ancestors_of(image))
    return uids


def has_history(image: bpy.types.Image) -> bool:
    """Tell whether there is anything to say of an image's history."""
    return is_edit(image) or image.session_uid in versioned_uids()


def stands_in_for(image: bpy.types.Image) -> bpy.types.Image | None:
    """Return the version in whose place an image is shown for comparison."""
    return next((other for other in bpy.data.images if other.easel_edit.compared_with == image), None)


def label_of(image: bpy.types.Image) -> str:
    """Call a version by its prompt, an original by its name."""
    edit: Any = image.easel_edit
    if not is_edit(image):
        return image.name
    if not edit.title:
        return image.name
    if edit.number:
        return phrase("{title} · {number}", title=edit.title, number=edit.number)
    return edit.title


def _parent_of(image: bpy.types.Image) -> bpy.types.Image | None:
    if image.easel_original is not None:
        return image.easel_original
    living = (ancestor.image for ancestor in image.easel_edit.ancestors)
    return next((ancestor for ancestor in living if ancestor is not None), None)


def _made_directly_of(edit: bpy.types.Image) -> Iterator[bpy.types.Image]:
    noted = [ancestor for ancestor in edit.easel_edit.ancestors if ancestor.image is not None]
    yield from (ancestor.image for ancestor in noted if not ancestor.was_only_replaced)
    original = edit.easel_original
    if original is not None and not any(ancestor.image == original for ancestor in noted):
        yield original


def _add_ancestor(edit: Any, image: bpy.types.Image | None, name: str, was_only_replaced: bool) -> None:
    ancestor = edit.ancestors.add()
    ancestor.image, ancestor.name = image, name
    ancestor.was_only_replaced = was_only_replaced
