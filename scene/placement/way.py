# SPDX-License-Identifier: GPL-3.0-or-later
"""The definition of a way to place: its row in `ways`, and the input and output of its three functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypeVar

import bpy

from ...jobs.job import Job
from ...jobs.targets import EditScope, PlacementKind, Target
from ...texts.phrases import phrase
from ..errors import PlacementImpossible

Editor: TypeAlias = Literal["VIEW_3D", "IMAGE_EDITOR", "NODE_EDITOR"]
Item: TypeAlias = tuple[str, str, str, str, int]
"""An item of an EnumProperty: identifier, name, description, icon, number."""


@dataclass(frozen=True, kw_only=True)
class Click:
    """The input of a plan, while there is a context."""

    context: bpy.types.Context
    options: Mapping[str, Any] = field(default_factory=dict)
    """The artist's choices for the way, by the names of `Choice.options`."""
    image: bpy.types.Image | None = None
    """The edited image."""
    scope: EditScope = EditScope.MATERIAL
    """How far its edit spreads."""
    is_in_editor: bool = False
    """Whether it is the image of the clicked Image Editor or Shader Editor."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What was done besides adding the images."""

    text: str = ""
    """A sentence without a final period; empty if they were only added."""
    replaced: bpy.types.Image | None = None
    """The image that was replaced."""


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """The predicted effect of a way, shown before the click."""

    text: str = ""
    """What would change; empty if the form says everything."""
    obstacle: str = ""
    """Why it is impossible, and what to do."""


Show: TypeAlias = Callable[[Sequence[bpy.types.Image]], Shown]
"""Shows a job's images, which were added in the order of its results. Changes the file, refuses nothing."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way to place, in two phases: everything that may be refused is checked before anything is changed."""

    kind: PlacementKind
    find: Callable[[Job], Show]
    """Find the targets of the job again. Raises PlacementImpossible; changes nothing. Main thread.

    The job's results are those to place; for tiles placed together, it is one of the jobs."""
    fits_tiles: bool = False
    """Whether it can show a tiled (UDIM) image. If not, an edited tile is placed as a separate picture."""
    is_picture: bool = False
    """Whether it is a picture to look at, read as sRGB, whatever the edited image's values mean."""
    is_version: bool = True
    """Whether an edit placed so is a version of the edited image, to which it can be reverted."""
    changes_scene: bool = True
    """Whether it changes more than adding images: then placing is an undo step."""
    shows_texture: bool = False
    """Whether only views that show textures show it."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """The names of a way in menus."""

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
    """The editors that offer it. The form, and scripts anywhere, offer those of a 3D View too."""
    plan: Callable[[Click], Target | None]
    """Decide at the click where the result goes. Raises PlacementImpossible; changes nothing. Main thread."""
    obstacle: Callable[[bpy.types.Context], str] = lambda _context: ""
    """Returns why the way is impossible now; fast enough for `draw`."""
    foresee: Callable[[Click], Foreseen] = lambda _click: Foreseen()
    """Return the effect of `plan`. Called once a second, so it may take a few ms at most. Main thread."""
    words_of_edit: Words | None = None
    """Its name for an edit of an editor's image; None: not offered there."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """More options: `bpy.props` by names that no other way uses."""


AnyTarget = TypeVar("AnyTarget", bound=Target)


def target_of(job: Job, kind: type[AnyTarget]) -> AnyTarget:
    """Return the target of a job's placement.

    Raises:
        PlacementImpossible: it has no target of this type.
    """
    target = job.placement.target
    if not isinstance(target, kind):
        raise PlacementImpossible(
            phrase("This job does not know where to place its image. Place it manually.")
        )
    return target
