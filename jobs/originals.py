# SPDX-License-Identifier: GPL-3.0-or-later
"""Float originals that are kept for masked edits, and when they are removed. They are as large as images get.

An edit inside a mask is put into the source's own floats (`prepare`). After that, only sending the job again
could need them. Worker thread.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from ..imaging.snapshot import KEPT_FLOATS
from .job import Job, JobState
from .preparation import Preparation

if TYPE_CHECKING:
    from .library import Library

logger = logging.getLogger(__name__)

DAY_S: Final = 24 * 3600.0
Jobs: TypeAlias = "Sequence[tuple[str, Job | None]]"
"""Every job by its id; None for one that a newer Easel wrote."""
GRACE_S: Final = DAY_S
"""How long they stay after the edit was made and placed, because the artist may send it again."""


@dataclass(frozen=True, kw_only=True)
class OriginalsRule:
    """The artist's preferences of how much is kept."""

    days: int = 30
    """After so many days, originals are removed that only a job sent again would need."""
    max_bytes: int = 4_000_000_000
    """The limit of all together; the oldest are removed first. What a paid result still needs always
    stays."""


def kept_originals(library: Library) -> list[Path]:
    """List the files of kept floats, of all jobs."""
    return sorted((library.root / "sources").glob(f"*/{KEPT_FLOATS}"))


def prune_originals(
    library: Library, all_jobs: Callable[[], Jobs], rule: OriginalsRule, now: float
) -> list[Path]:
    """Remove originals that are no longer needed; return them.

    Args:
        all_jobs: reads the ledger; only called if there may be something to remove.
        now: seconds since the epoch.

    Raises:
        LedgerError: nothing is removed.
    """
    files = kept_originals(library)
    if not files:
        return []
    users = _users(all_jobs())
    spare: list[tuple[float, int, Path]] = []
    gone: list[Path] = []
    total = 0
    for path in files:
        try:
            status = path.stat()
        except OSError:  # another Blender was quicker
            continue
        jobs = users.get(path.parent.name, [])
        if jobs is None or any(_is_needed(job, rule, now) for job in jobs):
            total += status.st_size
        elif all(_is_over(job, rule, now) for job in jobs) and (
            jobs or now - status.st_mtime > rule.days * DAY_S
        ):
            gone.append(path)
        else:
            total += status.st_size
            spare.append((status.st_mtime, status.st_size, path))
    for _made_at, byte_count, path in sorted(spare):
        if total <= rule.max_bytes:
            break
        total -= byte_count
        gone.append(path)
    for path in gone:
        logger.info("removing the kept original %s", path)
        with contextlib.suppress(OSError):  # somebody has it open: it is removed another time
            path.unlink()
    return gone


def is_original_gone(made: Preparation | None) -> bool:
    """Return whether an edit can no longer be put into the source's own floats."""
    return made is not None and bool(made.original_floats) and not Path(made.original_floats).is_file()


def _users(jobs: Jobs) -> dict[str, list[Job] | None]:
    """Return the jobs that use a folder's original, by the folder's name; None if unknown.

    The folder is named after the job that it was made for. A job sent again uses the folder of the first one.
    """
    users: dict[str, list[Job] | None] = {}
    for job_id, job in jobs:
        if job is None:  # written by a newer Easel
            users[job_id] = None
            continue
        names = {job_id}
        if job.preparation is not None and job.preparation.original_floats:
            names.add(Path(job.preparation.original_floats).parent.name)
        for name in names:
            known = users.setdefault(name, [])
            if known is not None:
                known.append(job)
    return users


def _is_needed(job: Job, rule: OriginalsRule, now: float) -> bool:
    """Return whether a paid (or perhaps paid) image still has to be put into its original."""
    if not job.state.is_final:
        return True
    if job.state in (JobState.UNCERTAIN, JobState.EXPIRED):  # the artist may find its images yet
        return not _is_over(job, rule, now)
    return job.state.has_images and any(not result.fitted and not result.fit_note for result in job.results)


def _is_over(job: Job, rule: OriginalsRule, now: float) -> bool:
    """Return whether the job is unlikely to be sent again."""
    ended = max(job.finished_at, job.updated_at)
    is_settled = job.state.has_images and job.placed_at > 0
    return now - ended > (min(GRACE_S, rule.days * DAY_S) if is_settled else rule.days * DAY_S)
