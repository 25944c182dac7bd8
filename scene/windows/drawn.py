# SPDX-License-Identifier: GPL-3.0-or-later
"""Rectangles and texts that are drawn over an editor, in pixels of its region. Only within a draw handler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

SHADE: Final = (0.0, 0.0, 0.0, 0.65)
WHITE: Final = (1.0, 1.0, 1.0, 1.0)
PAD: Final = 6.0  # pixels at interface scale 1, around a text
TEXT: Final = 13.0  # points at interface scale 1


def fill(x: float, y: float, width: float, height: float, colour: Sequence[float]) -> None:
    """Fill a rectangle, given by its lower left corner."""
    import gpu
    from gpu_extras.batch import batch_for_shader

    gpu.state.blend_set("ALPHA")  # text that was drawn has ended it
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    corners = [(x, y, 0.0), (x + width, y, 0.0), (x + width, y + height, 0.0), (x, y + height, 0.0)]
    batch = batch_for_shader(shader, "TRI_FAN", {"pos": corners})
    shader.bind()
    shader.uniform_float("color", colour)
    batch.draw(shader)


def tag_size(words: str, scale: float) -> tuple[float, float]:
    """Return how wide and high the tag of a text is."""
    import blf

    blf.size(0, TEXT * scale)
    return blf.dimensions(0, words)[0] + 2 * PAD * scale, (TEXT + 2 * PAD) * scale


def tag(words: str, x: float, y: float, scale: float, shade: Sequence[float] = SHADE) -> None:
    """Draw a text on a shade that is seen on any picture, given by its lower left corner."""
    width, height = tag_size(words, scale)
    fill(x, y, width, height, shade)
    text(words, x + PAD * scale, y + (PAD + 2.0) * scale, scale)


def text(words: str, x: float, y: float, scale: float) -> None:
    """Draw a text, given by where its line begins."""
    import blf

    blf.size(0, TEXT * scale)
    blf.color(0, *WHITE)
    blf.position(0, x, y, 0)
    blf.draw(0, words)
