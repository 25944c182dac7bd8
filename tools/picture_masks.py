# SPDX-License-Identifier: GPL-3.0-or-later
"""Take pictures of masks: drawn in the Image Editor, of selected faces, and markers."""

import os
from functools import partial

from artist import SLOW
from driver import BlenderWindow
from picture_frames import Box, box_of, look_at, sidebar_box, take, view_box
from picture_studio import COPPER, MIRROR, SQUARE, WIDE, Studio, make_copper, set_mode, show_editor
from PIL import Image

MASK = "bpy.context.scene.easel.mask"
BOX_CORNERS = ((0.08, 0.55), (0.48, 0.92))
"""Corners of the drawn box: U and V."""


def masks(studio: Studio) -> None:
    """Take a box and a lasso drawn on the picture; in all looks, also the sidebar with markers."""
    with studio.regular("masks", SQUARE) as (artist, _service):
        blender = artist.blender
        make_copper(artist)
        artist.choose(mode="EDIT", edit_prompt="Let moss grow here")
        show_editor(blender, "IMAGE_EDITOR", COPPER)
        blender.wait(f"any(row.text for row in {MIRROR}.sources)", SLOW)
        show_whole_image(blender)
        artist.open_mask_panel("IMAGE_EDITOR")
        blender.run(f"{MASK}.kind = 'AREA'")
        blender.run("area('IMAGE_EDITOR').tag_redraw()")
        begin_drawing(blender, "BOX")
        blender.drag(*(artist.at_uv(*corner) for corner in BOX_CORNERS))
        blender.wait(f"len({MASK}.areas) == 1", SLOW)
        begin_drawing(blender, "LASSO")
        lasso = ((0.6, 0.15), (0.75, 0.08), (0.9, 0.2), (0.93, 0.4), (0.78, 0.5), (0.66, 0.42), (0.58, 0.28))
        blender.stroke([artist.at_uv(*place) for place in lasso])
        blender.wait(f"len({MASK}.areas) == 2", SLOW)
        take(blender, "mask-drawn", image_editor_box)
        if not os.environ.get("LOOKS"):
            return
        look_at(blender, "mask-area", partial(sidebar_box, editor="IMAGE_EDITOR"))
        blender.run(f"{MASK}.kind = 'MARKERS'")
        blender.run("area('IMAGE_EDITOR').tag_redraw()")
        for place in ((0.3, 0.6), (0.7, 0.4)):
            blender.click(*blender.find_widget("bpy.ops.easel.add_marker", area="IMAGE_EDITOR"))
            blender.click(*artist.at_uv(*place))
        blender.wait(f"len({MASK}.markers) == 2", SLOW)
        blender.run(f"{MASK}.markers[0].instruction = 'Let grass grow out of the joint'")
        look_at(blender, "mask-markers", partial(sidebar_box, editor="IMAGE_EDITOR"))


def face_mask(studio: Studio) -> None:
    """Take selected faces as the mask of an edit, in the 3D View."""
    with studio.regular("face_mask", WIDE) as (artist, _service):
        blender = artist.blender
        make_copper(artist)
        blender.run("""
with bpy.context.temp_override(window=window(), area=area("VIEW_3D"), region=region("VIEW_3D", "UI")):
    bpy.ops.easel.add_object_textures()
space = area("VIEW_3D").spaces.active
space.shading.color_type = "TEXTURE"
space.region_3d.view_distance *= 0.45
space.region_3d.view_location = (0.5, 0.5, 0)  # the sidebar covers the right
""")
        artist.choose(mode="EDIT", edit_prompt="Cover it with moss", placement="TEXTURE")
        blender.run(f"{MASK}.kind = 'FACES'")
        set_mode(blender, "EDIT")
        blender.run("""
import bmesh
mesh = bmesh.from_edit_mesh(bpy.context.object.data)
bpy.context.tool_settings.mesh_select_mode = (False, False, True)
for face in mesh.faces:
    face.select_set(face.normal.z > 0.5 or face.normal.y < -0.5)
mesh.select_flush_mode()
bmesh.update_edit_mesh(bpy.context.object.data)
""")
        blender.wait(f"any(row.text for row in {MIRROR}.sources)", SLOW)
        artist.move_to_view()
        take(blender, "mask-faces", view_box)
        if os.environ.get("LOOKS"):
            look_at(blender, "mask-faces", sidebar_box)


def begin_drawing(blender: BlenderWindow, shape: str) -> None:
    """Press a button of the sub-panel: the next drag in the Image Editor adds to the mask."""
    blender.run(f"""
with bpy.context.temp_override(
    window=window(), area=area("IMAGE_EDITOR"), region=region("IMAGE_EDITOR", "WINDOW")
):
    bpy.ops.easel.draw_mask("INVOKE_DEFAULT", shape={shape!r})
""")


def image_editor_box(blender: BlenderWindow, screen: Image.Image) -> Box:
    """Return the box of the Image Editor, with its header and sidebar."""
    return box_of(blender, "area('IMAGE_EDITOR')", screen)


def show_whole_image(blender: BlenderWindow) -> None:
    """Fit the image into the Image Editor, beside its sidebar."""
    blender.run("""
with bpy.context.temp_override(
    window=window(), area=area("IMAGE_EDITOR"), region=region("IMAGE_EDITOR", "WINDOW")
):
    bpy.ops.image.view_all(fit_view=False)
""")
