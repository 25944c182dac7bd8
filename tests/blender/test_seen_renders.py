# SPDX-License-Identifier: GPL-3.0-or-later
"""Easel sends a render in sRGB as the artist sees it, for every display and output of the scene."""

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from easel.scene.errors import SourceUnusable
from easel.scene.sources import saving
from easel.scene.sources.saving import bytes_as_seen

DISPLAYS = ("sRGB", "Display P3", "Rec.1886", "Rec.2020", "Rec.2100-PQ", "Rec.2100-HLG")
RED = pytest.approx([255, 0, 0], abs=3)
SUPPORT = Path(__file__).resolve().parents[1] / "support"


@pytest.fixture
def scene(default_file: None) -> bpy.types.Scene:
    """Return a scene that only has a red world, seen through the Standard view."""
    scene = bpy.context.scene
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    background = next(node for node in scene.world.node_tree.nodes if node.type == "BACKGROUND")
    background.inputs[0].default_value = (1, 0, 0, 1)
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 1
    scene.render.resolution_x, scene.render.resolution_y = 16, 8
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"
    return scene


def settings(scene: bpy.types.Scene) -> list[Any]:
    output = scene.render.image_settings
    owners = (scene.display_settings, scene.view_settings, output)
    return [
        getattr(owner, name)
        for owner in owners
        for name in sorted(owner.bl_rna.properties.keys())
        if isinstance(getattr(owner, name), (str, int, float))
    ]


def sent(scene: bpy.types.Scene) -> NDArray[np.uint8]:
    """Return the last render as it would be sent; check that the scene stays unchanged."""
    before = settings(scene)
    data = bytes_as_seen(bpy.data.images["Render Result"], scene)
    assert settings(scene) == before
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (16, 8)
        return np.asarray(image.convert("RGB"))


@pytest.fixture
def displays(scene: bpy.types.Scene) -> list[str]:
    def has(name: str) -> bool:
        try:
            scene.display_settings.display_device = name
        except TypeError:
            return False
        return True

    return [name for name in DISPLAYS if has(name)]


def test_red_is_red_on_every_display(scene: bpy.types.Scene, displays: list[str]) -> None:
    bpy.ops.render.render()
    assert len(displays) > 2
    for display in displays:
        scene.display_settings.display_device = display
        scene.view_settings.view_transform = "Standard"
        assert sent(scene)[4, 8].tolist() == RED, display
    scene.display_settings.display_device = "Display P3"
    scene.view_settings.view_transform = "AgX"
    assert sent(scene)[4, 8].tolist() == pytest.approx([219, 57, 33], abs=4)


def test_the_output_of_the_artist_changes_nothing(scene: bpy.types.Scene) -> None:
    bpy.ops.render.render()
    output = scene.render.image_settings
    output.color_management = "OVERRIDE"
    output.view_settings.view_transform = "Raw"
    output.display_settings.display_device = "Display P3"
    kinds = ["JPEG", "OPEN_EXR", "OPEN_EXR_MULTILAYER"]
    for kind in kinds:
        if hasattr(output, "media_type"):
            output.media_type = "MULTI_LAYER_IMAGE" if kind.endswith("LAYER") else "IMAGE"
        output.file_format = kind
        assert sent(scene)[4, 8].tolist() == RED, kind
    if hasattr(output, "media_type"):
        output.media_type = "VIDEO"
        assert sent(scene)[4, 8].tolist() == RED


@pytest.mark.parametrize("how", ["INDIVIDUAL", "STEREO_3D", "many views"])
def test_of_a_stereo_render_the_first_view(scene: bpy.types.Scene, how: str) -> None:
    scene.render.use_multiview = True
    if how == "many views":
        scene.render.views_format = "MULTIVIEW"
        for view in scene.render.views:
            view.file_suffix = f".{view.name}"
        scene.render.views.new("third").file_suffix = "-3"
    else:
        scene.render.image_settings.views_format = how
    bpy.ops.render.render()
    assert sent(scene)[4, 8].tolist() == RED


def test_what_can_not_be_written_says_so_and_the_scene_is_as_before(
    scene: bpy.types.Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bpy.ops.render.render()
    other = bpy.data.scenes.new("not rendered")
    before = settings(other)
    with pytest.raises(SourceUnusable, match="render first"):
        bytes_as_seen(bpy.data.images["Render Result"], other)
    assert settings(other) == before
    no_folder = tmp_path / "file"
    no_folder.touch()
    before = settings(scene)
    monkeypatch.setattr(saving.tempfile, "tempdir", str(no_folder))
    with pytest.raises(SourceUnusable, match="could not be written to"):
        bytes_as_seen(bpy.data.images["Render Result"], scene)
    assert settings(scene) == before
    with pytest.raises(SourceUnusable, match="could not be written to"):
        saving._save(bpy.data.images["Render Result"], scene, no_folder / "picture.tga")


STUDIO = """ocio_profile_version: 2
strictparsing: false
roles: {{default: tex_srgb, default_byte: tex_srgb, default_float: lin, scene_linear: lin, data: raw, \
color_picking: tex_srgb, texture_paint: tex_srgb, rendering: lin, aces_interchange: lin}}
displays:
  monitor:
{views}
colorspaces:
  - !<ColorSpace> {{name: lin, bitdepth: 32f, isdata: false}}
  - !<ColorSpace> {{name: tex_srgb, bitdepth: 32f, isdata: false, to_scene_reference: \
!<ExponentWithLinearTransform> {{gamma: 2.4, offset: 0.055, direction: forward}}}}
  - !<ColorSpace> {{name: raw, bitdepth: 32f, isdata: true}}
"""
IN_A_STUDIO = """
import sys, bpy
from dev_extension import DevExtension
extension = DevExtension()
extension.install()
from easel.scene.sources.saving import SourceUnusable, save_tiles
from PIL import Image
image = bpy.data.images.new("painted", 16, 16, tiled=True)
with bpy.context.temp_override(edit_image=image):
    bpy.ops.image.tile_add(number=1002, count=1, width=16, height=16, color=(0, 0.5, 0, 1))
try:
    files = save_tiles(image)
    with Image.open(files[1002].path) as tile:
        print("TOLD", tile.convert("RGB").getpixel((8, 8)))
except SourceUnusable as error:
    print("TOLD", error)
print("SCENES", len(bpy.data.scenes))
sys.stdout.flush()
extension.remove()
"""


@pytest.mark.parametrize("spaces", [["lin", "tex_srgb"], ["raw"], ["lin"]])
def test_a_studio_whose_views_have_other_names(tmp_path: Path, spaces: list[str]) -> None:
    views = [f"    - !<View> {{name: view of {space}, colorspace: {space}}}" for space in spaces]
    config = tmp_path / "config.ocio"
    config.write_text(STUDIO.format(views="\n".join(views)))
    environment = {**os.environ, "OCIO": str(config), "PYTHONPATH": str(SUPPORT)}
    command = [sys.executable, "-c", IN_A_STUDIO]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    told = [line for line in done.stdout.splitlines() if line.startswith("TOLD")]
    assert told, done.stdout + done.stderr
    assert "SCENES 1" in done.stdout
    if spaces == ["lin"]:
        assert "No view of this OCIO configuration" in told[0]
    else:
        assert told == ["TOLD (0, 128, 0)"]
