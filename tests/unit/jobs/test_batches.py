# SPDX-License-Identifier: GPL-3.0-or-later
"""Each row of a batch is paid for at most once, even if a Blender is killed, and the rest goes on."""

import signal
import time
from dataclasses import replace

import batch_worker
import pytest
from batch_worker import SETTINGS, Runner, rows_of
from PIL import Image

from easel.batches.row import Row
from easel.batches.run import Run
from easel.batches.stored import stored_rows
from easel.jobs.batch import Batch, RowState
from easel.jobs.caps import Caps
from easel.jobs.job import JobState
from easel.jobs.ledger import Ledger
from easel.simulator import catalogue
from easel.simulator.faults import On, When

from .conftest import Bench, LaterClock
from .test_crash import FORKS, end_of, needs_sigkill, settled, wait_until_quiet

COMMITS = 26
"""More than the batch of `batch_worker` needs; `test_all_commits_are_covered` checks that."""

BATCH = Batch(id="b1", server="test", name="Props", created_at=1.0)
BARK = Row(prompt="bark", settings=SETTINGS)


def runner_of(bench: Bench, rows: list[Row], batch: Batch = BATCH, **settings: object) -> Runner:
    engine = bench.engine()
    runner = Runner(engine)
    engine.batches.add(batch, stored_rows(rows), skips=False)
    runner.read()
    return runner


def states(run: Run | None) -> list[RowState]:
    assert run is not None
    return [told.state for told in run.told]


def props(count: int) -> list[Row]:
    return [replace(BARK, prompt=f"prop {number}") for number in range(count)]


@needs_sigkill
@pytest.mark.parametrize("fatal", range(2, COMMITS + 1, 3))
def test_a_batch_is_killed_at_any_commit(bench: Bench, fatal: int) -> None:
    bench.library.root.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (16, 16), "green").save(bench.library.root / "source.png")
    arguments = (bench.library.root, bench.simulator.url, fatal, "before" if fatal % 2 else "after")
    worker = FORKS.Process(target=batch_worker.run, args=arguments)
    worker.start()
    assert end_of(worker) in (0, -signal.SIGKILL)
    wait_until_quiet(bench)
    posts_before = bench.posts()
    engine = bench.engine(ledger=Ledger(bench.library.ledger_path, clock=LaterClock()))
    bench.wait(engine, lambda: settled(engine.jobs()))
    assert bench.posts() == posts_before, "nothing is sent by itself after a crash"

    runner = Runner(engine)
    engine.batches.add(BATCH, stored_rows(rows_of(bench.library.root)), skips=False)
    runner.read()
    runner.start()
    runner.finish()
    run = runner.run
    assert run is not None
    assert set(states(run)) <= {RowState.DONE, RowState.UNCERTAIN}
    done = sum(told.images for told in run.told)
    wanted = sum(told.count for told in run.told if told.state is RowState.DONE)
    assert done == wanted
    paid = sum(task.order.count for task in bench.simulator.tasks.values())
    uncertain = sum(told.count for told in run.told if told.state is RowState.UNCERTAIN)
    assert done <= paid <= done + uncertain, "each row is paid for once"
    assert len({told.job_id for told in run.told}) == 2, "equal rows share a request"


@needs_sigkill
def test_all_commits_are_covered(bench: Bench) -> None:
    bench.library.root.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (16, 16), "green").save(bench.library.root / "source.png")
    worker = FORKS.Process(
        target=batch_worker.run, args=(bench.library.root, bench.simulator.url, COMMITS, "before")
    )
    worker.start()
    assert end_of(worker) == 0, "raise COMMITS"


def test_two_blenders_send_each_row_once(bench: Bench) -> None:
    runner = runner_of(bench, props(12))
    other = Runner(bench.engine())
    other.read()
    runner.start()
    other.start()
    deadline = time.monotonic() + 60
    while not (runner.run and other.run and runner.run.is_over and other.run.is_over):
        assert time.monotonic() < deadline
        runner.turn()
        other.turn()
    runner.read()
    assert set(states(runner.run)) == {RowState.DONE}
    assert bench.posts() == 12


def test_a_limit_stops_the_batch_and_the_rest_waits(bench: Bench) -> None:
    runner = runner_of(bench, props(5))
    runner.engine.set_limits(Caps(day=12))
    runner.start()
    runner.finish()
    runner.read()
    run = runner.run
    assert run is not None
    assert "Over the limit of 12 credits a day" in run.note_text
    assert not run.is_running
    assert states(run) == [RowState.DONE] * 2 + [RowState.WAITING] * 3
    runner.engine.set_limits(Caps())
    runner.start()
    runner.finish()
    assert states(runner.run) == [RowState.DONE] * 5
    assert bench.posts() == 5


def test_its_own_limit_stops_it(bench: Bench) -> None:
    runner = runner_of(bench, props(4), replace(BATCH, most=10))
    runner.start()
    runner.finish()
    assert runner.run is not None
    assert runner.run.used == 10
    assert states(runner.run).count(RowState.WAITING) == 2


def test_what_rows_have_cost_before_counts_for_its_limit(bench: Bench) -> None:
    rows = [replace(row, count=2) for row in props(2)]  # 10 credits each
    runner = runner_of(bench, [*rows, rows[0]], replace(BATCH, most=35))  # the first and the last share one
    bench.simulator.script(replace(catalogue.fewer(1), times=None))
    runner.start()
    runner.finish()
    assert runner.run is not None
    assert (states(runner.run), runner.run.used) == ([RowState.SHORT, RowState.SHORT, RowState.SHORT], 30)
    runner.engine.batches.retry(BATCH.id, runner.run.again())
    runner.read()
    assert (states(runner.run), runner.run.used) == ([RowState.WAITING] * 3, 30)
    runner.start()
    runner.finish()
    assert "The batch's limit of 35 credits is reached" in runner.run.note_text
    assert bench.posts() == 2, "30 of 35 credits are gone"


def test_pause_cancel_reorder_and_retry(bench: Bench) -> None:
    runner = runner_of(bench, props(6))
    run, feeder = runner.run, runner.feeder
    assert run is not None
    assert feeder is not None
    runner.engine.batches.reorder(BATCH.id, run.move(5, -9))
    feeder.cancel([2])
    bench.simulator.script(catalogue.failed())
    run.start()
    feeder.turn(most=2)
    run.pause()
    runner.finish()
    runner.read()
    told = {each.number: each.state for each in runner.run.told} if runner.run else {}
    assert {told[5], told[0]} == {RowState.FAILED, RowState.DONE}, "they race: the first to arrive is refused"
    assert [told[1], told[2]] == [RowState.WAITING, RowState.CANCELLED]
    assert runner.run is not None
    assert [each.number for each in runner.run.told][:2] == [5, 0]
    runner.engine.batches.retry(BATCH.id, runner.run.again())
    runner.read()
    runner.start()
    runner.finish()
    assert states(runner.run).count(RowState.DONE) == 5
    assert bench.posts() == 6, "one was refused, and is sent once more"


def test_what_ails_all_stops_it(bench: Bench) -> None:
    bench.simulator.script(catalogue.error(On.SUBMIT, 402, "insufficient_credits"))
    runner = runner_of(bench, props(9))
    runner.start()
    runner.finish()
    assert runner.run is not None
    assert runner.run.note_text
    assert states(runner.run).count(RowState.FAILED) == 1
    assert states(runner.run).count(RowState.WAITING) >= 3


def test_five_failures_in_a_row_stop_it(bench: Bench) -> None:
    runner = runner_of(bench, props(12))
    runner.make = None
    runner.start()
    runner.finish()
    assert runner.run is not None
    assert states(runner.run).count(RowState.REFUSED) == 5
    assert "5 requests in a row" in runner.run.note_text
    assert bench.posts() == 0


def test_rows_that_are_there_are_skipped(bench: Bench) -> None:
    runner = runner_of(bench, [BARK, BARK, *props(1)])
    runner.start()
    runner.finish()
    again = replace(BATCH, id="b2", created_at=2.0)
    runner.engine.batches.add(again, stored_rows([BARK, *props(2), BARK, BARK]), skips=True)
    runner.read()
    assert states(runner.run) == [
        RowState.SKIPPED,
        RowState.SKIPPED,
        RowState.WAITING,
        RowState.SKIPPED,
        RowState.WAITING,
    ]
    assert any("3 rows" in event.text for event in runner.told)


def test_an_uncertain_row_is_sent_again_by_the_artist_alone(bench: Bench) -> None:
    runner = runner_of(bench, props(1))
    bench.simulator.script(catalogue.dropped(On.SUBMIT, when=When.AFTER))
    runner.start()
    runner.finish()
    run = runner.run
    assert run is not None
    assert states(run) == [RowState.UNCERTAIN]
    assert run.again() == []
    runner.engine.again.send(run.told[0].job_id, "")
    deadline = time.monotonic() + 60
    while states(runner.run) != [RowState.DONE]:
        assert time.monotonic() < deadline
        runner.turn()
    runner.read()
    assert states(runner.run) == [RowState.DONE]


def test_jobs_that_a_lost_ledger_gets_back_keep_their_rows(bench: Bench) -> None:
    runner = runner_of(bench, props(2))
    runner.start()
    runner.finish()
    engine = runner.engine
    engine.stop()
    bench.library.ledger_path.unlink()
    again = runner_of(bench, props(3))
    assert states(again.run) == [RowState.DONE, RowState.DONE, RowState.WAITING]


def test_a_batch_that_is_put_away_leaves_its_jobs(bench: Bench) -> None:
    runner = runner_of(bench, props(1))
    runner.start()
    runner.finish()
    runner.engine.batches.put_away(BATCH.id)
    count = len(runner.told)
    while len(runner.told) == count:
        runner.turn()
    assert runner.told[-1].batch is None
    assert [job.state for job in runner.engine.jobs()] == [JobState.DONE]
