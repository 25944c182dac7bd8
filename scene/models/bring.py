# SPDX-License-Identifier: GPL-3.0-or-later
"""A model's files become one object: named, turned to the front, on the floor, of a height, shaded smooth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import bpy
from mathutils import Matrix, Vector

from ...imaging.errors import ModelDamaged
from ...imaging.model_contents import ModelContents, read_contents
from ...jobs.targets import DatablockRef
from ...texts.phrases import joined, phrase
from ..errors import PlacementImpossible
from ..refs import find, obstacle_to_editing
from .importing import Brought, imported, world_of
from .maps import settle_textures
from .own_scene import in_scene

SMOOTH_ANGLE: Final = math.radians(30)
"""Edges that are sharper stay hard."""
DECIMATE: Final = "Easel Decimate"
_LARGEST: Final = 1e15
"""Metres. Float32 can't hold the squares of much larger sizes."""
_SHOWN_FACES: Final = 300_000
"""Above this number the modifier works in renders only: it would freeze the view for seconds."""


@dataclass(frozen=True, kw_only=True)
class Making:
    """How a model was made: the facts that lead back from the object."""

    job_id: str = ""
    engine: str = ""
    """Label of the engine, as the artist knows it."""
    seed: int | None = None
    """None if it is not known."""
    picture: DatablockRef | None = None
    """The image that it was made from, if that is in the file."""


@dataclass(frozen=True, kw_only=True)
class BroughtModel:
    """The object that a model's files became."""

    object: str
    """Name of the object."""
    faces: int
    text: str
    """A report of the import, in sentences without a final period."""


def bring_model(
    path: Path,
    *,
    scene: bpy.types.Scene,
    name: str,
    height: float = 1.0,
    location: Sequence[float] = (0.0, 0.0, 0.0),
    turn: float = 0.0,
    most_faces: int = 0,
    pack: bool = True,
    making: Making | None = None,
    replaces: bpy.types.Object | None = None,
    contents: ModelContents | None = None,
) -> BroughtModel:
    """Bring a model into a scene as one object, by Blender's own importer. The caller is the one undo step.

    Main thread, with or without a window, in any mode: the import happens in a separate scene. Selection and
    mode stay, except in Object Mode: there the new object is selected and active. The object has rotation 0
    and scale 1; its origin is the middle of its bottom. Blender stands still while it imports: say so before
    (`importing_text`).

    Args:
        path: a GLB, an FBX, or an OBJ with its MTL and textures beside it. It is only read.
        scene: where to; into the collection that is active there.
        name: of the object and its mesh, and how materials and images begin.
        height: metres (Blender units) from the lowest to the highest point.
        location: of the bottom's middle in the world: the 3D cursor, or a place on the floor.
        turn: degrees about +Z, counter-clockwise seen from above, by which the engine's front is turned to
            Blender's front, -Y. A front of +X (as Blender has imported it) needs -90.
        most_faces: where the model has more, it gets a Decimate modifier with that target; 0: none.
        pack: have textures packed; else they are copied to `//textures`, where the .blend is saved.
        making: what leads back from the object to its picture and job.
        replaces: gets the mesh in place of its own, as high as that is in its own space; its transform,
            modifiers, collections and name stay. `height`, `location` and `scene` do not count then.
        contents: of the file, where `read_contents` has been asked before, on a thread.

    Raises:
        ModelDamaged: the file is damaged or cut short.
        PlacementImpossible: Blender lacks an extension, its importer refuses the file, or the object to be
            replaced can't be changed. Nothing was changed, and nothing is half imported.
        OSError: the file is gone.
    """
    _check_target(scene, replaces)
    contents = contents or read_contents(path)
    if lacks := contents.lacking(bpy.app.version[:2]):
        raise PlacementImpossible(
            phrase(
                "“{name}” needs {lacks}, which Blender {version} lacks. A newer Blender may read it.",
                version=".".join(map(str, bpy.app.version[:2])),
                name=path.name,
                lacks=lacks,
            )
        )
    if replaces is not None:
        height = _own_height(replaces) or height
    with imported(path) as brought:
        mesh = _one_mesh(brought, path)
        faces = len(mesh.polygons)
        _stand(mesh, height, math.radians(turn))
        _shade(mesh)
        notes = settle_textures(mesh, brought, name, pack=pack, pictures=contents.pictures)
        mesh.name = name
        obj = _show(mesh, scene, name, location, replaces)
        kept = {mesh.session_uid, obj.session_uid}
        kept |= {material.session_uid for material in mesh.materials if material is not None}
        kept |= {image.session_uid for image in _images_of(mesh)}
        kept |= {group.session_uid for group in brought.new("node_groups") if group.users > 0}
        brought.remove_all_but(kept)
    if most_faces and faces > most_faces:
        notes.append(thin(obj, most_faces))
    if making is not None:
        _note_making(obj, making, height)
    if contents.webp_count:
        notes.append(phrase("Its textures stay WebP"))
    if contents.missing:
        notes.append(phrase("Missing: {names}", names=", ".join(contents.missing[:5])))
    return BroughtModel(
        object=obj.name,
        faces=faces,
        text=joined(phrase("“{name}” has {faces:,} faces", name=obj.name, faces=faces), *notes, by=". "),
    )


def importing_text(contents: ModelContents | None, byte_count: int) -> str:
    """Say, before Blender's importer starts, how long it will take; empty if nobody waits.

    Args:
        contents: of the file; None if it can't be read, which bringing it in says.
    """
    if contents is None:
        return ""
    faces = contents.faces or byte_count // _BYTES_PER_FACE
    seconds = round(faces * _SECONDS_PER_FACE + byte_count * _SECONDS_PER_BYTE)
    if seconds < 1:
        return ""
    return phrase(
        "Importing {faces:,} faces: Blender will not respond for about {seconds} s",
        faces=faces,
        seconds=seconds,
    )


_SECONDS_PER_FACE: Final = 3e-6
"""The time of Blender's importer for GLB, on a machine of 2026."""
_SECONDS_PER_BYTE: Final = 1e-8
"""The time to read and pack its textures."""
_BYTES_PER_FACE: Final = 80
"""A guess for an FBX, which does not say how many faces it has."""


def _check_target(scene: bpy.types.Scene, replaces: bpy.types.Object | None) -> None:
    if replaces is None:
        if scene.library is not None:
            text = phrase(
                "The scene {scene} is linked from another file and can't be changed.", scene=scene.name
            )
            raise PlacementImpossible(text)
        return
    if replaces.type != "MESH":
        raise PlacementImpossible(phrase("“{name}” is not a mesh object.", name=replaces.name))
    if replaces.mode != "OBJECT":
        raise PlacementImpossible(phrase("Leave the mode that “{name}” is in first.", name=replaces.name))
    if problem := obstacle_to_editing(replaces):
        raise PlacementImpossible(problem)


def _own_height(obj: bpy.types.Object) -> float:
    """Return how high a mesh object is in its own space."""
    low, high = _bounds(obj.data)
    return high.z - low.z


def _bounds(mesh: bpy.types.Mesh) -> tuple[Vector, Vector]:
    """Return the least and the largest coordinates of a mesh; its object's bounding box is not yet updated.

    A million points take three milliseconds; through `vertices` it would be thirty, and along (count, 3)
    fifty.
    """
    import numpy as np  # here, because enabling the extension needs no numpy

    count = len(mesh.vertices)
    if not count:
        return Vector(), Vector()
    points = np.empty(count * 3, np.float32)
    mesh.attributes["position"].data.foreach_get("vector", points)
    axes = [points[axis::3] for axis in range(3)]
    return Vector([float(it.min()) for it in axes]), Vector([float(it.max()) for it in axes])


def _one_mesh(brought: Brought, path: Path) -> bpy.types.Mesh:
    """Make one mesh of all that have come, in the space of the world."""
    parts = [obj for obj in brought.new("objects") if obj.type == "MESH" and len(obj.data.polygons)]
    if not parts:
        raise PlacementImpossible(phrase("“{name}” has no faces.", name=path.name))
    places = [world_of(obj) for obj in parts]
    for obj, place in zip(parts, places, strict=True):
        obj.parent = None
        obj.modifiers.clear()
        if obj.data.shape_keys is not None:  # they would keep their former places
            obj.shape_key_clear()
        if obj.data.users > 1:  # shown several times
            obj.data = obj.data.copy()
        obj.data.transform(place)
        obj.matrix_basis = Matrix()
        if place.determinant() < 0:
            obj.data.flip_normals()
    if len(parts) > 1:
        _join(parts, brought.scene)
    return parts[0].data


def _join(parts: list[bpy.types.Object], scene: bpy.types.Scene) -> None:
    """Join objects into the first."""
    with in_scene(scene, selected=parts):
        bpy.ops.object.join()


def _stand(mesh: bpy.types.Mesh, height: float, turn: float) -> None:
    """Turn a mesh, make it so high, and put the middle of its bottom into its origin.

    Raises ModelDamaged if it has no size, or one that is no number.
    """
    mesh.transform(Matrix.Rotation(turn, 4, "Z"))
    low, high = _bounds(mesh)
    size = high - low
    if not 0 < max(size) < _LARGEST or not all(map(math.isfinite, (*low, *high))):
        raise ModelDamaged(phrase("The model is damaged: its geometry can't be found."))
    # What lies flat has no height: then its longest side is as long.
    scale = height / (size.z if size.z > 1e-6 * max(size) else max(*size, 1e-9))
    bottom = Vector(((low.x + high.x) / 2, (low.y + high.y) / 2, low.z))
    mesh.transform(Matrix.Scale(scale, 4) @ Matrix.Translation(-bottom))


def _shade(mesh: bpy.types.Mesh) -> None:
    """Shade smooth, except edges sharper than an angle; normals of the file would go before."""
    for name in ("custom_normal", "sharp_face", "sharp_edge"):
        attribute = mesh.attributes.get(name)
        if attribute is not None:
            mesh.attributes.remove(attribute)
    mesh.shade_smooth()
    mesh.set_sharp_from_angle(angle=SMOOTH_ANGLE)
    mesh.update()


def _show(
    mesh: bpy.types.Mesh,
    scene: bpy.types.Scene,
    name: str,
    location: Sequence[float],
    replaces: bpy.types.Object | None,
) -> bpy.types.Object:
    if replaces is not None:
        replaces.data = mesh
        for slot in replaces.material_slots:
            slot.link = "DATA"  # else materials of the object's own hide those of the model
        return replaces
    obj = bpy.data.objects.new(name, mesh)
    obj.location = location
    layer = layer_of(scene)
    active = layer.active_layer_collection
    is_usable = active is not None and not active.exclude and active.collection.library is None
    (active.collection if is_usable and active is not None else scene.collection).objects.link(obj)
    before = layer.objects.active
    if before is None or before.mode == "OBJECT":
        for other in layer.objects:
            if other.select_get(view_layer=layer):
                other.select_set(False, view_layer=layer)
        obj.select_set(True, view_layer=layer)
        layer.objects.active = obj
    return obj


def layer_of(scene: bpy.types.Scene) -> bpy.types.ViewLayer:
    """Return the view layer of a scene that a window shows, or its first."""
    windows = bpy.data.window_managers[0].windows
    shown = (window.view_layer for window in windows if window.scene == scene)
    return next(shown, scene.view_layers[0])


def _images_of(mesh: bpy.types.Mesh) -> list[bpy.types.Image]:
    return [
        node.image
        for material in mesh.materials
        if material is not None and material.node_tree is not None
        for node in material.node_tree.nodes
        if node.type == "TEX_IMAGE" and node.image is not None
    ]


def thin(obj: bpy.types.Object, faces: int) -> str:
    """Add a Decimate modifier that leaves this many faces, or set the existing one; it is not applied.

    Returns what was done.
    """
    count = max(1, len(obj.data.polygons))
    modifier: Any = obj.modifiers.get(DECIMATE) or obj.modifiers.new(DECIMATE, "DECIMATE")
    modifier.ratio = min(1.0, faces / count)
    modifier.show_viewport = count <= _SHOWN_FACES
    if modifier.show_viewport:
        return phrase("A Decimate modifier leaves {faces:,}", faces=round(modifier.ratio * count))
    return phrase("A Decimate modifier leaves {faces:,}, in renders", faces=round(modifier.ratio * count))


def _note_making(obj: bpy.types.Object, making: Making, height: float) -> None:
    noted: Any = obj.easel_model
    noted.job_id, noted.engine, noted.height = making.job_id, making.engine, height
    noted.seed = str(making.seed) if making.seed is not None else ""
    if making.picture is not None:
        noted.picture = find(making.picture, bpy.data.images)
