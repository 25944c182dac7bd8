# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces of a mesh: finding the selected ones and giving them a material slot, in Edit Mode and out of it.

In Edit Mode the truth is the BMesh: what is written to the mesh then is lost when the artist leaves it.
"""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING

import bpy
import bmesh

from ...jobs.placement import FaceSelection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def selected_faces(obj: bpy.types.Object) -> FaceSelection | None:
    """Return the faces selected in Edit Mode; None if none is."""
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
    """Count the faces as the artist sees them now."""
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
