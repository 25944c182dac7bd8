# SPDX-License-Identifier: GPL-3.0-or-later
"""Datablocks by name and `session_uid`, because a kept datablock dies at undo and at file load."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import bpy

from ..jobs.placement import DatablockRef

AnyID = TypeVar("AnyID", bound=bpy.types.ID)


def reference(datablock: bpy.types.ID) -> DatablockRef:
    """Name a datablock so that it can be found again in this session."""
    return DatablockRef(name=datablock.name, session_uid=datablock.session_uid)


def find(ref: DatablockRef, datablocks: Iterable[AnyID]) -> AnyID | None:
    """Find a datablock in its `bpy.data` collection: by uid, else (it was made anew) by name.

    A local datablock is taken before a linked one of the same name.
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
