# SPDX-License-Identifier: GPL-3.0-or-later
"""Write how an image was made in the form of other programs, if the artist allows prompts in files."""

from __future__ import annotations

import re
from typing import Final

from ..client.models import MODELS
from ..imaging.inscription import ForOthers
from .job import Job
from .version import own_version

_MOST_KEYWORDS: Final = 12
_SHORTEST: Final = 4  # the fewest letters of a keyword
_WORD: Final = re.compile(r"[^\W\d_]+")


def told_to_others(job: Job, width: int, height: int) -> ForOthers:
    """Return the texts about an image. Sizes are in pixels."""
    prompt = job.request.written or job.request.prompt
    return ForOthers(
        description=prompt,
        keywords=keywords_of(prompt) or ("Easel",),
        parameters=f"{job.request.full_prompt()}\n{_facts(job, width, height)}",
    )


def keywords_of(prompt: str) -> tuple[str, ...]:
    """Return the words of a prompt that an image may be searched by, in their order, each once."""
    words = [word.lower() for word in _WORD.findall(prompt)]
    found = dict.fromkeys(word for word in words if len(word) >= _SHORTEST or not word.isascii())
    return tuple(found)[:_MOST_KEYWORDS]


def _facts(job: Job, width: int, height: int) -> str:
    """Return the last line. Readers recognise it if it has at least three facts."""
    seed = getattr(job.request, "seed", None)
    model = MODELS.get(job.request.model)
    facts = {
        "Seed": "" if seed is None else str(seed),
        "Size": f"{width}x{height}",
        "Model": model.label if model is not None else "",
        "Version": f"Easel {own_version()}",
    }
    return ", ".join(f"{name}: {value}" for name, value in facts.items() if value)
