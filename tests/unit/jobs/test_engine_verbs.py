# SPDX-License-Identifier: GPL-3.0-or-later
"""All that the artist can do with a job works against the real simulator."""

import dataclasses
import time
from pathlib import Path
from typing import Any

from PIL import Image

from easel.client.models import ModelId
from easel.client.requests import EditRequest, GenerateRequest, Source
from easel.imaging.snapshot import FileSnapshot
from easel.jobs.engine import Engine
from easel.jobs.events import JobEnded, JobHasTwin, WalletFailed, WalletRead
from easel.jobs.job import Job, JobState
from easel.jobs.ledger import Ledger
from easel.jobs.placement import Placement
from easel.simulator import catalogue
from easel.simulator.faults import LateShape, On, Spoilt

from .conftest import DRAFT, Bench

TWO = dataclasses.replace(DRAFT, count=2)


def test_cancel_is_free_while_queued(bench: Bench) -> None:
    engine = bench.engine(rate_limit=1)
    first, second = engine.submit(DRAFT, Placement()), engine.submit(DRAFT, Placement())
    assert bench.end_of(engine, first).state is JobState.DONE
    bench.wait(engine, lambda: "Waiting for its turn" in bench.phases(second))
    (change,) = [event for event in bench.events if getattr(event, "phase", "") == "Waiting for its turn"][
        -1:
    ]
    assert change.due_at > time.time() + 30, "the panel can say when it will be sent"
    engine.cancel(second)
    assert bench.end_of(engine, second).state is JobState.CANCELLED
    assert bench.posts() == 1
    engine.cancel(first)
    assert engine.job(first).state is JobState.DONE


def test_stop_watching_and_look_again(bench: Bench) -> None:
    bench.simulator.script(catalogue.takes(600))
    engine = bench.engine()
    job_id = engine.submit(DRAFT, Placement())
    bench.wait_state(engine, job_id, JobState.RUNNING)
    engine.stop_watching(job_id)
    job = bench.end_of(engine, job_id)
    assert job.parked
    bench.finish(job)
    bench.events.clear()
    engine.look_again(job_id)
    assert bench.end_of(engine, job_id).state is JobState.DONE
    assert bench.posts() == 1


def left_half_downloaded(bench: Bench, request: GenerateRequest, **more: Any) -> tuple[Engine, str]:
    """Return an engine and its job of two images, which the artist stopped watching after one had arrived."""
    bench.simulator.script(dataclasses.replace(catalogue.spoilt(Spoilt.CORRUPT), times=None, skip=1))
    engine = bench.engine()
    job_id = engine.submit(request, Placement(), **more)
    bench.wait(engine, lambda: len(engine.job(job_id).results) == 1)
    engine.stop_watching(job_id)
    bench.wait(engine, lambda: bench.ends(job_id) > 0 and engine.job(job_id).is_half_here)
    return engine, job_id


def test_what_was_downloaded_of_a_job_can_be_placed_at_once(bench: Bench) -> None:
    engine, job_id = left_half_downloaded(bench, TWO)
    assert bench.ends(job_id) == 1
    job = engine.job(job_id)
    assert (job.state, job.parked, len(job.results_to_place)) == (JobState.DOWNLOADING, True, 1)
    assert "Place what is here" in job.message
    bench.simulator.faults.clear()
    bench.events.clear()
    assert engine.look_again(job_id)
    job = bench.end_of(engine, job_id)
    assert (job.state, len(job.results), bench.posts()) == (JobState.DONE, 2, 1)


def test_what_was_left_half_downloaded_is_collected_at_the_next_start(bench: Bench) -> None:
    engine, job_id = left_half_downloaded(bench, TWO)
    engine.stop()
    bench.simulator.faults.clear()
    bench.wait_state(bench.engine(), job_id, JobState.DONE)


def test_what_was_downloaded_of_an_edit_has_the_sources_size(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "wall.png"
    Image.effect_noise((300, 90), 80).convert("RGB").save(path)
    edit = EditRequest(
        model=ModelId.GEMINI_3_1_FLASH,
        prompt="more moss",
        sources=(Source(name="wall"),),
        keeps_place=True,
        count=2,
    )
    engine, job_id = left_half_downloaded(bench, edit, snapshots={0: FileSnapshot(path=path)})
    (placed,) = engine.job(job_id).results_to_place
    with Image.open(placed.path) as image:
        assert image.size == (300, 90)


def test_a_deadline_leaves_the_job_with_the_service(bench: Bench) -> None:
    bench.schedule = dataclasses.replace(bench.schedule, deadline_s=0.5)
    bench.simulator.script(catalogue.takes(600))
    engine = bench.engine()
    job = bench.run(engine)
    assert job.parked
    assert "look again" in job.message
    bench.finish(job)
    bench.wait(engine, lambda: bench.simulator.tasks[job.task_id].drawn)  # else the deadline passes again
    bench.events.clear()
    engine.look_again(job.id)
    assert bench.end_of(engine, job.id).state is JobState.DONE


def test_a_task_is_rescued_by_its_id(bench: Bench, tmp_path: Path) -> None:
    elsewhere = Bench(bench.simulator, tmp_path / "elsewhere")
    lost = elsewhere.engine()
    task_id = elsewhere.run(lost, TWO).task_id
    lost.stop()
    engine = bench.engine()
    job_id, is_followed = engine.add_task(task_id, ModelId.GEMINI_2_5_FLASH, Placement())
    assert is_followed
    job = bench.end_of(engine, job_id)
    assert (job.state, len(job.results), job.price) == (JobState.DONE, 2, 0)
    assert engine.add_task(task_id, ModelId.GEMINI_2_5_FLASH, Placement()) == (job_id, False), "known by now"


def test_a_hidden_jobs_task_that_is_rescued_shows_that_job_and_no_other(bench: Bench) -> None:
    engine = bench.engine()
    job = bench.run(engine)
    engine.hide(job.id)
    bench.wait(engine, lambda: engine.totals.hidden == 1)
    bench.events.clear()
    asked, is_followed = engine.add_task(job.task_id, ModelId.GEMINI_2_5_FLASH, Placement())
    assert is_followed
    bench.wait(engine, lambda: any(isinstance(event, JobHasTwin) for event in bench.events))
    told = [event for event in bench.events if isinstance(event, (JobEnded, JobHasTwin))]
    assert [type(event) for event in told] == [JobEnded, JobHasTwin]
    assert (told[0].job.id, told[1].job_id, told[1].twin.id) == (asked, asked, job.id)
    assert [(each.id, each.hidden) for each in engine.jobs()] == [(job.id, False)]


def test_send_again_is_a_new_job(bench: Bench) -> None:
    bench.simulator.script(catalogue.failed())
    engine = bench.engine()
    failed = bench.run(engine)
    again = engine.again.send(failed.id, "this session")
    assert engine.job(again).placement.session == "this session"
    assert again != failed.id
    assert bench.end_of(engine, again).state is JobState.DONE
    assert engine.job(failed.id).state is JobState.FAILED


def test_an_expired_task_says_so(bench: Bench) -> None:
    """If a Blender comes back after two days, the service has forgotten the task."""
    two_days_ago = time.time() - 48 * 3600
    ledger = Ledger(bench.library.ledger_path)
    job = Job(
        id="e" * 32,
        state=JobState.RUNNING,
        request=DRAFT,
        placement=Placement(),
        server="test",
        price=5,
        created_at=two_days_ago,
        updated_at=two_days_ago,
        submitted_at=two_days_ago,
        task_id="00000000-0000-0000-0000-000000000000",
    )
    ledger.add(job, "")
    ledger.release("")
    engine = bench.engine()
    assert bench.end_of(engine, job.id).state is JobState.EXPIRED


def test_a_mistyped_task_id_says_so(bench: Bench) -> None:
    engine = bench.engine()
    job_id, _ = engine.add_task("no-such-task", ModelId.GEMINI_2_5_FLASH, Placement())
    job = bench.end_of(engine, job_id)
    assert job.state is JobState.FAILED
    assert "Compare the task ID" in job.message


def test_a_task_rescued_with_the_wrong_key_is_not_lost(bench: Bench) -> None:
    task_id = bench.run(bench.engine()).task_id
    elsewhere = Bench(bench.simulator, bench.library.root.with_name("elsewhere"))
    bench.simulator.script(catalogue.foreign_task())
    engine = elsewhere.engine()
    job_id, _ = engine.add_task(task_id, ModelId.GEMINI_2_5_FLASH, Placement())
    assert elsewhere.end_of(engine, job_id).parked
    elsewhere.events.clear()
    assert engine.add_task(task_id, ModelId.GEMINI_2_5_FLASH, Placement()) == (job_id, True)
    assert elsewhere.end_of(engine, job_id).state is JobState.DONE
    engine.stop()


def test_an_outage_beyond_the_deadline_loses_nothing(bench: Bench) -> None:
    bench.schedule = dataclasses.replace(bench.schedule, deadline_s=0.3)
    bench.simulator.script(dataclasses.replace(catalogue.trouble(On.STATUS), times=None))
    engine = bench.engine()
    job_id = engine.submit(DRAFT, Placement())
    bench.wait(engine, lambda: sum(exchange.status == 503 for exchange in bench.simulator.log) >= 3)
    task = bench.simulator.tasks[engine.job(job_id).task_id]
    bench.wait(engine, lambda: task.is_over(time.time() - bench.schedule.deadline_s))
    bench.simulator.faults.clear()
    assert bench.end_of(engine, job_id).state is JobState.DONE


def test_images_that_came_are_usable_though_one_never_does(bench: Bench) -> None:
    bench.simulator.script(dataclasses.replace(catalogue.spoilt(Spoilt.WRONG_MAGIC), times=None, skip=1))
    bench.schedule = dataclasses.replace(bench.schedule, fetch_pause_s=0.05)
    engine = bench.engine()
    job = bench.run(engine, TWO)
    assert (job.state, len(job.results)) == (JobState.PARTIAL, 1)
    bench.simulator.faults.clear()
    bench.events.clear()
    assert engine.look_again(job.id)
    job = bench.end_of(engine, job.id)
    assert (job.state, len(job.results)) == (JobState.DONE, 2)
    assert bench.posts() == 1


def test_a_cancelled_job_holds_nobody_up(bench: Bench) -> None:
    engine = bench.engine()
    ids = [engine.submit(DRAFT, Placement()) for _ in range(12)]
    for job_id in ids[:-1]:
        engine.cancel(job_id)
    assert bench.end_of(engine, ids[-1]).state is JobState.DONE


def test_a_job_of_another_service_is_not_sent_to_this_one(bench: Bench) -> None:
    ledger = Ledger(bench.library.ledger_path)
    job = Job(
        id="f" * 32,
        state=JobState.QUEUED,
        request=DRAFT,
        placement=Placement(),
        server="another service",
        price=5,
        created_at=time.time(),
        updated_at=time.time(),
    )
    ledger.add(job, "")
    engine = bench.engine()
    assert not engine.resume(job.id)
    assert bench.posts() == 0


def test_the_balance_is_read_and_the_limit_taken_over(bench: Bench) -> None:
    bench.simulator.advertise_rate_limit = True
    bench.simulator.rate_limit = 7
    engine = bench.engine()
    engine.refresh_wallet()
    bench.wait(engine, lambda: any(isinstance(event, WalletRead) for event in bench.events))
    event = next(event for event in bench.events if isinstance(event, WalletRead))
    assert (event.balance, event.rate_limit) == (10_000, 7)
    assert engine._limiter.per_minute == 7
    bench.simulator.valid_keys = {"another"}
    engine.refresh_wallet()
    bench.wait(engine, lambda: any(isinstance(event, WalletFailed) for event in bench.events))


def test_results_whose_links_are_null_at_first_are_waited_for(bench: Bench) -> None:
    bench.schedule = dataclasses.replace(bench.schedule, missing_grace_s=0.1, finished_grace_s=5)
    bench.simulator.script(catalogue.late_urls(1.0, LateShape.NULL_ASSET))
    job = bench.run(bench.engine(), TWO)
    assert (job.state, len(job.results)) == (JobState.DONE, 2)
