# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an edit may change its first source: an area, or numbered points, each with an instruction.

The service has no masks. It gets a marked copy of the source as the last source. Easel then puts the result
into the source, only inside the area.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

AREA_ROLE: Final = (
    "the first image again, with an area tinted and outlined in magenta: change only what lies in that area,"
    " and leave no magenta"
)
"""The prompt's text about the marked copy."""

MARKERS_ROLE: Final = "the first image again, with numbered magenta marks: leave no mark in the result"


class MaskKind(StrEnum):
    """The kinds of masks."""

    EVERYTHING = "EVERYTHING"
    """No mask."""
    FACES = "FACES"
    """The UVs of the selected faces."""
    IMAGE = "IMAGE"
    """Another image: where it is white."""
    ALPHA = "ALPHA"
    """The source's own alpha: where it is opaque."""
    AREA = "AREA"
    """Boxes and lassos, drawn on the image."""
    MARKERS = "MARKERS"
    """Numbered points; the whole image may change."""


@dataclass(frozen=True, kw_only=True)
class Marker:
    """A numbered point with its instruction."""

    place: tuple[float, float]
    """UV: 0 to 1 from the lower left corner."""
    text: str


@dataclass(frozen=True, kw_only=True)
class EditMask:
    """Where the first source may change."""

    kind: MaskKind = MaskKind.EVERYTHING
    feather: int = 0
    """Pixels of the source over which the edit fades out around the area."""
    bleed: int = 0
    """Pixels by which the area is grown."""
    inverts: bool = False
    """The area is the part that must not change."""
    markers: tuple[Marker, ...] = ()

    @property
    def is_set(self) -> bool:
        """Whether the sources include a marked copy."""
        return self.kind is not MaskKind.EVERYTHING

    @property
    def has_area(self) -> bool:
        """Whether some part of the source must stay unchanged."""
        return self.is_set and self.kind is not MaskKind.MARKERS

    @property
    def role(self) -> str:
        """The prompt's text about the marked copy; empty if there is none."""
        if not self.is_set:
            return ""
        return AREA_ROLE if self.has_area else MARKERS_ROLE


def tell_markers(prompt: str, instructions: Sequence[str]) -> str:
    """Append the instruction of each mark to a prompt."""
    told = [f"At mark {number}: {text.strip()}" for number, text in enumerate(instructions, start=1)]
    return "\n".join([prompt, *told])
