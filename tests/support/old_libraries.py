# SPDX-License-Identifier: GPL-3.0-or-later
"""Make libraries of earlier sessions."""

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
    """Record a finished job.

    Args:
        number: its id is made of it.
        write: writes the file of one image, given its number and path.
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
