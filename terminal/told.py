# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs, images, models and money as records for `--json`, with the names of their fields, and as columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..batches.plan import Plan
from ..client.engines import Engine
from ..client.every_model import EVERY_MODEL
from ..client.models import MODELS, Model, ModelId
from ..client.options import OPTIONS, Choice
from ..jobs.image_rows import ImageRow
from ..jobs.job import Job, JobState
from ..jobs.spend import Overview, Sums
from ..texts.phrases import joined
from ..texts.wording import balance_sum_text, conclusion_text, credits_text, duration_text, expiry_text
from ..texts.wrapping import first_line

SHORT_ID = 8
"""Letters of a job's id that are shown to people; verbs take them."""


def time_text(seconds: float) -> str:
    """A time as ISO 8601, in UTC; empty for never."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else ""


def job_record(job: Job, now: float, files: Iterable[Path] | None = None) -> dict[str, Any]:
    """A job's fields.

    Args:
        now: epoch seconds.
        files: where its images were copied to; None: where they lie in the library.
    """
    balances = job.balances if job.state is JobState.UNCERTAIN else None
    paths = [result.path for result in job.results_to_place] if files is None else files
    return {
        "id": job.id,
        "task_id": job.task_id,
        "state": job.state.value,
        "parked": job.parked,
        "model": job.request.model.value,
        "verb": job.request.verb,
        "prompt": job.request.written or job.request.prompt,
        "count": job.request.count,
        "credits": job.price,
        "created": time_text(job.created_at),
        "submitted": time_text(job.submitted_at),
        "finished": time_text(job.finished_at),
        "placed": time_text(job.placed_at),
        "lost_in": max(0, round(job.expires_at - now)) if job.is_at_service else None,
        "files": [str(path) for path in paths],
        "message": str(job.message),
        "charged": balances.conclusion.value.lower() if balances is not None else "",
        "project": job.placement.budget,
        "server": job.server,
    }


def job_line(job: Job, now: float) -> list[str]:
    """A job as columns: id, state, age, model, credits, what it makes."""
    state = "with the service" if job.parked else job.state.value.lower()
    return [
        job.id[:SHORT_ID],
        state,
        duration_text(max(0.0, now - job.created_at)),
        EVERY_MODEL[job.request.model].label,
        str(job.price),
        first_line(job.request.title, 48),
    ]


def job_notes(job: Job, now: float) -> list[str]:
    """Notes about a job: what is wrong, what it may have cost, how long the service keeps it."""
    notes = [str(job.message)] if job.message else []
    if job.state is JobState.UNCERTAIN:
        notes.append(f"May have cost {credits_text(job.price)}. {_conclusion(job)}.")
    if job.is_at_service:
        notes.append(f"{expiry_text(job.expires_at - now)}. Task {job.task_id}")
    return notes


def _conclusion(job: Job) -> str:
    balances = job.balances
    if balances is None:
        return conclusion_text("UNKNOWN")
    text = conclusion_text(balances.conclusion.value)
    if balances.before is None or balances.after is None:
        return text
    told = balance_sum_text(balances.before.balance, balances.after.balance, job.price, balances.others)
    return joined(text, told, by=": ")


def image_record(row: ImageRow) -> dict[str, Any]:
    """An image of the library."""
    return {
        "file": str(row.path),
        "fitted": str(row.fitted or ""),
        "prompt": row.written,
        "model": row.model,
        "width": row.width,
        "height": row.height,
        "made": time_text(row.made_at),
        "is_edit": row.is_edit,
        "is_starred": row.is_starred,
        "rating": row.rating,
        "tags": list(row.tags),
        "project": row.purpose.project,
        "blender_project": row.purpose.blender_project,
        "job": row.job_id,
        "index": row.index,
        "content": row.content,
    }


def model_record(model: Model) -> dict[str, Any]:
    """A model with its options and its prices, as a file of prices has them."""
    return {
        "model": model.id.value,
        "label": model.label,
        "kind": _kind(model),
        "hint": model.hint,
        "credits": dict(_prices(model)),
        "seconds": list(model.seconds),
        "max_images": model.max_images,
        "max_sources": model.max_sources,
        "options": {
            option.name: list(option.values(model)) if isinstance(option, Choice) else True
            for option in OPTIONS
            if option.is_offered(model)
        },
        "gives": list(model.gives) if isinstance(model, Engine) else [],
    }


def model_lines(model: Model) -> list[str]:
    """The same for people."""
    prices = ", ".join(f"{size} {price}" if size else str(price) for size, price in _prices(model))
    lines = [f"{model.id.value}  {model.label}: {model.hint}", f"    credits an image: {prices}"]
    if model.id in MODELS:
        lines.append(f"    images at once: {model.max_images}; sources of an edit: {model.max_sources}")
    for option in OPTIONS:
        if isinstance(option, Choice) and option.is_offered(model):
            flag = option.name.replace("_", "-")
            lines.append(f"    --{flag}: {', '.join(option.values(model))}")
    return lines


def _kind(model: Model) -> str:
    if isinstance(model, Engine):
        return "engine"
    return "images" if model.id in MODELS else "tool"


def _prices(model: Model) -> list[tuple[str, int]]:
    """Credits for one image by size or quality; of an engine, without textures and maps."""
    if model.credits_by_quality:
        return [(quality, model.price(count=1, quality=quality)) for quality in model.qualities]
    sizes = model.resolutions or ("",)
    return [(size, model.price(count=1, resolution=size)) for size in sizes]


def every_model() -> Sequence[Model]:
    """All models and tools, in the order of the table."""
    return [EVERY_MODEL[ModelId(id_)] for id_ in EVERY_MODEL]


def spend_records(overview: Overview) -> list[tuple[str, str, dict[str, int]]]:
    """What was spent: by what, which, and the sums."""
    told = [("all", "today", overview.today), ("all", "this month", overview.month)]
    told += [("model", name, sums) for name, sums in overview.models.items()]
    told += [("project", name or "(no project)", sums) for name, sums in overview.projects.items()]
    told += [("batch", name, sums) for name, sums in overview.batches.items()]
    return [(by, name, _sums(sums)) for by, name, sums in told]


def _sums(sums: Sums) -> dict[str, int]:
    return {
        "paid": sums.paid,
        "given_back": sums.given_back,
        "uncertain": sums.uncertain,
        "jobs": sums.jobs,
    }


def spend_rows(overview: Overview) -> list[list[str]]:
    """The same as columns, with a head."""
    head = ["", "", "credits", "given back", "uncertain", "jobs"]
    return [head] + [
        [by, name, *(str(value) for value in sums.values())] for by, name, sums in spend_records(overview)
    ]


def plan_record(plan: Plan) -> dict[str, Any]:
    """What a batch will do."""
    return {
        "rows": plan.rows,
        "requests": plan.requests,
        "images": plan.images,
        "credits": plan.credits,
        "last_submit_in": round(plan.last_submit_s),
        "done_in": round(plan.end_s),
        "balance_after": plan.balance_after,
        "requests_that_fit": plan.fitting,
        "stop": str(plan.stop),
        "advice": str(plan.advice),
    }


def plan_lines(plan: Plan) -> list[str]:
    """The same for people."""
    lines = [
        f"{plan.rows} rows, {plan.requests} requests, {plan.images} images: {credits_text(plan.credits)}",
        f"last request in {duration_text(plan.last_submit_s)}, done in about {duration_text(plan.end_s)}",
    ]
    if plan.balance_after is not None:
        lines.append(f"balance after it: {credits_text(plan.balance_after)}")
    if plan.stop:
        lines.append(f"{plan.stop}: {plan.fitting} of {plan.requests} requests go out. {plan.advice}")
    return lines


def price_record(price: int, requests: Sequence[Any], *, is_simulated: bool) -> Mapping[str, Any]:
    """What a click would cost."""
    return {
        "credits": price,
        "is_simulated": is_simulated,
        "requests": [
            {
                "model": request.model.value,
                "verb": request.verb,
                "count": request.count,
                "credits": request.price,
                "prompt": request.written or request.prompt,
            }
            for request in requests
        ],
    }
