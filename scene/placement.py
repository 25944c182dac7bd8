# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a finished image goes: planned at the click, carried out when the image is there."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from ..jobs.job import Job
from ..jobs.placement import Placement, PlacementKind


class PlacementImpossible(Exception):
    """An image can't go where it was meant to; `str(error)` says why and what to do, for the artist."""


@dataclass(frozen=True, kw_only=True)
class PlacementSettings:
    """The preferences that matter to placement."""

    pack: bool = False
    """Pack images into a saved .blend too, rather than copying them to `//textures`."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """What was done, for the report."""

    images: tuple[str, ...]
    """Names of the image datablocks, in the order of the job's results."""
    text: str
    """One sentence without a final period: "Base colour of Cube"."""


def plan_placement(
    context: bpy.types.Context,
    kind: PlacementKind,
    *,
    image: bpy.types.Image | None = None,
    session: str = "",
) -> Placement:
    """Decide at the click where the result goes. Main thread; changes nothing.

    With `image` (the texture that is being edited), `TEXTURE` targets the nodes that use it.

    Raises:
        PlacementImpossible: nothing fits; asked before anything is spent.
    """
    raise NotImplementedError


def place(job: Job, settings: PlacementSettings) -> Placed:
    """Bring a job's results into the open file. Main thread; `bpy.data` only; the caller pushes the undo step.

    Raises:
        PlacementImpossible: a target is gone or can't be changed; nothing was changed then, and the
            results wait in the list.
    """
    raise NotImplementedError
