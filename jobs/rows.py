# SPDX-License-Identifier: GPL-3.0-or-later
"""Convert the nouns of this room to rows of the ledger and back: the one place that knows both.

Jobs and results are rows; requests, placements and preparations are JSON by their fields. Unknown fields of a
row are ignored; missing ones get their defaults.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any, Final

from ..client.model_requests import ModelRequest
from ..client.requests import EditRequest, GenerateRequest, ToolRequest
from ..client.texture_requests import TextureRequest
from ..texts.phrases import pack, unpack
from .balances import Balances, Conclusion
from .job import Job, JobState, Result
from .local_edit import VERB as LOCAL, LocalEdit
from .plain import record_of
from .preparation import Preparation
from .stored_placement import placement_from_dict

_REQUESTS: Final[Mapping[str, type[GenerateRequest]]] = {
    "edit": EditRequest,
    "tool": ToolRequest,
    "model": ModelRequest,
    "texture": TextureRequest,
    LOCAL: LocalEdit,
}
"""Requests by their verbs, except the usual one.

Another Easel's request with an unknown verb names a model that this one doesn't know: its job is left."""

STAMP: Final = "updated_at = ?, revision = (SELECT max(revision) + 1 FROM jobs)"
"""Part of every change of a job that other Blenders should learn of (`Ledger.changes`)."""


def columns_of(job: Job) -> dict[str, Any]:
    """Return a job as a row of `jobs`."""
    return {
        "id": job.id,
        "state": job.state,
        "request": json.dumps(values_of(job.request)),
        "placement": json.dumps(job.placement.to_dict()),
        "preparation": json.dumps(asdict(job.preparation)) if job.preparation is not None else "",
        "server": job.server,
        "price": job.price,
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "task_id": job.task_id,
        "submitted_at": job.submitted_at,
        "finished_at": job.finished_at,
        "progress": job.progress,
        "message": pack(job.message),
        "remedy": job.remedy,
        "parked": job.parked,
        "placed_at": job.placed_at,
        "hidden": job.hidden,
        "balances": json.dumps(asdict(job.balances)) if job.balances is not None else "",
        "budget": job.placement.budget,
    }


def job_of(row: sqlite3.Row | Mapping[str, Any], results: tuple[Result, ...]) -> Job:
    """Return the job of a row of `jobs`, with its results.

    Raises:
        ValueError, KeyError, TypeError: another version wrote it.
    """
    request = json.loads(row["request"])
    known = row.keys()  # a line of an older journal lacks some columns
    return Job(
        id=row["id"],
        state=JobState(row["state"]),
        request=request_of(request),
        placement=placement_from_dict(json.loads(row["placement"])),
        preparation=record_of(Preparation, json.loads(row["preparation"]))
        if row["preparation"]
        else _preparation_of_before(request),
        server=row["server"],
        price=row["price"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        task_id=row["task_id"],
        submitted_at=row["submitted_at"],
        finished_at=row["finished_at"],
        progress=row["progress"],
        message=unpack(row["message"]),
        remedy=row["remedy"],
        parked=bool(row["parked"]),
        placed_at=row["placed_at"],
        hidden=bool(row["hidden"]) if "hidden" in known else False,
        balances=balances_of(row["balances"] if "balances" in known else ""),
        results=results,
    )


def balances_of(text: str) -> Balances | None:
    """Return the stored balances around a job's POST; None without balances, or if they can't be read.

    If this Easel does not know a newer one's conclusion, only the readings are returned.
    """
    try:
        values: Any = json.loads(text) if text else None
        if values is None:
            return None
        if values.get("conclusion", "") not in set(Conclusion):
            values = {**values, "conclusion": Conclusion.NONE}
        return record_of(Balances, values)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def insert_job(connection: sqlite3.Connection, job: Job, owner: str, lease_until: float) -> None:
    """Add a row of `jobs`."""
    insert_row(connection, "jobs", {**columns_of(job), "owner": owner, "lease_until": lease_until})
    connection.execute(f"UPDATE jobs SET {STAMP} WHERE id = ?", (job.updated_at, job.id))
    if (batch := job.placement.batch) is not None:  # a row that has another job by now keeps that job
        connection.executemany(
            "INSERT OR IGNORE INTO batch_claims (batch, number, job_id, first) VALUES (?, ?, ?, ?)",
            [
                (batch.id, number, job.id, first)
                for number, first in zip(batch.rows, batch.firsts, strict=True)
            ],
        )


def update_job(connection: sqlite3.Connection, job: Job) -> None:
    """Overwrite a job's row; its owner stays."""
    columns = columns_of(job)
    changes = ", ".join(f"{name} = ?" for name in columns)
    connection.execute(f"UPDATE jobs SET {changes} WHERE id = ?", (*columns.values(), job.id))
    connection.execute(f"UPDATE jobs SET {STAMP} WHERE id = ?", (job.updated_at, job.id))


def write_result(
    connection: sqlite3.Connection, job_id: str, result: Result, folder: Path, saved_at: float
) -> None:
    """Write a row of `results`, replacing the one of its position."""
    connection.execute("DELETE FROM results WHERE job_id = ? AND position = ?", (job_id, result.index))
    columns = columns_of_result(result, folder)
    insert_row(connection, "results", {**columns, "job_id": job_id, "saved_at": saved_at})


def columns_of_result(result: Result, folder: Path) -> dict[str, Any]:
    """Return an image as a row of `results`; its paths are relative to the library's `folder`."""
    return {
        "position": result.index,
        "path": result.path.relative_to(folder).as_posix(),
        "sha256": result.sha256,
        "byte_count": result.byte_count,
        "width": result.width,
        "height": result.height,
        "fitted": result.fitted.relative_to(folder).as_posix() if result.fitted is not None else "",
        "fit_note": pack(result.fit_note),
        "asset": result.asset,
        "content": result.content,
    }


def result_of(row: sqlite3.Row, folder: Path) -> Result:
    """Return the image of a row of `results`."""
    return Result(
        index=row["position"],
        path=_inside(folder, row["path"]),
        sha256=row["sha256"],
        byte_count=row["byte_count"],
        width=row["width"],
        height=row["height"],
        fitted=_inside(folder, row["fitted"]) if row["fitted"] else None,
        fit_note=unpack(row["fit_note"]),
        asset=row["asset"],
        content=row["content"],
    )


def values_of(request: GenerateRequest) -> dict[str, Any]:
    """Return a request as plain values, for the ledger and for recipes."""
    return {"verb": request.verb, **asdict(request)}


def request_of(values: Mapping[str, Any]) -> GenerateRequest:
    """Return the request of `values_of`.

    Raises:
        ValueError, KeyError, TypeError: the values are not a request's.
    """
    kind = _REQUESTS.get(values.get("verb", ""), GenerateRequest)
    return record_of(kind, values)


def _preparation_of_before(request: Mapping[str, Any]) -> Preparation | None:
    """Find the files of an edit in a ledger that was written before they had a column."""
    sources = request.get("sources", ())
    if not sources or not all(source.get("path") for source in sources):
        return None
    told = {name: request[name] for name in Preparation.__dataclass_fields__ if name in request}
    uploads = [{**source, "media_type": source.get("media_type", "")} for source in sources]
    mask: Mapping[str, Any] = request.get("mask") or {}
    return record_of(Preparation, {**told, "uploads": uploads, "mask": mask.get("path", "")})


def _inside(folder: Path, relative: str) -> Path:
    return folder.joinpath(*PurePosixPath(relative).parts)


def insert_row(connection: sqlite3.Connection, table: str, columns: Mapping[str, Any]) -> None:
    """Add a row to a table."""
    marks = ", ".join("?" * len(columns))
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", tuple(columns.values())
    )
