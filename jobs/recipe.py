# SPDX-License-Identifier: GPL-3.0-or-later
"""How an image was made, stored inside the image file itself. Without keys and local paths."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from ..client.requests import EditRequest, GenerateRequest
from ..imaging.inscription import read_told
from ..imaging.model_files import NO_IMAGES
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .balances import Conclusion
from .job import Job
from .origins import Origin
from .plain import record_of
from .purpose import Purpose, purpose_of
from .rows import request_of, values_of
from .version import own_version

FORMAT: Final = 2
"""The version of the JSON. A recipe without a number is version 1. Additions don't change it."""
_LARGEST: Final = 2**31 - 1
_LATEST: Final = 32_503_680_000.0
"""Epoch seconds of the year 3000: no image was made later."""


class RecipeUnreadable(Refusal):
    """An image doesn't say how it was made, or this Easel can't read it."""


class NoRecipe(RecipeUnreadable):
    """The file has no recipe of Easel."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What an image says about itself. All times are epoch seconds, 0 if an older Easel made it."""

    request: GenerateRequest
    """Its sources are only names."""
    sent: str
    """The prompt as sent, with the roles of its sources."""
    index: int
    """The image's index in its job."""
    job_id: str
    """Empty if an older Easel made it; likewise everything that follows."""
    task_id: str
    server: str
    made_at: float
    """When the service accepted the request."""
    content: str
    """SHA-256 of the image as the service sent it."""
    created_at: float = 0.0
    """When the artist clicked."""
    saved_at: float = 0.0
    price: int = 0
    """Expected credits."""
    charged: int | None = None
    """The charged credits by the balance; None if that was unknown when it was saved."""
    version: str = ""
    """Easel's version."""
    purpose: Purpose = field(default_factory=Purpose)
    sources: tuple[Origin, ...] = ()
    mask: str = ""
    """SHA-256 of the mask's file; empty without a mask."""

    @property
    def parent(self) -> str:
        """The content of the edited image: of an image of the library, else of the first source."""
        return parent_of(self.request, self.sources)


def parent_of(request: GenerateRequest, sources: tuple[Origin, ...]) -> str:
    """Return the content of the image that a request edits; empty if none, or unknown."""
    if not isinstance(request, EditRequest) or not sources:
        return ""
    return sources[0].image or sources[0].content


def recipe_text(job: Job, index: int, content: str, *, now: float = 0.0) -> str:
    """Return JSON with everything needed to make the image again, and to find it at the service.

    Args:
        content: the SHA-256 of the image as the service sent it, without a recipe.
        now: epoch seconds.
    """
    made = job.preparation
    is_charged = job.balances is not None and job.balances.conclusion is Conclusion.CHARGED
    text = json.dumps(
        {
            "format": FORMAT,
            "easel": own_version(),
            "request": values_of(job.request),
            "sent": job.request.full_prompt(),
            "index": index,
            "job": job.id,
            "task_id": job.task_id,
            "server": job.server,
            "created_at": job.created_at,
            "made_at": job.submitted_at,
            "saved_at": now,
            "price": job.price,
            "charged": job.price if is_charged else None,
            "content": content,
            "sources": [asdict(origin) for origin in made.origins] if made else [],
            "mask": made.mask_content if made else "",
            **asdict(purpose_of(job.placement)),
        },
        ensure_ascii=False,
    )
    return _as_utf8(text)  # names of files may have lone surrogates


def read_recipe(path: Path) -> Recipe:
    """Read an image's recipe: from a PNG, JPEG or WebP, or a PNG that Blender has saved again.

    A 3D model's recipe is in a file beside it.

    Raises:
        NotAnImage, ImageDamaged: it is no valid file of these kinds.
        NoRecipe: Easel did not make it.
        RecipeUnreadable: it can't be read, or a much newer Easel made it.
    """
    if path.suffix.lower() in NO_IMAGES:
        return _recipe_beside(path)
    try:
        told = read_told(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RecipeUnreadable(
            phrase("{path} can't be read: {reason}", path=path.name, reason=reason)
        ) from error
    if told.is_unreadable:
        raise _unreadable(path)
    if not told.recipe:
        raise NoRecipe(phrase("{path} does not contain its settings.", path=path.name))
    return recipe_of(told.recipe, path)


def place_beside(path: Path) -> Path:
    """Return where the recipe of a model or archive lies, because these files can't hold one."""
    return path.with_name(f"{path.name}.json")


def _recipe_beside(path: Path) -> Recipe:
    try:
        text = place_beside(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise NoRecipe(phrase("{path} does not contain its settings.", path=path.name)) from error
    return recipe_of(text, path)


def recipe_of(text: str, path: Path) -> Recipe:
    """Read the JSON of a recipe.

    Args:
        path: of the file that it is in, for the text of errors.

    Raises:
        RecipeUnreadable
    """
    try:
        made = json.loads(_as_utf8(json.dumps(json.loads(text), ensure_ascii=False)))
        version = made.get("format", 1)
        if isinstance(version, int) and version > FORMAT:
            raise RecipeUnreadable(
                phrase(
                    "A newer Easel wrote the settings in {path}: update this one to read them.",
                    path=path.name,
                )
            )
        return _recipe(made)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise _unreadable(path) from error


def _recipe(made: Mapping[str, Any]) -> Recipe:
    """Build a recipe. Raises ValueError, KeyError, TypeError, OverflowError: the values are no recipe."""
    request = request_of(made["request"])
    if request.model not in request.table:
        raise ValueError(f"no model of {request.verb}: {request.model}")
    charged = made.get("charged")
    return Recipe(
        request=request,
        sent=str(made.get("sent", "")) or request.full_prompt(),
        index=_whole(made.get("index", 0)),
        job_id=str(made.get("job", "")),
        task_id=str(made.get("task_id", "")),
        server=str(made.get("server", "")),
        made_at=_time(made.get("made_at", 0.0)),
        content=str(made.get("content", "")),
        created_at=_time(made.get("created_at", 0.0)),
        saved_at=_time(made.get("saved_at", 0.0)),
        price=_whole(made.get("price", 0)),
        charged=None if charged is None else _whole(charged),
        version=str(made.get("easel", "")),
        purpose=record_of(Purpose, made),
        sources=tuple(record_of(Origin, cast("Mapping[str, Any]", each)) for each in made.get("sources", ())),
        mask=str(made.get("mask", "")),
    )


def _as_utf8(text: str) -> str:
    """Replace lone surrogates, which JSON may hold, but neither SQLite nor Blender takes."""
    return text.encode("utf-8", "replace").decode()


def _whole(value: Any) -> int:
    number = int(value)
    if not 0 <= number <= _LARGEST:
        raise ValueError(f"no number of a recipe: {value!r}")
    return number


def _time(value: Any) -> float:
    seconds = float(value)
    if not math.isfinite(seconds) or not 0 <= seconds < _LATEST:
        raise ValueError(f"no time: {value!r}")
    return seconds


def _unreadable(path: Path) -> RecipeUnreadable:
    return RecipeUnreadable(phrase("Easel can't read the settings in {path}.", path=path.name))
