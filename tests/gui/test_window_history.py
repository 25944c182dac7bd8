# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist can compare an edit of the cube's texture, revert it, undo that, and paint with the edit."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from artist import SLOW, Artist
from PIL import Image

from easel.simulator import Simulator

FORM = "bpy.context.scene.easel"
NODE = "bpy.data.materials['Material'].node_tree.nodes['Texture']"
SHOWN = f"{NODE}.image.name"
SCROLL = """
with bpy.context.temp_override(window=window(), area=area("VIEW_3D"), region=region("VIEW_3D", "UI")):
    bpy.ops.view2d.scroll_down(deltay=2000)
"""


@pytest.mark.smoke
def test_an_edit_is_compared_reverted_and_painted_with(
    open_easel: Callable[[], Artist], service: Simulator, profile: Path
) -> None:
    artist = open_easel()
    blender = artist.blender
    original = _texture_the_cube(artist, profile)
    artist.show_panels()
    artist.choose(mode="EDIT", edit_prompt="Mossy", placement="TEXTURE", sizing="KEEP_SIZE")
    blender.run("bpy.ops.easel.edit_image(session_uid=bpy.data.images['bricks.png'].session_uid)")
    blender.run("bpy.ops.ed.undo_push(message='Ready')")
    artist.click("edit")
    artist.wait_until_placed()
    assert blender.get(SHOWN) == "Mossy"
    made = Image.open(next(artist.library.glob("images/*/*"))).convert("RGB")
    edited = made.resize((256, 256), Image.Resampling.BOX).resize(made.size)  # the size in the view
    artist.show_alone("Cube", shading="SOLID")

    # One click there and one back
    blender.run(SCROLL)
    artist.click("compare_versions")
    artist.move_to_view()
    artist.wait_until_seen("Cube", original, "history-1-comparing", tolerance=12)
    assert blender.get(SHOWN) == "bricks.png"
    artist.click("compare_versions")
    artist.move_to_view()
    artist.wait_until_seen("Cube", edited, "history-2-edit", tolerance=12)

    # One click back, and undone
    artist.click("revert_to_original")
    blender.wait(f"{SHOWN} == 'bricks.png'", SLOW)
    artist.press_in_view("Z", ctrl=True)
    blender.wait(f"{SHOWN} == 'Mossy'", SLOW)
    artist.press_in_view("Z", ctrl=True, shift=True)
    blender.wait(f"{SHOWN} == 'bricks.png'", SLOW)
    artist.wait_until_seen("Cube", original, "history-3-reverted", tolerance=12)
    artist.press_in_view("Z", ctrl=True)
    blender.wait(f"{SHOWN} == 'Mossy'", SLOW)
    assert blender.get("bpy.data.images['Mossy'].easel_original.name") == "bricks.png"

    # Painted manually
    artist.click("paint_with_edit")
    blender.wait("bpy.context.object.mode == 'TEXTURE_PAINT'", SLOW)
    before = _pixels(artist, profile, "bricks.png")
    x, y, width, height = blender.get(
        "(lambda r: (r.x, r.y, r.width, r.height))(region('VIEW_3D', 'WINDOW'))"
    )
    middle = (x + width * 2 // 5, y + height // 2)
    blender.drag(middle, (middle[0] + 60, middle[1] + 20))
    blender.wait("bpy.data.images['bricks.png'].is_dirty", SLOW)
    blender.screenshot("history-4-painted")
    after, moss = (_pixels(artist, profile, name) for name in ("bricks.png", "Mossy"))
    painted = np.abs(after - before).max(axis=2) > 0.02
    assert 20 < painted.sum() < painted.size / 2
    closer = np.abs(after - moss)[painted].mean() / np.abs(before - moss)[painted].mean()
    assert closer < 0.7, "what is painted is the edit, at the same place"
    assert "Traceback" not in blender.log()
    assert blender.quit()[0] == 0


def _texture_the_cube(artist: Artist, profile: Path) -> Image.Image:
    """Give the cube's material an Image Texture with a picture; return the picture."""
    blender = artist.blender
    path = profile / "bricks.png"
    gradient = np.mgrid[0:256, 0:256].astype(np.uint8)
    picture = Image.fromarray(np.dstack([gradient[0], gradient[1], np.full((256, 256), 90, np.uint8)]))
    picture.save(path)
    blender.run(f"""
material = bpy.data.objects["Cube"].active_material
node = material.node_tree.nodes.new("ShaderNodeTexImage")
node.name = "Texture"
node.image = bpy.data.images.load({blender.launcher.inside(path)!r})
shader = material.node_tree.nodes["Principled BSDF"]
material.node_tree.links.new(node.outputs[0], shader.inputs["Base Color"])
material.node_tree.nodes.active = node
""")
    return picture


def _pixels(artist: Artist, profile: Path, name: str) -> np.ndarray:
    """Return the pixels of an image of the open file as Blender stores them: floats, bottom row first."""
    copy = profile / "seen.npy"
    artist.blender.run(f"""
import numpy
image = bpy.data.images[{name!r}]
pixels = numpy.empty(len(image.pixels), numpy.float32)
image.pixels.foreach_get(pixels)
numpy.save({artist.blender.launcher.inside(copy)!r}, pixels.reshape(image.size[1], image.size[0], -1))
""")
    return np.load(copy)[..., :3]
