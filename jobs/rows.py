# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of the ledger's tables, made into the nouns of this room."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path, PurePosixPath

from ..client.requests import request_from_dict
from ..texts.phrases import unpack
from .job import Job, JobState, Result
from .placement import placement_from_dict


def result_of(row: sqlite3.Row, folder: Path) -> Result:
    """A row of `results`; its path is relative to the library's `folder`."""
    return Result(
        index=row["position"],
        path=_inside(folder, row["path"]),
        sha256=row["sha256"],
        byte_count=row["byte_count"],
        width=row["width"],
        height=row["height"],
        fitted=_inside(folder, row["fitted"]) if row["fitted"] else None,
        fit_note=unpack(row["fit_note"]),
    )


def _inside(folder: Path, relative: str) -> Path:
    return folder.joinpath(*PurePosixPath(relative).parts)


def job_of(row: sqlite3.Row, results: tuple[Result, ...]) -> Job:
    """A row of `jobs`, with its results."""
    return Job(
        id=row["id"],
        state=JobState(row["state"]),
        request=request_from_dict(json.loads(row["request"])),
        placement=placement_from_dict(json.loads(row["placement"])),
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
        results=results,
    )
