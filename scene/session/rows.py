# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of the list of jobs: their values, and moving them to their places (`listed`)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...client.advice import asks_for_transparency
from ...client.every_model import EVERY_MODEL
from ...client.models import side_of
from ...client.requests import EditRequest
from ...jobs import models
from ...jobs.placement import WORKED_ON_FIRST
from ...jobs.targets import PlacementKind
from ...prompting.templates import SHEET
from ...texts.clock import EPOCH
from ...texts.phrases import joined, phrase
from ...texts.wording import balance_sum_text, bytes_text
from .. import settings
from ..placement.view_edit import target_of
from . import binned, listed, session
from .listed import Place

if TYPE_CHECKING:
    from ...jobs.balances import Balances
    from ...jobs.job import Job


def values_of(job: Job) -> dict[str, object]:
    """Return the values of a job's row."""
    target = target_of(job, session.session_id())
    model, larger = EVERY_MODEL[job.request.model], _larger_resolution(job)
    balances = job.balances if job.state == "UNCERTAIN" else None
    return {
        "state": job.state.value,
        "prompt": job.request.prompt,
        "verb": job.request.verb,
        "model": maker_of(job),
        "price": job.price,
        "price_now": job.request.whole_price,
        "price_each": replace(job.request, count=1).whole_price,
        "finish_resolution": larger,
        "finish_price": model.price(count=1, resolution=larger),
        "server": job.server,
        "is_simulated": job.server == settings.SIMULATOR_NAME,
        "is_sheet": job.request.template == SHEET,
        "is_texture_sheet": job.placement.kind is PlacementKind.SHEET,
        "is_views": job.placement.kind is PlacementKind.MODEL_VIEWS,
        "is_rolled": job.placement.kind is PlacementKind.REPAIR,
        "is_drawn_map": job.placement.kind is PlacementKind.MODEL_MAP,
        "count": 0 if job.is_local else job.request.count,
        "image_count": len(job.results),
        "picture_numbers": ",".join(
            str(result.index + 1) for result in job.results if not models.is_file_of_model(result)
        ),
        "wants_alpha": asks_for_transparency(job.request),
        "binned_numbers": binned.numbers_of(job.id),
        "next_price": job.request.whole_price - job.request.price,
        "has_model": models.model_of(job) is not None,
        "model_text": _files_text(job),
        "progress": job.progress / 100.0,
        "created": since_epoch(job.created_at),
        "submitted": since_epoch(job.submitted_at),
        "finished": since_epoch(job.finished_at),
        "expires": since_epoch(job.expires_at),
        "typical_s": round(job.request.typical_seconds),
        "message": job.message,
        "remedy": job.remedy,
        "task_id": job.task_id,
        "is_parked": job.parked,
        "is_half_here": job.is_half_here,
        "is_fitted": any(result.fitted for result in job.results) or bool(job.mask_loss),
        "is_placed": job.placed_at > 0,
        "click": job.placement.click,
        "tiles_of": job.placement.tile.batch if job.placement.tile is not None else "",
        "is_hidden": job.hidden,
        "conclusion": balances.conclusion.value if balances is not None else "",
        "balance_sum": _balance_sum(balances, job.price) if balances is not None else "",
        "view_object": target.name if target is not None else "",
        "view_uid": target.session_uid if target is not None else 0,
    }


def maker_of(job: Job) -> str:
    """Return which model made a job's images, or what else did."""
    if job.is_local:
        return phrase("This computer")
    return phrase("Imported") if job.is_imported else EVERY_MODEL[job.request.model].label


def _files_text(job: Job) -> str:
    """Return the formats and sizes of a model's files, and its seed."""
    files = [result for result in job.results if models.is_file_of_model(result)]
    told = [joined(result.path.suffix[1:].upper(), bytes_text(result.byte_count), by=" ") for result in files]
    seed = models.seed_of(job)
    if files and seed is not None:
        told.append(phrase("Seed {seed}", seed=seed))
    return joined(*told, by=" · ")


def _larger_resolution(job: Job) -> str:
    """Return the largest resolution of a job's model, if its images were made in a smaller one.

    Empty if that is unknown, or if the resolution would not be kept: a tile and a masked edit have their
    source's size, and a picture of the view only fits the view.
    """
    request, model, placement = job.request, EVERY_MODEL[job.request.model], job.placement
    is_masked = isinstance(request, EditRequest) and request.mask.is_set
    is_bound = is_masked or placement.tile is not None or placement.view is not None
    is_bound = is_bound or placement.kind in WORKED_ON_FIRST
    if is_bound or not model.resolutions or job.is_local or not request.count:
        return ""
    largest = max(model.resolutions, key=side_of)
    return largest if side_of(request.resolution or model.default_resolution) < side_of(largest) else ""


def _balance_sum(balances: Balances, price: int) -> str:
    if balances.before is None or balances.after is None:
        return ""
    return balance_sum_text(balances.before.balance, balances.after.balance, price, balances.others)


def since_epoch(time_s: float) -> int:
    """Return a time in the format of rows: whole seconds since EPOCH; 0 stays 0."""
    return round(time_s) - EPOCH if time_s else 0


def index_for(jobs: Any, place: Place, *, skipped: int = -1, is_old: bool = False) -> int:
    """Return the index for a row. A new row comes before its equals, an old one after them.

    Args:
        skipped: current index of the row to move; -1: a row to add.
    """
    low, high = 0, len(jobs) - (skipped >= 0)
    while low < high:
        middle = (low + high) // 2
        other = listed.place_of(jobs[middle + (0 <= skipped <= middle)].name)
        if other < place or (is_old and other == place):
            low = middle + 1
        else:
            high = middle
    return low


def is_at(jobs: Any, index: int, place: Place) -> bool:
    """Return whether a row is already in order with its neighbours."""
    return (index == 0 or listed.place_of(jobs[index - 1].name) <= place) and (
        index == len(jobs) - 1 or place <= listed.place_of(jobs[index + 1].name)
    )


def move(target: Any, old: int, new: int) -> int:
    """Move a row; the selection keeps its job. Returns the new index."""
    if old != new:
        target.jobs.move(old, new)
        listed.touch()
        selected = target.active_job
        if selected == old:
            target.active_job = new
        elif old < selected <= new:
            target.active_job = selected - 1
        elif new <= selected < old:
            target.active_job = selected + 1
    return new


def remove(target: Any, index: int) -> bool:
    """Remove the row at an index (-1: none). The selection keeps its job, or moves to the next one."""
    selected = target.active_job
    if index < 0:
        return False
    target.jobs.remove(index)
    listed.touch()
    target.active_job = max(0, min(selected - (index < selected), len(target.jobs) - 1))
    return True
