#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# OpenImageIO 3.2.2: a picture whose pixels are 32-bit floats in memory is written upside down as PPM or PGM of 8 or 16 bits, which
# store the top row first. The same picture of uint8, uint16, half or double is written the right way up, and floats are
# as PNG, TIFF or BMP. `write` says True, and Pillow and OpenImageIO both read the file upside down. Only PFM, the format
# for floats, stores the bottom row first, but these files are none.
exec "$(dirname "$0")/python-with" 3.13 openimageio==3.2.2.0 pillow==13.0.0 numpy==2.5.5 <<'PYTHON'
import numpy as np
import OpenImageIO as oiio
from PIL import Image

ramp = (np.arange(20, dtype=np.uint8) * 10).reshape(5, 4, 1).repeat(3, 2)  # the first row is the darkest


def way_up(held, bits, ending):
    """Say which way up the file is that `write` makes of pixels that are held as `held`."""
    pixels = ramp[..., :1].copy() if ending == "pgm" else ramp
    name = f"ramp.{ending}"
    assert oiio.ImageBuf(pixels).copy(held).write(name, f"uint{bits}")
    with open(name, "rb") as file:
        assert ending not in ("ppm", "pgm") or file.read(2) in (b"P5", b"P6")
    found = oiio.ImageBuf(name).get_pixels(oiio.UINT8)
    if bits == 8:
        assert np.array_equal(np.asarray(Image.open(name)).reshape(found.shape), found)
    if np.array_equal(found, pixels):
        return "upright"
    assert np.array_equal(found, pixels[::-1])
    return "upside down"


HELD = ("uint8", "uint16", "half", "float", "double")
for ending, bits in (("ppm", 8), ("pgm", 8), ("ppm", 16), ("png", 8), ("tif", 8), ("bmp", 8)):
    seen = {held: way_up(held, bits, ending) for held in HELD}
    print(f"OpenImageIO {oiio.__version__}, .{ending} of {bits} bits, by what is in memory:", seen)
    wrong = "upside down" if ending in ("ppm", "pgm") else "upright"
    assert seen == {held: wrong if held == "float" else "upright" for held in HELD}
PYTHON
