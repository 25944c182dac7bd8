# SPDX-License-Identifier: GPL-3.0-or-later
"""Six views projected onto a texture by Easel, and by Blender: projected UVs and Cycles' bake on the CPU.

Blender bakes view by view, each through a UV map that its camera projects, like its own tools. This does
less: it has no occlusion, blending or filling. One bake of a material that mixes all views by their angle is
measured too, but not making the material.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import bpy
import numpy as np
import surface_meshes

from bench.table import Row
from easel.imaging.surface.cameras import cameras_around
from easel.imaging.surface.draw import Look, draw
from easel.imaging.surface.painted import MARGIN_PART, paint_texture
from easel.imaging.surface.project import ViewPicture
from easel.imaging.surface.views import views_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from easel.imaging.surface.cameras import Camera
    from easel.imaging.surface.mesh import Mesh

VIEW, TEXTURE, DETAIL = 1024, 2048, 388
TINY = {"view": 64, "texture": 64, "detail": 16}
VIEWS = 6
PROMISED_SHARE = 1 / 6
_SHARP = 10  # power of the angle's cosine, as in Easel


class _Spent(NamedTuple):
    seconds: float
    cpu_s: float


def rows(view: int = VIEW, texture: int = TEXTURE, detail: int = DETAIL) -> Iterator[Row]:
    """Measure, and yield a row as soon as it is known."""
    mesh = surface_meshes.scan(detail)
    cameras = cameras_around(mesh, VIEWS, (view, view))
    pictures = [draw(mesh, camera, Look.NORMALS) for camera in cameras]

    def paint() -> None:
        seen = zip(views_of(mesh, cameras), pictures, strict=True)
        views = [ViewPicture(view=one, pixels=pixels) for one, pixels in seen]
        paint_texture(mesh, 0, None, (texture, texture), views)

    bake = _Bake(mesh, cameras, pictures, texture)
    ours, each, together = [], [], []
    for _ in range(2):  # alternately, so that other load affects both
        ours.append(_spent(paint))
        each.append(_spent(bake.view_by_view))
        together.append(_spent(bake.all_together))
    mine, theirs, mixed = (min(some, key=lambda one: one.cpu_s) for some in (ours, each, together))
    what = f"six views of {view} px onto {texture} px, {len(mesh):,} triangles"
    yield Row(
        what=what, naive=theirs.seconds, ours=mine.seconds, unit="s", note="naive: Cycles, view by view"
    )
    yield Row(what="- of processors", naive=theirs.cpu_s, ours=mine.cpu_s, unit="s")
    yield Row(
        what="- as a share of Blender's own way",
        naive=None,
        ours=mine.cpu_s / theirs.cpu_s,
        promised=PROMISED_SHARE,
        unit="",
        note="by the time of processors: other programs take none of it",
    )
    yield Row(
        what="- beside one bake of all views mixed by angle",
        naive=mixed.cpu_s,
        ours=mine.cpu_s,
        unit="s",
        note="of processors; nothing is hidden there",
    )


class _Bake:
    """The same views in Blender, each with a UV map that its camera projects."""

    def __init__(
        self, mesh: Mesh, cameras: Sequence[Camera], pictures: Sequence[NDArray[np.uint8]], side: int
    ) -> None:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        scene = bpy.context.scene
        scene.render.engine = "CYCLES"
        scene.cycles.device, scene.cycles.samples = "CPU", 1
        scene.render.bake.margin = max(2, round(side * MARGIN_PART))
        scene.render.bake.use_clear = False
        self._obj = bpy.data.objects.new("Scan", _blender_mesh(mesh, cameras))
        scene.collection.objects.link(self._obj)
        bpy.context.view_layer.objects.active = self._obj
        self._obj.select_set(True)
        self._material = bpy.data.materials.new("Views")
        if bpy.app.version < (5, 0):
            self._material.use_nodes = True
        self._obj.data.materials.append(self._material)
        self._tree: Any = self._material.node_tree
        self._cameras = cameras
        self._images = [_blender_image(f"View {number}", one) for number, one in enumerate(pictures)]
        self._target = bpy.data.images.new("Baked", side, side)

    def view_by_view(self) -> None:
        """Bake once per view."""
        for number in range(len(self._images)):
            emission = self._emission()
            self._tree.links.new(self._picture(number).outputs["Color"], emission.inputs["Color"])
            self._bake()

    def all_together(self) -> None:
        """Bake once, with all views weighted by their angle."""
        emission = self._emission()
        geometry = self._tree.nodes.new("ShaderNodeNewGeometry")
        total, weights = None, None
        for number, camera in enumerate(self._cameras):
            facing = self._math("DOT_PRODUCT", geometry.outputs["Normal"], tuple(camera.towards))
            weight = self._value("POWER", self._value("MAXIMUM", facing.outputs["Value"], 0.0), _SHARP)
            weighed = self._math("SCALE", self._picture(number).outputs["Color"], weight)
            total = (
                weighed.outputs[0]
                if total is None
                else self._math("ADD", total, weighed.outputs[0]).outputs[0]
            )
            weights = weight if weights is None else self._value("ADD", weights, weight)
        mean = self._math("SCALE", total, self._value("DIVIDE", 1.0, weights))
        self._tree.links.new(mean.outputs[0], emission.inputs["Color"])
        self._bake()

    def _bake(self) -> None:
        node = self._tree.nodes.new("ShaderNodeTexImage")
        node.image = self._target
        self._tree.nodes.active = node
        node.select = True
        bpy.ops.object.bake(type="EMIT")

    def _emission(self) -> Any:
        self._tree.nodes.clear()
        output = self._tree.nodes.new("ShaderNodeOutputMaterial")
        emission = self._tree.nodes.new("ShaderNodeEmission")
        self._tree.links.new(emission.outputs[0], output.inputs["Surface"])
        return emission

    def _picture(self, number: int) -> Any:
        uv = self._tree.nodes.new("ShaderNodeUVMap")
        uv.uv_map = f"View {number}"
        node = self._tree.nodes.new("ShaderNodeTexImage")
        node.image, node.extension = self._images[number], "CLIP"
        self._tree.links.new(uv.outputs[0], node.inputs["Vector"])
        return node

    def _math(self, operation: str, first: Any, second: Any) -> Any:
        """Add a node for vectors; its inputs are sockets or values."""
        node = self._tree.nodes.new("ShaderNodeVectorMath")
        node.operation = operation
        other = node.inputs["Scale"] if operation == "SCALE" else node.inputs[1]
        self._put(first, node.inputs[0])
        self._put(second, other)
        return node

    def _value(self, operation: str, first: Any, second: Any) -> Any:
        """Add a node for numbers. Returns its socket."""
        node = self._tree.nodes.new("ShaderNodeMath")
        node.operation = operation
        self._put(first, node.inputs[0])
        self._put(second, node.inputs[1])
        return node.outputs[0]

    def _put(self, what: Any, into: Any) -> None:
        if isinstance(what, bpy.types.NodeSocket):
            self._tree.links.new(what, into)
        else:
            into.default_value = what


def _blender_mesh(mesh: Mesh, cameras: Sequence[Camera]) -> bpy.types.Mesh:
    made: Any = bpy.data.meshes.new("Scan")
    points = mesh.corners.reshape(-1, 3)
    made.vertices.add(len(points))
    made.vertices.foreach_set("co", points.ravel())
    made.loops.add(len(points))
    made.loops.foreach_set("vertex_index", np.arange(len(points), dtype=np.int32))
    made.polygons.add(len(mesh))
    made.polygons.foreach_set("loop_start", np.arange(0, len(points), 3, dtype=np.int32))
    made.update(calc_edges=True)
    made.uv_layers.new(name="Texture").uv.foreach_set("vector", mesh.uvs.ravel())
    for number, camera in enumerate(cameras):
        seen = camera.project(points)
        uvs = np.stack((seen.x / np.float32(camera.width), 1 - seen.y / np.float32(camera.height)), 1)
        made.uv_layers.new(name=f"View {number}").uv.foreach_set("vector", uvs.astype(np.float32).ravel())
    made.uv_layers["Texture"].active = made.uv_layers["Texture"].active_render = True
    return made


def _blender_image(name: str, pixels: NDArray[np.uint8]) -> bpy.types.Image:
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(name, width, height)
    values = np.ones((height, width, 4), np.float32)
    values[..., :3] = pixels[::-1] / np.float32(255)
    image.pixels.foreach_set(values.ravel())
    return image


def _spent(work: Callable[[], object]) -> _Spent:
    start, cpu = time.perf_counter(), time.process_time()
    work()
    return _Spent(time.perf_counter() - start, time.process_time() - cpu)
