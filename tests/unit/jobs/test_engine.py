# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests show what the artist gets and pays when the service behaves at its worst."""

import dataclasses
import hashlib
import json
import logging
import socket
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from easel.client.errors import Remedy, RequestInvalid
from easel.client.models import ModelId
from easel.client.requests import EditRequest, Source
from easel.imaging.png_chunks import read_text
from easel.imaging.snapshot import BytesSnapshot, Encoding, FileSnapshot, PendingPixels, PixelsSnapshot
from easel.jobs import keeper
from easel.jobs.events import JobEnded
from easel.jobs.job import JobState
from easel.jobs.placement import Placement
from easel.simulator import catalogue
from easel.simulator.faults import On, ResultShape, Spoilt, When
from easel.simulator.front import Host

from .conftest import DRAFT, Bench

TWO = dataclasses.replace(DRAFT, count=2)


def edit(*names: str) -> EditRequest:
    sources = tuple(Source(name=name, role="the image to edit") for name in names)
    return EditRequest(model=ModelId.GEMINI_2_5_FLASH, prompt="more rust", sources=sources)


def pixels(width: int = 8, height: int = 4) -> PixelsSnapshot:
    values = np.linspace(0, 1, width * height * 4, dtype=np.float32)
    return PixelsSnapshot(pixels=values, width=width, height=height, channels=4, encoding=Encoding.SRGB_BYTES)


def test_a_prompt_becomes_images(bench: Bench) -> None:
    engine = bench.engine()
    job = bench.run(engine, TWO)
    assert job.state is JobState.DONE
    assert len(job.results) == 2
    for result in job.results:
        assert hashlib.sha256(result.path.read_bytes()).hexdigest() == result.sha256
        with Image.open(result.path) as image:
            assert image.size == (result.width, result.height)
        assert engine.library.thumbnail_path(job.id, result.index).exists()
    assert bench.images() == sorted(result.path for result in job.results)
    assert bench.ends(job.id) == 1
    assert not engine.is_busy


def test_the_image_knows_how_it_was_made(bench: Bench, tmp_path: Path) -> None:
    source = tmp_path / "private-folder" / "wall.png"
    source.parent.mkdir()
    Image.new("RGB", (32, 16), "red").save(source)
    engine = bench.engine()
    job = bench.run(engine, edit("wall"), {0: FileSnapshot(path=source)})
    recipe = read_text(job.results[0].path)["easel"]
    assert json.loads(recipe)["request"]["prompt"] == "more rust"
    assert json.loads(recipe)["task_id"] == job.task_id
    assert "private-folder" not in recipe
    assert "test-key" not in recipe


def test_jobs_overlap(bench: Bench) -> None:
    """The first job stays at the service; the others overtake it."""
    bench.simulator.script(catalogue.takes(600), *(catalogue.takes(0.5) for _ in range(3)))
    engine = bench.engine()
    slow = engine.submit(DRAFT, Placement())
    bench.wait(engine, lambda: bool(engine.job(slow).task_id))  # else another job might arrive first
    others = [engine.submit(DRAFT, Placement()) for _ in range(3)]
    for job_id in others:
        assert bench.end_of(engine, job_id).state is JobState.DONE
    assert engine.job(slow).state is JobState.RUNNING


def test_prompts_are_sent_in_the_order_of_the_clicks(bench: Bench) -> None:
    """Two are sent at a time, so they may arrive in another order; their turns are in order."""
    engine = bench.engine()
    turns: list[str] = []
    leave_line = engine._limiter.leave_line

    def note_turn(job_id: str) -> None:
        if job_id not in turns:  # a job leaves the line again when its turn is over
            turns.append(job_id)
        leave_line(job_id)

    engine._limiter.leave_line = note_turn  # type: ignore[method-assign]
    ids = [engine.submit(dataclasses.replace(DRAFT, prompt=f"number {n}"), Placement()) for n in range(8)]
    for job_id in ids:
        bench.end_of(engine, job_id)
    assert turns == ids
    assert bench.posts() == 8


def test_sources_of_every_kind_are_sent_in_their_order(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (16, 16), "blue").save(path)
    pending = PendingPixels()
    engine = bench.engine()
    snapshots = {
        0: FileSnapshot(path=path),
        1: BytesSnapshot(data=path.read_bytes()),
        2: pixels(),
        3: pending,
    }
    job_id = engine.submit(edit("a", "b", "c", "d"), Placement(), snapshots)
    bench.wait(engine, lambda: any(phase.startswith("Reading") for phase in bench.phases(job_id)))
    pending.fulfil(pixels(5, 5))
    job = bench.end_of(engine, job_id)
    assert job.state is JobState.DONE
    assert pending.released.is_set()
    task = bench.simulator.tasks[job.task_id]
    sent = [source.sha256 for source in task.order.sources]
    assert sent[:2] == [hashlib.sha256(path.read_bytes()).hexdigest()] * 2, "the file's own bytes"
    assert len(set(sent)) == 3
    assert task.order.prompt.startswith("Image 1 is the image to edit.")


def test_a_source_that_vanished_costs_nothing(bench: Bench, tmp_path: Path) -> None:
    engine = bench.engine()
    job = bench.run(engine, edit("gone"), {0: FileSnapshot(path=tmp_path / "gone.png")})
    assert job.state is JobState.FAILED
    assert "Nothing was sent" in job.message
    assert bench.posts() == 0


def test_pixels_that_could_not_be_read_cost_nothing(bench: Bench) -> None:
    engine = bench.engine()
    pending, other = PendingPixels(), PendingPixels()
    pending.fail("The image “Wall” was removed.")
    job = bench.run(engine, edit("Wall", "other"), {0: pending, 1: other})
    assert job.state is JobState.FAILED
    assert "Wall" in job.message
    assert other.released.is_set(), "buffers of the other sources are let go too"
    assert bench.posts() == 0


def test_a_request_that_can_not_succeed_is_not_even_written_down(bench: Bench) -> None:
    engine = bench.engine()
    with pytest.raises(RequestInvalid, match="1 to 4"):
        engine.submit(dataclasses.replace(DRAFT, count=9), Placement())
    assert engine.jobs() == []


# -- the service's quirks ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        catalogue.late_urls(0.6),
        catalogue.unknown_word(),
        catalogue.final_word("COMPLETED"),
        catalogue.null_fields(),
        catalogue.absent_fields(),
        catalogue.older_shape(ResultShape.ASSET_URL),
        catalogue.throttled(On.STATUS, 1),
        catalogue.trouble(On.STATUS, 502),
        catalogue.html_page(On.STATUS),
        catalogue.dropped(On.STATUS),
        catalogue.cut(On.STATUS),
        catalogue.unknown_task(),
        catalogue.link_revoked(),
        catalogue.cut(On.ASSET),
        catalogue.dropped(On.ASSET),
        catalogue.html_page(On.ASSET),
        catalogue.trouble(On.ASSET, 503),
        catalogue.redirected(),
        catalogue.spoilt(Spoilt.WRONG_MAGIC),
        catalogue.spoilt(Spoilt.CORRUPT),
        catalogue.spoilt(Spoilt.BOMB),
        catalogue.throttled(On.SUBMIT, 1),
        catalogue.slow(On.ASSET, 0.5),
    ],
    ids=lambda fault: f"{fault.on.value}-{type(fault.effect).__name__}",
)
def test_passing_trouble_loses_nothing_and_is_paid_once(bench: Bench, fault: catalogue.Fault) -> None:
    bench.schedule = dataclasses.replace(bench.schedule, finished_grace_s=5)
    bench.simulator.script(fault)
    engine = bench.engine()
    job = bench.run(engine)
    assert (job.state, job.message) == (JobState.DONE, "")
    assert bench.simulator.faults.pending == (), "the fault struck"
    assert len(bench.simulator.tasks) == 1
    assert len(bench.images()) == 1
    assert all(
        exchange.authorized is (exchange.host is Host.API) for exchange in list(bench.simulator.log)
    ), "the key goes to the API alone"


def test_a_refusal_is_told_and_refunded(bench: Bench) -> None:
    bench.simulator.script(catalogue.failed("Blocked by the safety filter."))
    job = bench.run(bench.engine())
    assert job.state is JobState.FAILED
    assert "Blocked by the safety filter." in job.message
    assert bench.simulator.balance == 10_000


def test_finished_with_a_reason_and_no_image_has_failed(bench: Bench) -> None:
    bench.simulator.script(catalogue.finished_with_reason("No image was returned."))
    job = bench.run(bench.engine())
    assert job.state is JobState.FAILED
    assert "No image was returned." in job.message


def test_fewer_images_than_asked_for_are_kept(bench: Bench) -> None:
    bench.simulator.script(catalogue.fewer(1))
    job = bench.run(bench.engine(), TWO)
    assert (job.state, len(job.results)) == (JobState.PARTIAL, 1)
    assert "1 of 2" in job.message


def test_finished_without_any_image_is_left_with_the_service(bench: Bench) -> None:
    bench.simulator.script(catalogue.finished_empty())
    engine = bench.engine()
    job = bench.run(engine)
    assert job.parked
    assert not job.state.is_final
    assert not engine.is_busy


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        (400, "validation_failed", Remedy.CHANGE_REQUEST),
        (401, "invalid_api_key", Remedy.SET_KEY),
        (402, "insufficient_credits", Remedy.TOP_UP),
    ],
)
def test_refused_submits_fail_with_a_remedy(bench: Bench, status: int, code: str, remedy: Remedy) -> None:
    bench.simulator.script(catalogue.error(On.SUBMIT, status, code))
    job = bench.run(bench.engine())
    assert (job.state, job.remedy) == (JobState.FAILED, remedy.name)
    assert bench.simulator.balance == 10_000


@pytest.mark.parametrize(
    "fault",
    [
        catalogue.dropped(On.SUBMIT, when=When.AFTER),
        catalogue.dropped(On.SUBMIT, when=When.BEFORE),
        catalogue.trouble(On.SUBMIT, 504, when=When.AFTER),
        catalogue.trouble(On.SUBMIT, 502, when=When.BEFORE),
        catalogue.html_page(On.SUBMIT),
        catalogue.cut(On.SUBMIT),
    ],
    ids=lambda fault: f"{type(fault.effect).__name__}-{fault.when.value}",
)
def test_a_submit_without_a_clear_answer_is_uncertain_and_never_repeated(
    bench: Bench, fault: catalogue.Fault
) -> None:
    bench.simulator.script(fault)
    engine = bench.engine()
    job = bench.run(engine)
    assert job.state is JobState.UNCERTAIN
    assert "unknown" in job.message
    assert "Nothing was charged" not in job.message
    engine.stop()
    again = bench.engine()
    time.sleep(0.5)
    assert again.job(job.id).state is JobState.UNCERTAIN
    assert bench.posts() == 1


def test_an_unreachable_service_takes_nothing_and_the_job_waits(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    engine = bench.engine(url=url)
    job_id = engine.submit(DRAFT, Placement())
    bench.wait(engine, lambda: "Trying again" in bench.phases(job_id))
    job = engine.job(job_id)
    assert job.state is JobState.QUEUED
    assert job.remedy == Remedy.CHECK_NETWORK.name
    engine.cancel(job_id)
    assert bench.end_of(engine, job_id).state is JobState.CANCELLED


# -- ends and beginnings ----------------------------------------------------------------------------


@pytest.mark.parametrize("on", [On.SUBMIT, On.STATUS, On.ASSET])
def test_stop_is_bounded_whatever_the_network_does(bench: Bench, on: On) -> None:
    bench.simulator.script(catalogue.hang(on))
    engine = bench.engine()
    job_id = engine.submit(DRAFT, Placement())
    bench.wait(engine, lambda: any(entry.fault for entry in bench.simulator.log))
    start = time.monotonic()
    engine.stop()
    assert time.monotonic() - start < 20, "the network keeps silent for ever"
    bench.events += engine.drain()
    assert bench.ends(job_id) == 1
    job = engine.job(job_id)

    if on is On.SUBMIT:
        assert job.state is JobState.UNCERTAIN
        assert job.message.startswith("Easel stopped before the service answered. It is unknown")
    else:
        again = bench.engine()
        bench.wait_state(again, job_id, JobState.DONE)
        assert bench.posts() == 1


def test_stopping_waits_for_the_answer_to_a_post(bench: Bench) -> None:
    bench.simulator.script(catalogue.hang(On.SUBMIT, seconds=0.5))
    engine = bench.engine()
    job_id = engine.submit(DRAFT, Placement())
    bench.wait(engine, lambda: any(entry.fault for entry in bench.simulator.log))
    engine.stop(timeout_s=20)
    assert engine.job(job_id).task_id, "worth half a second: else it would be uncertain"
    again = bench.engine()
    bench.wait_state(again, job_id, JobState.DONE)


def test_a_queued_job_of_an_earlier_session_waits_for_the_artist(bench: Bench) -> None:
    engine = bench.engine(rate_limit=1)
    first, second = engine.submit(DRAFT, Placement()), engine.submit(DRAFT, Placement())
    bench.end_of(engine, first)
    engine.stop()
    again = bench.engine()
    time.sleep(0.3)
    assert again.job(second).state is JobState.QUEUED
    assert not again.is_busy
    again.resume(second)
    assert bench.end_of(again, second).state is JobState.DONE


def test_an_unreadable_job_keeps_no_other_from_being_collected(bench: Bench) -> None:
    bench.simulator.script(catalogue.takes(0.5), catalogue.takes(0.5))
    engine = bench.engine()
    bad, good = engine.submit(DRAFT, Placement()), engine.submit(DRAFT, Placement())
    bench.wait(engine, lambda: all(engine.job(job_id).task_id for job_id in (bad, good)))
    engine.stop()
    with engine._ledger.transaction() as connection:
        newer = "UPDATE jobs SET request = replace(request, 'GEMINI_2_5', 'GEMINI_9') WHERE id = ?"
        connection.execute(newer, (bad,))
    again = bench.engine()
    bench.wait_state(again, good, JobState.DONE)
    assert again._crew._keeper._thread.is_alive(), "the heartbeat goes on"


def test_two_engines_share_one_library(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "BEAT_S", 0.1)
    ours, theirs = bench.engine(), bench.engine()
    ids = {engine.submit(DRAFT, Placement()) for engine in (ours, theirs) for _ in range(3)}
    bench.wait(ours, lambda: {job.id for job in ours.jobs() if job.state is JobState.DONE} == ids)
    assert bench.posts() == 6
    assert len(bench.images()) == 6


def test_every_job_ends_exactly_once(bench: Bench) -> None:
    """Each of many jobs emits one `JobEnded`, even if the engine stops in the middle."""
    engine = bench.engine()
    ids = [engine.submit(DRAFT, Placement()) for _ in range(12)]
    bench.wait(engine, lambda: sum(isinstance(event, JobEnded) for event in bench.events) >= 3)
    assert bench.threads("easel-")
    engine.stop(timeout_s=30)
    bench.events += engine.drain()
    assert [bench.ends(job_id) for job_id in ids] == [1] * 12
    assert not bench.threads("easel-")


def test_a_defect_of_ours_ends_the_job_and_says_so(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    engine = bench.engine()
    broken = PendingPixels()
    broken.fulfil(dataclasses.replace(pixels(), channels=77))
    job = bench.run(engine, edit("x"), {0: broken})
    assert job.state is JobState.FAILED
    assert "Nothing was sent" in job.message
