# SPDX-License-Identifier: GPL-3.0-or-later
"""Predict the size of a request's images before the click, by the rules of `jobs.fit`.

Only computes numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..client.answer_sizes import AnswerSize, Size
from ..client.models import Model
from ..client.requests import Sizing
from ..imaging.brought import brought_size, times_of
from .fit import canvas_ratios

_SEEN: Final = 1.25
"""If an answer's sides are this many times larger than the part that is kept, that is a loss."""


@dataclass(frozen=True, kw_only=True)
class ForeseenSize:
    """The predicted and the paid number of pixels. All sizes are (width, height)."""

    size: Size
    """The size of the image that is placed."""
    answer: Size
    """The size of the model's answer."""
    made: Size
    """The size of the part that shows the source, without what the model makes up around it."""
    is_about: bool = False
    """The model chooses the shape."""

    @property
    def is_less(self) -> bool:
        """Whether clearly fewer pixels are placed than paid for."""
        return max(self.made) >= _SEEN * max(self.size)

    @property
    def is_enlarged(self) -> bool:
        """Whether the model makes clearly fewer pixels than are placed."""
        return max(self.size) >= _SEEN * max(self.made)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the size depends on besides the resolution. Options that the model lacks are empty."""

    model: Model
    aspect_ratio: str = ""
    image_size: str = ""
    source: Size | None = None
    """The size of an edit's first source; None if there is no source."""
    sizing: Sizing = Sizing.AS_IT_CAME
    max_side: int = 0
    """The most pixels of the longer side that may be sent (`UploadRule`); 0: no limit."""


def foresee_size(wanted: Wanted, resolution: str) -> ForeseenSize:
    """Return the size of the images at a resolution (empty: the model has none). Fast enough for `draw`."""
    source = wanted.source
    if wanted.sizing is Sizing.AS_IT_CAME or source is None or not all(source):
        answer = _answer(wanted, resolution, wanted.aspect_ratio, source if source and all(source) else None)
        return ForeseenSize(size=answer.size, answer=answer.size, made=answer.size, is_about=answer.is_about)
    from ..imaging.fit import MAX_SIDE, plan_fit

    fit = plan_fit(
        source,
        canvas_ratios(wanted.model.id, wanted.image_size),
        max_side=min(MAX_SIDE, wanted.max_side or MAX_SIDE),
    )
    answer = _answer(wanted, resolution, fit.ratio, fit.canvas)
    place = fit.to_dict()
    times = times_of(place, answer.size)
    made = round(source[0] * times), round(source[1] * times)
    size = source if wanted.sizing is Sizing.KEEP_SIZE else brought_size(place, answer.size)
    is_about = answer.is_about and size != source
    return ForeseenSize(size=size, answer=answer.size, made=made, is_about=is_about)


def enough(wanted: Wanted, resolution: str) -> str:
    """Return the cheapest resolution that gives the same result as this one; empty if it is this one."""
    model = wanted.model
    size = foresee_size(wanted, resolution).size
    price = model.price(count=1, resolution=resolution)
    cheaper = [name for name in model.resolutions if model.price(count=1, resolution=name) < price]
    for name in sorted(cheaper, key=lambda name: model.price(count=1, resolution=name)):
        foreseen = foresee_size(wanted, name)
        if foreseen.size == size and not foreseen.is_enlarged:
            return name
    return ""


def _answer(wanted: Wanted, resolution: str, ratio: str, source: Size | None) -> AnswerSize:
    return wanted.model.answer_size(
        resolution=resolution, aspect_ratio=ratio, image_size=wanted.image_size, source=source
    )
