# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw eight natural textures and eight of the simulator's, for pictures of tiling."""

from collections.abc import Iterator, Mapping

import natural_textures
import numpy as np
from PIL import Image

from easel.imaging.tiling.seamless import make_seamless
from easel.simulator.drawing import draw_prompt

SIMULATED = "wood", "rust", "cobble", "leather", "brick", "marble", "grass", "fabric"
SIDE = 512


def looks() -> Mapping[str, list[np.ndarray]]:
    """Draw all of them, not made to tile."""
    return {
        "natural": [natural_textures.natural(name, SIDE) for name in natural_textures.NATURAL],
        "simulated": [np.asarray(draw_prompt(name, 1, 0, (SIDE, SIDE)).convert("RGB")) for name in SIMULATED],
    }


def before_after(side: int, gap: int = 6) -> Iterator[tuple[str, Image.Image]]:
    """Draw each texture repeated 3 × 3, original and made to tile, `side` pixels each."""
    for look, pictures in looks().items():
        sheet = Image.new("RGB", (4 * (2 * side + 3 * gap), 2 * (side + gap)), (43, 43, 43))
        for number, picture in enumerate(pictures):
            left, top = number % 4 * (2 * side + 3 * gap), number // 4 * (side + gap)
            for place, pixels in enumerate((picture, make_seamless(picture).pixels)):
                many = Image.fromarray(np.tile(pixels, (3, 3, 1)))
                small = many.resize((side, side), Image.Resampling.LANCZOS)
                sheet.paste(small, (left + place * (side + gap), top))
        yield look, sheet
