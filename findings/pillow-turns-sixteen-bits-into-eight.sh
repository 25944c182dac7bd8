#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Pillow 13.0.0: a height map of 16 bits (mode I;16), turned by `rotate` with BILINEAR or BICUBIC. The picture that comes back
# has mode I;16 and the right size, but no value above 255, and only the left half of the map, stretched to twice its width:
# the two bytes of each pixel were taken for two pixels. `transform` does the same. NEAREST, `resize` with any filter, and
# the same map in mode I or F are right, and so is `rotate` by 90 degrees.
exec "$(dirname "$0")/python-with" 3.13 pillow==13.0.0 numpy==2.5.5 <<'PYTHON'
import numpy as np
import PIL
from PIL import Image
from PIL.Image import Resampling, Transform

SIDE = 64
LEFT, RIGHT = (slice(40, 48), slice(10, 18)), (slice(20, 28), slice(44, 52))
heights = np.zeros((SIDE, SIDE), np.uint16)
heights[LEFT], heights[RIGHT] = 20_000, 40_000
SHIFT = (1, 0, 0.5, 0, 1, 0)
ACTS = {
    "rotate by 1 degree": lambda picture, how: picture.rotate(1, how),
    "rotate by 90 degrees": lambda picture, how: picture.rotate(90, how),
    "shift by half a pixel": lambda picture, how: picture.transform(picture.size, Transform.AFFINE, SHIFT, how),
    "resize": lambda picture, how: picture.resize((SIDE * 2, SIDE * 2), how),
}


def highest(act, mode, how):
    """Return the highest value afterwards, and whether the right half of the map is there."""
    picture = Image.fromarray(heights)
    made = act(picture if mode == "I;16" else picture.convert(mode), how)
    assert made.mode == mode
    values = np.asarray(made).astype(float)
    return round(values.max()), bool((values > 30_000).any())


wrong = set()
for name, act in ACTS.items():
    for how in (Resampling.NEAREST, Resampling.BILINEAR, Resampling.BICUBIC):
        seen = {mode: highest(act, mode, how) for mode in ("I;16", "I", "F")}
        print(f"Pillow {PIL.__version__}, {name}, {how.name}:", seen)
        assert seen["I"][1]
        assert seen["F"][1]
        if not seen["I;16"][1]:
            assert 0 < seen["I;16"][0] < 256
            wrong.add((name, how))
assert wrong == {
    (name, how)
    for name in ("rotate by 1 degree", "shift by half a pixel")
    for how in (Resampling.BILINEAR, Resampling.BICUBIC)
}
bright = np.asarray(Image.fromarray(heights).rotate(1, Resampling.BILINEAR)) > 32
columns = np.nonzero(bright.any(0))[0]
print("the bright square of columns 10 to 17 is at", columns.min(), "to", columns.max(), "now, and no other")
assert 18 <= columns.min() < columns.max() <= 38
PYTHON
