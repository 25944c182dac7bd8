# SPDX-License-Identifier: GPL-3.0-or-later
"""Take pictures of a whole model painted from one prompt."""

from artist import EXTENSION, OVER_VIEW, SLOW, Artist
from picture_frames import sidebar_box, take, view_box
from picture_studio import COPPER, SQUARE, TALL, Studio

MONKEY = """
import sys
bpy.data.objects.remove(bpy.data.objects["Cube"])
bpy.ops.mesh.primitive_monkey_add(size=4)
bpy.context.object.name = "Robot head"
bpy.context.object.modifiers.new("Subdivision", "SUBSURF").levels = 2
form = bpy.context.scene.easel
form.mode, form.edit_prompt = "EDIT", {prompt!r}
form.gemini_3_1_flash.resolution = "4K"
from bl_ext.user_default.easel.panels import paint_model
for panel in paint_model.CLASSES:
    bpy.utils.unregister_class(panel)
paint_model.EASEL_PT_paint_model.bl_options = set()
for panel in paint_model.CLASSES:
    bpy.utils.register_class(panel)
"""
PAINTED = "bpy.data.objects['Robot head'].active_material is not None"
COVERAGE = f"sys.modules[{EXTENSION + '.scene.session.coverage'!r}]"
LOOK = """
from mathutils import Quaternion
with {over}:
    bpy.context.space_data.shading.type = "MATERIAL"
    bpy.context.space_data.region_3d.view_rotation = Quaternion({turn!r})
    bpy.context.space_data.region_3d.view_perspective = "PERSP"
    bpy.ops.view3d.view_selected()
"""
FROM_BELOW = (0.5, 0.84, 0.18, 0.11)  # a view that is not sent


def painting(studio: Studio) -> None:
    """Take the form's part for a whole model, its unseen faces, and the painted model."""
    with studio.regular("painting", TALL) as (artist, _service):
        blender = artist.blender
        _prepare(artist)
        take(blender, "painting-a-model", sidebar_box)
    with studio.regular("painting-views", SQUARE) as (artist, _service):
        blender = artist.blender
        _prepare(artist)
        blender.run("bpy.context.scene.easel.to_paint.views = '4'\nbpy.ops.easel.show_unseen()")
        blender.run(LOOK.format(over=OVER_VIEW, turn=FROM_BELOW))
        artist.move_to_view()
        blender.wait(f"not {COVERAGE}.is_busy()", SLOW)
        take(blender, "painting-a-model-unseen", view_box)
        blender.run("bpy.ops.easel.show_unseen()\nbpy.context.scene.easel.to_paint.views = '6'")
        blender.run(f"with {OVER_VIEW}:\n    bpy.ops.easel.paint_model()")
        blender.wait(PAINTED, 4 * SLOW)
        blender.wait(f"not {COVERAGE}.is_busy()", SLOW)
        take(blender, "painting-a-model-painted", view_box)


def _prepare(artist: Artist) -> None:
    artist.blender.run(MONKEY.format(prompt=COPPER))
    artist.show_panels()
    artist.blender.wait(f"any(known.foreseen for known in {COVERAGE}._state().known.values())", SLOW)
