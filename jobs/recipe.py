# SPDX-License-Identifier: GPL-3.0-or-later
"""How an image was made, kept inside the image file itself. No key, no path of the machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from ..client.requests import GenerateRequest
from ..imaging.png_chunks import read_text
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .job import Job
from .rows import request_of, values_of

KEYWORD: Final = "easel"
"""Name of the PNG text chunk."""


class RecipeUnreadable(Refusal):
    """An image doesn't say how it was made, or not so that this Easel understands it."""


def recipe_text(job: Job, index: int) -> str:
    """JSON of everything needed to make the image again, and to find it at the service."""
    return json.dumps(
        {
            "request": values_of(job.request),
            "index": index,
            "task_id": job.task_id,
            "server": job.server,
            "made_at": job.submitted_at,
        },
        ensure_ascii=False,
    )


def read_recipe(path: Path) -> GenerateRequest:
    """Read the request that made an image out of its PNG file. Its sources are names only.

    Raises:
        NotAnImage, ImageDamaged: it is no PNG.
        RecipeUnreadable: it can't be read, was not made by Easel, or by a much newer one.
    """
    try:
        text = read_text(path).get(KEYWORD, "")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RecipeUnreadable(
            phrase("{path} can't be read: {reason}", path=path.name, reason=reason)
        ) from error
    if not text:
        raise RecipeUnreadable(phrase("{path} does not say how it was made.", path=path.name))
    try:
        return request_of(json.loads(text)["request"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecipeUnreadable(
            phrase("How {path} was made is told in a way that this Easel can't read.", path=path.name)
        ) from error
