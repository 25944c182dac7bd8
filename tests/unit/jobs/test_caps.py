# SPDX-License-Identifier: GPL-3.0-or-later
"""Spending limits hold if two people click at the same moment, and whatever the clock says."""

import dataclasses
import json
import tempfile
import threading
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from easel.client.models import ModelId
from easel.client.requests import EditRequest, Source
from easel.imaging.snapshot import PendingPixels
from easel.jobs.balances import Balances, Conclusion, Reading
from easel.jobs.caps import CapReached, Caps, Spent, day_start, month_start
from easel.jobs.events import JobRefused
from easel.jobs.job import Job, JobState
from easel.jobs.ledger import Ledger
from easel.jobs.ledger_steps import LEASE_S
from easel.jobs.placement import Placement
from easel.jobs.spending import spent_of
from easel.simulator import catalogue
from easel.texts.refusal import Refusal

from .conftest import DRAFT, Bench, Clock
from .test_engine import pixels
from .test_ledger import OURS, SERVER, THEIRS, new_job

DAY_S = 86400.0
HERE, THERE = "/work/copper", "/work/rust"


def a_job(clock: Clock, price: int = 30, budget: str = HERE, **changes: object) -> Job:
    placement = Placement(budget=budget)
    return new_job(clock, uuid.uuid4().hex, price=price, placement=placement, **changes)


def spent(ledger: Ledger, budget: str = HERE) -> Spent:
    return spent_of(ledger._database.query, SERVER, budget, ledger.clock())


def send(ledger: Ledger, job: Job, caps: Caps | None = None) -> None:
    ledger.add_click([job], OURS, caps or Caps())
    assert ledger.claim(job.id, OURS)
    ledger.accept(job.id, f"task-{job.id}", OURS)


def test_two_that_click_at_once_cannot_pass_a_limit_together(tmp_path: Path, clock: Clock) -> None:
    caps, path = Caps(day=100), tmp_path / "ledger.sqlite3"
    Ledger(path, clock=clock).close()
    start, refused = threading.Barrier(4), list[str]()

    def click(owner: str) -> None:
        ledger = Ledger(path, clock=clock)
        start.wait(30)
        for _ in range(5):
            try:
                ledger.add_click([a_job(clock, 25)], owner, caps)
            except CapReached as error:
                refused.append(str(error))
        ledger.close()

    threads = [threading.Thread(target=click, args=(f"engine-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    ledger = Ledger(path, clock=clock)
    assert spent(ledger).day == 100
    assert len(refused) == 16
    ledger.close()


def test_two_engines_spend_no_more_than_the_limit_and_say_why(bench: Bench) -> None:
    engines = [bench.engine(), bench.engine()]
    for engine in engines:
        engine.set_limits(Caps(day=15))
    jobs = [(engine, engine.submit(DRAFT, Placement())) for _ in range(3) for engine in engines]
    ended = [bench.end_of(engine, job_id) for engine, job_id in jobs]
    assert bench.posts() == 3, "5 credits each"
    failed = [job for job in ended if not job.state.has_images]
    assert len(failed) == 3
    told = (
        "Over the limit of 15 credits a day: today it is 15 credits so far, and this costs 5 credits. "
        "Go on tomorrow, or raise the limit in Easel's preferences. Nothing was sent."
    )
    assert {job.message for job in failed} == {told}


def test_a_click_is_sent_whole_or_not_at_all(bench: Bench) -> None:
    engine = bench.engine()
    engine.set_limits(Caps(month=12))
    job_ids = engine.submit_click([(DRAFT, Placement(), {})] * 3)
    assert {bench.end_of(engine, job_id).state for job_id in job_ids} == {JobState.FAILED}
    engine.set_limits(Caps(click=12))
    with pytest.raises(Refusal, match="Over the limit of 12 credits a click: this costs 15 credits"):
        engine.submit_click([(DRAFT, Placement(), {})] * 3)
    assert not bench.posts()


def test_what_is_sent_again_or_was_left_unsent_passes_no_limit(bench: Bench) -> None:
    engine = bench.engine()
    bench.simulator.script(catalogue.failed("Blocked."))
    failed = bench.run(engine)
    left = dataclasses.replace(new_job(Clock(), price=5), server="test")
    engine._ledger.add(left, "")
    bench.wait(engine, lambda: left.id in {job.id for job in engine.jobs()})
    engine.set_limits(Caps(project=4))
    again = bench.end_of(engine, engine.again.send(failed.id, ""))
    assert "Over the limit of 4 credits for a project" in again.message
    assert engine.resume(left.id)
    bench.wait(engine, lambda: any(isinstance(event, JobRefused) for event in bench.events))
    assert bench.posts() == 1
    assert engine.job(left.id).state is JobState.QUEUED, "it can be sent when there is room again"
    assert spent_of(engine._ledger._database.query, "test", "", engine._ledger.clock()) == Spent()


def test_a_limit_that_is_lowered_while_a_job_waits_holds(bench: Bench) -> None:
    engine = bench.engine()
    pending = PendingPixels()
    edit = EditRequest(model=ModelId.GEMINI_2_5_FLASH, prompt="rust", sources=(Source(name="wall"),))
    job_id = engine.submit(edit, Placement(), {0: pending})
    engine.set_limits(Caps(click=1))
    pending.fulfil(pixels())
    job = bench.end_of(engine, job_id)
    assert job.state is JobState.FAILED
    assert job.message.endswith("Nothing was sent.")
    assert not bench.posts()


def test_days_that_pass_in_the_queue_count_on_the_day_of_sending(ledger: Ledger, clock: Clock) -> None:
    caps = Caps(day=40)
    waits = a_job(clock)
    ledger.add_click([waits], OURS, caps)
    clock.now += 2 * LEASE_S + 1
    send(ledger, a_job(clock), caps)  # the Blender of the first job seemed dead
    with pytest.raises(CapReached):
        ledger.claim(waits.id, OURS, caps=caps)
    assert ledger.job(waits.id).state is JobState.QUEUED
    clock.now += DAY_S
    assert ledger.claim(waits.id, OURS, caps=caps)


def test_a_clock_that_is_set_back_gives_nothing_back(ledger: Ledger, clock: Clock) -> None:
    send(ledger, a_job(clock))
    clock.now -= 3 * DAY_S
    assert spent(ledger) == Spent(day=30, month=30, project=30)
    with pytest.raises(CapReached):
        ledger.add_click([a_job(clock, 1)], OURS, Caps(day=30))


STATES = st.sampled_from(
    [
        "waits",
        "orphaned",
        "sending",
        "running",
        "done",
        "refunded",
        "cancelled",
        "refused",
        "uncertain",
        "cleared",
    ]
)
COUNTED = {"waits", "sending", "running", "done", "uncertain"}


@settings(max_examples=15, deadline=None)
@given(
    jobs=st.lists(
        st.tuples(STATES, st.integers(1, 500), st.integers(0, 70 * 24), st.sampled_from([HERE, THERE, ""])),
        max_size=12,
    ),
    now=st.integers(1_700_000_000, 1_900_000_000),
)
def test_the_sums_are_those_of_the_jobs_that_cost(jobs: list[tuple[str, int, int, str]], now: int) -> None:
    clock, day, month, here = Clock(), 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "ledger.sqlite3", clock=clock)
        for state, price, hours_ago, budget in jobs:
            clock.now = float(now - hours_ago * 3600)
            if state in ("waits", "orphaned", "sending"):
                clock.now = float(now)
            bring(ledger, clock, a_job(clock, price, budget), state)
            counts = price * (state in COUNTED)
            day += counts * is_same(clock.now, now, "%Y-%m-%d")
            month += counts * is_same(clock.now, now, "%Y-%m")
            here += counts * (budget == HERE)
        clock.now = float(now)
        assert spent(ledger) == Spent(day=day, month=month, project=here)
        overview = ledger.overview(SERVER, HERE)
        assert overview.spent.day == day
        waiting = sum(price for state, price, _hours, _budget in jobs if state == "waits")
        assert overview.today.paid + overview.today.uncertain == day - waiting
        assert sum(sums.paid for sums in overview.models.values()) == overview.month.paid
        ledger.close()


def is_same(one: float, other: float, by: str) -> bool:
    return datetime.fromtimestamp(one).strftime(by) == datetime.fromtimestamp(other).strftime(by)  # noqa: DTZ006


def bring(ledger: Ledger, clock: Clock, job: Job, state: str) -> None:
    """Take a job to a state by the ledger's own steps."""
    ledger.add(job, "" if state == "orphaned" else OURS)
    if state in ("waits", "orphaned"):
        return
    if state == "cancelled":
        assert ledger.cancel(job.id)
        return
    before = Reading(balance=1000.0, asked_at=clock.now - 60, read_at=clock.now - 59)
    assert ledger.claim(job.id, OURS, before)
    if state == "sending":
        return
    if state in ("refused", "uncertain", "cleared"):
        fate = JobState.FAILED if state == "refused" else JobState.UNCERTAIN
        ledger.settle_post(job.id, fate, "", "")
        if state == "cleared":
            balances = Balances(
                posted_at=clock.now,
                before=before,
                after=Reading(balance=1000.0, asked_at=clock.now + 20, read_at=clock.now + 21),
                conclusion=Conclusion.NOT_CHARGED,
            )
            ledger._move(job.id, (JobState.UNCERTAIN,), balances=as_text(balances))
        return
    ledger.accept(job.id, f"task-{job.id}", OURS)
    if state != "running":
        ledger.end(job.id, OURS, JobState.FAILED if state == "refunded" else JobState.DONE)


def as_text(balances: Balances) -> str:
    return json.dumps(dataclasses.asdict(balances))


ZONES = ("UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Tokyo", "Australia/Lord_Howe", "Africa/Cairo")


@given(now=st.integers(1_400_000_000, 2_000_000_000), zone=st.sampled_from(ZONES))
def test_a_day_and_a_month_begin_where_their_date_does(now: int, zone: str) -> None:
    place = ZoneInfo(zone)

    def dated(moment: float) -> datetime:
        return datetime.fromtimestamp(moment, place)

    checks: tuple[tuple[Callable[..., float], str], ...] = ((day_start, "%Y-%m-%d"), (month_start, "%Y-%m"))
    for start, by in checks:
        began = start(now, place)
        assert began <= now
        assert dated(began).strftime(by) == dated(now).strftime(by)
        assert dated(began - 1).strftime(by) != dated(now).strftime(by)


def test_nobody_else_spends_for_a_dead_blender(ledger: Ledger, clock: Clock) -> None:
    ledger.add(a_job(clock), THEIRS)
    assert spent(ledger).day == 30
    clock.now += LEASE_S + 1
    assert spent(ledger).day == 0, "it waits for the artist, who is asked again"
