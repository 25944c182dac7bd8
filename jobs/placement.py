# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do with a finished image, decided at the click and kept with the job.

Datablocks are named by name and `session_uid`, never held: they may be gone, renamed or of another file
by the time the image is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class PlacementKind(StrEnum):
    """The choices of "When Finished"."""

    IMAGE = "IMAGE"
    """An image datablock, nothing else."""
    TEXTURE = "TEXTURE"
    """Base colour of the targets' material, or the image node that was edited."""
    PLANE = "PLANE"
    """A reference plane at the 3D cursor."""


@dataclass(frozen=True, kw_only=True)
class DatablockRef:
    """One datablock, as it was called at the click."""

    name: str
    session_uid: int
    """Valid only in the session of the file named by `Placement.session`."""


@dataclass(frozen=True, kw_only=True)
class FaceSelection:
    """The faces selected in Edit Mode at the click, valid while the mesh has as many faces."""

    face_count: int
    packed_bits: str
    """base64 of zlib of one bit per face (numpy.packbits order)."""


@dataclass(frozen=True, kw_only=True)
class TextureTarget:
    """One mesh object that gets the image as its base colour."""

    object: DatablockRef
    slot: int
    """Index of the material slot; -1 where the object has none yet."""
    faces: FaceSelection | None = None


@dataclass(frozen=True, kw_only=True)
class NodeTarget:
    """The image node whose picture was edited. `tree` names the material (or node group)."""

    tree: DatablockRef
    is_group: bool
    node: str


@dataclass(frozen=True, kw_only=True)
class PlanePose:
    """Where a reference plane goes: world space, metres (Blender units)."""

    location: tuple[float, float, float]
    rotation: tuple[float, float, float, float]
    """Quaternion w, x, y, z of the view, so that the plane faces it."""
    height: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Placement:
    """The artist's choice with all it needs; only what belongs to `kind` is filled in."""

    kind: PlacementKind = PlacementKind.IMAGE
    session: str = ""
    """Which opened file of which Blender it was made in. A result is placed by itself only there;
    anywhere else it waits in the list."""
    scene: DatablockRef | None = None
    textures: tuple[TextureTarget, ...] = ()
    nodes: tuple[NodeTarget, ...] = ()
    plane: PlanePose | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the ledger's JSON; `placement_from_dict` is the way back."""
        return asdict(self)


def placement_from_dict(values: Mapping[str, Any]) -> Placement:
    """Rebuild a placement from `to_dict`'s values.

    Raises:
        ValueError, KeyError, TypeError: the values are not a placement's.
    """
    scene = values.get("scene")
    plane = values.get("plane")
    return Placement(
        kind=PlacementKind(values["kind"]),
        session=values.get("session", ""),
        scene=DatablockRef(**scene) if scene else None,
        textures=tuple(
            TextureTarget(
                object=DatablockRef(**target["object"]),
                slot=target["slot"],
                faces=FaceSelection(**target["faces"]) if target.get("faces") else None,
            )
            for target in values.get("textures", ())
        ),
        nodes=tuple(
            NodeTarget(tree=DatablockRef(**target["tree"]), is_group=target["is_group"], node=target["node"])
            for target in values.get("nodes", ())
        ),
        plane=PlanePose(
            location=_triple(plane["location"]),
            rotation=_quaternion(plane["rotation"]),
            height=plane["height"],
        )
        if plane
        else None,
    )


def _triple(values: Any) -> tuple[float, float, float]:
    x, y, z = values
    return (x, y, z)


def _quaternion(values: Any) -> tuple[float, float, float, float]:
    w, x, y, z = values
    return (w, x, y, z)
