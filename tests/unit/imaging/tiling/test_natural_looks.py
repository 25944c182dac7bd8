# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures like photographs, with grain, relief and wear: their courses are found and their seams hidden."""

import natural_textures as textures
import pytest

from easel.imaging.tiling.seamless import make_seamless
from easel.imaging.tiling.seams import VISIBLE

SIZE = 256
LARGE = round(SIZE * 1.37)  # side of the picture that they are cut from
COURSES = {  # across and down in the larger picture; 0 for none
    "old bricks": (0, 12),
    "oak planks": (0, 6),
    "mossy cobbles": (0, 0),
    "rusty paint": (0, 0),
    "cracked plaster": (0, 0),
    "gravel": (0, 0),
    "linen": (61 / 2, 61 / 2),  # threads go over and under, so a period has two
    "roof slates": (6, 9),
}


@pytest.mark.parametrize("name", COURSES)
def test_courses_are_found_and_seams_hidden(name: str) -> None:
    made = make_seamless(textures.natural(name, SIZE))
    for seam, count in zip((made.before.across, made.before.down), COURSES[name], strict=True):
        if count:
            assert seam.period is not None
            assert seam.period.length == pytest.approx(LARGE / count, rel=0.04)
        else:
            assert seam.period is None, "stones that lie close have a usual distance, and no period"
    assert made.after.worst < VISIBLE
    assert made.before.worst > made.after.worst
