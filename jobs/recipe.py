# SPDX-License-Identifier: GPL-3.0-or-later
"""How an image was made, kept inside the image file itself. No key, no path of the machine."""

from __future__ import annotations

import json
from dataclasses import dataclass
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


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What an image says of itself."""

    request: GenerateRequest
    """Its sources are names only."""
    job_id: str
    """Empty where an older Easel made it."""
    task_id: str
    server: str
    made_at: float
    """Epoch seconds at which the service took the request."""
    content: str
    """SHA-256 of the image as it came; empty where an older Easel made it."""


def recipe_text(job: Job, index: int, content: str) -> str:
    """JSON of everything needed to make the image again, and to find it at the service.

    `content` is the SHA-256 of the image as it came, without a recipe.
    """
    text = json.dumps(
        {
            "request": values_of(job.request),
            "index": index,
            "job": job.id,
            "task_id": job.task_id,
            "server": job.server,
            "made_at": job.submitted_at,
            "content": content,
        },
        ensure_ascii=False,
    )
    return text.encode("utf-8", "replace").decode()  # of a file's name that is no UTF-8, Python keeps halves


def read_recipe(path: Path) -> Recipe:
    """Read how an image was made out of its PNG file.

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
        made = json.loads(text)
        return Recipe(
            request=request_of(made["request"]),
            job_id=str(made.get("job", "")),
            task_id=str(made.get("task_id", "")),
            server=str(made.get("server", "")),
            made_at=float(made.get("made_at", 0.0)),
            content=str(made.get("content", "")),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecipeUnreadable(
            phrase("How {path} was made is told in a way that this Easel can't read.", path=path.name)
        ) from error
