# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a whole model that is painted from one prompt."""

from artist import SLOW
from picture_frames import look_at, sidebar_box, take
from picture_studio import COPPER, TALL, Studio

MONKEY = """
import sys
bpy.data.objects.remove(bpy.data.objects["Cube"])
bpy.ops.mesh.primitive_monkey_add(size=4)
bpy.context.object.name = "Robot head"
bpy.context.object.modifiers.new("Subdivision", "SUBSURF").levels = 2
form = bpy.context.scene.easel
form.mode, form.edit_prompt = "EDIT", {prompt!r}
from bl_ext.user_default.easel.panels import paint_model
bpy.utils.unregister_class(paint_model.EASEL_PT_paint_model)
paint_model.EASEL_PT_paint_model.bl_options = set()
bpy.utils.register_class(paint_model.EASEL_PT_paint_model)
"""
PAINTED = "bpy.data.objects['Robot head'].active_material is not None"


def painting(studio: Studio) -> None:
    """The form's part for a whole model, and the painted model."""
    with studio.regular("painting", TALL) as (artist, _service):
        blender = artist.blender
        blender.run(MONKEY.format(prompt=COPPER))
        artist.show_panels()
        take(blender, "painting-a-model", sidebar_box)
        blender.run("""
with bpy.context.temp_override(window=window(), area=area("VIEW_3D"), region=region("VIEW_3D", "WINDOW")):
    bpy.ops.easel.paint_model()
    bpy.context.space_data.shading.type = "MATERIAL"
    bpy.ops.view3d.view_selected()
""")
        blender.wait(PAINTED, 4 * SLOW)
        look_at(blender, "painting-a-model-done", lambda _blender, screen: (0, 0, *screen.size))
