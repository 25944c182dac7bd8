# SPDX-License-Identifier: GPL-3.0-or-later
"""Two forms of a mesh as arrays: the artist's own by its corners, and a GLB's by its triangles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ImagingError, ModelDamaged
from ..files import open_regular
from ..glb import read_glb_head

Floats = NDArray[np.float32]
Whole = NDArray[np.int32]

_TYPES: Final = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


class NotComparable(ImagingError):
    """A file's geometry can't be read here. Blender may be able to read it."""


@dataclass(frozen=True, kw_only=True)
class OwnMesh:
    """A mesh of Blender's: Z is up."""

    points: Floats
    """(vertices, 3), in the mesh's own space."""
    corners: Whole
    """Vertex of each corner, face by face."""
    starts: Whole
    """First corner of each face."""
    uvs: Floats | None
    """(corners, 2), from the lower left; None if it has none."""
    matrix: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    """The matrix that turned and scaled its points to be sent, 9 values by rows."""
    may_change: bool = True
    """Its corners are those of the mesh that UVs are written to, not a modifier's."""

    @property
    def triangle_count(self) -> int:
        return len(self.corners) - 2 * len(self.starts)


@dataclass(frozen=True, kw_only=True)
class CameMesh:
    """The triangles of a GLB. Z is up, as Blender's importer rotates it."""

    points: Floats
    """(vertices, 3); a vertex has one UV."""
    uvs: Floats | None
    """(vertices, 2), from the lower left."""
    triangles: Whole
    """(triangles, 3), vertices."""


def read_glb_mesh(path: Path) -> CameMesh:
    """Read all triangles of a GLB as one mesh. Worker thread; the file is memory-mapped.

    Raises:
        NotComparable: it is damaged, compressed, or has an unsupported structure.
        OSError
    """
    try:
        return _Glb(path).mesh()
    except (KeyError, TypeError, IndexError, ValueError, AttributeError, ModelDamaged) as error:
        raise NotComparable(f"{path.name}: {error}") from error


class _Glb:
    def __init__(self, path: Path) -> None:
        with open_regular(path) as file:
            head = read_glb_head(file, path.stat().st_size)
        self._told: Any = head.told
        self._start = head.start
        self._bytes = np.memmap(path, np.uint8, "r")

    def mesh(self) -> CameMesh:
        told = self._told
        points: list[Any] = []
        uvs: list[Any] = []
        triangles: list[Any] = []
        count = 0
        scene = told["scenes"][told.get("scene", 0)]
        waiting = [(index, np.eye(4)) for index in scene["nodes"]]
        has_uvs = True
        seen = 0
        while waiting:
            seen += 1
            if seen > len(told["nodes"]):
                raise ValueError("nodes go round in a circle")
            index, outer = waiting.pop()
            node = told["nodes"][index]
            matrix = outer @ _matrix_of(node)
            waiting += [(child, matrix) for child in node.get("children", ())]
            for part in told["meshes"][node["mesh"]]["primitives"] if "mesh" in node else ():
                if part.get("mode", 4) != 4 or "KHR_draco_mesh_compression" in part.get("extensions", {}):
                    raise ValueError("no plain triangles")
                attributes = part["attributes"]
                place = self._values(attributes["POSITION"]) @ matrix[:3, :3].T + matrix[:3, 3]
                points.append(np.stack([place[:, 0], -place[:, 2], place[:, 1]], 1).astype(np.float32))
                if "TEXCOORD_0" in attributes:
                    uv = self._values(attributes["TEXCOORD_0"])
                    uvs.append(np.stack([uv[:, 0], 1 - uv[:, 1]], 1).astype(np.float32))
                else:
                    has_uvs = False
                found = (
                    self._values(part["indices"])[:, 0].astype(np.int32)
                    if "indices" in part
                    else np.arange(len(place), dtype=np.int32)
                )
                triangles.append(found[: len(found) // 3 * 3].reshape(-1, 3) + count)
                count += len(place)
        if not triangles:
            raise ValueError("no triangles")
        whole = np.concatenate(triangles)
        if whole.min() < 0 or whole.max() >= count:
            raise ValueError("vertices that are not there")
        return CameMesh(
            points=np.concatenate(points), uvs=np.concatenate(uvs) if has_uvs else None, triangles=whole
        )

    def _values(self, number: int) -> NDArray[Any]:
        """Return an accessor's values, (count, width)."""
        accessor = self._told["accessors"][number]
        if "sparse" in accessor or "bufferView" not in accessor:
            raise ValueError("sparse values")
        view = self._told["bufferViews"][accessor["bufferView"]]
        if view.get("buffer", 0) != 0 or view.get("extensions"):
            raise ValueError("compressed values")
        kind, width = np.dtype(_TYPES[accessor["componentType"]]), _WIDTHS[accessor["type"]]
        count, stride = accessor["count"], view.get("byteStride") or kind.itemsize * width
        start = self._start + view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        end = start + stride * (count - 1) + kind.itemsize * width
        if count < 1 or start < self._start or end > len(self._bytes):
            raise ValueError("values beyond the end")
        values = np.ndarray((count, width), kind, self._bytes, start, (stride, kind.itemsize))
        if not accessor.get("normalized"):
            return values
        most = np.iinfo(kind).max
        return np.maximum(values.astype(np.float32) / most, -1)


def _matrix_of(node: Any) -> NDArray[np.float64]:
    if "matrix" in node:
        return np.asarray(node["matrix"], np.float64).reshape(4, 4).T
    x, y, z, w = node.get("rotation", (0, 0, 0, 1))
    length = math.sqrt(x * x + y * y + z * z + w * w) or 1.0
    x, y, z, w = x / length, y / length, z / length, w / length
    turn = np.asarray(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = turn * np.asarray(node.get("scale", (1, 1, 1)))
    matrix[:3, 3] = node.get("translation", (0, 0, 0))
    return matrix
