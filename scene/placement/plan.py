# SPDX-License-Identifier: GPL-3.0-or-later
"""Planning a placement at the click, while there is a context: selection, active slot, cursor, view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import bpy

from ...jobs.placement import Placement
from ...jobs.targets import EditScope, PlacementKind
from ...texts.phrases import phrase
from ..errors import PlacementImpossible
from ..refs import reference
from .node_targets import is_used
from .way import Click
from .ways import CHOICES


def plan_placement(
    context: bpy.types.Context,
    kind: PlacementKind,
    *,
    options: Mapping[str, Any] | None = None,
    image: bpy.types.Image | None = None,
    scope: EditScope = EditScope.MATERIAL,
    is_in_editor: bool = False,
    session: str = "",
) -> Placement:
    """Decide at the click where the result goes. Main thread; changes nothing.

    Args:
        kind: one that can be chosen.
        options: all options of the way; as in `Click`, like the other arguments.

    Raises:
        PlacementImpossible: nothing fits; asked before anything is spent.
    """
    way = CHOICES[kind]
    if obstacle := way.obstacle(context):
        raise PlacementImpossible(phrase("{obstacle}.", obstacle=obstacle))
    edited = reference(image) if image is not None else None
    return Placement(
        kind=kind,
        target=way.plan(
            Click(context=context, options=options or {}, image=image, scope=scope, is_in_editor=is_in_editor)
        ),
        session=session,
        scene=reference(context.scene),
        open_for=edited if is_in_editor else None,
        made_from=edited,
    )


def plan_replacement(
    context: bpy.types.Context, image: bpy.types.Image | None, *, adds: bool = False, session: str = ""
) -> Placement:
    """Decide where an image made from another goes: it replaces the other wherever that is shown, or is
    added.

    Args:
        image: None if it is not in this file.
        adds: only add it, whatever shows the other.

    Raises:
        PlacementImpossible: as for `plan_placement`.
    """
    if image is None or adds or not is_used(image):
        return replace(
            plan_placement(context, PlacementKind.IMAGE, session=session),
            made_from=reference(image) if image is not None else None,
        )
    return plan_placement(
        context, PlacementKind.TEXTURE, image=image, scope=EditScope.EVERYWHERE, session=session
    )
