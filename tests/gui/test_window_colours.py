# SPDX-License-Identifier: GPL-3.0-or-later
"""A layer chosen in the window, and views on a wide display, arrive at the service with right colours."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from artist import OVER_VIEW, SLOW, Artist
from exr_kinds import exr, layer
from PIL import Image

from easel.simulator import Simulator

FORM = "bpy.context.scene.easel"
ROWS = "bpy.context.window_manager.easel.sources"
ROW = f"{ROWS}[0]"
RENDER = "bpy.data.images['render.exr']"
# A red cube fills the middle of the view and of the camera, which both look from above.
SCENE = f"""
scene = bpy.data.scenes[0]
scene.display_settings.display_device = {{display!r}}
scene.view_settings.view_transform = "Standard"
material = bpy.data.objects["Cube"].active_material
emission = material.node_tree.nodes.new("ShaderNodeEmission")
emission.inputs["Color"].default_value = (1, 0, 0, 1)
output = material.node_tree.get_output_node("ALL")
material.node_tree.links.new(emission.outputs[0], output.inputs["Surface"])
camera = scene.camera
camera.location, camera.rotation_euler = (0, 0, 6), (0, 0, 0)
scene.render.resolution_x, scene.render.resolution_y = 320, 240
with {OVER_VIEW}:
    bpy.ops.view3d.view_axis(type="TOP")
    bpy.ops.view3d.view_selected()
form = {FORM}
form.mode, form.edit_prompt, form.placement, form.sizing = "EDIT", "Older", "IMAGE", "AS_IT_CAME"
"""
SHADING = "area('VIEW_3D').spaces.active.shading.type = {!r}"


@pytest.mark.parametrize("compression", ["DWAA"])
def test_a_layer_is_chosen_and_sent(
    open_easel: Callable[[], Artist], service: Simulator, profile: Path, compression: str
) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    flat = np.ones((240, 320, 3), np.float32)
    layers = {
        **layer("ViewLayer.Combined", flat * np.float32((0, 1, 0))),
        **layer("ViewLayer.DiffCol", flat * np.float32((1, 0, 0))),
        "ViewLayer.Mist.Z": flat[..., 0] * np.float32(0.25),
    }
    path = profile / "render.exr"
    path.write_bytes(exr(layers, compression)())
    blender.run(f"""
form = {FORM}
form.mode, form.edit_prompt, form.placement, form.sizing = "EDIT", "Older", "IMAGE", "AS_IT_CAME"
form.sources.add().image = bpy.data.images.load({blender.launcher.inside(path)!r})
region("VIEW_3D").tag_redraw()
""")
    blender.wait(f"len({ROWS}) and {ROW}.has_layers", SLOW)
    assert blender.get(f"{ROW}.state") == "File, layer ViewLayer.Combined"
    artist.move_to_view()
    blender.screenshot(f"layers-1-{compression}")
    artist.click("show_source")
    blender.screenshot(f"layers-2-{compression}")
    artist.move_to_view()
    blender.key("ESC")
    blender.key("ESC")
    for name, colour in (("ViewLayer.DiffCol", (255, 0, 0)), ("ViewLayer.Mist", 3 * (137,))):
        service.tasks.clear()
        blender.run(f"{RENDER}.easel_layer = {name!r}")  # the driver can't find widgets in a popup
        blender.wait(f"{ROW}.state == 'File, layer {name}'", SLOW)
        artist.move_to_view()
        blender.screenshot(f"layers-3-{compression}-{name}")
        artist.click("edit")
        artist.wait_until_placed()
        (task,) = service.tasks.values()
        (source,) = task.order.sources
        assert middle_colour(source.path) == pytest.approx(colour, abs=3)
    assert "Traceback" not in blender.log()


@pytest.mark.long(90)  # first of all those that compile EEVEE's shaders, else each compiles them
@pytest.mark.parametrize("display", ["Display P3"])
def test_views_on_another_display_arrive_as_srgb(open_easel: Callable[[], Artist], display: str) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    blender.run(SCENE.format(display=display))
    taken: list[str] = []
    for shading, verb, look in (
        ("MATERIAL", "add_viewport", "SHOWN"),
        ("RENDERED", "add_viewport", "SHOWN"),
        ("SOLID", "add_viewport", "MATERIAL"),
        ("SOLID", "add_camera", "RENDERED"),
        ("SOLID", "add_camera", "MATERIAL"),
    ):
        blender.run(SHADING.format(shading))
        before = blender.get("draw_count()")
        blender.run("area('VIEW_3D').tag_redraw()")
        blender.wait(f"draw_count() > {before}", SLOW)
        blender.run(f"with {OVER_VIEW}:\n    bpy.ops.easel.{verb}(look={look!r})")
        taken.append(f"{verb} {look} in {shading}")
        blender.wait(f"len({FORM}.sources) == {len(taken)}", SLOW)
    artist.move_to_view()
    blender.screenshot(f"colours-{display}")
    assert blender.get("scene.display_settings.display_device") == display
    artist.click("edit")
    artist.wait_until_placed()
    colours = dict(zip(taken, map(middle_colour, sent_files(artist, len(taken))), strict=True))
    assert colours == {what: pytest.approx((255, 0, 0), abs=3) for what in taken}
    assert "Traceback" not in blender.log()


def sent_files(artist: Artist, count: int) -> list[Path]:
    """Return the files that were sent, in order: the snapshots, or the files made from them."""
    (folder,) = artist.library.glob("sources/*")
    numbers = range(1, count + 1)
    return [
        next(itertools.chain(folder.glob(f"sent-{number}.*"), folder.glob(f"source-{number}.*")))
        for number in numbers
    ]


def middle_colour(path: Path) -> Any:
    """Return the colour in the middle of a picture, 0 to 255."""
    with Image.open(path) as picture:
        return picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))
