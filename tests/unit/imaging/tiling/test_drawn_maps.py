# SPDX-License-Identifier: GPL-3.0-or-later
"""Maps that a model draws have the right depth, and repeat if their texture does."""

import numpy as np
import pytest
import tiling_textures as textures
from hypothesis import given, settings, strategies as st

from easel.imaging.tiling.drawn_maps import map_of_drawing
from easel.imaging.tiling.seams import measure_seams
from easel.imaging.tiling.settings import Map
from easel.imaging.tiling.smooth import Wraps

ROUND, OPEN = Wraps(across=True, down=True), Wraps(across=False, down=False)


@pytest.mark.parametrize("name", ["stone", "plaster", "bricks"])
@pytest.mark.parametrize("part", [Map.HEIGHT, Map.ROUGHNESS])
def test_light_over_a_drawing_makes_no_step(name: str, part: Map) -> None:
    drawing = textures.lit(textures.tiling(name))
    assert measure_seams(map_of_drawing(drawing, part, OPEN)).worst > 1.1
    assert measure_seams(map_of_drawing(drawing, part, ROUND)).worst < 1.1


def test_heights_have_16_bits_and_all_of_them() -> None:
    drawing = (textures.tiling("stone") // 3 + 60).astype(np.uint8)
    height = map_of_drawing(drawing, Map.HEIGHT, ROUND)
    assert height.dtype == np.uint16
    assert int(height.max()) - int(height.min()) > 64000
    assert len(np.unique(height)) > 2000


def test_roughness_is_as_it_was_drawn() -> None:
    grey = np.random.default_rng(1).integers(0, 256, (40, 60), np.uint8)
    assert (map_of_drawing(np.dstack((grey, grey, grey)), Map.ROUGHNESS, OPEN) == grey).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(16, 70), st.integers(16, 70), st.booleans(), st.booleans(), st.sampled_from(list(Map)))
def test_any_shape(width: int, height: int, across: bool, down: bool, part: Map) -> None:
    even = np.full((height, width, 3), 77, np.uint8)
    result = map_of_drawing(even, part, Wraps(across=across, down=down))
    assert result.shape == (height, width)
    assert len(np.unique(result)) == 1
