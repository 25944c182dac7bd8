# SPDX-License-Identifier: GPL-3.0-or-later
"""The size of the result, said before the click, with a warning if it is less than what is paid for."""

from typing import Any

from ..client.answer_sizes import Size
from ..client.models import Model
from ..client.requests import Sizing
from ..jobs.foresight import ForeseenSize, Wanted, enough, foresee_size
from ..scene import settings
from ..texts.phrases import joined, phrase
from ..texts.wording import pixels_text


def wanted_size(form: Any, model: Model, source: Size | None, sizing: Sizing) -> Wanted:
    """Say what the size of the form's images depends on.

    Args:
        source: pixels of the first source of an edit.
    """
    options = form.options(model.id)
    return Wanted(
        model=model,
        aspect_ratio=getattr(options, "aspect_ratio", ""),
        image_size=getattr(options, "image_size", ""),
        source=source,
        sizing=sizing,
        max_side=settings.preferences().max_upload_side,
    )


def known_size(known: Any) -> Size | None:
    """Pixels of a source by its row of the mirror; None while they are not known."""
    return (known.width, known.height) if known is not None and known.width and known.height else None


def size_texts(form: Any, wanted: Wanted) -> tuple[str, str]:
    """Say how large a click's images are, and which pixels would be paid for in vain; each may be empty."""
    is_placed = form.mode == "EDIT" and wanted.sizing is not Sizing.AS_IT_CAME
    if is_placed and wanted.source is None:
        return "", ""
    resolution = getattr(form.options(wanted.model.id), "resolution", "")
    if wanted.model.resolutions and not resolution:  # of a newer Easel
        return "", ""
    foreseen = foresee_size(wanted, resolution)
    if is_placed and foreseen.is_less:
        return "", _loss_text(form, wanted, resolution, foreseen)
    size = pixels_text(*foreseen.size)
    if is_placed and foreseen.is_enlarged:
        return phrase("Result {size}, enlarged from {made}", size=size, made=pixels_text(*foreseen.made)), ""
    return phrase("Result about {size}", size=size) if foreseen.is_about else phrase(
        "Result {size}", size=size
    ), ""


def _loss_text(form: Any, wanted: Wanted, resolution: str, foreseen: ForeseenSize) -> str:
    size, made = pixels_text(*foreseen.size), pixels_text(*foreseen.made)
    if form.sizing == Sizing.KEEP_SIZE and not form.mask.has_area:
        name = phrase("Keep Place, New Size")
        return phrase("Comes back as {size}, not {made}: choose {name}", size=size, made=made, name=name)
    told = phrase("Comes back as {size}, not {made}: a mask keeps the source's size", size=size, made=made)
    cheaper = enough(wanted, resolution)
    return joined(told, phrase("{resolution} is enough", resolution=cheaper), by=". ") if cheaper else told
