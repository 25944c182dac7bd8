# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the primaries of linear colours, in Blender's memory and in files, by asking Blender."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

from mathutils import Color

from ...imaging.spaces import REC709, LinearSpace
from ..pictures.colours import name_of_working_space
from .borrowed import Stored, opened

_PRIMARIES: Final = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_LINEAR: Final = 1e-3
"""Tolerance of the test for linearity: half of a light must decode as half of its value."""


def working_space() -> LinearSpace:
    """Return Blender's working space: that of the floats in its memory.

    Since Blender 5.0 the .blend defines it, before that the studio's OCIO configuration. Blender converts all
    of them to Rec.709.
    """
    lights = [Color(light).from_scene_linear_to_rec709_linear() for light in _PRIMARIES]
    return _space(name_of_working_space(), lights)


def space_of(name: str) -> LinearSpace:
    """Return the space of files with that colour space; Rec.709 if it is not linear or is data.

    Main thread: Blender reads a file with four pixels, which takes a millisecond.
    """
    import numpy as np  # here, because enabling the extension needs no numpy

    from ...imaging.exr import write_exr

    working = working_space()
    if name == working.name and name:
        return working
    if name in ("", "Non-Color") or name.endswith("sRGB"):  # Blender needs a second to load some of them
        return REC709
    file = io.BytesIO()
    write_exr(file, np.array([[*_PRIMARIES, (0.5, 0.0, 0.0)]], np.float32))
    stored = Stored(name=name, content=file.getvalue(), alpha_mode="NONE", colour_space=name)
    with opened(stored) as image:
        if tuple(image.size) != (4, 1) or image.channels < 3 or image.colorspace_settings.name != name:
            return REC709
        values = np.empty(4 * image.channels, np.float32)
        image.pixels.foreach_get(values)
    *lights, half = working.in_rec709(values.reshape(1, 4, -1))[0, :, :3]
    if not np.allclose(lights[0] / 2, half, atol=_LINEAR):
        return REC709
    return _space(name, [light.tolist() for light in lights])


def _space(name: str, lights: Sequence[Sequence[float]]) -> LinearSpace:
    """Return the space with these primaries, given in Rec.709."""
    matrix = tuple(float(light[channel]) for channel in range(3) for light in lights)
    found = LinearSpace(name=name, to_rec709=matrix)
    return LinearSpace(name=name) if found.is_like(REC709) else found
