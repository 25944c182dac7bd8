# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces of a mesh: find the selected ones and assign a material slot, in and out of Edit Mode.

In Edit Mode only the BMesh counts: changes to the mesh are lost when the artist leaves the mode.
"""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING

import bpy
import bmesh

from ...jobs.targets import FaceSelection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def selected_faces(obj: bpy.types.Object) -> FaceSelection | None:
    """Return the faces selected in Edit Mode; None if there are none."""
    import numpy as np

    faces = bmesh.from_edit_mesh(obj.data).faces
    selected = np.fromiter((face.select and not face.hide for face in faces), np.bool_, len(faces))
    if not selected.any():
        return None
    return FaceSelection(
        face_count=len(selected),
        packed_bits=base64.b64encode(zlib.compress(np.packbits(selected).tobytes())).decode("ascii"),
    )


def are_all_selected(obj: bpy.types.Object) -> bool:
    """Tell whether every face is selected in Edit Mode."""
    return all(face.select for face in bmesh.from_edit_mesh(obj.data).faces)


def face_count(mesh: bpy.types.Mesh) -> int:
    """Count the faces in their current state, also in Edit Mode."""
    return len(bmesh.from_edit_mesh(mesh).faces) if mesh.is_editmode else len(mesh.polygons)


def assign_slot(mesh: bpy.types.Mesh, selection: FaceSelection, slot: int) -> None:
    """Give the faces of a selection a material slot. The mesh must have as many faces as the selection."""
    import numpy as np

    chosen = _unpacked(selection)
    if mesh.is_editmode:
        faces = bmesh.from_edit_mesh(mesh).faces
        for face, is_chosen in zip(faces, chosen.tolist(), strict=True):
            if is_chosen:
                face.material_index = slot
        bmesh.update_edit_mesh(mesh, loop_triangles=False, destructive=False)
        return
    slots = np.empty(len(chosen), np.int32)
    mesh.polygons.foreach_get("material_index", slots)
    slots[chosen] = slot
    mesh.polygons.foreach_set("material_index", slots)
    mesh.update()


def _unpacked(selection: FaceSelection) -> NDArray[np.bool_]:
    import numpy as np

    packed = np.frombuffer(zlib.decompress(base64.b64decode(selection.packed_bits)), np.uint8)
    return np.unpackbits(packed, count=selection.face_count).astype(np.bool_)
