# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendered, placed images are upright and have the right colours."""

import hashlib
import math
from collections.abc import Callable
from pathlib import Path

import bpy
import pytest
from PIL import Image

from easel.client.models import ModelId
from easel.client.requests import GenerateRequest
from easel.jobs.job import Job, JobState, Result
from easel.jobs.placement import Placement
from easel.jobs.targets import PlacementKind
from easel.scene.placement.place import PlacementSettings, place
from easel.scene.placement.plan import plan_placement

SIZE = 64  # pixels
COLOURS = {
    "top left": (200, 120, 60),
    "top right": (90, 140, 70),
    "bottom left": (30, 90, 160),
    "bottom right": (245, 245, 245),
}
PLACES = {"top left": (16, 16), "top right": (48, 16), "bottom left": (16, 48), "bottom right": (48, 48)}

Render = Callable[[], dict[str, tuple[int, ...]]]


@pytest.fixture
def job_for(tmp_path: Path) -> Callable[[Placement], Job]:
    picture = Image.new("RGB", (SIZE, SIZE))
    for name, (x, y) in PLACES.items():
        picture.paste(COLOURS[name], (x - 16, y - 16, x + 16, y + 16))
    path = tmp_path / "result.png"
    picture.save(path)
    data = path.read_bytes()
    result = Result(
        index=0,
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        byte_count=len(data),
        width=SIZE,
        height=SIZE,
    )

    def make(placement: Placement) -> Job:
        return Job(
            id="0" * 32,
            state=JobState.DONE,
            request=GenerateRequest(model=ModelId.GEMINI_3_1_FLASH, prompt="Four colours"),
            placement=placement,
            server="simulator",
            price=15,
            created_at=1.0,
            updated_at=1.0,
            results=(result,),
        )

    return make


@pytest.fixture
def render(tmp_path: Path) -> Render:
    """Return a function that renders one unit from the front, and returns the four quarters' colours."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = 16
    scene.cycles.use_denoising = False
    scene.render.dither_intensity = 0.0
    scene.render.resolution_x = scene.render.resolution_y = SIZE
    scene.render.image_settings.file_format = "PNG"
    camera = bpy.data.cameras.new("Camera")
    camera.type = "ORTHO"
    camera.ortho_scale = 1.0
    scene.camera = bpy.data.objects.new("Camera", camera)
    scene.camera.location.y = -5
    scene.camera.rotation_euler.x = math.pi / 2
    scene.collection.objects.link(scene.camera)

    def run() -> dict[str, tuple[int, ...]]:
        scene.render.filepath = str(tmp_path / "render.png")
        bpy.ops.render.render(write_still=True)
        with Image.open(tmp_path / "render.png") as picture:
            rendered = picture.convert("RGB")
        return {name: rendered.getpixel(place) for name, place in PLACES.items()}

    return run


def assert_close(seen: dict[str, tuple[int, ...]], tolerance: int) -> None:
    for name, colour in COLOURS.items():
        assert seen[name] == pytest.approx(colour, abs=tolerance), name


@pytest.mark.parametrize("view", ["Standard", "AgX", "Filmic"])
def test_a_plane_shows_the_image_as_it_is(
    job_for: Callable[[Placement], Job], render: Render, view: str
) -> None:
    bpy.context.scene.view_settings.view_transform = view
    place(job_for(plan_placement(bpy.context, PlacementKind.PLANE)), PlacementSettings())
    assert_close(render(), 3)


def test_a_texture_on_a_mesh_without_uvs(job_for: Callable[[Placement], Job], render: Render) -> None:
    """A cube's front side, lit evenly from everywhere, shows the image upright in its colours."""
    scene = bpy.context.scene
    scene.view_settings.view_transform = "Standard"
    bpy.ops.mesh.primitive_cube_add(size=1)
    cube = bpy.context.object
    while cube.data.uv_layers:
        cube.data.uv_layers.remove(cube.data.uv_layers[0])
    place(job_for(plan_placement(bpy.context, PlacementKind.TEXTURE)), PlacementSettings())
    shader = cube.active_material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Specular IOR Level"].default_value = 0.0
    scene.world = bpy.data.worlds.new("White")
    if bpy.app.version < (5, 0):
        scene.world.use_nodes = True
    scene.world.node_tree.nodes["Background"].inputs["Color"].default_value = (1, 1, 1, 1)
    assert_close(render(), 4)


@pytest.mark.parametrize("side", ["+X", "-X", "+Y", "-Y", "+Z", "-Z"])
def test_every_side_of_a_box_shows_the_image_upright(
    job_for: Callable[[Placement], Job], render: Render, side: str
) -> None:
    """The sides are seen as in Blender's own six views."""
    bpy.context.scene.view_settings.view_transform = "Standard"
    bpy.ops.mesh.primitive_cube_add(size=1)
    cube = bpy.context.object
    while cube.data.uv_layers:
        cube.data.uv_layers.remove(cube.data.uv_layers[0])
    place(job_for(plan_placement(bpy.context, PlacementKind.TEXTURE)), PlacementSettings())
    tree = cube.active_material.node_tree
    emission = tree.nodes.new("ShaderNodeEmission")
    texture = next(node for node in tree.nodes if node.type == "TEX_IMAGE")
    tree.links.new(texture.outputs["Color"], emission.inputs["Color"])
    tree.links.new(emission.outputs[0], tree.nodes["Material Output"].inputs["Surface"])
    turn = {
        "-Y": (90, 0, 0),
        "+Y": (90, 0, 180),
        "+X": (90, 0, 90),
        "-X": (90, 0, -90),
        "+Z": (0, 0, 0),
        "-Z": (180, 0, 0),
    }[side]
    away = {"X": 0, "Y": 1, "Z": 2}[side[1]]
    camera = bpy.context.scene.camera
    camera.location = (0, 0, 0)
    camera.location[away] = 5 if side[0] == "+" else -5
    camera.rotation_euler = [math.radians(angle) for angle in turn]
    assert_close(render(), 1)
