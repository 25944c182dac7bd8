# SPDX-License-Identifier: GPL-3.0-or-later
"""A stroke through a stencil paints only the pixels that the edit has changed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from artist import SLOW, Artist
from PIL import Image

from easel.simulator import Simulator

SIZE = 512  # pixels of the texture's sides
ADD_EDIT = """
material = bpy.data.objects["Cube"].active_material
node = material.node_tree.nodes.new("ShaderNodeTexImage")
node.name = "Texture"
node.image = bpy.data.images.load({before!r})
material.node_tree.links.new(node.outputs[0], material.node_tree.nodes["Principled BSDF"].inputs[0])
material.node_tree.nodes.active = node
edit = bpy.data.images.load({after!r})
edit.easel_original = node.image
node.image.use_fake_user = True
node.image = edit
bpy.context.scene.easel.mode = "EDIT"
region("VIEW_3D").tag_redraw()
bpy.ops.ed.undo_push(message="Ready")
"""
SCROLL = """
with bpy.context.temp_override(window=window(), area=area("VIEW_3D"), region=region("VIEW_3D", "UI")):
    bpy.ops.view2d.scroll_down(deltay=2000)
"""
PAINT = "bpy.context.scene.tool_settings.image_paint"
REOPEN = """
bpy.ops.wm.save_as_mainfile(filepath={path!r})
bpy.ops.wm.open_mainfile(filepath={path!r})
"""


def test_strokes_through_a_stencil_bring_the_edit_and_only_where_it_changed(
    open_easel: Callable[[], Artist], service: Simulator, profile: Path
) -> None:
    artist = open_easel()
    blender = artist.blender
    before, after, changed = _pictures(profile)
    inside = blender.launcher.inside
    blender.run(ADD_EDIT.format(before=inside(before), after=inside(after)))
    artist.show_panels()
    artist.show_alone("Cube", shading="SOLID")
    blender.run(SCROLL)
    blender.screenshot("stencil-1-panel")

    # One click, undone and done again
    artist.click("paint_changes")
    blender.wait("bpy.context.object.mode == 'TEXTURE_PAINT'", SLOW)
    blender.screenshot("stencil-2-ready")
    assert blender.get(f"{PAINT}.use_stencil_layer")
    veil = blender.get("area('VIEW_3D').spaces.active.overlay.texture_paint_mode_opacity")
    assert veil < 0.6, "what is held back can still be seen"
    artist.press_in_view("Z", ctrl=True)
    blender.wait("bpy.context.object.mode == 'OBJECT'", SLOW)
    assert not blender.get(f"{PAINT}.use_stencil_layer"), "Blender's undo leaves that to us"
    artist.click("paint_changes")
    blender.wait("bpy.context.object.mode == 'TEXTURE_PAINT'", SLOW)

    painted = _stroke(artist, profile)
    blender.screenshot("stencil-3-painted")
    _check(painted, before, after, changed)

    # The panel switches it off and on again
    switch = blender.find_widget("tool_settings.image_paint.use_stencil_layer")
    for is_on in (False, True):
        blender.click(*switch)
        blender.wait(f"{PAINT}.use_stencil_layer == {is_on}", SLOW)

    # The same after saving and reopening, with a stroke elsewhere
    blender.run("bpy.data.images['before.png'].pack()")
    blender.run(REOPEN.format(path=inside(profile / "painted.blend")))
    artist.show_alone("Cube", shading="SOLID")
    blender.wait("bpy.context.object.mode == 'TEXTURE_PAINT'", SLOW)
    more = _stroke(artist, profile, down=60)
    assert (np.abs(more - painted).max(axis=2) > 3).sum() > 20
    _check(more, before, after, changed)
    assert "Traceback" not in blender.log()
    assert blender.quit()[0] == 0


def _pictures(profile: Path) -> tuple[Path, Path, np.ndarray]:
    """Draw a picture, and an edit of it with other stripes; return both, and where the stripes are."""
    across = np.mgrid[0:SIZE, 0:SIZE][1]
    before = np.full((SIZE, SIZE, 3), (60, 70, 160), np.uint8)
    after = before.copy()
    changed = across % 32 < 16
    after[changed] = (220, 180, 40)
    paths = profile / "before.png", profile / "after.png"
    for path, picture in zip(paths, (before, after), strict=True):
        Image.fromarray(picture).save(path)
    return *paths, changed


def _stroke(artist: Artist, profile: Path, down: int = 0) -> np.ndarray:
    """Draw a stroke over the cube's middle; return the texture: 8-bit values, top row first."""
    blender = artist.blender
    x, y, width, height = blender.get(
        "(lambda r: (r.x, r.y, r.width, r.height))(region('VIEW_3D', 'WINDOW'))"
    )
    middle = (x + width * 2 // 5 - 60, y + height // 2 - down)
    blender.drag(middle, (middle[0] + 120, middle[1] + 30))
    blender.wait("bpy.data.images['before.png'].is_dirty", SLOW)
    copy = profile / "seen.npy"
    blender.run(f"""
import numpy
image = bpy.data.images["before.png"]
pixels = numpy.empty(len(image.pixels), numpy.float32)
image.pixels.foreach_get(pixels)
numpy.save({blender.launcher.inside(copy)!r}, pixels.reshape(image.size[1], image.size[0], -1))
""")
    return np.load(copy)[::-1, :, :3] * 255


def _check(painted: np.ndarray, before: Path, after: Path, changed: np.ndarray) -> None:
    was, edit = (np.asarray(Image.open(path), np.float32) for path in (before, after))
    touched = np.abs(painted - was).max(axis=2) > 3
    assert 20 < touched.sum() < touched.size / 2
    closer = np.abs(painted - edit)[touched].mean() / np.abs(was - edit)[touched].mean()
    assert closer < 0.7, "what is painted is the edit, at the same place"
    soft = sum(np.roll(changed, step, axis=1) for step in range(-4, 5)) > 0
    assert not touched[~soft].any(), "what the edit left as it was is as it was"
