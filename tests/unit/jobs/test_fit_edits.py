# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits keep their size and place, from the source to the file that is placed."""

import dataclasses
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from easel.client.models import ModelId
from easel.client.requests import EditRequest, Source
from easel.imaging.png_decoding import decode_png
from easel.imaging.snapshot import FileSnapshot
from easel.jobs.job import JobState, Result
from easel.jobs.ledger import Ledger
from easel.jobs.ledger_file import LedgerError
from easel.jobs.library import Library
from easel.jobs.placement import Placement
from easel.simulator import catalogue
from easel.simulator.faults import Spoilt

from .conftest import Bench

KEEP = EditRequest(
    model=ModelId.GEMINI_3_1_FLASH, prompt="more moss", sources=(Source(name="wall"),), keeps_place=True
)


def wall(folder: Path, size: tuple[int, int]) -> Path:
    """Write a picture with enough detail to line it up; return its path."""
    chance = np.random.default_rng(3)
    rough = Image.fromarray(chance.integers(0, 255, (size[1] // 8, size[0] // 8, 3), np.uint8))
    path = folder / "wall.png"
    rough.resize(size, Image.Resampling.BICUBIC).save(path)
    return path


@pytest.mark.parametrize("size", [(1000, 700), (640, 640), (300, 90)])
def test_the_result_has_the_sources_size_and_place(
    bench: Bench, tmp_path: Path, size: tuple[int, int]
) -> None:
    path = wall(tmp_path, size)
    job = bench.run(bench.engine(), KEEP, {0: FileSnapshot(path=path)})
    assert job.state is JobState.DONE, job.message
    (result,) = job.results
    assert result.fitted is not None, result.fit_note
    with Image.open(result.fitted) as image:
        assert image.size == size
    with Image.open(result.path) as image:
        assert image.size == (result.width, result.height), "what was paid for stays as it came"
    (placed,) = job.results_to_place
    assert (placed.path, placed.width, placed.height) == (result.fitted, *size)
    assert result.fit_note


def test_a_png_of_another_program_is_ready_before_the_answer(bench: Bench, tmp_path: Path) -> None:
    path = wall(tmp_path, (640, 640))
    with Image.open(path) as image:
        came = np.asarray(image)
    bench.schedule = dataclasses.replace(bench.schedule, first_fraction=0.1)
    job = bench.run(bench.engine(), KEEP, {0: FileSnapshot(path=path)})
    assert job.preparation is not None
    assert decode_png(path) is None
    np.testing.assert_array_equal(decode_png(Path(job.preparation.original)), came)
    (placed,) = job.results_to_place
    assert (placed.width, placed.height) == (640, 640), job.results[0].fit_note


def test_the_models_drift_is_taken_back(bench: Bench, tmp_path: Path) -> None:
    bench.simulator.drift = (9.0, -6.0, 1.0)
    path = wall(tmp_path, (1024, 1024))
    job = bench.run(bench.engine(), KEEP, {0: FileSnapshot(path=path)})
    (result,) = job.results
    assert result.fitted is not None
    assert "Shift undone" in result.fit_note
    with Image.open(path) as source, Image.open(result.fitted) as fitted:
        before, after = (np.asarray(image.convert("L"), np.float32) for image in (source, fitted))
    centre = slice(200, 800)

    def likeness(dx: int, dy: int) -> float:
        moved = np.roll(after, (dy, dx), (0, 1))[centre, centre]
        return float(np.corrcoef(before[centre, centre].ravel(), moved.ravel())[0, 1])

    shifts = [(dx, dy) for dx in range(-12, 13, 3) for dy in range(-12, 13, 3)]
    assert max(shifts, key=lambda shift: likeness(*shift)) == (0, 0)


def test_a_source_that_changes_meanwhile_does_no_harm(bench: Bench, tmp_path: Path) -> None:
    bench.simulator.script(catalogue.takes(600))
    path = wall(tmp_path, (512, 256))
    engine = bench.engine()
    job_id = engine.submit(KEEP, Placement(), {0: FileSnapshot(path=path)})
    bench.wait_state(engine, job_id, JobState.RUNNING)
    path.write_bytes(b"no image any more")
    bench.finish(engine.job(job_id))
    result = bench.end_of(engine, job_id).results[0]
    assert result.fitted is not None


def test_a_damaged_original_leaves_the_image_as_it_came(bench: Bench, tmp_path: Path) -> None:
    bench.simulator.script(catalogue.takes(600))
    engine = bench.engine()
    job_id = engine.submit(KEEP, Placement(), {0: FileSnapshot(path=wall(tmp_path, (512, 256)))})
    bench.wait_state(engine, job_id, JobState.RUNNING)
    made = engine.job(job_id).preparation
    assert made is not None
    Path(made.original).write_bytes(b"")
    bench.finish(engine.job(job_id))
    job = bench.end_of(engine, job_id)
    assert job.state is JobState.DONE
    assert job.results_to_place == job.results
    assert job.results[0].fit_note.startswith("Placed as generated")


def test_a_defect_in_fitting_withholds_nothing(bench: Bench, tmp_path: Path) -> None:
    bench.simulator.script(catalogue.takes(600))
    engine = bench.engine()
    job_id = engine.submit(KEEP, Placement(), {0: FileSnapshot(path=wall(tmp_path, (512, 256)))})
    bench.wait_state(engine, job_id, JobState.RUNNING)
    with engine._ledger.transaction() as connection:
        connection.execute(
            "UPDATE jobs SET preparation = replace(preparation, '\"canvas\"', '\"no canvas\"')"
        )
    bench.finish(engine.job(job_id))
    job = bench.end_of(engine, job_id)
    assert job.state is JobState.DONE
    assert job.results_to_place == job.results
    assert job.results[0].fit_note.startswith("Placed as generated")


def test_without_keeping_place_nothing_is_touched(bench: Bench, tmp_path: Path) -> None:
    request = dataclasses.replace(KEEP, keeps_place=False)
    path = wall(tmp_path, (1000, 700))
    job = bench.run(bench.engine(), request, {0: FileSnapshot(path=path)})
    assert job.results[0].fitted is None
    assert job.preparation is not None
    assert Path(job.preparation.uploads[0].path).read_bytes() == path.read_bytes()


def test_a_spoilt_answer_is_fetched_again_first(bench: Bench, tmp_path: Path) -> None:
    bench.simulator.script(catalogue.spoilt(Spoilt.CORRUPT))
    job = bench.run(bench.engine(), KEEP, {0: FileSnapshot(path=wall(tmp_path, (512, 256)))})
    assert job.state is JobState.DONE
    assert job.results[0].fitted is not None


def test_a_size_that_the_artist_chose_gives_the_canvas_its_shape(bench: Bench, tmp_path: Path) -> None:
    request = dataclasses.replace(KEEP, model=ModelId.SEEDREAM_V5_LITE, image_size="landscape_16_9")
    path = wall(tmp_path, (600, 600))
    job = bench.run(bench.engine(), request, {0: FileSnapshot(path=path)})
    assert job.preparation is not None
    width, height = job.preparation.fit["canvas"]
    assert abs(width / height - 16 / 9) < 0.01
    assert job.results[0].fitted is not None
    with Image.open(job.results[0].fitted) as image:
        assert image.size == (600, 600)


@dataclasses.dataclass(frozen=True)
class EndingLibrary(Library):
    """A library that raises `error` at the moment an image is brought back."""

    error: Exception
    stopping: threading.Event | None = None

    def fitted_path(self, job_id: str, index: int) -> Path:  # noqa: ARG002 - the real one has them
        if self.stopping is not None:
            self.stopping.wait(20)
        raise self.error


def test_an_edit_that_python_exits_from_is_brought_back_at_the_next_start(
    bench: Bench, tmp_path: Path
) -> None:
    whole = bench.library
    bench.library = EndingLibrary(whole.root, RuntimeError("cannot schedule new futures after shutdown"))
    engine = bench.engine()
    job = bench.run(engine, KEEP, {0: FileSnapshot(path=wall(tmp_path, (300, 90)))})
    assert [result.fit_note for result in job.results] == [""]
    engine.stop()
    bench.library = whole
    bench.wait_state(bench.engine(), job.id, JobState.DONE)
    assert bench.engines[-1].job(job.id).results[0].fitted


def test_an_edit_that_the_engine_stops_in_is_brought_back_at_the_next_start(
    bench: Bench, tmp_path: Path
) -> None:
    whole, stopping = bench.library, threading.Event()
    bench.library = EndingLibrary(whole.root, OSError("The disk is away."), stopping)
    engine = bench.engine()
    job_id = engine.submit(KEEP, Placement(), {0: FileSnapshot(path=wall(tmp_path, (300, 90)))})
    bench.wait(engine, lambda: "Restoring the size" in bench.phases(job_id))
    leave = engine._crew._follows.find(job_id).leave
    threading.Thread(target=lambda: leave.wait(20) and stopping.set()).start()
    engine.stop(timeout_s=30)
    bench.library = whole
    bench.wait_state(bench.engine(), job_id, JobState.DONE)
    assert bench.engines[-1].job(job_id).results[0].fitted


class FullLedger(Ledger):
    """A ledger that has no room for an image that was brought back."""

    is_tried = False

    def save_result(self, job_id: str, result: Result) -> None:
        if result.fitted:
            self.is_tried = True
            raise LedgerError("The disk is full.")
        super().save_result(job_id, result)


def test_what_was_left_half_here_does_not_outlive_the_engine(bench: Bench, tmp_path: Path) -> None:
    bench.simulator.script(dataclasses.replace(catalogue.spoilt(Spoilt.CORRUPT), times=None, skip=1))
    ledger = FullLedger(bench.library.ledger_path)
    engine = bench.engine(ledger=ledger)
    edit = dataclasses.replace(KEEP, count=2)
    job_id = engine.submit(edit, Placement(), {0: FileSnapshot(path=wall(tmp_path, (300, 90)))})
    bench.wait(engine, lambda: len(engine.job(job_id).results) == 1)
    engine.stop_watching(job_id)
    bench.wait(engine, lambda: ledger.is_tried)
    assert bench.threads("easel-collect")
    engine.stop(timeout_s=30)
    assert not bench.threads("easel-collect")
