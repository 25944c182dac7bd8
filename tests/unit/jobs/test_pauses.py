# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that the service refuses, or does not answer for, every time: the others go on."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from easel.jobs import crew, submit
from easel.jobs.job import JobState
from easel.jobs.placement import Placement
from easel.simulator import catalogue
from easel.simulator.answers import Refusal
from easel.simulator.faults import On
from easel.simulator.orders import Order
from easel.simulator.server import Simulator
from easel.simulator.tasks import Task

from .conftest import DRAFT, Bench

STUBBORN = replace(DRAFT, prompt="what the service never takes")


class Choosy(Simulator):
    """Answers 429 to some prompts, whenever they come."""

    refused = 0
    is_choosy = True

    def submit(self, order: Order, account: str) -> Task:
        if self.is_choosy and order.prompt == STUBBORN.prompt:
            self.refused += 1
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
    """As many of them as threads send, and one more."""
    monkeypatch.setattr(submit, "SHORTEST_PAUSE_S", 0.3)
    simulator = choosy.simulator
    assert isinstance(simulator, Choosy)
    engine = choosy.engine()
    stubborn = [engine.submit(STUBBORN, Placement()) for _ in range(3)]
    choosy.wait(engine, lambda: simulator.refused >= 6)
    others = [engine.submit(DRAFT, Placement()) for _ in range(4)]
    for job_id in others:
        assert choosy.end_of(engine, job_id).state is JobState.DONE
    waiting = [engine.job(job_id) for job_id in stubborn]
    assert [job.state for job in waiting] == [JobState.QUEUED] * 3
    assert all("times in a row" in job.message for job in waiting)
    assert simulator.refused <= 15, "each waits 0.6 s, 1.2 s, 2.4 s"
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
    job_id = engine.submit(STUBBORN, Placement())
    choosy.wait(engine, lambda: "Trying again" in choosy.phases(job_id) and simulator.refused >= 2)
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
