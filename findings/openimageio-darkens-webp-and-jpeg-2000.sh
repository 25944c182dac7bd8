#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# OpenImageIO 3.2.2 keeps colours multiplied by alpha, and divides them when a format wants that. In an orange (200, 100, 50)
# with an alpha of 128 that it writes as PNG, other software finds (200, 100, 50). As lossless WebP it finds (138, 68, 39), since
# alpha was bent by a gamma of 2.2 before the division, and as JPEG 2000, bent the other way, (255, 227, 113), which is cut.
# Read again, the WebP is a third darker, and nearly black after five rounds. A JPEG 2000 of Pillow is read less than half as
# bright as a PNG of it. Write and read return no error.
exec "$(dirname "$0")/python-with" 3.13 openimageio==3.2.2.0 pillow==13.0.0 numpy==2.5.5 <<'PYTHON'
import numpy as np
import OpenImageIO as oiio
from PIL import Image

straight = np.full((64, 64, 4), (200, 100, 50, 128), np.uint8)
multiplied = straight.astype(np.float32) / 255
multiplied[..., :3] *= multiplied[..., 3:]


def written(pixels, name):
    picture = oiio.ImageBuf(pixels)
    if name.endswith("webp"):
        picture.specmod().attribute("compression", "lossless:100")
    assert picture.write(name, "uint8")
    return read(name)


def read(name):
    return oiio.ImageBuf(name).get_pixels(oiio.FLOAT)


def numbers(pixels):
    return (pixels[5, 5] * 255).round().astype(int).tolist()


in_pillow, back, fifth, of_pillow = {}, {}, {}, {}
for ending in ("png", "webp", "jp2"):
    pixels = written(multiplied, f"leaf.{ending}")
    back[ending] = numbers(pixels)
    in_pillow[ending] = np.asarray(Image.open(f"leaf.{ending}"))[5, 5].tolist()
    for _ in range(4):
        pixels = written(pixels, f"again.{ending}")
    fifth[ending] = numbers(pixels)
    Image.fromarray(straight).save(f"pillow.{ending}", **({"lossless": True} if ending == "webp" else {}))
    of_pillow[ending] = numbers(read(f"pillow.{ending}"))
    print(f"OpenImageIO {oiio.__version__}, .{ending}, in Pillow: {in_pillow[ending]}, read again: {back[ending]}")
    print(f"  five times: {fifth[ending]}; Pillow's file in OpenImageIO: {of_pillow[ending]}")
assert in_pillow == {"png": [200, 100, 50, 128], "webp": [138, 68, 39, 128], "jp2": [255, 227, 113, 128]}
assert back["png"] == fifth["png"] == of_pillow["png"] == of_pillow["webp"] == [100, 50, 25, 128]
assert back["webp"] == [69, 34, 20, 128]
assert fifth["webp"][0] < 20
assert back["jp2"][0] < 60
assert of_pillow["jp2"] == [43, 21, 10, 128]
PYTHON
