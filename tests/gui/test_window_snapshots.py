# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots of the view and of the camera show the chosen look: known normals, depths and colours."""

from collections.abc import Callable

import numpy as np
import pytest
from artist import OVER_VIEW, Artist
from PIL import Image

from easel.simulator import Simulator

SCENE = """
scene = bpy.data.scenes[0]
scene.view_settings.view_transform = "Standard"
scene.world.node_tree.nodes["Background"].inputs["Color"].default_value = (0, 0, 1, 1)
material = bpy.data.objects["Cube"].active_material
emission = material.node_tree.nodes.new("ShaderNodeEmission")
emission.inputs["Color"].default_value = (0, 1, 0, 1)
output = material.node_tree.get_output_node("ALL")
material.node_tree.links.new(emission.outputs[0], output.inputs["Surface"])
camera = scene.camera
camera.location, camera.rotation_euler = (0.5, 0, 10), (0, 0, 0)
camera.data.lens, camera.data.sensor_width, camera.data.dof.use_dof = 50, 36, False
scene.render.resolution_x, scene.render.resolution_y = 640, 360
with {over}:
    bpy.ops.view3d.view_axis(type="TOP")
    bpy.ops.view3d.view_selected()
shading = area("VIEW_3D").spaces.active.shading
shading.color_type, shading.single_color = "SINGLE", (1, 0, 0)
def settings():
    return [shading.type, shading.light, shading.studio_light, shading.color_type, *shading.single_color]
before = settings()
"""
LOOKS = ("SHOWN", "SOLID", "FLAT", "MATERIAL", "RENDERED", "DEPTH", "NORMALS", "CLAY")


@pytest.mark.long(18)
def test_snapshots_show_what_is_chosen(open_easel: Callable[[], Artist], service: Simulator) -> None:
    """From above, the cube's top faces the view, so its normals, depths and colours are known."""
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    blender.run(SCENE.format(over=OVER_VIEW))
    pictures: dict[str, Image.Image] = {}

    def take(verb: str, look: str) -> Image.Image:
        blender.run(f"with {OVER_VIEW}:\n    bpy.ops.easel.{verb}(look={look!r})")
        path = max((artist.library / "snapshots").glob("*/*"), key=lambda file: file.stat().st_mtime_ns)
        return Image.open(path).convert("RGB")

    for look in LOOKS:
        pictures[look] = take("add_viewport", look)
    assert blender.get("settings() == before")
    middle = {look: shown.getpixel((shown.width // 2, shown.height // 2)) for look, shown in pictures.items()}
    corner = {look: shown.getpixel((3, 3)) for look, shown in pictures.items()}
    assert middle["NORMALS"] == pytest.approx((128, 128, 255), abs=2)
    assert corner["NORMALS"] == (128, 128, 255)
    assert middle["DEPTH"] == (255, 255, 255)
    assert corner["DEPTH"] == (0, 0, 0)
    for look in ("SHOWN", "SOLID"):
        assert middle[look][0] > middle[look][1] + 60  # red
    for look in ("MATERIAL", "RENDERED"):
        assert middle[look] == pytest.approx((0, 255, 0), abs=2)
    assert corner["RENDERED"] == pytest.approx((0, 0, 255), abs=2)
    assert max(corner["MATERIAL"]) - min(corner["MATERIAL"]) < 40, "no world of the scene"
    assert max(middle["CLAY"]) - min(middle["CLAY"]) < 8
    assert max(corner["CLAY"]) - min(corner["CLAY"]) < 8
    seen = np.asarray(take("add_camera", "RENDERED")).astype(int)
    assert seen.shape == (360, 640, 3)
    assert_cube_from_above(seen[..., 1] - seen[..., 2] > 0)
    seen = np.asarray(take("add_camera", "DEPTH")).astype(int)
    assert_cube_from_above(seen[..., 0] > 200)
    assert "Traceback" not in blender.log()


def assert_cube_from_above(is_cube: np.ndarray) -> None:
    """Check the cube's top, 9 m from a camera half a metre off its middle, with 36 mm of sensor at 50 mm."""
    scale = 640 / (9 * 36 / 50)  # pixels per metre
    rows, columns = np.flatnonzero(is_cube.any(1)), np.flatnonzero(is_cube.any(0))
    # The top hides the sides of the cube.
    edges = (columns[0], columns[-1] + 1, rows[0], rows[-1] + 1)
    expected = (320 - 1.5 * scale, 320 + 0.5 * scale, 180 - scale, 180 + scale)
    assert edges == pytest.approx(expected, abs=1.5)
