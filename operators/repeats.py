# SPDX-License-Identifier: GPL-3.0-or-later
"""A texture shown repeated, in an Image Editor or on the object. Nothing in the file changes."""

from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import IntProperty

from ..scene.models.evaluated import obstacle_to_reading, read_piece
from ..scene.pictures.textures import image_nodes
from ..scene.windows import repeated_overlay
from ..scene.windows.editors import show_image
from ..scene.windows.repeats import show_repeated
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .local import ImageVerb
from .parameters import SKIP_SAVE
from .verb import Outcome

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_TRIANGLES: Final = 500_000
"""With more triangles, moving the offset is slow."""


class EASEL_OT_show_repeated(ImageVerb, bpy.types.Operator):
    """Show the image repeated in an Image Editor, to look at its borders. The image does not change"""

    bl_idname = "easel.show_repeated"
    bl_label = "Show Repeated"
    bl_options = {"INTERNAL"}

    count: IntProperty(
        name="Count",
        description="Repeats each way: 1 is the image alone, 2 has its corner in the middle, 3 surrounds it",
        default=3,
        min=1,
        max=3,
        options=SKIP_SAVE,
    )

    def act(self: Any, context: bpy.types.Context) -> Outcome:
        area = show_image(context, self.find_image(context))
        if area is None:
            return phrase("There is no window to show it in")
        show_repeated(area, self.count)
        return None


class EASEL_OT_repeat_on_object(ImageVerb, bpy.types.Operator):
    """Show the image repeated on the active object, by its UVs and without light. The same button, or 0,
    shows the object itself again. Nothing in the file changes"""

    bl_idname = "easel.repeat_on_object"
    bl_label = "Repeat on Object"
    bl_options = {"INTERNAL"}

    count: IntProperty(
        name="Count",
        description="Repeats each way within the UV map's square; 0 shows the object itself again",
        default=2,
        min=0,
        max=3,
        options=SKIP_SAVE,
    )

    def act(self: Any, context: bpy.types.Context) -> Outcome:
        image, obj = self.find_image(context), context.object
        if obj is None:
            raise Refusal(phrase("Select a mesh object to show it on."))
        if image.source == "TILED":
            raise Refusal(phrase("An image with UDIM tiles does not repeat"))
        if self.count in (0, repeated_overlay.count_on(obj, image)):
            repeated_overlay.end()
            return None
        if problem := obstacle_to_reading(obj):
            raise Refusal(phrase("{problem}.", problem=problem))
        corners, uvs = _corners(obj, image, context.evaluated_depsgraph_get())
        if len(corners) > 3 * _MOST_TRIANGLES:
            raise Refusal(
                phrase(
                    "{obj} has too many faces for this: at most {most:,} triangles.",
                    obj=obj.name,
                    most=_MOST_TRIANGLES,
                )
            )
        repeated_overlay.show(obj, image, self.count, corners, uvs)
        return None


def _corners(
    obj: bpy.types.Object, image: bpy.types.Image, depsgraph: bpy.types.Depsgraph
) -> "tuple[NDArray[np.float32], NDArray[np.float32]]":
    """Return the corners and UVs of an object's triangles that show an image, or of all its triangles."""
    import numpy as np

    slots = [_shows(slot.material, image) for slot in obj.material_slots] or [True]
    piece = read_piece(obj, depsgraph, (0,))
    chosen = np.array(slots if any(slots) else [True], np.bool_)
    faces = chosen[np.minimum(piece.slots, len(chosen) - 1)]
    triangles = piece.triangles[faces[piece.triangle_faces]].ravel()
    return piece.positions[piece.corner_vertices[triangles]], piece.uvs[triangles]


def _shows(material: bpy.types.Material | None, image: bpy.types.Image) -> bool:
    if material is None or material.node_tree is None:
        return False
    return any(node.image == image for _tree, node in image_nodes(material.node_tree))


CLASSES = (EASEL_OT_show_repeated, EASEL_OT_repeat_on_object)
