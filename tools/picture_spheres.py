# SPDX-License-Identifier: GPL-3.0-or-later
"""Render eight textures on lit spheres, original and made to tile with maps, by bpy without a window.

`python tools/picture_spheres.py` (in .venv/blender52) writes docs/pictures/tiling-spheres-natural.png, and
-simulated.png with the simulator's textures. Takes two minutes.
"""

import sys
import tempfile
import types
from pathlib import Path

import bpy
import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "support")]
package = types.ModuleType("easel")  # without its __init__, which is for Blender
package.__path__ = [str(ROOT)]
sys.modules.setdefault("easel", package)

from picture_eight import looks  # noqa: E402 (only now is it found)

from easel.imaging.tiling.maps import make_maps  # noqa: E402
from easel.imaging.tiling.seamless import make_seamless  # noqa: E402
from easel.imaging.tiling.settings import Map  # noqa: E402

CELL = 150  # pixels of a sphere's place
SAMPLES = 48
COLOURS = 96


def main() -> None:
    """Render, and write the pictures."""
    for look, pictures in looks().items():
        render(pictures, ROOT / "docs" / "pictures" / f"tiling-spheres-{look}.png")


def render(pictures: list[np.ndarray], path: Path) -> None:
    """Render original textures, and below them those made to tile, with their maps."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with tempfile.TemporaryDirectory() as folder:
        for column, picture in enumerate(pictures):
            made = make_seamless(picture).pixels
            maps = make_maps(made, {Map.NORMAL, Map.ROUGHNESS})
            add_sphere(Path(folder), column, 0, {"color": picture})
            add_sphere(Path(folder), column, 1, {"color": made, **{k.value: v for k, v in maps.items()}})
        light_and_look(len(pictures))
        scene = bpy.context.scene
        scene.render.filepath = str(Path(folder) / "spheres.png")
        bpy.ops.render.render(write_still=True)
        with Image.open(scene.render.filepath) as image:
            few = image.convert("RGB").quantize(COLOURS, kmeans=2, dither=Image.Dither.NONE)
            few.save(path, optimize=True)


def add_sphere(folder: Path, column: int, row: int, images: dict[str, np.ndarray]) -> None:
    """Add a sphere that shows a texture and its maps four times around and twice up."""
    bpy.ops.mesh.primitive_uv_sphere_add(segments=64, ring_count=32, radius=0.46, location=(column, 0, -row))
    sphere = bpy.context.object
    sphere.rotation_euler = (0.35, 0, 0.4)
    bpy.ops.object.shade_smooth()
    material = bpy.data.materials.new("Ball")
    if bpy.app.version < (5, 0):
        material.use_nodes = True
    tree = material.node_tree
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    mapping, place = tree.nodes.new("ShaderNodeMapping"), tree.nodes.new("ShaderNodeTexCoord")
    mapping.inputs["Scale"].default_value = (4, 2, 1)
    tree.links.new(place.outputs["UV"], mapping.inputs["Vector"])
    for name, pixels in images.items():
        path = folder / f"{column}-{row}-{name}.png"
        Image.fromarray(pixels).save(path)
        node = tree.nodes.new("ShaderNodeTexImage")
        node.image = bpy.data.images.load(str(path))
        tree.links.new(mapping.outputs["Vector"], node.inputs["Vector"])
        if name == "color":
            tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
            continue
        node.image.colorspace_settings.name = "Non-Color"
        if name == Map.NORMAL.value:
            between = tree.nodes.new("ShaderNodeNormalMap")
            tree.links.new(node.outputs["Color"], between.inputs["Color"])
            tree.links.new(between.outputs["Normal"], shader.inputs["Normal"])
        else:
            tree.links.new(node.outputs["Color"], shader.inputs["Roughness"])
    sphere.data.materials.append(material)


def light_and_look(count: int) -> None:
    """Light all spheres from the left, and look at them from the front."""
    scene = bpy.context.scene
    scene.world = bpy.data.worlds.new("Grey")
    if bpy.app.version < (5, 0):
        scene.world.use_nodes = True
    background = scene.world.node_tree.nodes.get("Background")
    background.inputs["Color"].default_value = (0.05, 0.05, 0.055, 1)
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.data.energy, sun.data.angle, sun.rotation_euler = 4.0, 0.15, (0.9, -0.5, 0)
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.location, camera.rotation_euler = ((count - 1) / 2, -10, -0.5), (np.pi / 2, 0, 0)
    camera.data.type, camera.data.ortho_scale = "ORTHO", count
    for one in (sun, camera):
        scene.collection.objects.link(one)
    scene.camera = camera
    scene.render.engine, scene.cycles.samples, scene.cycles.device = "CYCLES", SAMPLES, "CPU"
    scene.render.resolution_x, scene.render.resolution_y = count * CELL, 2 * CELL
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"


if __name__ == "__main__":
    main()
