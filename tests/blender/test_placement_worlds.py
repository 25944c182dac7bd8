# SPDX-License-Identifier: GPL-3.0-or-later
"""The way “World”, as a camera in the middle sees it."""

import math
from collections.abc import Callable
from pathlib import Path

import bpy
import pytest
from hypothesis import given, strategies as st
from PIL import Image
from placing import BLUE, COPY, GREEN, RED, MakeJob, plan

from easel.scene.placement.place import place
from easel.scene.placement.worlds import copies_around, is_panorama

SIDE = 16  # pixels
Look = Callable[[float], dict[str, tuple[int, ...]]]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """Return a function that looks some degrees right of +Y, and returns the four quarters' colours."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = 1
    scene.cycles.use_denoising = False
    scene.render.dither_intensity = 0.0
    scene.render.resolution_x = scene.render.resolution_y = SIDE
    scene.render.image_settings.file_format = "PNG"
    scene.view_settings.view_transform = "Standard"
    camera = bpy.data.cameras.new("Eye")
    camera.angle = math.radians(60)
    scene.camera = bpy.data.objects.new("Eye", camera)
    scene.collection.objects.link(scene.camera)

    def run(turn: float) -> dict[str, tuple[int, ...]]:
        scene.camera.rotation_euler = (math.pi / 2, 0.0, math.radians(-turn))
        scene.world.cycles.sampling_method = "NONE"  # otherwise Cycles first samples the light
        scene.render.filepath = str(tmp_path / "seen.png")
        bpy.ops.render.render(write_still=True)
        with Image.open(tmp_path / "seen.png") as picture:
            seen = picture.convert("RGB")
        near, far = SIDE // 4, 3 * SIDE // 4
        places = {"top left": (near, near), "top right": (far, near), "bottom": (near, far)}
        return {name: seen.getpixel(place) for name, place in places.items()}

    return run


def assert_seen(seen: dict[str, tuple[int, ...]], **wanted: tuple[int, ...]) -> None:
    for name, colour in wanted.items():
        assert seen[name.replace("_", " ")] == pytest.approx(colour[:3], abs=3), name


@pytest.mark.parametrize(
    ("size", "mapping", "kind"),
    [
        ((80, 40), "AUTO", "panorama"),
        ((400, 202), "AUTO", "panorama"),
        ((160, 90), "AUTO", "dome"),
        ((80, 80), "AUTO", "dome"),
        ((60, 140), "AUTO", "dome"),
        ((160, 90), "PANORAMA", "panorama"),
        ((80, 40), "DOME", "dome"),
    ],
)
def test_the_picture_stands_ahead_upright(
    size: tuple[int, int], mapping: str, kind: str, make_job: MakeJob, look: Look
) -> None:
    placed = place(make_job(plan("WORLD", world_mapping=mapping), size=size), COPY)
    assert placed.text == f"World of Scene, a {kind}"
    assert_seen(look(0), top_left=RED, top_right=GREEN, bottom=BLUE)


@pytest.mark.parametrize("size", [(80, 40), (80, 80)])
def test_behind_it_closes_without_a_seam(size: tuple[int, int], make_job: MakeJob, look: Look) -> None:
    """A panorama closes by itself; a dome closes because every second picture is mirrored."""
    place(make_job(plan("WORLD"), size=size), COPY)
    assert_seen(look(90 if size == (80, 40) else 45), top_left=GREEN, top_right=GREEN, bottom=BLUE)
    assert_seen(look(180), top_left=GREEN, top_right=RED, bottom=BLUE)


def test_a_dome_draws_its_edges_out(make_job: MakeJob, look: Look) -> None:
    """Above a very wide picture, the world looks like its upper edge, and does not repeat the picture."""
    place(make_job(plan("WORLD"), size=(800, 100)), COPY)
    assert_seen(look(0), top_left=RED, top_right=GREEN, bottom=BLUE)


def test_the_world_before_stays_in_the_file(make_job: MakeJob, tmp_path: Path) -> None:
    bpy.context.scene.world = before = bpy.data.worlds.new("Studio")
    place(make_job(plan("WORLD"), 2), COPY)
    assert bpy.context.scene.world != before
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.revert_mainfile()
    assert set(bpy.data.worlds.keys()) == {"Studio", "Old copper, worn"}
    assert set(bpy.data.images.keys()) == {"Old copper, worn", "Old copper, worn.001"}


@given(st.floats(0.05, 20.0))
def test_a_dome_closes_and_its_picture_is_no_higher_than_it(aspect: float) -> None:
    count = copies_around(aspect)
    assert count % 2 == 0
    assert math.tau / count / aspect <= math.pi + 1e-9
    assert count == 2 or math.tau / (count - 2) / aspect > math.pi - 1e-9


@pytest.mark.parametrize(
    ("aspect", "expected"), [(2.0, True), (4096 / 2064, True), (16 / 9, False), (21 / 9, False)]
)
def test_panoramas_are_told_by_their_shape(aspect: float, expected: bool) -> None:
    assert is_panorama(aspect) is expected
