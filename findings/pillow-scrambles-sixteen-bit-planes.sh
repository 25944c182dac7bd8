#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Pillow 13.0.0: a TIFF of 16 bits whose red, green and blue are stored one after the other (planar, as tifffile writes an array
# of the shape 3 × height × width). Uncompressed, Pillow makes other colours of it and says nothing. The same picture with
# compression, with 8 bits, or with its channels interleaved, is read rightly. OpenImageIO reads all of them.
exec "$(dirname "$0")/python-with" 3.13 pillow==13.0.0 tifffile==2026.11.8 imagecodecs==2026.10.10 openimageio==3.2.2.0 \
  numpy==2.5.5 <<'PYTHON'
import numpy as np
import OpenImageIO as oiio
import PIL
import tifffile
from PIL import Image

rows, columns = np.mgrid[0:32, 0:48]
ramps = np.stack([columns / 47, rows / 31, (rows + columns) / 78])
errors = {}
for bits in (8, 16):
    planes = (ramps * (2**bits - 1)).round().astype(f"u{bits // 8}")
    picture = np.ascontiguousarray(np.moveaxis(planes, 0, -1))
    eight_bit = (picture >> (bits - 8)).astype(int)
    for compression in (None, "zlib"):
        for kind in ("planar", "interleaved"):
            path = f"{bits}-{compression}-{kind}.tif"
            if kind == "planar":
                tifffile.imwrite(path, planes, photometric="rgb", planarconfig="separate", compression=compression)
            else:
                tifffile.imwrite(path, picture, photometric="rgb", compression=compression)
            assert np.array_equal(oiio.ImageBuf(path).get_pixels(f"uint{bits}"), picture)
            read = np.asarray(Image.open(path)).astype(int)
            errors[bits, compression, kind] = float(np.abs(read - eight_bit).mean().round(1))
            print(f"Pillow {PIL.__version__}, {bits} bits, {compression}, {kind}: mean error", errors[bits, compression, kind])
wrong = errors.pop((16, None, "planar"))
assert wrong > 50
assert set(errors.values()) == {0.0}
PYTHON
