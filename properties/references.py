# SPDX-License-Identifier: GPL-3.0-or-later
"""A reference collection's record of the sheet that it was made from. Saved in the .blend."""

from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..imaging.turnaround.sides import FEWEST, MOST
from ..scene.placement.reference_shapes import CAMERAS, EMPTIES
from ..scene.placement.references import arrange, reshape

SIDE_ITEMS = (
    ("FRONT", "Front", "Seen from the front", 0),
    ("THREE_QUARTER", "Three-Quarter", "Seen from between the front and Blender's Right", 1),
    ("RIGHT", "Right", "Seen from Blender's Right: the object looks to the left", 2),
    ("BACK", "Back", "Seen from the back", 3),
    ("LEFT", "Left", "Seen from Blender's Left: the object looks to the right", 4),
    ("TOP", "Top", "Seen from above", 5),
)
"""As `imaging.turnaround.sides.Side`."""


SHAPE_ITEMS = (
    (EMPTIES, "Empties", "Pictures in the scene, each seen from its own side", 0),
    (
        CAMERAS,
        "Cameras",
        "Backgrounds of cameras, one for each side, behind all that is seen through them",
        1,
    ),
)


def _arrange(settings: Any, _context: bpy.types.Context) -> None:
    arrange(settings.id_data)


def _change_side(view: Any, _context: bpy.types.Context) -> None:
    """Give the view that had the new side the old one, so that the two change places."""
    others = (it for it in view.id_data.easel_references.views if it != view and it.side == view.side)
    other = next(others, None)
    before, view.side_before = view.side_before, view.side
    if other is not None and before and before != view.side:
        other.side_before = before
        other.side = before
    arrange(view.id_data)


def _reshape(settings: Any, _context: bpy.types.Context) -> None:
    reshape(settings.id_data)


class EASEL_PG_reference(bpy.types.PropertyGroup):
    """One view, and the object that shows it. Lengths are in heights of the object."""

    empty: PointerProperty(type=bpy.types.Object)
    """An image empty, or a camera."""
    side: EnumProperty(
        name="Side",
        description="The side that the view shows. A view that had this side changes places with it",
        items=SIDE_ITEMS,
        update=_change_side,
    )
    side_before: StringProperty()
    """The side until it was changed; empty while the view is set up."""
    size: FloatProperty(default=1.0)
    """The longer side of the picture."""
    aspect: FloatProperty()
    """Width of the picture by its height; 0 where it was not noted."""
    has_alpha: BoolProperty()
    reach: FloatProperty()
    """How far the object extends to the sides of its middle."""
    middle: FloatProperty()
    """Its middle, as a fraction of the picture's width."""
    feet: FloatProperty()
    """Its feet, as a fraction of the picture's height, from below."""
    centre: FloatProperty()
    """Its centre, as a fraction of the picture's height, from below."""


class EASEL_PG_references(bpy.types.PropertyGroup):
    """The sheet, and how it was split."""

    sheet: PointerProperty(type=bpy.types.Image)
    views: CollectionProperty(type=EASEL_PG_reference)
    figure_height: FloatProperty(
        name="Height",
        description="How high the object stands in all views",
        default=1.0,
        min=0.001,
        soft_max=100.0,
        subtype="DISTANCE",
        update=_arrange,
    )
    shape: EnumProperty(
        name="Show As", description="What shows the views", items=SHAPE_ITEMS, update=_reshape
    )
    view_count: IntProperty(
        name="Views", description="How many views the sheet has", default=4, min=FEWEST, max=MOST
    )
    borders: FloatVectorProperty(
        name="Borders",
        description="Where the views are cut, as parts of the sheet's width",
        size=MOST - 1,
        min=0.0,
        max=1.0,
    )


def register() -> None:
    """Give collections their property."""
    bpy.types.Collection.easel_references = PointerProperty(type=EASEL_PG_references)


def unregister() -> None:
    """Remove it. Saved values stay in the files."""
    if hasattr(bpy.types.Collection, "easel_references"):
        del bpy.types.Collection.easel_references


CLASSES = (EASEL_PG_reference, EASEL_PG_references)
