# SPDX-License-Identifier: GPL-3.0-or-later
"""Refer to datablocks by name and `session_uid`: kept datablocks become invalid at undo and file load."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import bpy

from ..jobs.targets import DatablockRef
from ..texts.phrases import phrase
from ..texts.refusal import Refusal

AnyID = TypeVar("AnyID", bound=bpy.types.ID)


def reference(datablock: bpy.types.ID) -> DatablockRef:
    """Return a reference with which a datablock can be found again in this session."""
    return DatablockRef(name=datablock.name, session_uid=datablock.session_uid)


def find(ref: DatablockRef, datablocks: Iterable[AnyID]) -> AnyID | None:
    """Find a datablock in its `bpy.data` collection: by uid, else (it was recreated) by name.

    A local datablock is preferred to a linked one of the same name.
    """
    named: AnyID | None = None
    for datablock in datablocks:
        if datablock.session_uid == ref.session_uid:
            return datablock
        if datablock.name == ref.name and (named is None or named.library is not None):
            named = datablock
    return named


def find_image(ref: DatablockRef) -> bpy.types.Image | None:
    """Find an image datablock."""
    return find(ref, bpy.data.images)


def known_image(ref: DatablockRef) -> bpy.types.Image:
    """Find a required image. Raises Refusal if it is gone."""
    image = find_image(ref)
    if image is None:
        raise Refusal(phrase("The image “{image}” is gone.", image=ref.name))
    return image


def image_by_uid(session_uid: int) -> bpy.types.Image | None:
    """Find an image datablock of this session by its `session_uid` alone."""
    return next((image for image in bpy.data.images if image.session_uid == session_uid), None)


def obstacle_to_editing(datablock: bpy.types.ID) -> str:
    """Return why a datablock can't be changed permanently, and what to do; empty if it can."""
    if datablock.library is not None:
        return phrase(
            "{datablock} is linked from another file: make it local first (Object > Relations)",
            datablock=datablock.name,
        )
    if datablock.override_library is not None:
        return phrase(
            "{datablock} is a library override, which can't be changed here: make it local first",
            datablock=datablock.name,
        )
    return ""
