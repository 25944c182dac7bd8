#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# OpenCV 5.0.0 and 4.14.0: `imread(…, IMREAD_UNCHANGED)` of an RGBA TIFF of 8 bits as Pillow writes it, with alpha that is marked
# as not multiplied into the colours. (200, 100, 50) with an alpha of 128 is read as (100, 50, 25), and where alpha is 0 all is
# black: of four packed maps three are gone. A TIFF whose colours are multiplied already is read as it is, so the two can't
# be told apart. The same pixels with 16 bits or as floats, or as PNG or JPEG 2000, are unchanged indeed.
for version in 5.0.0.93 4.14.0.94; do
  "$(dirname "$0")/python-with" 3.13 opencv-python-headless==$version pillow==13.0.0 tifffile==2026.11.8 numpy==2.5.5 <<'PYTHON' || exit 1
import cv2
import numpy as np
import tifffile
from PIL import Image

maps = np.full((16, 16, 4), (200, 100, 50, 128), np.uint8)
maps[0, :, 3] = 0
MULTIPLIED, KEPT = ([100, 50, 25, 128], [0, 0, 0, 0]), ([200, 100, 50, 128], [200, 100, 50, 0])


def tiff(scale, dtype, alpha):
    tifffile.imwrite("maps.tif", (maps * scale).astype(dtype), photometric="rgb", extrasamples=[alpha])
    return read("maps.tif", scale)


def pillow(name):
    Image.fromarray(maps).save(name)
    return read(name)


def read(name, scale=1.0):
    """Return red, green, blue and alpha of a half transparent and a transparent pixel."""
    pixels = cv2.imread(name, cv2.IMREAD_UNCHANGED)[..., [2, 1, 0, 3]] / scale
    return pixels[5, 5].round().astype(int).tolist(), pixels[0, 5].round().astype(int).tolist()


seen = {
    "TIFF of Pillow": pillow("maps.tif"),
    "TIFF, not multiplied": tiff(1, np.uint8, "unassalpha"),
    "TIFF, multiplied": tiff(1, np.uint8, "assocalpha"),
    "TIFF of 16 bits": tiff(257.0, np.uint16, "unassalpha"),
    "TIFF of floats": tiff(1 / 255, np.float32, "unassalpha"),
    "PNG": pillow("maps.png"),
    "JPEG 2000": pillow("maps.jp2"),
}
for name, found in seen.items():
    print(f"OpenCV {cv2.__version__}, {name}: {found}")
assert np.array_equal(np.asarray(Image.open("maps.png")), maps)
assert seen.pop("TIFF of Pillow") == seen.pop("TIFF, not multiplied") == MULTIPLIED
assert all(found == KEPT for found in seen.values())
PYTHON
done
