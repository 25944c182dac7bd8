# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes of EXR and HDR files by their first bytes."""

import io

import numpy as np

from easel.imaging.deep_headers import size_of
from easel.imaging.exr import write_exr


def test_an_exr_tells_its_size() -> None:
    file = io.BytesIO()
    write_exr(file, np.zeros((5, 7, 3), np.float32))
    assert size_of(file.getvalue()) == (7, 5)
    assert size_of(file.getvalue()[:60]) == (0, 0)


def test_a_radiance_file_too() -> None:
    assert size_of(b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 4 +X 6\n") == (6, 4)
    assert size_of(b"#?RADIANCE\n") == (0, 0)


def test_of_other_files_nothing_is_told() -> None:
    assert size_of(b"\x89PNG\r\n\x1a\n") is None
    assert size_of(b"") is None
