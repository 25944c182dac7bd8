# SPDX-License-Identifier: GPL-3.0-or-later
"""If the disk of a source stops answering after the click, only that edit waits, and Cancel ends it."""

import os
import threading
from pathlib import Path

from PIL import Image

from easel.client.models import ModelId
from easel.client.requests import EditRequest, Source
from easel.imaging.snapshot import FileSnapshot
from easel.jobs.job import JobState
from easel.jobs.placement import Placement
from tests.unit.jobs.conftest import Bench

EDIT = EditRequest(model=ModelId.GEMINI_2_5_FLASH, prompt="older", sources=(Source(name="wood.png"),))


class SilentPath(type(Path())):
    """A file on a disk that does not answer until a test sets `wakes_up`, and then fails."""

    wakes_up = threading.Event()

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:  # noqa: ARG002
        self.wakes_up.wait(60)
        raise OSError("the disk went away")


def test_cancel_frees_the_thread_and_others_go_on(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "wood.png"
    Image.new("RGB", (16, 16), "brown").save(path)
    engine = bench.engine()
    silent = [engine.submit(EDIT, Placement(), {0: FileSnapshot(path=SilentPath(path))}) for _ in range(5)]
    bench.wait(engine, lambda: any(bench.phases(job_id)[-1:] == ["Reading “wood.png”"] for job_id in silent))
    for job_id in silent:
        engine.cancel(job_id)
    job = bench.run(engine, EDIT, {0: FileSnapshot(path=path)})
    assert job.state is JobState.DONE
    for job_id in silent:
        assert bench.end_of(engine, job_id).state is JobState.CANCELLED
        assert bench.ends(job_id) == 1
    SilentPath.wakes_up.set()
    assert bench.posts() == 1


def test_what_is_sent_is_read_before_it_waits_for_its_turn(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "wood.png"
    Image.new("RGB", (16, 16), "brown").save(path)
    engine = bench.engine(rate_limit=1000)
    job = bench.run(engine, EDIT, {0: FileSnapshot(path=path)})
    assert job.preparation is not None
    assert Path(job.preparation.uploads[0].path).is_relative_to(bench.library.root)
