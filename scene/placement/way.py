# SPDX-License-Identifier: GPL-3.0-or-later
"""The definition of a way to place: its row in `ways`, and the input and output of its three functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypeVar

import bpy

from ...jobs.job import Job
from ...jobs.placement import EditScope, PlacementKind, Target
from ...texts.phrases import phrase
from ..errors import PlacementImpossible

Editor: TypeAlias = Literal["VIEW_3D", "IMAGE_EDITOR", "NODE_EDITOR"]
Item: TypeAlias = tuple[str, str, str, str, int]
"""An item of an EnumProperty: identifier, name, description, icon, number."""


@dataclass(frozen=True, kw_only=True)
class Click:
    """What a plan is made of, while there is a context."""

    context: bpy.types.Context
    options: Mapping[str, Any] = field(default_factory=dict)
    """The artist's choices for the way, by the names of `Choice.options`."""
    image: bpy.types.Image | None = None
    """The image that is edited."""
    scope: EditScope = EditScope.MATERIAL
    """How far its edit spreads."""
    is_in_editor: bool = False
    """It is what the Image Editor or the Shader Editor of the click is about."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What was done with the images besides adding them."""

    text: str = ""
    """A sentence without a final period; empty if there is no more to say than that they were added."""
    replaced: bpy.types.Image | None = None
    """The image whose place was taken."""


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """What a way would do, told before the click."""

    text: str = ""
    """What is changed; empty if the form says all that there is to say."""
    obstacle: str = ""
    """Why it could not be done, and what to do."""


Show: TypeAlias = Callable[[Sequence[bpy.types.Image]], Shown]
"""Show a job's images, which were added in the order of its results; changes the file, refuses nothing."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way to place, done in two phases: nothing is changed before all that can be refused is checked."""

    kind: PlacementKind
    find: Callable[[Job], Show]
    """Find again what the job's target names. Raises PlacementImpossible; changes nothing. Main thread.

    The job's results are those that are placed; of tiles that are placed together, it is one of the jobs.
    """
    fits_tiles: bool = False
    """Whether it can show a tiled (UDIM) image. Else an edited tile is placed as a picture of its own."""
    is_picture: bool = False
    """Whether it is looked at, and read as sRGB, whatever the values of the image that was edited mean."""
    is_version: bool = True
    """Whether an edit that is so placed is a version of what was edited, which it can be reverted to."""
    changes_scene: bool = True
    """Whether more is done than that images are added: then placing is an undo step."""
    shows_texture: bool = False
    """Whether it is seen only in views that show textures."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a way is called where it is chosen."""

    label: str
    hint: str
    """A sentence without a final period."""
    icon: str


@dataclass(frozen=True, kw_only=True)
class Choice(Way):
    """A way that the artist can choose."""

    number: int
    """The number of the enum item in .blend files. It is never reused or changed."""
    words: Words
    short: str
    """The label of a button beside others; a phrase."""
    editors: frozenset[Editor]
    """Where it is offered. What a 3D View offers is a choice of the form too, and of scripts anywhere."""
    plan: Callable[[Click], Target | None]
    """Decide at the click where the result goes. Raises PlacementImpossible; changes nothing. Main thread."""
    obstacle: Callable[[bpy.types.Context], str] = lambda _context: ""
    """Say why there is nothing now that it could be done with; cheap enough for `draw`."""
    foresee: Callable[[Click], Foreseen] = lambda _click: Foreseen()
    """Look at what `plan` would find; asked once a second, so that it takes a few ms at most. Main thread."""
    words_of_edit: Words | None = None
    """What it is called for an edit of the image that an editor is about; None: it is no choice there."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """More that can be chosen: `bpy.props` by names that no other way has."""


AnyTarget = TypeVar("AnyTarget", bound=Target)


def target_of(job: Job, kind: type[AnyTarget]) -> AnyTarget:
    """Return what a job's placement names.

    Raises:
        PlacementImpossible: it names nothing of the kind.
    """
    target = job.placement.target
    if not isinstance(target, kind):
        raise PlacementImpossible(
            phrase("This job does not know where to place its image. Place it manually.")
        )
    return target
