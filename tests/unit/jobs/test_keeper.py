# SPDX-License-Identifier: GPL-3.0-or-later
"""The heartbeat reports that it can't write, and takes the report back when it can again."""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import pytest

from easel.jobs import keeper
from easel.jobs.events import EngineTrouble
from easel.jobs.job import Job
from easel.jobs.ledger import Ledger
from easel.jobs.ledger_file import LedgerError
from easel.jobs.library import Library
from easel.jobs.placement import Placement
from easel.simulator import catalogue

from .conftest import DRAFT, Bench


class MoodyLedger(Ledger):
    """A ledger that can't be written while it is `broken`, nor read while it is `blind`."""

    broken = False
    blind = False

    def beat(self, owner: str, followed: Collection[str], sending: Collection[str]) -> set[str]:
        if self.broken:
            raise LedgerError("The disk is full.")
        return super().beat(owner, followed, sending)

    def job(self, job_id: str) -> Job:
        if self.blind:
            raise LedgerError("The disk is gone.")
        return super().job(job_id)


@pytest.fixture
def ledger(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> MoodyLedger:
    monkeypatch.setattr(keeper, "BEAT_S", 0.05)
    return MoodyLedger(bench.library.ledger_path)


def troubles(bench: Bench) -> list[str]:
    """Return the reported troubles in their order; "" means that the last one is over."""
    return [event.message for event in bench.events if isinstance(event, EngineTrouble)]


def test_a_heartbeat_that_failed_is_taken_back(bench: Bench, ledger: MoodyLedger) -> None:
    engine = bench.engine(ledger=ledger)
    ledger.broken = True
    bench.wait(engine, lambda: "The disk is full." in troubles(bench))
    ledger.broken = False
    bench.wait(engine, lambda: not troubles(bench)[-1], 10)
    assert troubles(bench) == ["The disk is full.", ""], "each once"


def test_a_job_that_could_not_be_settled_is_taken_back(bench: Bench, ledger: MoodyLedger) -> None:
    ledger.blind = True
    engine = bench.engine(ledger=ledger)
    engine.submit(DRAFT, Placement())
    bench.wait(engine, lambda: any("The disk is gone." in text for text in troubles(bench)))
    ledger.blind = False
    bench.wait(engine, lambda: not troubles(bench)[-1], 10)


def test_nothing_is_taken_over_while_the_engine_stops(bench: Bench) -> None:
    bench.simulator.script(catalogue.takes(600))
    engine = bench.engine()
    job_id = engine.submit(DRAFT, Placement())
    bench.wait(engine, lambda: bool(engine.job(job_id).task_id))
    running = engine.job(job_id)
    assert bench.threads("easel-")
    engine.stop(timeout_s=30)
    engine._crew._adopt(running)  # the keeper does this, a moment too late
    assert not engine.is_busy
    assert not bench.threads("easel-collect")


@dataclass(frozen=True)
class SlowLibrary(Library):
    """A library on a share that answers only when the test lets it."""

    answers: threading.Event = field(default_factory=threading.Event)
    is_asked: threading.Event = field(default_factory=threading.Event)

    def sweep(
        self, older_than_s: float = 24 * 3600.0, should_stop: Callable[[], bool] = lambda: False
    ) -> None:
        self.is_asked.set()
        self.answers.wait(60)
        super().sweep(older_than_s, should_stop)


class CountingLedger(Ledger):
    beats = 0

    def beat(self, owner: str, followed: Collection[str], sending: Collection[str]) -> set[str]:
        self.beats += 1
        return super().beat(owner, followed, sending)


def test_a_slow_share_holds_no_heartbeat_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "BEAT_S", 0.05)
    library = SlowLibrary(bench.library.root)
    bench.library = library
    ledger = CountingLedger(library.ledger_path)
    engine = bench.engine(ledger=ledger)
    bench.wait(engine, lambda: library.is_asked.is_set() and ledger.beats > 2, 20)
    assert bench.threads("easel-upkeep")
    library.answers.set()
    engine.stop(timeout_s=30)
    assert not bench.threads("easel-upkeep")
