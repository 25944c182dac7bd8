# SPDX-License-Identifier: GPL-3.0-or-later
"""Linear colours of other primaries are converted for sending and back again."""

import json

import numpy as np

from easel.imaging.pixels import PixelRows
from easel.imaging.snapshot import Encoding, PixelsSnapshot
from easel.imaging.spaces import REC709, LinearSpace

REC2020 = LinearSpace(
    name="Linear Rec.2020",
    to_rec709=(1.660491, -0.587641, -0.07285, -0.12455, 1.1329, -0.008349, -0.018151, -0.100579, 1.11873),
)
"""The inverse of the matrix in ITU-R BT.2087."""


def test_known_colours_and_the_way_back() -> None:
    red = np.array([[[0.627404, 0.069097, 0.016391, 0.5]]], np.float32)
    np.testing.assert_allclose(REC2020.in_rec709(red), [[[1, 0, 0, 0.5]]], atol=1e-5)
    values = np.random.default_rng(3).random((5, 7, 4), np.float32)
    np.testing.assert_allclose(REC2020.from_rec709(REC2020.in_rec709(values)), values, atol=1e-6)
    assert REC709.in_rec709(values) is REC709.from_rec709(values) is values


def test_grey_is_the_same_in_all() -> None:
    grey = np.full((2, 2, 3), 0.25, np.float32)
    np.testing.assert_allclose(REC2020.in_rec709(grey), grey, atol=1e-5)
    for values in (grey[..., :1], grey[..., :2], grey[..., 0]):
        assert REC2020.in_rec709(values) is values


def test_it_survives_the_ledger() -> None:
    assert LinearSpace.from_dict(json.loads(json.dumps(REC2020.to_dict()))) == REC2020
    assert LinearSpace.from_dict({}) == REC709


def test_what_is_sent_is_srgb_of_rec709() -> None:
    """Colours are divided by alpha, infinities stay white, and NaN becomes black."""
    white, nothing = np.inf, np.nan
    colours = [
        (0.627404, 0.069097, 0.016391, 1),
        (0.3137, 0.03455, 0.0082, 0.5),
        (white,) * 3 + (1,),
        (nothing,) * 3 + (1,),
    ]
    rows = PixelRows(
        PixelsSnapshot(
            pixels=np.array(colours, np.float32).ravel(),
            width=4,
            height=1,
            channels=4,
            encoding=Encoding.LINEAR,
            is_float=True,
            space=REC2020,
        )
    )
    sent = rows.read(0, 1)[0].astype(int)
    expected = [(255, 0, 0, 255), (255, 0, 0, 128), (255, 255, 255, 255), (0, 0, 0, 255)]
    assert np.abs(sent - expected).max() <= 1
