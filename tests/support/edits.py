# SPDX-License-Identifier: GPL-3.0-or-later
"""A texture and edits of it, placed without a service. For the tests with bpy."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy
from PIL import Image

from easel.client.models import ModelId
from easel.client.requests import GenerateRequest
from easel.jobs.job import Job, JobState, Result
from easel.jobs.placement import Placement
from easel.jobs.stored_placement import placement_from_dict
from easel.jobs.targets import EditScope, PlacementKind
from easel.scene.placement.place import PlacementSettings, place
from easel.scene.placement.plan import plan_placement

Edit = Callable[..., bpy.types.Image]


def add_textured_object(image: bpy.types.Image) -> bpy.types.ShaderNodeTexImage:
    """Add the active object "Thing" with the material "Mat". Returns the material's image node."""
    mesh = bpy.data.meshes.new("Thing")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    mesh.uv_layers.new(name="UVMap")
    obj = bpy.data.objects.new("Thing", mesh)
    bpy.context.scene.collection.objects.link(obj)
    obj.select_set(True)
    bpy.context.view_layer.objects.active = obj
    mesh.materials.append(new_material("Mat"))
    return add_node(mesh.materials[0].node_tree, image)


def new_material(name: str) -> bpy.types.Material:
    """Make a material with nodes."""
    material = bpy.data.materials.new(name)
    if bpy.app.version < (5, 0):
        material.use_nodes = True
    return material


def add_node(tree: bpy.types.NodeTree, image: bpy.types.Image) -> bpy.types.ShaderNodeTexImage:
    """Add an Image Texture node without links."""
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    return node


def mat_node() -> bpy.types.ShaderNodeTexImage:
    """Find the image node of the material from `add_textured_object`."""
    nodes = bpy.data.materials["Mat"].node_tree.nodes
    return next(node for node in nodes if node.type == "TEX_IMAGE")


@contextmanager
def in_area(kind: str) -> Iterator[None]:
    """Turn the window's 3D View into another editor temporarily."""
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    area.ui_type = kind
    region = next(region for region in area.regions if region.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        yield
    area.ui_type = "VIEW_3D"


def names(images: list[bpy.types.Image]) -> list[str]:
    """Return the names of images."""
    return [image.name for image in images]


def reopen(path: Path) -> None:
    """Save the open file there, and open it again."""
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))


class Editor:
    """Places finished edits and draws their files: `edit(image, "moss")` returns the first result."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self,
        image: bpy.types.Image | None,
        prompt: str,
        *,
        kind: str = "TEXTURE",
        scope: EditScope = EditScope.MATERIAL,
        count: int = 1,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> bpy.types.Image:
        plan = plan_placement(bpy.context, PlacementKind(kind), image=image, scope=scope)
        meanwhile()
        placed = place(self._job(plan, prompt, count), PlacementSettings())
        return bpy.data.images[placed.images[0]]

    def _job(self, plan: Placement, prompt: str, count: int) -> Job:
        return Job(
            id=prompt,
            state=JobState.DONE,
            request=GenerateRequest(model=ModelId.GEMINI_3_1_FLASH, prompt=prompt, count=count),
            placement=placement_from_dict(plan.to_dict()),
            server="simulator",
            price=15,
            created_at=1.0,
            updated_at=1.0,
            results=tuple(self._result(prompt, index) for index in range(count)),
        )

    def _result(self, prompt: str, index: int) -> Result:
        path = self.folder / f"{prompt}-{index}.png"
        Image.new("RGB", (4, 4), (len(prompt), 200, index)).save(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return Result(
            index=index, path=path, sha256=digest, byte_count=path.stat().st_size, width=4, height=4
        )


def sent_and_back(image: bpy.types.Image) -> bpy.types.Image:
    """Edit an image at the service. Returns the result at its size and place."""
    before = set(bpy.data.images)
    sources = [{"name": image.name}]
    done = bpy.ops.easel.edit(
        prompt="older", sources=sources, placement="IMAGE", sizing="KEEP_SIZE", wait=True
    )
    assert done == {"FINISHED"}
    (result,) = set(bpy.data.images) - before
    return result
