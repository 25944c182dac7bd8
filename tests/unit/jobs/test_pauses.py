# SPDX-License-Identifier: GPL-3.0-or-later
"""If the service refuses some jobs every time, or never answers for them, the others go on."""

import itertools
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from easel.jobs import crew, submit
from easel.jobs.job import JobState
from easel.jobs.placement import Placement
from easel.simulator import catalogue
from easel.simulator.answers import Refusal
from easel.simulator.faults import Fault, Hang, On
from easel.simulator.orders import Order
from easel.simulator.server import Simulator
from easel.simulator.tasks import Task

from .conftest import DRAFT, Bench

STUBBORN = [replace(DRAFT, prompt=f"what the service never takes, {number}") for number in range(3)]
"""One more than there are threads that send."""


class Choosy(Simulator):
    """A simulator that answers 429 to some prompts every time."""

    is_choosy = True

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.refused_at = {request.prompt: list[float]() for request in STUBBORN}

    def submit(self, order: Order, account: str) -> Task:
        if self.is_choosy and order.prompt in self.refused_at:
            self.refused_at[order.prompt].append(time.monotonic())
            raise Refusal(429, "rate_limited", "Request was throttled.", headers={"Retry-After": "0.1"})
        return super().submit(order, account)


@pytest.fixture
def choosy(tmp_path: Path) -> Iterator[Bench]:
    with Choosy(speed=300, rate_limit=None, balance=10_000) as simulator:
        bench = Bench(simulator, tmp_path / "library")
        yield bench
        for engine in bench.engines:
            engine.stop()


def test_jobs_that_are_always_refused_wait_longer_and_hold_nobody_up(
    choosy: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submit, "SHORTEST_PAUSE_S", 0.3)
    simulator = choosy.simulator
    assert isinstance(simulator, Choosy)
    engine = choosy.engine()
    stubborn = [engine.submit(request, Placement()) for request in STUBBORN]
    choosy.wait(engine, lambda: all(len(times) > 1 for times in simulator.refused_at.values()))
    others = [engine.submit(DRAFT, Placement()) for _ in range(4)]
    for job_id in others:
        assert choosy.end_of(engine, job_id).state is JobState.DONE
    choosy.wait(engine, lambda: all(len(times) > 3 for times in simulator.refused_at.values()))
    for times in simulator.refused_at.values():
        for number, (before, after) in enumerate(itertools.pairwise(times[1:4]), start=1):
            assert after - before >= 0.3 * 2**number
    choosy.wait(
        engine, lambda: all("times in a row" in engine.job(job_id).message for job_id in stubborn)
    )  # recorded a moment after the service has said so
    assert all("Trying again" in choosy.phases(job_id) for job_id in stubborn)
    engine.cancel(stubborn[0])
    simulator.is_choosy = False
    for job_id in stubborn[1:]:
        job = choosy.end_of(engine, job_id)
        assert (job.state, job.message) == (JobState.DONE, "")
    assert engine.job(stubborn[0]).state is JobState.CANCELLED
    assert len(simulator.tasks) == 6, "nothing was paid for twice"


def test_jobs_that_wait_to_be_sent_again_end_with_the_engine(choosy: Bench) -> None:
    simulator = choosy.simulator
    assert isinstance(simulator, Choosy)
    engine = choosy.engine()
    job_id = engine.submit(STUBBORN[0], Placement())
    choosy.wait(engine, lambda: len(simulator.refused_at[STUBBORN[0].prompt]) > 1)
    engine.stop(timeout_s=30)
    choosy.events += engine.drain()
    assert choosy.ends(job_id) == 1
    assert not choosy.threads("easel-submit")


@pytest.mark.parametrize(
    "fault", [catalogue.trouble(On.STATUS), catalogue.dropped(On.STATUS), catalogue.html_page(On.STATUS)]
)
def test_jobs_that_are_not_answered_hold_no_thread(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, fault: catalogue.Fault
) -> None:
    monkeypatch.setattr(crew, "COLLECTORS", 2)
    engine = bench.engine()
    bench.simulator.script(replace(catalogue.takes(0.7), times=3))
    silent = [engine.submit(DRAFT, Placement()) for _ in range(3)]
    bench.wait(engine, lambda: len(bench.simulator.tasks) == 3)
    faults = [replace(fault, times=None, task_id=task_id) for task_id in bench.simulator.tasks]
    bench.simulator.script(*faults)
    answered = engine.submit(DRAFT, Placement())
    assert bench.end_of(engine, answered).state is JobState.DONE
    bench.simulator.faults.clear()
    for job_id in silent:
        assert bench.end_of(engine, job_id).state is JobState.DONE


def test_requests_that_are_long_on_their_way_hold_up_no_others(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "SENDING_PATIENCE_S", 0.3)
    answers = threading.Event()
    bench.simulator.script(Fault(on=On.SUBMIT, effect=Hang(until=answers), times=2))
    engine = bench.engine()
    slow = [engine.submit(DRAFT, Placement()) for _ in range(2)]
    bench.wait(engine, lambda: sum(bool(exchange.fault) for exchange in bench.simulator.log) == 2)
    quick = engine.submit(DRAFT, Placement())
    assert bench.end_of(engine, quick).state is JobState.DONE
    assert [bench.ends(job_id) for job_id in slow] == [0, 0]
    answers.set()
    for job_id in slow:
        assert bench.end_of(engine, job_id).state is JobState.DONE
    assert bench.posts() == 3
