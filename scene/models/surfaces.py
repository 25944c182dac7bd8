# SPDX-License-Identifier: GPL-3.0-or-later
"""The surface of a mesh object for sending: obstacles, its size, its arrays, its file."""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Matrix, Vector

from ...imaging.model_contents import read_contents
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from ..errors import SourceUnusable
from ..refs import obstacle_to_editing
from .own_scene import in_scene

if TYPE_CHECKING:
    from ...imaging.surface.glb_mesh import OwnMesh

_LEAST_HEIGHT: Final = 1e-4
"""Metres: a flatter object lies on the floor, and its height is no measure."""
_LEAST_WIDTH: Final = 1e-6
"""Of a surface, if its length is 1: less is the rounding of a line."""
_BYTES_PER_FACE: Final = 28
"""Bytes per triangle of a GLB without materials, measured on a million."""
_SECONDS_PER_FACE: Final = 3.5e-6
"""The time of Blender's exporter, on a machine of 2026."""


@dataclass(frozen=True, kw_only=True)
class SurfaceSize:
    """How large an object is as it is sent."""

    faces: int
    """Triangles."""

    @property
    def byte_count(self) -> int:
        """About, without materials."""
        return self.faces * _BYTES_PER_FACE + 1000

    @property
    def seconds(self) -> int:
        """About how long Blender will stand still while it writes the file."""
        return round(self.faces * _SECONDS_PER_FACE)


def obstacle(obj: Any) -> str:
    """Say why an object can't be textured; empty if it can. Without a final period; looks at no mesh."""
    if obj is None or obj.type != "MESH":
        return phrase("Make a mesh object active")
    if text := obstacle_to_editing(obj) or obstacle_to_editing(obj.data):
        return text
    if not obj.data.polygons and not obj.modifiers:
        return phrase("“{name}” has no faces", name=obj.name)
    return ""


def refuse(obj: Any, layer: bpy.types.ViewLayer) -> None:
    """Raise SourceUnusable if an object can't be sent. Main thread."""
    text = obstacle(obj)
    if not text and not obj.visible_get(view_layer=layer):
        text = phrase("“{name}” is hidden: show it first, the result would not be seen", name=obj.name)
    if text:
        raise SourceUnusable(phrase("{text}.", text=text))


def too_large_text(engine: str, most: int, count: int) -> str:
    """Say what to do about an object with too many faces; without a final period."""
    return phrase(
        "{engine} takes at most {most:,} faces, not {count:,}: add a Decimate modifier",
        engine=engine,
        most=most,
        count=count,
    )


def no_uvs_text(engine: str) -> str:
    """Say what an object lacks for an engine; without a final period."""
    return phrase("{engine} needs UVs, and the object has none: unwrap it first", engine=engine)


def own_size_of(obj: Any) -> SurfaceSize:
    """Count an object's triangles without its modifiers."""
    return _size(obj.data)


def size_of(obj: Any, depsgraph: bpy.types.Depsgraph, *, has_modifiers: bool) -> SurfaceSize:
    """Count an object's triangles as it is sent. Takes no time: nothing is made for it."""
    return _size(obj.evaluated_get(depsgraph).data if has_modifiers and obj.modifiers else obj.data)


def _size(mesh: Any) -> SurfaceSize:
    return SurfaceSize(faces=max(len(mesh.loops) - 2 * len(mesh.polygons), 0))


def matrix_of(obj: Any) -> tuple[float, ...]:
    """Return how an object's points are turned and scaled in the world, 9 values by rows."""
    rows = obj.matrix_world.to_3x3()
    return tuple(float(value) for row in rows for value in row)


def uv_map_of(obj: Any) -> str:
    """Return the name of the sent UV map, the one that renders use; empty if there is none."""
    layer = next((layer for layer in obj.data.uv_layers if layer.active_render), None)
    return layer.name if layer is not None else ""


def images_of(obj: Any) -> list[bpy.types.Image]:
    """List the images that are sent with an object's materials."""
    found: dict[int, bpy.types.Image] = {}
    waiting = [slot.material.node_tree for slot in obj.material_slots if slot.material is not None]
    seen: set[int] = set()
    while waiting:
        tree = waiting.pop()
        if tree is None or tree.session_uid in seen:
            continue
        seen.add(tree.session_uid)
        for node in tree.nodes:
            if (image := getattr(node, "image", None)) is not None:
                found[image.session_uid] = image
            if node.type == "GROUP":
                waiting.append(node.node_tree)
    return list(found.values())


def _is_flattened(mesh: bpy.types.Mesh) -> bool:
    """Say whether all corners of a mesh lie in a point or on a line, or are nowhere."""
    import numpy as np

    points = _read(mesh, "position", "vector", len(mesh.vertices) * 3, np.float32).reshape(-1, 3)
    points = points[np.isfinite(points).all(1)].astype(np.float64)
    if not len(points):
        return len(mesh.vertices) > 0
    points -= points.mean(0)
    spread = np.linalg.eigvalsh(points.T @ points)  # squares of how far they reach, ascending
    return not spread[1] > _LEAST_WIDTH**2 * spread[2]


@contextmanager
def _mesh_to_send(
    obj: Any, depsgraph: bpy.types.Depsgraph, *, has_modifiers: bool, uv_map: str, has_materials: bool
) -> Iterator[bpy.types.Mesh]:
    """Lend a mesh with an object's shape and only the sent data, in the world's turn and scale."""
    if obj.mode == "EDIT":
        obj.update_from_editmode()
        depsgraph.update()
    if has_modifiers and obj.modifiers:
        mesh = bpy.data.meshes.new_from_object(
            obj.evaluated_get(depsgraph), preserve_all_data_layers=True, depsgraph=depsgraph
        )
    else:
        mesh = obj.data.copy()
    try:
        if mesh.shape_keys is not None:
            obj_of_keys = bpy.data.objects.new("", mesh)
            obj_of_keys.shape_key_clear()
            bpy.data.objects.remove(obj_of_keys)
        # By name: after one is removed, references to the others may point anywhere.
        for name in [layer.name for layer in mesh.uv_layers if layer.name != uv_map]:
            mesh.uv_layers.remove(mesh.uv_layers[name])
        for name in [attribute.name for attribute in mesh.color_attributes]:
            mesh.color_attributes.remove(mesh.color_attributes[name])
        if not has_materials:
            mesh.materials.clear()
        turn = obj.matrix_world.to_3x3().to_4x4()
        mesh.transform(turn)
        if _is_flattened(mesh):
            raise SourceUnusable(
                phrase(
                    "“{name}” is scaled to nothing: give it, or its parent, a scale other than 0.",
                    name=obj.name,
                )
            )
        if turn.determinant() < 0:
            mesh.flip_normals()
        yield mesh
    finally:
        bpy.data.meshes.remove(mesh)


def export(
    obj: Any,
    path: Path,
    depsgraph: bpy.types.Depsgraph,
    *,
    has_modifiers: bool,
    uv_map: str,
    has_materials: bool,
) -> None:
    """Have Blender write an object alone as a GLB. Main thread, which stands still; the file is private.

    What the artist has selected, and the mode, stay. The object's own turn and scale are in its points, its
    place is not. Without materials their textures stay here.

    Raises:
        SourceUnusable: Blender can't write it, or nothing is in it.
    """
    scene = bpy.data.scenes.new("Easel Export")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _mesh_to_send(
            obj, depsgraph, has_modifiers=has_modifiers, uv_map=uv_map, has_materials=has_materials
        ) as mesh:
            sent = bpy.data.objects.new("Model", mesh)
            try:
                if has_materials:
                    _lend_own_materials(obj, sent)
                scene.collection.objects.link(sent)
                with in_scene(scene):
                    bpy.ops.export_scene.gltf(
                        filepath=str(path),
                        export_format="GLB",
                        use_active_scene=True,
                        export_materials="EXPORT" if has_materials else "NONE",
                        export_animations=False,
                        export_skins=False,
                        export_morph=False,
                        export_apply=False,
                        export_cameras=False,
                        export_lights=False,
                        export_extras=False,
                    )
            finally:
                bpy.data.objects.remove(sent)
        read_contents(path)  # Blender reports success even if it has written nothing
    except SourceUnusable:
        raise
    except (RuntimeError, TypeError, ValueError, AttributeError, KeyError, OSError, Refusal) as error:
        with contextlib.suppress(OSError):
            path.unlink()
        reason = str(error).strip().splitlines()[-1:] or [type(error).__name__]
        raise SourceUnusable(
            phrase("Blender can't write “{name}” as a GLB: {reason}", name=obj.name, reason=reason[0])
        ) from error
    finally:
        bpy.data.scenes.remove(scene)


def _lend_own_materials(obj: Any, sent: Any) -> None:
    """Give an object the materials that another one has itself, not from its mesh."""
    for slot, own in zip(sent.material_slots, obj.material_slots, strict=False):
        if own.link == "OBJECT":
            slot.link, slot.material = "OBJECT", own.material


def read_own(
    obj: Any, depsgraph: bpy.types.Depsgraph, *, matrix: tuple[float, ...], has_modifiers: bool, uv_map: str
) -> OwnMesh:
    """Read an object's mesh as it is now. Main thread, tens of ms for a million faces."""
    import numpy as np  # here, because enabling the extension needs no numpy

    from ...imaging.surface.glb_mesh import OwnMesh

    base = obj.data
    mesh = obj.evaluated_get(depsgraph).data if has_modifiers and obj.modifiers else base
    points = _read(mesh, "position", "vector", len(mesh.vertices) * 3, np.float32).reshape(-1, 3)
    corners = _read(mesh, ".corner_vert", "value", len(mesh.loops), np.int32)
    starts = np.empty(len(mesh.polygons), np.int32)
    mesh.polygons.foreach_get("loop_start", starts)
    uvs = None
    if uv_map and uv_map in mesh.uv_layers:
        uvs = _read(mesh, uv_map, "vector", len(mesh.loops) * 2, np.float32).reshape(-1, 2)
    is_same = (len(base.loops), len(base.polygons)) == (len(mesh.loops), len(mesh.polygons))
    return OwnMesh(points=points, corners=corners, starts=starts, uvs=uvs, matrix=matrix, may_change=is_same)


def _read(mesh: bpy.types.Mesh, name: str, value: str, count: int, kind: Any) -> Any:
    import numpy as np

    values = np.empty(count, kind)
    if count:
        mesh.attributes[name].data.foreach_get(value, values)
    return values


def height_at_hand(context: bpy.types.Context) -> tuple[float, str]:
    """Return the height and name of the active object if it is selected; otherwise 1 m and "".

    The height of an empty is that of its shape. Cheap enough for `draw`.
    """
    obj: Any = context.object
    if obj is None or not obj.select_get():
        return 1.0, ""
    height = _height_of_empty(obj) if obj.type == "EMPTY" else bounds_of(obj)[1]
    return (height, obj.name) if _LEAST_HEIGHT < height < math.inf else (1.0, "")


def _height_of_empty(obj: Any) -> float:
    """Return how high an empty stands; of a picture that Blender has not read yet, as if it were square."""
    size, image = obj.empty_display_size, obj.data
    box = (Vector((-size, -size, -size)), Vector((size, size, size)))
    if obj.empty_display_type == "IMAGE":
        width, height = image.size if image is not None and image.has_data else (1, 1)
        most = max(width, height, 1)
        side = Vector((size * width / most, size * height / most, 0.0))
        low = Vector((obj.empty_image_offset[0] * side.x, obj.empty_image_offset[1] * side.y, 0.0))
        box = (low, low + side)
    elif obj.empty_display_type in {"ARROWS", "SINGLE_ARROW"}:
        box = (Vector(), Vector((size, size, size)))
    corners = itertools.product(*zip(*box, strict=True))
    heights = [(obj.matrix_world @ Vector(corner)).z for corner in corners]
    return max(heights) - min(heights)


def bounds_of(obj: Any) -> tuple[Matrix, float]:
    """Return where the middle of an object's bottom is, and how high it stands in the world."""
    corners = [obj.matrix_world @ Vector(corner) for corner in obj.bound_box]
    (left, right), (front, back), (low, high) = ((min(it), max(it)) for it in zip(*corners, strict=True))
    return Matrix.Translation(((left + right) / 2, (front + back) / 2, low)), high - low
