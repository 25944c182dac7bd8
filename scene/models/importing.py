# SPDX-License-Identifier: GPL-3.0-or-later
"""Run Blender's importers in a separate, temporary scene, so that nothing disturbs the artist.

If anything fails, no part of a model stays in the file.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import bpy
from mathutils import Matrix

from ...texts.phrases import phrase
from ..errors import PlacementImpossible
from .own_scene import in_scene

_KINDS: Final = (
    "scenes",
    "collections",
    "objects",
    "meshes",
    "materials",
    "images",
    "textures",
    "armatures",
    "actions",
    "cameras",
    "lights",
    "curves",
    "node_groups",
    "worlds",
)
"""Kinds of datablocks that importers may bring, in the order of their removal."""

logger = logging.getLogger(__name__)


class Brought:
    """The datablocks that an importer has brought, until they are tidied up."""

    def __init__(self, scene: bpy.types.Scene) -> None:
        self.scene = scene
        self._before = {kind: _uids(kind) for kind in _KINDS}

    def new(self, kind: str) -> list[Any]:
        """List the new datablocks of a kind (`"images"`)."""
        return [it for it in getattr(bpy.data, kind) if it.session_uid not in self._before[kind]]

    def remove_all_but(self, kept: set[int]) -> None:
        """Remove the new datablocks, except those with one of these `session_uid`."""
        for kind in _KINDS:
            gone = [it for it in self.new(kind) if it.session_uid not in kept]
            if kind == "scenes":
                for scene in gone:
                    bpy.data.scenes.remove(scene)
            elif gone:
                bpy.data.batch_remove(gone)


def _uids(kind: str) -> frozenset[int]:
    return frozenset(it.session_uid for it in getattr(bpy.data, kind))


@contextlib.contextmanager
def imported(path: Path) -> Iterator[Brought]:
    """Import a GLB, OBJ or FBX. At the end of the block the imported datablocks stay.

    If anything raises, in here or in the block, none of them stays. Main thread; Blender's importer takes
    seconds for a million faces.

    Raises:
        PlacementImpossible: Blender's importer refuses the file.
    """
    scene = bpy.data.scenes.new("Easel Import")
    brought = Brought(scene)
    try:
        try:
            run_importer(path, scene)
        except (RuntimeError, TypeError, ValueError, ImportError, AttributeError, KeyError) as error:
            logger.warning("Blender can't import %s", path.name, exc_info=True)
            reason = str(error).strip().splitlines()[-1:] or [type(error).__name__]
            raise PlacementImpossible(
                phrase("Blender's importer can't read “{name}”: {reason}", name=path.name, reason=reason[0])
            ) from error
        yield brought
    except BaseException:
        brought.remove_all_but(set())
        raise
    finally:
        if scene.name in bpy.data.scenes:
            bpy.data.scenes.remove(scene)


def run_importer(path: Path, scene: bpy.types.Scene) -> None:
    """Let Blender's importer for a kind of file put it into a scene. Raises the importer's errors."""
    with in_scene(scene):
        match path.suffix.lower():
            case ".glb":
                bpy.ops.import_scene.gltf(
                    filepath=str(path),
                    # Normals of the file shade badly once vertices are merged: angles decide.
                    import_shading="SMOOTH",
                    merge_vertices=True,
                    # A shape of bones would be a part of the model, and unlinks the artist's active object.
                    disable_bone_shape=True,
                )
            case ".obj":
                bpy.ops.wm.obj_import(filepath=str(path), validate_meshes=True)
            case _ if _has_new_fbx():
                bpy.ops.wm.fbx_import(filepath=str(path))
            case _:
                bpy.ops.import_scene.fbx(filepath=str(path))


def _has_new_fbx() -> bool:
    """Whether Blender has its own FBX importer. Older versions leave it to an add-on."""
    return "fbx_import" in dir(bpy.ops.wm)


def world_of(obj: bpy.types.Object) -> Matrix:
    """Return an object's transform from its own and its parents'; `matrix_world` may be out of date."""
    own = obj.matrix_basis.copy()
    if obj.parent is None:
        return own
    return world_of(obj.parent) @ obj.matrix_parent_inverse @ own
