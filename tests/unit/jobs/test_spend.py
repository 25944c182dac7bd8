# SPDX-License-Identifier: GPL-3.0-or-later
"""The sums of what was spent, the part that the balance confirms, and the table for the client's bill."""

import csv
from dataclasses import replace

from hypothesis import given, strategies as st

from easel.client.requests import GenerateRequest
from easel.jobs.balances import Reading
from easel.jobs.batch import Batch
from easel.jobs.job import JobState
from easel.jobs.placement import OfBatch, Placement
from easel.jobs.reckoning import Charge, Reckoned, reckon
from easel.simulator import catalogue

from .conftest import DRAFT, Bench, Clock
from .test_caps import a_job
from .test_ledger import OURS


def at(balance: float, moment: float) -> Reading:
    return Reading(balance=balance, asked_at=moment, read_at=moment + 1)


JOBS = st.lists(st.tuples(st.integers(1, 100), st.booleans(), st.booleans(), st.integers(0, 3)), max_size=8)


@given(jobs=JOBS, others=st.integers(0, 40))
def test_the_balance_confirms_what_it_shows_and_no_more(
    jobs: list[tuple[int, bool, bool, int]], others: int
) -> None:
    """Some jobs fail, the credits of some of these come back later, and somebody else spends credits, too."""
    balance, charges, readings = 10_000.0, list[Charge](), [at(10_000.0, 0)]
    backs: list[tuple[int, str, int]] = []
    for number, (price, fails, returns, later) in enumerate(jobs):
        began = 100.0 * number + 10
        charges.append(
            Charge(
                id=str(number),
                label="m",
                credits=price,
                began_at=began,
                ended_at=began + 10,
                comes_back=fails,
            )
        )
        balance -= price
        if fails and returns:
            backs.append((number + later, str(number), price))
        came = [back for back in backs if back[0] <= number]
        backs = [back for back in backs if back[0] > number]
        balance += sum(price for _when, _id, price in came)
        readings.append(at(balance, began + 50))
    told = reckon(charges, readings)
    assert told.differences == ()
    assert told.proven == sum(charge.credits for charge in charges)
    assert told.seen_back <= {charge.id for charge in charges if charge.comes_back}
    gone = sum(price for price, *_rest in jobs) - (10_000 - balance)
    assert sum(charge.credits for charge in charges if charge.id in told.seen_back) == gone
    if others and charges:
        off = reckon(charges, [*readings[:-1], at(balance - 1000 - others, readings[-1].asked_at)])
        assert [each.charged - each.expected for each in off.differences][-1:] != [0.0]
        assert off.differences


def test_a_balance_that_is_read_during_a_post_tells_nothing() -> None:
    charge = Charge(id="a", label="m", credits=50, began_at=10, ended_at=20)
    assert reckon([charge], [at(100, 0), at(50, 15)]) == Reckoned()
    assert reckon([charge], [at(100, 0), at(50, 15), at(40, 30)]).differences[0].charged == 60


def test_the_overview_tells_of_days_projects_and_what_came_back(bench: Bench) -> None:
    engine = bench.engine()
    bench.simulator.script(catalogue.failed("Blocked."))
    bench.run(engine)
    job = bench.end_of(engine, engine.submit(DRAFT, Placement(budget="/work/copper")))
    overview = engine._ledger.overview("test", "/work/copper")
    assert (overview.today.paid, overview.today.given_back, overview.here.paid) == (5, 5, 5)
    assert overview.projects["copper"].paid == 5
    assert set(overview.models) == {"Gemini 2.5 Flash"}
    assert job.state.has_images


def test_what_a_batch_has_cost_stands_by_its_name(bench: Bench) -> None:
    engine = bench.engine()
    ledger = engine._ledger
    ledger.add_batch(Batch(id="b1", server="test", name="Props", created_at=1.0), [])
    for batch in (
        OfBatch(id="b1", rows=(0,), firsts=(0,)),
        OfBatch(id="gone-in-a-fire", rows=(), firsts=()),
        None,
    ):
        job = replace(a_job(Clock(), 10, server="test"), placement=Placement(batch=batch))
        ledger.add(job, OURS)
        assert ledger.claim(job.id, OURS)
        ledger.accept(job.id, f"task-{job.id}", OURS)
    assert {name: sums.paid for name, sums in ledger.overview("test", "").batches.items()} == {
        "Props": 10,
        "gone-in-": 10,
    }
    path = bench.library.root / "bill.csv"
    assert engine.gallery.export_spend("test", path, tells=False).wait(60)
    rows = csv.DictReader(path.read_text("utf-8-sig").splitlines())
    assert sorted(row["batch"] for row in rows) == ["", "Props", "gone-in-"]


def test_the_table_has_a_line_for_each_job_and_no_formula(bench: Bench) -> None:
    prompt = GenerateRequest(model=DRAFT.model, prompt='=HYPERLINK("x"), wet', count=2)
    engine = bench.engine()
    ledger = engine._ledger
    for state in (JobState.DONE, JobState.FAILED, JobState.UNCERTAIN):
        job = a_job(Clock(), 10, request=prompt, server="test")
        ledger.add(job, OURS)
        assert ledger.claim(job.id, OURS)
        if state is JobState.UNCERTAIN:
            ledger.settle_post(job.id, state, "", "")
            continue
        ledger.accept(job.id, f"task-{state}", OURS)
        ledger.end(job.id, OURS, state)
    path = bench.library.root / "bill.csv"
    chore = engine.gallery.export_spend("test", path, tells=False)
    assert chore.wait(60)
    assert chore.outcome is not None, chore.refusal
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    assert sorted((row["charged"], row["fate"]) for row in rows) == [
        ("", "uncertain"),
        ("0", "given back, not seen yet"),
        ("10", "paid"),
    ]
    assert {(row["project"], row["model"], row["images"]) for row in rows} == {
        ("copper", "Gemini 2.5 Flash", "2")
    }
    assert all(row["prompt"].startswith("'=") for row in rows)
