# SPDX-License-Identifier: GPL-3.0-or-later
"""The form's mask: where an edit may change its image. Saved in the .blend."""

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..client.edit_mask import MaskKind

MASK_ITEMS = (
    (MaskKind.EVERYTHING.value, "Everything", "The whole image may change", "IMAGE_DATA", 0),
    (
        MaskKind.FACES.value,
        "Selected Faces",
        "Only where the selected faces of the active mesh have their UVs",
        "FACESEL",
        1,
    ),
    (MaskKind.AREA.value, "Drawn Area", "Only inside boxes and lassos drawn on the image", "SELECT_SET", 2),
    (MaskKind.IMAGE.value, "Image", "Only where another image is white", "IMAGE_ALPHA", 3),
    (MaskKind.ALPHA.value, "Own Alpha", "Only where the image itself is opaque", "TEXTURE", 4),
    (
        MaskKind.MARKERS.value,
        "Markers",
        "The whole image may change; numbered points say what to do where",
        "PINNED",
        5,
    ),
)
MAX_REACH = 256
"""Pixels of feather and bleed."""


class EASEL_PG_mask_area(bpy.types.PropertyGroup):
    """A box or lasso, drawn on one image."""

    image: PointerProperty(type=bpy.types.Image)
    """The image it was drawn on."""
    points: StringProperty()
    """UVs of its corners: `scene.masks.masks.packed_points`."""


class EASEL_PG_mask_marker(bpy.types.PropertyGroup):
    """A numbered point of one image, with its instruction."""

    image: PointerProperty(type=bpy.types.Image)
    """The image it belongs to."""
    place: FloatVectorProperty(size=2)
    """Its UV."""
    instruction: StringProperty(
        name="Instruction", description="What should change here. The model is told it with the number"
    )


class EASEL_PG_mask(bpy.types.PropertyGroup):
    """Where an edit may change its image."""

    kind: EnumProperty(name="Change", description="Where the image may change", items=MASK_ITEMS)
    image: PointerProperty(
        type=bpy.types.Image,
        name="Mask Image",
        description="The edited image may change where this one is white. Its size may differ",
    )
    feather: IntProperty(
        name="Feather",
        description="The edit fades out over so many pixels around the mask. Nothing changes beyond that",
        default=4,
        min=0,
        max=MAX_REACH,
        subtype="PIXEL",
    )
    bleed: IntProperty(
        name="Bleed",
        description="By how many pixels the mask is grown, so that no seam shows where UV islands end",
        default=4,
        min=0,
        max=MAX_REACH,
        subtype="PIXEL",
    )
    invert: BoolProperty(name="Invert", description="Change everything outside the mask")
    areas: CollectionProperty(type=EASEL_PG_mask_area)
    markers: CollectionProperty(type=EASEL_PG_mask_marker)

    @property
    def mask_kind(self) -> MaskKind:
        """The mask's kind; the whole image if it is a newer Easel's, which `mask_problem` refuses."""
        return MaskKind(self.kind or MaskKind.EVERYTHING)

    @property
    def is_set(self) -> bool:
        """Whether anything but the whole image is meant."""
        return self.mask_kind is not MaskKind.EVERYTHING

    @property
    def has_area(self) -> bool:
        """Whether something of the image must stay as it is."""
        return self.mask_kind not in (MaskKind.EVERYTHING, MaskKind.MARKERS)


CLASSES = (EASEL_PG_mask_area, EASEL_PG_mask_marker, EASEL_PG_mask)
