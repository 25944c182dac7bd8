# SPDX-License-Identifier: GPL-3.0-or-later
"""The balances before and after an uncertain job, and the prices of the others, show if it was charged."""

import time

import pytest

from easel.jobs import balances as balances_module
from easel.jobs.balances import MOST_IN_DOUBT, Balances, Conclusion, Payment, Reading, conclude
from easel.jobs.engine import Engine
from easel.jobs.job import Job, JobState
from easel.jobs.placement import Placement
from easel.simulator import catalogue
from easel.simulator.faults import On, When

from .conftest import DRAFT, Bench

BEFORE = Reading(balance=1000.0, asked_at=99.0, read_at=100.0)


def after(balance: float) -> Reading:
    """Return a reading of the balance that came a while later."""
    return Reading(balance=balance, asked_at=300.0, read_at=301.0)


def paid(amount: float, began_at: float = 150.0, **facts: object) -> Payment:
    """Return the cost of another job, which began between the two readings unless `began_at` differs."""
    return Payment(credits=amount, began_at=began_at, ended_at=began_at + 5.0, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("balance", "payments", "conclusion"),
    [
        (985, [], Conclusion.CHARGED),
        (1000, [], Conclusion.NOT_CHARGED),
        (955, [paid(30)], Conclusion.CHARGED),
        (970, [paid(30)], Conclusion.NOT_CHARGED),
        (940, [], Conclusion.ODD),
        (1500, [], Conclusion.ODD),  # it was topped up
        # The first reading may or may not include a job that began before it.
        (985, [paid(15, 98.0)], Conclusion.OTHERS),
        (970, [paid(15, 98.0)], Conclusion.CHARGED),
        (1000, [paid(15, 98.0)], Conclusion.NOT_CHARGED),
        (985, [paid(15, 298.0)], Conclusion.OTHERS),
        (955, [paid(30, 98.0)], Conclusion.CHARGED),
        (900, [paid(30, 98.0)], Conclusion.OTHERS),
        # Two jobs are uncertain: one price is gone, and it may be the price of either job.
        (985, [paid(15, is_sure=False)], Conclusion.OTHERS),
        (970, [paid(15, is_sure=False)], Conclusion.CHARGED),
        # The refund of a job that was paid for long before hides the charge.
        (1000, [paid(-15, is_sure=False)], Conclusion.OTHERS),
        (985, [paid(30, 20.0), paid(30, 400.0)], Conclusion.CHARGED),
        (985, [paid(1, is_sure=False)] * (MOST_IN_DOUBT + 1), Conclusion.OTHERS),
    ],
)
def test_the_sum_says_only_what_it_can(
    balance: float, payments: list[Payment], conclusion: Conclusion
) -> None:
    balances = conclude(15, 120.0, BEFORE, after(balance), payments)
    assert balances.conclusion is conclusion
    assert balances.spent == 1000 - balance


def test_without_a_balance_before_nothing_can_be_told() -> None:
    assert conclude(15, 120.0, None, after(985), []).conclusion is Conclusion.UNKNOWN


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a balance count for the sum as soon as it is read."""
    monkeypatch.setattr(balances_module, "SETTLE_S", 0.0)


def read_balance(bench: Bench, engine: object) -> None:
    count = len([event for event in bench.events if type(event).__name__ == "WalletRead"])
    engine.refresh_wallet()  # type: ignore[attr-defined]
    bench.wait(
        engine,  # type: ignore[arg-type]
        lambda: len([event for event in bench.events if type(event).__name__ == "WalletRead"]) > count,
    )
    time.sleep(0.01)  # the next job then begins later, even by a coarse clock


def cut_off(bench: Bench, when: When) -> Job:
    """Return a job with its balances: it was sent after another job, and its POST got no answer."""
    engine = bench.engine()
    read_balance(bench, engine)
    bench.run(engine)
    bench.simulator.script(catalogue.dropped(On.SUBMIT, when=when))
    job = bench.run(engine)
    assert job.state is JobState.UNCERTAIN
    time.sleep(0.01)
    read_balance(bench, engine)
    bench.wait(engine, lambda: bool(_balances(engine.job(job.id)).conclusion))
    return engine.job(job.id)


def _balances(job: Job) -> Balances:
    assert job.balances is not None
    return job.balances


def test_an_answer_that_was_lost_is_found_to_be_charged(bench: Bench, quick: None) -> None:
    job = cut_off(bench, When.AFTER)
    assert _balances(job).conclusion is Conclusion.CHARGED
    assert (_balances(job).spent, _balances(job).others) == (2 * job.price, job.price)


def test_a_request_that_never_arrived_is_found_to_be_free(bench: Bench, quick: None) -> None:
    job = cut_off(bench, When.BEFORE)
    assert _balances(job).conclusion is Conclusion.NOT_CHARGED
    assert (_balances(job).spent, _balances(job).others) == (job.price, job.price)


def test_a_balance_that_is_read_at_once_is_no_proof(bench: Bench) -> None:
    engine = bench.engine()
    read_balance(bench, engine)
    bench.simulator.script(catalogue.dropped(On.SUBMIT, when=When.AFTER))
    job = bench.run(engine)
    read_balance(bench, engine)
    engine.stop()
    again = bench.engine()
    balances = _balances(again.job(job.id))
    assert (balances.after, balances.conclusion) == (None, Conclusion.NONE)
    assert balances.before is not None


def test_a_job_of_an_earlier_session_is_weighed_by_the_next(bench: Bench, quick: None) -> None:
    engine = bench.engine()
    read_balance(bench, engine)
    bench.simulator.script(catalogue.dropped(On.SUBMIT, when=When.AFTER))
    job_id = engine.submit(DRAFT, Placement())
    bench.wait_state(engine, job_id, JobState.UNCERTAIN)
    engine.stop()
    again = bench.engine()
    read_balance(bench, again)
    bench.wait(again, lambda: _balances(again.job(job_id)).conclusion is Conclusion.CHARGED)


class Keys:
    """The key that an artist may change while jobs wait. Each has an account of its own at the simulator."""

    current = "first-key"

    def __call__(self) -> str:
        return self.current


def lose_an_answer(bench: Bench, engine: Engine) -> Job:
    """Send a job that the service takes and charges, but whose answer is lost."""
    bench.simulator.script(catalogue.dropped(On.SUBMIT, when=When.AFTER))
    job = bench.run(engine)
    assert job.state is JobState.UNCERTAIN
    time.sleep(0.01)
    return job


def test_another_keys_balance_says_nothing_about_a_job(bench: Bench, quick: None) -> None:
    keys = Keys()
    engine = bench.engine(key=keys)
    read_balance(bench, engine)
    job = lose_an_answer(bench, engine)
    keys.current = "second-key"  # its account has as many credits as the first had
    read_balance(bench, engine)
    bench.run(engine)  # written after the weighing
    assert _balances(engine.job(job.id)).conclusion is Conclusion.NONE
    keys.current = "first-key"
    read_balance(bench, engine)
    bench.wait(engine, lambda: _balances(engine.job(job.id)).conclusion is Conclusion.CHARGED)


def test_a_balance_of_the_key_before_is_none_before_the_job(bench: Bench, quick: None) -> None:
    keys = Keys()
    engine = bench.engine(key=keys)
    bench.run(engine)
    read_balance(bench, engine)
    keys.current = "second-key"
    job = lose_an_answer(bench, engine)  # paid by the second account, which had 5 credits more
    read_balance(bench, engine)
    bench.wait(engine, lambda: bool(_balances(engine.job(job.id)).conclusion))
    assert _balances(engine.job(job.id)).conclusion is Conclusion.UNKNOWN


def test_what_another_account_pays_is_not_taken_off(bench: Bench, quick: None) -> None:
    ours, theirs = bench.engine(key=lambda: "first-key"), bench.engine(key=lambda: "second-key")
    read_balance(bench, ours)
    job = lose_an_answer(bench, ours)
    bench.run(theirs)
    time.sleep(0.01)
    read_balance(bench, theirs)
    read_balance(bench, ours)
    bench.wait(ours, lambda: bool(_balances(ours.job(job.id)).conclusion))
    assert _balances(ours.job(job.id)).conclusion is Conclusion.CHARGED
    assert not ours._ledger.overview("test", "").reckoned.differences
