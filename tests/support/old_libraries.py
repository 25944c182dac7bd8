# SPDX-License-Identifier: GPL-3.0-or-later
"""Libraries as earlier sessions leave them."""

import time
from collections.abc import Callable
from pathlib import Path

from easel.client.models import ModelId
from easel.client.requests import GenerateRequest
from easel.jobs.job import Job, JobState, Result
from easel.jobs.ledger import Ledger
from easel.jobs.library import Library
from easel.jobs.placement import Placement

METALS, THINGS = ("copper", "brass", "iron"), ("roof", "gate", "lamp", "door")
"""Words of the prompts."""
SIDE = 64
"""Of each image, pixels."""


def add_done_job(
    ledger: Ledger,
    library: Library,
    server: str,
    number: int,
    *,
    model: ModelId,
    prompt: str,
    count: int,
    age_s: float,
    write: Callable[[int, Path], object],
) -> None:
    """Write down a job that is over.

    Args:
        number: becomes its id.
        write: makes the file of one of its images, by the image's number.
    """
    request = GenerateRequest(model=model, prompt=prompt, count=count)
    at = time.time() - age_s
    job = Job(
        id=f"{number:032x}",
        state=JobState.DONE,
        request=request,
        placement=Placement(),
        server=server,
        price=request.price,
        created_at=at,
        updated_at=at,
    )
    ledger.add(job, "")
    for index in range(count):
        path = library.images_folder / f"{number}-{index}.png"
        write(index, path)
        size = path.stat().st_size
        result = Result(index=index, path=path, sha256="", byte_count=size, width=SIDE, height=SIDE)
        ledger.save_result(job.id, result)
