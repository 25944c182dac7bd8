# SPDX-License-Identifier: GPL-3.0-or-later
"""Finished jobs, and meshes and materials to place them on. For the tests of placing, with bpy."""

import hashlib
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import bpy
import bmesh
from PIL import Image

from easel.client.models import ModelId
from easel.client.requests import GenerateRequest
from easel.jobs.job import Job, JobState, Result
from easel.jobs.placement import Placement
from easel.jobs.stored_placement import placement_from_dict
from easel.jobs.targets import PlacementKind
from easel.scene.placement.place import PlacementSettings
from easel.scene.placement.plan import plan_placement
from easel.scene.placement.ways import CHOICES

COPY = PlacementSettings()
PACK = PlacementSettings(pack=True)
# Red at the upper left, green at the upper right, blue below: shows a wrong orientation.
RED, GREEN, BLUE = (200, 40, 40, 255), (40, 180, 60, 255), (30, 60, 190, 255)

MakeJob = Callable[..., Job]


def draw_corners(path: Path, size: tuple[int, int] = (8, 4), mode: str = "RGB") -> Path:
    width, height = size
    picture = Image.new("RGBA", size, BLUE)
    picture.paste(RED, (0, 0, width // 2, height // 2))
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.convert(mode).save(path)
    return path


class JobMaker:
    """Makes finished jobs with files in a library folder: `make_job(plan("IMAGE"), 2)`."""

    def __init__(self, library: Path) -> None:
        self._library = library
        library.mkdir()

    def __call__(
        self,
        placement: Placement,
        count: int = 1,
        *,
        prompt: str = "Old copper, worn",
        mode: str = "RGB",
        size: tuple[int, int] = (8, 4),
    ) -> Job:
        results = []
        for index in range(count):
            path = draw_corners(self._library / f"{len(list(self._library.iterdir()))}.png", size, mode)
            results.append(
                Result(
                    index=index,
                    path=path,
                    sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
                    byte_count=path.stat().st_size,
                    width=size[0],
                    height=size[1],
                )
            )
        return Job(
            id=uuid.uuid4().hex,
            state=JobState.DONE,
            request=GenerateRequest(model=ModelId.GEMINI_3_1_FLASH, prompt=prompt, count=count),
            placement=placement_from_dict(placement.to_dict()),
            server="simulator",
            price=15,
            created_at=1.0,
            updated_at=1.0,
            results=tuple(results),
        )


def plan(kind: str, image: bpy.types.Image | None = None, **options: object) -> Placement:
    """Plan with these options of the way; the form has the others."""
    form = bpy.context.scene.easel
    chosen = {name: getattr(form.ways, name) for name in CHOICES[PlacementKind(kind)].options} | options
    return plan_placement(bpy.context, PlacementKind(kind), image=image, options=chosen)


def add_mesh(
    name: str = "Thing", *, faces: int = 3, uvs: bool = False, select: bool = True
) -> bpy.types.Object:
    """Add a strip of square faces along +X, in the XY plane."""
    mesh = bpy.data.meshes.new(name)
    vertices = [(x, y, 0) for x in range(faces + 1) for y in (0, 1)]
    quads = [(2 * i, 2 * i + 2, 2 * i + 3, 2 * i + 1) for i in range(faces)]
    mesh.from_pydata(vertices, [], quads)
    if uvs:
        mesh.uv_layers.new(name="Mine")
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(obj)
    if select:
        obj.select_set(True)
        bpy.context.view_layer.objects.active = obj
    return obj


def add_material(obj: bpy.types.Object, name: str = "Mat") -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    if bpy.app.version < (5, 0):
        material.use_nodes = True
    obj.data.materials.append(material)
    return material


def add_image_node(material: bpy.types.Material, image: bpy.types.Image) -> bpy.types.ShaderNodeTexImage:
    node = material.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    material.node_tree.links.new(
        node.outputs["Color"], material.node_tree.nodes["Principled BSDF"].inputs["Base Color"]
    )
    return node


def base_colour_image(material: bpy.types.Material) -> bpy.types.Image:
    socket = material.node_tree.nodes["Principled BSDF"].inputs["Base Color"]
    return socket.links[0].from_node.image


def corner_pixels(image: bpy.types.Image) -> list[tuple[int, ...]]:
    """Return the stored bytes at bottom left, top left and top right."""
    width, height = image.size
    pixels = image.pixels[:]
    starts = (0, (height - 1) * width * 4, (height * width - 1) * 4)
    return [tuple(round(value * 255) for value in pixels[start : start + 4]) for start in starts]


def save_and_reopen(path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))


def select_faces(obj: bpy.types.Object, indices: Sequence[int]) -> None:
    """Enter Edit Mode with these faces selected."""
    bpy.ops.object.mode_set(mode="EDIT")
    edited = bmesh.from_edit_mesh(obj.data)
    edited.select_mode = {"FACE"}
    for face in edited.faces:
        face.select_set(face.index in indices)
    edited.select_flush_mode()
    bmesh.update_edit_mesh(obj.data)
