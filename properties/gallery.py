# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist's view of the library: words, filters, order, size of thumbnails."""

from typing import Final

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ..client.models import MODELS, TOOLS
from ..jobs.image_rows import Order
from ..jobs.marks import BEST
from ..scene.session.wall import Scope
from ..texts.phrases import phrase

_HINT: Final = phrase("Images of Blender's project; without one, of this .blend")
"""A phrase, so that the dictionaries have it in every Blender."""
_OF_PROJECT: Final = ((Scope.THIS_PROJECT.name, "This Project", _HINT),) * (bpy.app.version >= (5, 3))
"""Empty if Blender has no projects."""


def _change(_self: object, _context: bpy.types.Context) -> None:
    from ..scene.session import pump, wall

    wall.begin_search()
    pump.wake()


def _move_split(_self: object, _context: bpy.types.Context) -> None:
    from ..scene.comparison import shown

    shown.redraw()


def _get_tags(_self: object) -> str:
    from ..scene.session import wall

    return ", ".join(wall.common_tags())


def _set_tags(_self: object, text: str) -> None:
    from ..scene.session import pump, wall

    wall.tag_chosen(text)
    pump.wake()


class EASEL_PG_gallery(bpy.types.PropertyGroup):
    """The library as it is looked at. Not saved: it is on the window manager."""

    search: StringProperty(
        name="Search",
        description="Words of prompt, model, object, material or project, and days: “yesterday”, “2026-11”",
        options={"TEXTEDIT_UPDATE"},
        update=_change,
    )
    scope: EnumProperty(
        name="Show",
        description="Which images are shown",
        items=(
            (Scope.ALL.name, "All Images", "Every image of the library"),
            (Scope.THIS_FILE.name, "This File", "Images that were made in this .blend"),
            *_OF_PROJECT,
            (Scope.NOT_PLACED.name, "Not Placed", "Images that were never placed"),
            (Scope.EDITS.name, "Edits", "Images that are edits of another one"),
            (
                Scope.BIN.name,
                "Bin",
                "Deleted images. Their files are kept until the bin is emptied",
            ),
        ),
        update=_change,
    )
    order: EnumProperty(
        name="Order",
        description="Which images come first",
        items=(
            (Order.NEWEST.name, "Newest First", "The newest first"),
            (Order.OLDEST.name, "Oldest First", "The oldest first"),
            (Order.RATING.name, "Best First", "By rating, then by date with the newest first"),
        ),
        update=_change,
    )
    rating: IntProperty(
        name="Rating",
        description="Show images with at least this rating; 0 shows all",
        min=0,
        max=BEST,
        update=_change,
    )
    tags: StringProperty(
        name="Tags",
        description="Show images that have all of these tags, separated by commas",
        options={"TEXTEDIT_UPDATE"},
        update=_change,
    )
    model: EnumProperty(
        name="Model",
        description="Show images of this model only",
        items=(
            ("ANY", "All Models", "Images of every model"),
            *((model.id.value, model.label, "") for model in (*MODELS.values(), *TOOLS.values())),
        ),
        update=_change,
    )
    has_mask: BoolProperty(name="With a Mask", description="Show edits inside a mask only", update=_change)
    edits_of: StringProperty(
        name="Edits of This Image",
        description="Show the edits of the image of this content only",
        update=_change,
    )
    chosen_tags: StringProperty(
        name="Tags",
        description=(
            "Tags of the chosen images, separated by commas. With several images: the tags that all "
            "of them have"
        ),
        get=_get_tags,
        set=_set_tags,
    )
    is_starred: BoolProperty(name="Starred", description="Show starred images only", update=_change)
    size: EnumProperty(
        name="Size",
        description="How large the thumbnails are",
        items=(
            ("SMALL", "Small", "Many small thumbnails"),
            ("MEDIUM", "Medium", "Medium thumbnails"),
            ("LARGE", "Large", "Few large thumbnails"),
        ),
        default="MEDIUM",
        update=_change,
    )
    split: FloatProperty(
        name="Split",
        description="Where the split between the two compared images is",
        default=0.5,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        update=_move_split,
    )
    prune_days: IntProperty(
        name="Older Than",
        description="Prune images older than this number of days; 0 ignores age",
        default=180,
        min=0,
        soft_max=3650,
    )
    prune_size: FloatProperty(
        name="More Than",
        description="Prune the oldest images until the rest fits this many gigabytes; 0 sets no limit",
        min=0.0,
        soft_max=1000.0,
        precision=1,
    )
    page: IntProperty(name="Page", description="Number of the page, from 0", min=0)


CLASSES = (EASEL_PG_gallery,)
