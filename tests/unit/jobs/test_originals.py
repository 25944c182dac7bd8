# SPDX-License-Identifier: GPL-3.0-or-later
"""Easel removes kept floats when nothing needs them, and never while a paid result still does."""

import os
from pathlib import Path
from typing import Any

import pytest

from easel.client.models import ModelId
from easel.client.requests import EditRequest, Source
from easel.jobs.job import Job, JobState, Result
from easel.jobs.ledger import Ledger
from easel.jobs.library import Library
from easel.jobs.originals import DAY_S, OriginalsRule, is_original_gone, prune_originals
from easel.jobs.placement import Placement
from easel.jobs.preparation import Preparation

from .conftest import Bench

NOW = 1_800_000_000.0
RULE = OriginalsRule(days=30, max_bytes=10_000)


class Shelf:
    """A library with kept floats, and the jobs that its ledger would list."""

    def __init__(self, folder: Path) -> None:
        self.library = Library(folder)
        self.jobs: dict[str, Job | None] = {}

    def keep(self, name: str, *, days: float, size: int = 100) -> Path:
        """Write floats that are `days` old; return their path."""
        path = self.library.sources_folder(name) / "original.npy"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"\0" * size)
        os.utime(path, (NOW - days * DAY_S,) * 2)
        return path

    def add(self, name: str, state: JobState, *, days: float, path: Path, **facts: Any) -> None:
        """Add a job that ended, or last changed, `days` ago."""
        at = NOW - days * DAY_S
        request = EditRequest(
            model=ModelId.GEMINI_2_5_FLASH,
            prompt="mossy",
            sources=(Source(name="wood"),),
        )
        self.jobs[name] = Job(
            id=name,
            state=state,
            request=request,
            placement=Placement(),
            preparation=Preparation(original_floats=str(path)),
            server="test",
            price=10,
            created_at=at,
            updated_at=at,
            finished_at=at,
            **facts,
        )

    def keep_for(self, name: str, state: JobState, *, days: float, size: int = 100, **facts: Any) -> Path:
        """Write floats and add the job that needs them; return the path of the floats."""
        path = self.keep(name, days=days, size=size)
        self.add(name, state, days=days, path=path, **facts)
        return path

    def prune(self) -> list[Path]:
        return prune_originals(self.library, lambda: list(self.jobs.items()), RULE, NOW)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def result(*, fitted: str = "", note: str = "") -> Result:
    return Result(
        index=0,
        path=Path("image.png"),
        sha256="",
        byte_count=1,
        width=1,
        height=1,
        fitted=Path(fitted) if fitted else None,
        fit_note=note,
    )


@pytest.mark.parametrize("state", [state for state in JobState if not state.is_final])
def test_what_is_at_work_keeps_its_original(state: JobState, shelf: Shelf) -> None:
    path = shelf.keep_for("open", state, days=400, size=50_000)
    assert shelf.prune() == []
    assert path.exists()


@pytest.mark.parametrize("state", [JobState.UNCERTAIN, JobState.EXPIRED])
def test_what_may_be_found_yet_keeps_its_original_beyond_the_cap(state: JobState, shelf: Shelf) -> None:
    kept, gone = (shelf.keep_for(f"job{days}", state, days=days, size=50_000) for days in (29, 31))
    assert shelf.prune() == [gone]
    assert kept.exists()


def test_a_paid_image_that_is_not_put_back_yet_keeps_its_original(shelf: Shelf) -> None:
    results = (result(fitted="a.exr"), result())
    path = shelf.keep_for("raw", JobState.DONE, days=400, size=50_000, results=results)
    assert shelf.prune() == []
    assert path.exists()


@pytest.mark.parametrize(
    ("state", "days", "facts", "is_kept"),
    [
        (JobState.DONE, 0.5, {"results": (result(fitted="a.exr"),), "placed_at": NOW}, True),
        (JobState.DONE, 2, {"results": (result(fitted="a.exr"),), "placed_at": NOW}, False),
        (JobState.DONE, 2, {"results": (result(note="Placed as generated"),), "placed_at": NOW}, False),
        (JobState.DONE, 2, {"results": (result(fitted="a.exr"),)}, True),  # not placed yet
        (JobState.DONE, 31, {"results": (result(fitted="a.exr"),)}, False),
        (JobState.FAILED, 29, {}, True),
        (JobState.FAILED, 31, {}, False),
        (JobState.CANCELLED, 31, {}, False),
    ],
)
def test_an_original_goes_when_its_time_is_over(
    state: JobState, days: float, facts: dict[str, Any], is_kept: bool, shelf: Shelf
) -> None:
    path = shelf.keep_for("job", state, days=days, **facts)
    assert shelf.prune() == ([] if is_kept else [path])
    assert path.exists() == is_kept


def test_a_job_sent_again_keeps_the_first_ones_original(shelf: Shelf) -> None:
    path = shelf.keep_for("first", JobState.FAILED, days=400)
    shelf.add("again", JobState.RUNNING, days=0, path=path)
    assert shelf.prune() == []
    assert path.exists()


def test_beyond_the_cap_the_oldest_go_that_nothing_needs(shelf: Shelf) -> None:
    needed = shelf.keep_for("needed", JobState.RUNNING, days=9, size=6000)
    oldest, newer = (
        shelf.keep_for(f"failed{days}", JobState.FAILED, days=days, size=3000) for days in (8, 7)
    )
    assert shelf.prune() == [oldest]
    assert needed.exists()
    assert newer.exists()


def test_an_original_of_no_known_job_goes_when_it_is_old(shelf: Shelf) -> None:
    old, new = (shelf.keep(f"lost{days}", days=days) for days in (31, 1))
    assert shelf.prune() == [old]
    assert new.exists()


def test_jobs_of_a_newer_easel_keep_theirs(shelf: Shelf) -> None:
    path = shelf.keep("newer", days=400, size=50_000)
    shelf.jobs["newer"] = None
    assert shelf.prune() == []
    assert path.exists()


def test_a_request_without_its_original_is_known(tmp_path: Path) -> None:
    assert not is_original_gone(None)
    assert not is_original_gone(Preparation())
    assert is_original_gone(Preparation(original_floats=str(tmp_path / "original.npy")))


def test_the_engine_prunes_at_its_start_and_sends_nothing_into_what_is_gone(bench: Bench) -> None:
    path = bench.library.sources_folder("lost") / "original.npy"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\0")
    os.utime(path, (0, 0))
    failed = Job(
        id="lost",
        state=JobState.FAILED,
        request=EditRequest(model=ModelId.GEMINI_2_5_FLASH, prompt="mossy", sources=(Source(name="wood"),)),
        placement=Placement(),
        preparation=Preparation(original_floats=str(path)),
        server="test",
        price=5,
        created_at=1.0,
        updated_at=1.0,
    )
    ledger = Ledger(bench.library.ledger_path)
    ledger.add(failed, "")
    ledger.close()
    engine = bench.engine()
    bench.wait(engine, lambda: not path.exists() and any(job.id == "lost" for job in engine.jobs()))
    again = bench.end_of(engine, engine.again.send("lost", ""))
    assert again.state is JobState.FAILED
    assert "float pixels are no longer kept" in again.message
    assert bench.posts() == 0
