# SPDX-License-Identifier: GPL-3.0-or-later
"""Put a picture on a canvas that a model can work on, and bring its answer back to the picture's size.

Pictures are padded, never cropped and never stretched. A `Fit` records how, so that the way back is exact.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self

from ..texts.phrases import phrase
from .errors import ImageEmpty
from .resample import Border, Box, Part, Pixels, pad, resample

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_SIDE = 4096  # pixels of the longer side of what is sent: more than any model answers
MIN_SIDE = 512  # models answer at least this; a smaller source tells them little


class Drift(Protocol):
    """How an answer lies on its canvas; see `registration.Registration`."""

    @property
    def dx(self) -> float: ...
    @property
    def dy(self) -> float: ...
    @property
    def scale_x(self) -> float: ...
    @property
    def scale_y(self) -> float: ...


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How a source lies on the canvas that is sent. All sizes are (width, height) in pixels."""

    source: tuple[int, int]
    content: tuple[int, int]
    """The source's size on the canvas: its own, or enlarged or reduced in proportion (to a pixel)."""
    canvas: tuple[int, int]
    offset: tuple[int, int]
    """The position of the content's upper left corner on the canvas."""
    border: Border
    """What the canvas shows around the content."""
    ratio: str
    """The aspect ratio to ask the model for; empty if the canvas has the source's own."""

    @property
    def is_padded(self) -> bool:
        """Whether the canvas is larger than its content."""
        return self.canvas != self.content

    @property
    def scale(self) -> float:
        """Canvas pixels for a pixel of the source."""
        return self.content[0] / self.source[0]

    def to_dict(self) -> dict[str, Any]:
        """Return values for JSON."""
        return {**asdict(self), "border": self.border.value}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read the values of `to_dict`, also after they have been JSON."""
        sizes: dict[str, tuple[int, int]] = {}
        for name in ("source", "content", "canvas", "offset"):
            first, second = values[name]
            sizes[name] = int(first), int(second)
        return cls(**sizes, border=Border(values["border"]), ratio=str(values["ratio"]))


def plan_fit(
    size: tuple[int, int],
    ratios: Sequence[str],
    *,
    border: Border = Border.MIRROR,
    max_side: int = MAX_SIDE,
    min_side: int = MIN_SIDE,
) -> Fit:
    """Choose the aspect ratio ("16:9") that needs the least padding, and the canvas for it.

    The canvas's longer side is at least `min_side` (small sources are enlarged by a whole factor) and at most
    `max_side`. "auto" among the ratios is ignored; if there is no other, nothing is padded. Raises
    ImageEmpty.
    """
    width, height = size
    if width < 1 or height < 1:
        raise ImageEmpty(phrase("The image has no pixels."))
    known = [ratio for ratio in ratios if ratio != "auto"]
    ratio = min(known, key=lambda ratio: _excess(size, ratio), default="")
    longer = max(_canvas(size, ratio))
    content = size
    if longer > max_side:
        # One less if rounding up would pass the limit.
        content = _scaled(size, max_side / longer)
        if max(_canvas(content, ratio)) > max_side:
            content = _scaled(size, (max_side - 1) / longer)
    elif longer < min_side:
        factor = min(math.ceil(min_side / longer), max(1, max_side // longer))
        content = width * factor, height * factor
    canvas = _canvas(content, ratio)
    return Fit(
        source=size,
        content=content,
        canvas=canvas,
        offset=((canvas[0] - content[0]) // 2, (canvas[1] - content[1]) // 2),
        border=border,
        ratio=ratio,
    )


def apply_fit(pixels: Pixels, fit: Fit, *, is_data: bool = False) -> Pixels:
    """Return the canvas to be sent: the picture at its place, with generated surroundings."""
    content = pixels
    if fit.content != fit.source:
        whole = Box(0, 0, *fit.source)
        content = resample(pixels, whole, fit.content, is_data=is_data, border=fit.border)
    left, top = fit.offset
    right = fit.canvas[0] - fit.content[0] - left
    bottom = fit.canvas[1] - fit.content[1] - top
    return pad(content, left, top, right, bottom, fit.border)


def reduced_canvas(pixels: Pixels, fit: Fit, longest: int, *, is_data: bool = False) -> Pixels:
    """Return the canvas of `apply_fit`, with at most `longest` pixels on its longer side, resampled once."""
    shrink = longest / max(fit.canvas)
    if shrink >= 1:
        return apply_fit(pixels, fit, is_data=is_data)
    width, height = (max(1, round(side * shrink)) for side in fit.canvas)
    across, down = (fit.source[axis] / fit.content[axis] for axis in (0, 1))
    left, top = -fit.offset[0] * across, -fit.offset[1] * down
    whole = Box(left, top, left + fit.canvas[0] * across, top + fit.canvas[1] * down)
    return resample(pixels, whole, (width, height), is_data=is_data, border=fit.border)


def unfit(
    pixels: Pixels,
    fit: Fit,
    drift: Drift | None = None,
    *,
    is_data: bool = False,
    size: tuple[int, int] | None = None,
    part: Part | None = None,
) -> Pixels:
    """Return an answer at the source's place: without padding and drift, resampled once.

    The answer may have any size, but must show the whole canvas.

    Args:
        size: of the result, as (width, height); None: the source's.
        part: only return these rows and columns.
    """
    height, width = pixels.shape[:2]
    box = _on_answer(fit, drift, width / fit.canvas[0], height / fit.canvas[1])
    size = size or fit.source
    if part is not None:
        rows, columns = part
        across, down = (box.right - box.left) / size[0], (box.bottom - box.top) / size[1]
        box = Box(
            box.left + columns.start * across,
            box.top + rows.start * down,
            box.left + columns.stop * across,
            box.top + rows.stop * down,
        )
        size = columns.stop - columns.start, rows.stop - rows.start
    # Nothing is known beyond the answer's edge. Only an answer without padding can wrap around.
    border = fit.border if fit.border is Border.WRAP and not fit.is_padded else Border.MIRROR
    return resample(pixels, box, size, is_data=is_data, border=border)


def _on_answer(fit: Fit, drift: Drift | None, factor_x: float, factor_y: float) -> Box:
    """Return where the content is on an answer with this many pixels for one of the canvas."""
    left, top = fit.offset
    right, bottom = left + fit.content[0], top + fit.content[1]
    if drift is None:
        return Box(left * factor_x, top * factor_y, right * factor_x, bottom * factor_y)
    middle_x, middle_y = fit.canvas[0] / 2, fit.canvas[1] / 2

    def across(x: float) -> float:
        return (middle_x + drift.dx + (x - middle_x) * drift.scale_x) * factor_x

    def down(y: float) -> float:
        return (middle_y + drift.dy + (y - middle_y) * drift.scale_y) * factor_y

    return Box(across(left), down(top), across(right), down(bottom))


def _canvas(content: tuple[int, int], ratio: str) -> tuple[int, int]:
    """Return the smallest size of the ratio that holds the content; one side equals the content's."""
    if not ratio:
        return content
    width, height = content
    across, down = _sides(ratio)
    if width * down >= height * across:
        return width, max(height, _rounded_up(width * down, across))
    return max(width, _rounded_up(height * across, down)), height


def _excess(size: tuple[int, int], ratio: str) -> float:
    """Return the area of the canvas as a multiple of the source's."""
    across, down = _sides(ratio)
    factor = size[0] * down / (size[1] * across)
    return max(factor, 1 / factor)


def _sides(ratio: str) -> tuple[int, int]:
    across, _, down = ratio.partition(":")
    return int(across), int(down)


def _scaled(size: tuple[int, int], factor: float) -> tuple[int, int]:
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _rounded_up(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)
