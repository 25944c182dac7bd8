# SPDX-License-Identifier: GPL-3.0-or-later
"""In a form of 280 pixels, the button that spends is near, and nothing moves under the mouse."""

from collections.abc import Callable
from pathlib import Path

import pytest
from artist import SLOW, Artist
from driver import BlenderWindow
from PIL import Image

FORM = "bpy.context.scene.easel"
ROWS = "bpy.context.window_manager.easel.sources"
SIDEBAR = "region('VIEW_3D')"
REACH = 420  # pixels at interface scale 1: from the top of the tab to the lower edge of the button
HALF_BUTTON = 16  # pixels at interface scale 1
EDIT = """
obj = bpy.data.objects["Cube"]
material = obj.active_material
image = bpy.data.images.load({path!r})
node = material.node_tree.nodes.new("ShaderNodeTexImage")
node.image = image
material.node_tree.links.new(node.outputs["Color"], material.node_tree.nodes["Principled BSDF"].inputs[0])
form = bpy.context.scene.easel
form.mode, form.edit_prompt, form.template = "EDIT", "Rust on the edges", "SEAMLESS_TEXTURE"
form.placement, form.mask.kind = "TEXTURE", "FACES"
form.sources.add().image = image
region("VIEW_3D").tag_redraw()
"""


def drop(blender: BlenderWindow, operator: str) -> float:
    """Return how far a button's lower edge is below the top of the tab, in pixels at interface scale 1."""
    _x, y = blender.find_widget(f"bpy.ops.easel.{operator}")
    top = blender.get(f"{SIDEBAR}.y + {SIDEBAR}.height")
    return (top - y) / blender.get("bpy.context.preferences.system.ui_scale") + HALF_BUTTON


def look(artist: Artist, name: str) -> None:
    """Take a picture of the sidebar, with the mouse away from it."""
    artist.move_to_view()
    artist.blender.run(f"{SIDEBAR}.tag_redraw()")
    artist.blender.wait("draw_count()")
    artist.blender.screenshot(f"form-{name}")


@pytest.fixture
def artist(open_easel: Callable[[], Artist], profile: Path) -> Artist:
    """Return an artist who is about to edit the cube's texture with a template and a mask."""
    artist = open_easel()
    path = profile / "Copper Body.png"
    Image.effect_noise((1024, 1024), 40).convert("RGB").save(path)
    artist.show_panels()
    artist.blender.run(EDIT.format(path=artist.blender.launcher.inside(path)))
    artist.blender.wait(f"len({ROWS}) == 1 and {ROWS}[0].icon and {ROWS}[0].width", SLOW)
    return artist


def test_the_button_is_within_reach_with_template_and_mask(
    artist: Artist, report: Callable[[str], None]
) -> None:
    blender = artist.blender
    assert blender.get(f"{SIDEBAR}.width") <= 300
    look(artist, "edit")
    measured = {"edit": drop(blender, "edit")}
    artist.choose(mode="GENERATE", prompt="Copper")
    look(artist, "generate")
    measured["generate"] = drop(blender, "generate")
    artist.choose(mode="EDIT")
    blender.run("for name in 'ABC':\n    bpy.context.scene.easel.sources.add().image = image")
    look(artist, "strip")
    measured["strip"] = drop(blender, "edit")
    report(f"lower edge of the button: {measured}")
    assert max(measured.values()) <= REACH, measured
    assert "Traceback" not in blender.log()
