# SPDX-License-Identifier: GPL-3.0-or-later
"""How a returned mesh fits the one that was sent. `matching` finds it out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .glb_mesh import Floats


class Kind(Enum):
    """How much of the mesh was returned."""

    UVS = auto()
    """Shape and UVs: its textures fit directly."""
    SHAPE = auto()
    """Only the shape: its UVs can be transferred."""
    NOTHING = auto()
    """It is another mesh."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """The result of the comparison."""

    kind: Kind
    turn: int
    """Degrees about +Z, counter-clockwise seen from above, that turn the returned mesh onto the own one."""
    uvs: Floats | None = None
    """(corners, 2): for `SHAPE`, the new UVs of the own mesh's corners."""
