# SPDX-License-Identifier: GPL-3.0-or-later
"""A rebuild of the library from its files leaves alone the jobs that an engine works on."""

import contextlib
import dataclasses
from pathlib import Path

import PIL.Image
import pytest

from easel.jobs.job import JobState
from easel.jobs.ledger import Ledger
from easel.jobs.rebuild_library import rebuild
from easel.threads.pace import Pace

from .test_image_index import job


@pytest.mark.parametrize(
    ("state", "count", "ends"),
    [
        (JobState.DOWNLOADING, 0, JobState.DOWNLOADING),
        (JobState.SUBMITTING, 0, JobState.SUBMITTING),
        (JobState.EXPIRED, 1, JobState.DONE),
    ],
)
def test_an_image_that_no_result_is_about(
    tmp_path: Path, state: JobState, count: int, ends: JobState
) -> None:
    path = tmp_path / "images" / "2026-11" / f"2026-11-30_moss_{1:08x}_1.png"
    path.parent.mkdir(parents=True)
    PIL.Image.new("RGB", (8, 4)).save(path)
    with contextlib.closing(Ledger(tmp_path / "ledger.sqlite3")) as ledger:
        made = dataclasses.replace(job(1), id=f"{1:08x}" + 24 * "0", state=state)
        ledger.add(made, "")
        for _ in range(2):
            rebuild(ledger, Pace())
            now = ledger.job(made.id)
            assert (len(now.results), now.state) == (count, ends)


def test_it_ends_at_the_next_step_where_it_is_to_stop(tmp_path: Path) -> None:
    with contextlib.closing(Ledger(tmp_path / "ledger.sqlite3")) as ledger:
        path = tmp_path / "images" / f"2026-11-30_moss_{1:08x}_1.png"
        path.parent.mkdir(parents=True)
        PIL.Image.new("RGB", (8, 4)).save(path)
        stopped = Pace()
        stopped.stop.set()
        assert not rebuild(ledger, stopped).is_whole
