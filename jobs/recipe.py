# SPDX-License-Identifier: GPL-3.0-or-later
"""How an image was made, kept inside the image file itself. No key, no path of the machine."""

from __future__ import annotations

import json
from typing import Final

from .job import Job

KEYWORD: Final = "easel"
"""Name of the PNG text chunk."""


def recipe_text(job: Job, index: int) -> str:
    """JSON of everything needed to make the image again, and to find it at the service."""
    request = job.request.to_dict()
    request.pop("original", None)
    for source in request.get("sources", ()):
        del source["path"]
    return json.dumps(
        {
            "request": request,
            "index": index,
            "task_id": job.task_id,
            "server": job.server,
            "made_at": job.submitted_at,
        },
        ensure_ascii=False,
    )
