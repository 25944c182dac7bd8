# SPDX-License-Identifier: GPL-3.0-or-later
"""Painted checkerboards and flat backdrops are recognised, and textures are never mistaken for them."""

import io

import numpy as np
import pytest
from concept_pictures import OBJECTS, pictures
from hypothesis import given, settings, strategies as st
from PIL import Image, ImageDraw
from tiling_textures import TEXTURES, tiling

from easel.imaging.painted_backdrop import Backdrop, painted_backdrop


@settings(max_examples=20, deadline=None)
@given(
    st.floats(5, 48),
    st.sampled_from([(255, 204), (255, 238), (192, 128), (60, 90), (153, 102)]),
    st.integers(0, 40),
    st.sampled_from(["crate", "robot", "tree", "chess", "fence"]),
    st.booleans(),
)
def test_a_painted_checkerboard_is_seen_whatever_its_squares(
    side: float, greys: tuple[int, int], shift: int, name: str, is_jpeg: bool
) -> None:
    y, x = np.mgrid[0:1024, 0:1024]
    is_odd = (np.floor((x + shift) / side) + np.floor((y + 2 * shift) / side)) % 2 > 0
    image = Image.fromarray(np.where(is_odd, *greys).astype(np.uint8)).convert("RGB")
    OBJECTS[name](ImageDraw.Draw(image))
    if is_jpeg:
        data = io.BytesIO()
        image.save(data, "JPEG", quality=80)
        image = Image.open(data)
    assert painted_backdrop(np.asarray(image)) is Backdrop.CHECKER


@pytest.mark.parametrize("name", TEXTURES)
def test_a_texture_has_no_backdrop(name: str) -> None:
    assert painted_backdrop(tiling(name, 256)) is Backdrop.NONE


def test_a_flat_backdrop_is_seen_and_nothing_in_what_is_busy_or_transparent() -> None:
    for concept in pictures(("robot", "chess")):
        picture = concept.picture.resize((512, 512))
        found = painted_backdrop(np.asarray(picture))
        if "busy" in concept.faults:
            assert found is Backdrop.NONE
        elif "gradient" not in concept.name:
            assert found is Backdrop.FLAT
        picture.putalpha(picture.convert("L").point(lambda it: 0 if it > 200 else 255))
        assert painted_backdrop(np.asarray(picture)) is Backdrop.NONE
    assert painted_backdrop(np.full((90, 60), 255, np.uint8)) is Backdrop.NONE, "there is no object"
