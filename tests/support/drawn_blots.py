# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw blots on textures, which the eye recognises when they are repeated. Drawn on a torus."""

import numpy as np
from synthetic_edits import Pixels, clouded

KINDS = "dark", "light", "stain", "scratch"


def blotted(picture: Pixels, kind: str, rng: np.random.Generator) -> tuple[Pixels, tuple[float, float]]:
    """Draw one of `KINDS` on a picture. Returns also its place, as shares of the picture: down, across."""
    height, width = picture.shape[:2]
    place = rng.uniform(0, 1, 2)
    reach, long, turn = rng.uniform(0.035, 0.09), rng.uniform(0.6, 1.6), rng.uniform(0, np.pi)
    if kind == "scratch":
        reach, long = reach / 2, 0.25
    down = (np.arange(height) / height - place[0] + 0.5) % 1 - 0.5
    across = (np.arange(width) / width - place[1] + 0.5) % 1 - 0.5
    along = (np.cos(turn) * across + np.sin(turn) * down[:, np.newaxis]) * long
    over = (np.cos(turn) * down[:, np.newaxis] - np.sin(turn) * across) / long
    edge = 0.15 * reach * clouded(max(height, width), int(rng.integers(1_000_000)), 1.2)[:height, :width]
    share = np.clip((reach - np.hypot(along, over) + edge) / (0.3 * reach) + 0.5, 0, 1)[..., np.newaxis]
    values = picture.astype(np.float64)
    if kind == "dark":
        values *= 1 - 0.5 * share
    elif kind == "stain":
        values *= 1 + share * (np.array((1.15, 0.75, 0.45)) - 1)
    else:
        values += 0.5 * share * (255 - values)
    return np.clip(values + 0.5, 0, 255).astype(np.uint8), (float(place[0]), float(place[1]))
