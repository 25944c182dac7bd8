# SPDX-License-Identifier: GPL-3.0-or-later
"""If one of two Blenders on one ledger stands still, both learn how a job ended, and neither pays twice."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from scripted_service import Manner, ScriptedService

from easel.client.models import ModelId
from easel.jobs import keeper
from easel.jobs.engine import Engine
from easel.jobs.events import JobEnded, JobRefused, JobSeen
from easel.jobs.job import Job, JobState
from easel.jobs.ledger import Ledger
from easel.jobs.placement import Placement
from easel.texts.refusal import Refusal

from .conftest import DRAFT, Bench

Told = TypeVar("Told", JobRefused, JobSeen)


class SleepyLedger(Ledger):
    """The ledger of a Blender that may stand still; it writes no heartbeat meanwhile."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.is_asleep, self.is_awake = threading.Event(), threading.Event()
        self.is_awake.set()

    def sleep(self) -> None:
        self.is_asleep.clear()
        self.is_awake.clear()
        self.is_asleep.wait(30)

    def beat(self, *values: object) -> set[str]:
        if not self.is_awake.is_set():
            self.is_asleep.set()
            self.is_awake.wait(30)
        return super().beat(*values)  # type: ignore[arg-type]


class Pair:
    """Two engines: `first` sends jobs and sleeps when told to; `second` finds what the first left."""

    def __init__(self, bench: Bench, service: ScriptedService) -> None:
        self.bench, self.service = bench, service
        self.ledger = SleepyLedger(bench.library.ledger_path)
        self.first = bench.engine(ledger=self.ledger, url=service.url)
        self.other = SleepyLedger(bench.library.ledger_path)
        self.second = bench.engine(ledger=self.other, url=service.url)
        self.second.wait_until_read(30)  # only what changes afterwards is told job by job

    def sleep(self) -> None:
        """Make the first engine stand still, and end its leases."""
        self.ledger.sleep()
        with self.ledger.transaction() as connection:
            connection.execute("UPDATE jobs SET lease_until = 1 WHERE owner = ?", (self.first._owner,))

    def wake(self) -> None:
        self.ledger.is_awake.set()

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def until_seen(self, engine: Engine, job_id: str, state: JobState) -> Job:
        """Wait until an engine that does not follow the job reports this state; return the job."""
        seen: list[Job] = []

        def look() -> bool:
            events = list(engine.drain())
            self.bench.events += events
            seen.extend(
                event.job
                for event in events
                if isinstance(event, JobSeen) and event.job.id == job_id and event.job.state is state
            )
            return bool(seen)

        self.until(look)
        return seen[-1]

    def until_told(self, kind: type[Told]) -> Told:
        """Wait until the second engine emits an event of a kind; return it."""
        told: list[Told] = []

        def look() -> bool:
            told.extend(event for event in self.second.drain() if isinstance(event, kind))
            return bool(told)

        self.until(look)
        return told[0]

    def state(self, job_id: str) -> JobState | None:
        """Return the state of a job in the ledger, or None if it is not there yet."""
        return next((job.state for job in self.ledger.jobs(10) if job.id == job_id), None)


@pytest.fixture
def pair(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    monkeypatch.setattr(keeper, "BEAT_S", 0.05)
    with ScriptedService() as service:
        yield Pair(bench, service)
        for engine in bench.engines:
            engine.stop()


@pytest.fixture
def in_the_air(pair: Pair) -> Iterator[tuple[str, Manner]]:
    """Yield a job of the first engine whose POST has no answer, and which the second called uncertain."""
    answer = Manner(hold=threading.Event())
    pair.service.manners["POST"] = [answer]
    job_id = pair.first.submit(DRAFT, Placement())
    pair.until(lambda: pair.service.posts == 1)
    pair.sleep()
    pair.until(lambda: pair.state(job_id) is JobState.UNCERTAIN)
    list(pair.second.drain())
    yield job_id, answer
    assert answer.hold
    answer.hold.set()
    pair.wake()


def test_who_called_it_uncertain_learns_that_it_came(pair: Pair, in_the_air: tuple[str, Manner]) -> None:
    job_id, answer = in_the_air
    assert answer.hold
    answer.hold.set()
    pair.until_seen(pair.second, job_id, JobState.DONE)
    with pytest.raises(Refusal, match="images are here"):
        pair.second.again.send(job_id, "")
    assert pair.service.posts == 1
    assert [job.id for job in pair.second.jobs()] == [job_id]


def test_who_wakes_up_is_sending_after_all(pair: Pair, in_the_air: tuple[str, Manner]) -> None:
    job_id, answer = in_the_air
    pair.wake()
    pair.until_seen(pair.second, job_id, JobState.SUBMITTING)
    with pytest.raises(Refusal, match="not over"):
        pair.second.again.send(job_id, "")
    pair.second.hide(job_id)
    assert pair.until_told(JobRefused).job.state is JobState.SUBMITTING
    assert answer.hold
    answer.hold.set()
    pair.until_seen(pair.second, job_id, JobState.DONE)
    assert pair.service.posts == 1


@pytest.mark.parametrize("status", [402, 429])
def test_who_was_refused_says_that_nothing_was_charged(
    pair: Pair, in_the_air: tuple[str, Manner], status: int
) -> None:
    """The job is not sent again by itself either, as the artist may have done that in the other Blender."""
    job_id, answer = in_the_air
    answer.status = status
    assert answer.hold
    answer.hold.set()
    seen = pair.until_seen(pair.second, job_id, JobState.FAILED)
    assert "Nothing was charged" in seen.message
    assert pair.service.posts == 1
    pair.second.again.send(job_id, "")


def test_who_lost_a_job_leaves_it_and_learns_its_end(pair: Pair) -> None:
    pair.service.plans.append(lambda task: setattr(task, "ends", ["IN_PROGRESS"]))
    job_id = pair.first.submit(DRAFT, Placement())
    pair.until(lambda: pair.state(job_id) is JobState.RUNNING)
    pair.sleep()
    pair.until(lambda: pair.second._crew._follows.find(job_id) is not None)
    pair.wake()
    pair.until(lambda: not pair.first.is_busy)
    (task,) = pair.service.tasks.values()
    task.ends = ["FINISHED"]
    pair.until_seen(pair.first, job_id, JobState.DONE)
    ends = [e for e in pair.bench.events if isinstance(e, JobEnded) and e.job.id == job_id]
    assert [end.job.state for end in ends] == [JobState.RUNNING], "one end, told before the images came"
    assert len(pair.bench.images()) == 1


def test_what_a_worker_gives_up_stays_with_who_has_it_now(pair: Pair) -> None:
    """The service refuses the key of the first when it wakes; the second goes on with its own key."""
    ledger = pair.ledger
    pair.service.plans.append(lambda task: setattr(task, "ends", ["IN_PROGRESS"]))
    job_id = pair.first.submit(DRAFT, Placement())
    pair.until(lambda: pair.state(job_id) is JobState.RUNNING)
    pair.sleep()
    pair.until(lambda: pair.second._crew._follows.find(job_id) is not None)
    owner = pair.first._owner
    assert not ledger.park(job_id, "No key", owner=owner)
    assert not ledger.end(job_id, owner, JobState.EXPIRED)
    assert not ledger.start_download(job_id, owner)
    assert pair.second.job(job_id).is_watched


def test_a_click_on_a_row_that_is_old_tells_how_it_stands(pair: Pair) -> None:
    """The second engine saw the job while it was queued, and has not looked again."""
    pair.first.set_rate_limit(1)
    sent, job_id = (pair.first.submit(DRAFT, Placement()) for _ in range(2))
    pair.until(lambda: job_id in {job.id for job in pair.second.jobs()})
    pair.other.sleep()
    pair.first.set_rate_limit(1000)
    pair.until(lambda: pair.first.job(job_id).state is JobState.DONE)
    assert pair.second.job(job_id).state is JobState.QUEUED, "as it is in the list"
    list(pair.second.drain())
    pair.second.cancel(job_id)
    assert pair.until_told(JobSeen).job.state is JobState.DONE
    assert sent in {job.id for job in pair.second.jobs()}
    pair.other.is_awake.set()


def test_what_only_the_ledger_knows_is_not_paid_again(pair: Pair, in_the_air: tuple[str, Manner]) -> None:
    job_id, answer = in_the_air
    pair.other.sleep()
    assert answer.hold
    answer.hold.set()
    pair.until(lambda: pair.first.job(job_id).state is JobState.DONE)
    assert pair.second.job(job_id).state is JobState.UNCERTAIN, "as it is in the list"
    again = pair.second.again.send(job_id, "")
    pair.until(lambda: pair.second.job(again).state is JobState.FAILED)
    assert "images are here" in pair.second.job(again).message
    pair.until(lambda: pair.second.job(job_id).state is JobState.DONE)
    assert pair.state(job_id) is JobState.DONE
    assert pair.service.posts == 1
    pair.other.is_awake.set()


def test_a_job_that_another_took_back_is_not_sent(pair: Pair) -> None:
    pair.first.set_rate_limit(1)
    sent, waiting = (pair.first.submit(DRAFT, Placement()) for _ in range(2))
    pair.until(lambda: pair.state(sent) is JobState.DONE)
    pair.until_seen(pair.second, waiting, JobState.QUEUED)
    pair.second.cancel(waiting)
    pair.until(lambda: not pair.first.is_busy)
    assert pair.service.posts == 1


def test_a_task_that_was_added_by_its_id_is_not_paid_again(
    pair: Pair, in_the_air: tuple[str, Manner]
) -> None:
    job_id, answer = in_the_air
    (task,) = pair.service.tasks.values()
    rescued, _ = pair.second.add_task(task.id, ModelId.GEMINI_2_5_FLASH, Placement())
    pair.until(lambda: pair.state(rescued) is not None)
    assert answer.hold
    answer.hold.set()
    pair.until_seen(pair.second, job_id, JobState.FAILED)
    again = pair.second.again.send(job_id, "")
    pair.until(lambda: pair.second.job(again).state is JobState.FAILED)
    assert task.id in pair.second.job(again).message
    pair.until(lambda: pair.state(rescued) is JobState.DONE)
    assert pair.service.posts == 1


def test_a_hidden_job_is_shown_again_by_its_task_id(pair: Pair) -> None:
    job_id = pair.first.submit(DRAFT, Placement())
    task_id = pair.until_seen(pair.second, job_id, JobState.DONE).task_id
    pair.second.hide(job_id)
    pair.until(lambda: pair.state(job_id) is None)
    pair.second.add_task(task_id, ModelId.GEMINI_2_5_FLASH, Placement())
    pair.until(lambda: pair.state(job_id) is JobState.DONE)
    pair.until(lambda: [job.id for job in pair.second.jobs()] == [job_id])
