# SPDX-License-Identifier: GPL-3.0-or-later
"""Take pictures of making a texture tile: its seam, the repetition, the material on a wall."""

import tiling_textures as textures
from artist import SLOW, Artist
from driver import BlenderWindow
from picture_eight import before_after
from picture_frames import PICTURES, Box, box_of, look_at, save_small, sidebar_box, take
from picture_studio import TALL, WIDE, Studio, show_editor
from PIL import Image

SEEN = "sys.modules['bl_ext.user_default.easel.scene.session.seams'].seen_of(bpy.data.images['Old bricks'])"
IS_MEASURED = f"{SEEN} is not None and {SEEN}.seams is not None"
WALL = """
bpy.ops.object.select_all(action="DESELECT")
bpy.data.objects.remove(bpy.data.objects["Cube"])
bpy.ops.mesh.primitive_plane_add(size=1, rotation=(1.5708, 0, 0))
wall = bpy.context.object
wall.name = "Wall"
wall.scale = (6, 3, 1)
image = bpy.data.images.load({path!r})
image.name = "Old bricks"
material = bpy.data.materials.new("Bricks as they came")
material.use_nodes = True
node = material.node_tree.nodes.new("ShaderNodeTexImage")
node.image = image
material.node_tree.links.new(node.outputs[0], material.node_tree.nodes["Principled BSDF"].inputs[0])
wall.data.materials.append(material)
"""


def tiling(studio: Studio) -> None:
    """Take the panel Tiling, the repetition in the Image Editor, and the wall."""
    for look, sheet in before_after(side=150):
        save_small(sheet, PICTURES / f"tiling-{look}.png")
    with studio.regular("tiling", TALL) as (artist, _service):
        blender = artist.blender
        open_panel(artist)
        build_wall(artist)
        artist.show_panels()
        artist.blender.wait(IS_MEASURED, SLOW)
        take(blender, "tiling", sidebar_box)
        blender.run("bpy.ops.easel.make_material(size=2.0)")
        blender.wait("bpy.data.objects['Wall'].active_material.name == 'Old bricks'", SLOW)
        look_at(blender, "tiling-made", sidebar_box)
    with studio.regular("tiling-wide", WIDE) as (artist, _service):
        blender = artist.blender
        build_wall(artist)
        show_editor(blender, "IMAGE_EDITOR", "Old bricks")
        blender.run("bpy.ops.easel.show_repeated(image='Old bricks', count=2)")
        take(blender, "tiling-repeat", editor_box)


def editor_box(blender: BlenderWindow, screen: Image.Image) -> Box:
    """Return the middle of the Image Editor on the screen, where four copies of the image meet."""
    left, top, right, bottom = box_of(blender, "area('IMAGE_EDITOR')", screen)
    across, down = (left + right) // 2, (top + bottom) // 2
    return (across - 280, down - 190, across + 280, down + 190)


def build_wall(artist: Artist) -> None:
    """Replace the cube by a wall with a picture of bricks that does not tile."""
    path = artist.library.parent / "bricks.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(textures.lit(textures.cut("bricks", 512), 0.25, 0.1)).save(path)
    artist.blender.run(WALL.format(path=artist.blender.launcher.inside(path)))


def open_panel(artist: Artist) -> None:
    """Open the panel at the top of the tab."""
    artist.blender.run("""
import sys
bpy.ops.wm.read_homefile()
from bl_ext.user_default.easel.panels import tiling
bpy.utils.unregister_class(tiling.EASEL_PT_tiling)
tiling.EASEL_PT_tiling.bl_options = set()
tiling.EASEL_PT_tiling.bl_order = -1
bpy.utils.register_class(tiling.EASEL_PT_tiling)
""")
