# SPDX-License-Identifier: GPL-3.0-or-later
"""The heartbeat: what it can't write is said, and taken back when it can again."""

from collections.abc import Collection

import pytest

from easel.jobs import keeper
from easel.jobs.events import EngineTrouble
from easel.jobs.job import Job
from easel.jobs.ledger import Ledger
from easel.jobs.ledger_file import LedgerError
from easel.jobs.placement import Placement
from easel.simulator import catalogue

from .conftest import DRAFT, Bench


class MoodyLedger(Ledger):
    """A ledger that can't be written while it is `broken`, and read only while it is not `blind`."""

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
    """What was said to be wrong, in order; "" is that it is over."""
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
    engine._crew._adopt(running)  # as the keeper does, a moment too late
    assert not engine.is_busy
    assert not bench.threads("easel-collect")
