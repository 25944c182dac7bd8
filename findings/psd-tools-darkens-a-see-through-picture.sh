#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# psd-tools 1.26.0: `PSDImage.frompil` of an RGBA picture, and `topil` of the result, at once or from the saved file. Where alpha
# is between 0 and 255 the colours are not those that were put in: (200, 100, 50) with an alpha of 64 comes back as (35, 0, 0).
# `topil` takes away a white background, as if Photoshop had written the file, but `frompil` never put one in; `numpy()` even
# gives colours down to -2.2. Pillow reads the right colours from that file. `create_pixel_layer` of the same picture keeps the
# colours, but makes a layer mask of alpha: `topil` of the layer is opaque.
exec "$(dirname "$0")/python-with" 3.13 psd-tools==1.26.0 pillow==13.0.0 numpy==2.5.5 <<'PYTHON'
from importlib.metadata import version

import numpy as np
from PIL import Image
from psd_tools import PSDImage

ALPHAS = (0, 64, 128, 255)
pixels = np.zeros((4, 4, 4), np.uint8)
pixels[..., :3], pixels[..., 3] = (200, 100, 50), ALPHAS
picture = Image.fromarray(pixels)
document = PSDImage.frompil(picture)
document.save("leaf.psd")
loaded = PSDImage.open("leaf.psd")
layered = PSDImage.new("RGB", picture.size)
layered.create_pixel_layer(picture, name="leaf")
layered.save("layered.psd")


def colors(made):
    assert made.mode == "RGBA"
    assert np.asarray(made)[0, :, 3].tolist() == list(ALPHAS)
    return np.asarray(made)[0, :, :3].tolist()


seen = {
    "topil at once": colors(document.topil()),
    "topil of the file": colors(loaded.topil()),
    "composite of the file": colors(loaded.composite()),
    "Pillow": colors(Image.open("leaf.psd")),
}
for name, found in seen.items():
    print(f"psd-tools {version('psd-tools')}, alpha {ALPHAS}, {name}: {found}")
layer = np.asarray(PSDImage.open("layered.psd")[0].topil())[0].tolist()
print("topil of a layer:", layer)
lowest = float(loaded.numpy().min())
print(f"the lowest value of numpy(): {lowest:.2f}")
right, wrong = [[200, 100, 50]] * 4, [[200, 100, 50], [35, 0, 0], [145, 0, 0], [200, 100, 50]]
assert seen["Pillow"] == right
assert layer == [[200, 100, 50, 255]] * 4
assert seen["topil at once"] == seen["topil of the file"] == seen["composite of the file"] == wrong
assert lowest < -2
PYTHON
