# SPDX-License-Identifier: GPL-3.0-or-later
"""The laws hold whatever happens, in any order: a driver with a seed takes random steps and then checks.

Two Blenders share a library, batches and a limit; the service answers early, late, cut, slowly, twice and in
another order; other programs hold the ledger, somebody sets the clock, engines die and start again. A run
that fails prints its steps:

    LAWS_STEPS=10000 python -m pytest tests/unit/jobs/test_laws.py    # steps in all; each run has 200
    LAWS_SEED=7 python -m pytest tests/unit/jobs/test_laws.py         # repeats one run
    LAWS_LEDGER=1 …                                                   # the ledger's file comes and goes, too
"""

import contextlib
import dataclasses
import os
import random
import shutil
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from batch_worker import SETTINGS, Runner
from mortal_ledger import MortalLedger
from scripted_service import Manner, ScriptedService, Task, tag_of

from easel.batches.row import Row
from easel.batches.stored import stored_rows
from easel.client.models import ModelId
from easel.client.requests import GenerateRequest
from easel.client.server import Server
from easel.jobs.batch import Batch, RowState
from easel.jobs.caps import Caps
from easel.jobs.engine import Engine
from easel.jobs.job import Job, JobState
from easel.jobs.ledger import Ledger
from easel.jobs.library import Library
from easel.jobs.listing import MOST_IMAGES
from easel.jobs.placement import Placement
from easel.texts.refusal import Refusal

from .conftest import QUICK, SetClock

STEPS_OF_A_RUN = 200
STEPS = int(os.environ.get("LAWS_STEPS", "400"))
SEEDS = (
    [int(os.environ["LAWS_SEED"])] if "LAWS_SEED" in os.environ else range(max(STEPS // STEPS_OF_A_RUN, 1))
)
PRICE = SETTINGS.price(1)
SETTLED_S = 90.0
"""How long running jobs may take to end once nothing goes wrong any more."""


class Seat:
    """One Blender: its engine, and the batch that its panel shows."""

    def __init__(self, engine: Engine, ledger: MortalLedger) -> None:
        self.engine, self.ledger = engine, ledger
        self.runner = Runner(engine)
        engine.batches.read()


class World:
    """The service, the library and the Blenders of a run. `STEPS_BY_WEIGHT` lists its steps."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.service = ScriptedService()
        self.library = Library(folder)
        self.clock = SetClock()
        self.seats: list[Seat | None] = [None, None]
        self.consents: Counter[str] = Counter()
        """Clicks that may cost, by prompt."""
        self.rows: Counter[str] = Counter()
        """Images that rows of batches want, by prompt."""
        self.agreed: Counter[str] = Counter()
        """How many of these may be paid for: those that waited when a batch was started."""
        self.retried: Counter[str] = Counter()
        """Rows that wait once more because of a retry; the next start agrees to pay for them again."""
        self.cap = self.random.choice([0, 0, 60, 200])
        """Credits that the whole run may cost; 0 means no limit."""
        self.excused: set[str] = set()
        """Prompts whose answer may have come after their engine had stopped."""
        self.was_killed = False
        self.diary: list[str] = []
        self.longest_ms = self.most_work_ms = 0.0
        """The longest call on the main thread by the clock, and the longest by its work alone."""
        self.touched: list[str] = []
        self._aside = folder.with_name("aside.sqlite3")

    # -- steps --------------------------------------------------------------------------------------

    def submit(self) -> None:
        prompt = f"click {sum(self.consents.values())}"
        request = GenerateRequest(
            model=ModelId.GEMINI_2_5_FLASH, prompt=prompt, count=self.random.randint(1, 4)
        )
        self._plan_answer()
        if self._call(lambda engine: engine.submit(request, Placement())):
            self.consents[prompt] += 1

    def send_again(self) -> None:
        job = self._any_job()
        if job is not None and self._call(lambda engine: engine.again.send(job.id, "")):
            self.consents[job.request.prompt] += job.request.count if job.request.prompt in self.rows else 1

    def verb(self) -> None:
        job = self._any_job()
        names = ["cancel", "stop_watching", "look_again", "resume", "hide", "mark_placed"]
        name = self.random.choice(names)
        if job is not None:
            self.diary.append(name)
            self._call(lambda engine: getattr(engine, name)(job.id))

    def add_task(self) -> None:
        tasks = list(self.service.tasks)
        if tasks:
            task_id = self.random.choice(tasks)
            self._call(lambda engine: engine.add_task(task_id, ModelId.GEMINI_2_5_FLASH, Placement()))

    def drain(self) -> None:
        self._with_runner(lambda runner: runner.take())

    def make_batch(self) -> None:
        name = f"row {sum(self.rows.values())}"
        rows = [
            Row(prompt=f"{name}.{self.random.randint(0, 3)}", settings=SETTINGS)
            for _ in range(self.random.randint(1, 6))
        ]
        batch = Batch(id=name, server="test", name=name, created_at=self.clock())

        def add(runner: Runner) -> None:
            runner.engine.batches.add(batch, stored_rows(rows), skips=False)

        if self._with_runner(add):
            self.rows.update(row.prompt for row in rows)

    def start_batch(self) -> None:
        def start(runner: Runner) -> None:
            runner.take()
            if runner.run is None or runner.run.is_over:
                runner.engine.batches.read()
            if runner.run is None or runner.run.is_running:
                return
            left = set(runner.engine.unsent)
            here = Counter(
                row.prompt
                for row, told in zip(runner.run.rows, runner.run.told, strict=True)
                if told.state is RowState.WAITING or told.job_id in left
            )
            for prompt, count in here.items():
                self.agreed[prompt] = max(self.agreed[prompt], count + self.retried[prompt])
            self._plan_answer()
            runner.start()
            runner.feed()

        self._with_runner(start)

    def turn_batch(self) -> None:
        def turn(runner: Runner) -> None:
            runner.take()
            runner.feed()

        self._with_runner(turn)

    def pause_batch(self) -> None:
        self._with_runner(lambda runner: runner.pause())

    def retry_batch(self) -> None:
        def retry(runner: Runner) -> None:
            if runner.run is None or not (numbers := runner.run.again()):
                return
            self.retried.update(runner.run.rows[runner.run.place_of(number)].prompt for number in numbers)
            runner.engine.batches.retry(runner.run.batch.id, numbers)

        self._with_runner(retry)

    def cancel_rows(self) -> None:
        def cancel(runner: Runner) -> None:
            if runner.run is not None and runner.feeder is not None and runner.run.told:
                runner.feeder.cancel([self.random.choice(runner.run.told).number])

        self._with_runner(cancel)

    def trouble(self) -> None:
        """Make one of the next answers wrong, slow or late."""
        kind = self.random.choice(["POST", "STATUS", "STATUS", "ASSET"])
        with self.service.lock:
            self.service.manners[kind].append(self._manner())

    def hold_ledger(self) -> None:
        """Let another program hold the ledger for a moment."""
        how, seconds = self.random.choice(["IMMEDIATE", "EXCLUSIVE"]), self.random.uniform(0.01, 0.4)
        threading.Thread(target=self._hold, args=(how, seconds), daemon=True).start()

    def set_clock(self) -> None:
        self.clock.ahead_s = self.random.choice([0.0, 16.0, 3600.0, -3600.0, 86400.0, -86400.0])

    def stop(self) -> None:
        self._stop(self.random.randrange(2))

    def kill(self) -> None:
        place = self.random.randrange(2)
        seat = self.seats[place]
        if seat is None:
            return
        seat.ledger.is_dead = self.was_killed = True
        self._stop(place)
        # The lease of the dead process ends now, so that the test need not wait for it.
        expiry = "UPDATE jobs SET lease_until = 1 WHERE owner = ?"
        self._as_another_program(lambda ledger: ledger.execute(expiry, (seat.engine._owner,)))

    def delete_ledger(self) -> None:
        """Delete the ledger, as a person or a lost disk does."""
        self.library.ledger_path.unlink(missing_ok=True)

    def move_ledger(self) -> None:
        """Move the ledger away, or put the one that was moved away back over the present one."""
        with contextlib.suppress(FileNotFoundError):
            if self._aside.exists():
                self._aside.replace(self.library.ledger_path)
            else:
                self.library.ledger_path.rename(self._aside)

    def copy_ledger(self) -> None:
        """Copy the ledger, so that a later step can put the copy back."""
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(self.library.ledger_path, self._aside)

    def wait(self) -> None:
        time.sleep(self.random.choice([0.0, 0.01, 0.05, 0.2]))

    # -- how ----------------------------------------------------------------------------------------

    def run(self) -> None:
        with self.service:
            for _ in range(STEPS_OF_A_RUN):
                (step,) = self.random.choices(list(STEPS_BY_WEIGHT), list(STEPS_BY_WEIGHT.values()))
                self.diary.append(step.__name__)
                step(self)
            self.settle()
            self.check()

    def settle(self) -> None:
        """Let every job end, with one engine, a service that answers, and a ledger that nobody holds."""
        self.service.calm()
        self.clock.ahead_s = 0.0
        for place in range(len(self.seats)):
            self._stop(place)
        if not self.consents and not self.service.tasks:
            return
        engine = self._seat(0).engine
        deadline = time.monotonic() + SETTLED_S
        engine.wait_until_read(SETTLED_S)
        asked: set[str] = set()
        while True:
            list(engine.drain())
            jobs = engine.jobs()
            for job in jobs:
                if job.state is JobState.QUEUED:
                    engine.cancel(job.id)
                elif (job.parked or job.state is JobState.PARTIAL) and job.id not in asked:
                    asked.add(job.id)
                    engine.look_again(job.id)
            is_written = threading.Event()
            engine._writer.look(is_written.set)  # no worker follows the job of an order that still waits
            assert is_written.wait(SETTLED_S), "what was ordered is not written"
            if not engine.is_busy and not any(job.is_watched for job in jobs):
                return
            assert time.monotonic() < deadline, f"not settled: {[job for job in jobs if job.is_watched]}"
            engine.wait(0.1)

    def check(self) -> None:
        """Assert the laws."""
        ledger = Ledger(self.library.ledger_path)
        jobs = [job for _, job in ledger.all_jobs() if job is not None]
        ledger.close()
        by_task = {job.task_id: job for job in jobs if job.task_id}
        places = [*self.library.root.iterdir(), *self.library.tasks_folder.glob("*")]
        kept = b"".join(path.read_bytes() for path in places if path.is_file())
        paid = Counter(task.prompt for task in self.service.tasks.values())
        for prompt, count in paid.items():
            if prompt in self.rows:  # rows with one prompt may share a request
                count = sum(task.asked for task in self.service.tasks.values() if task.prompt == prompt)
            allowed = self.consents[prompt] + self.agreed[prompt]
            assert count <= allowed, f"{prompt} was paid {count} times, and {allowed} times were agreed to"
        charged = sum(task.asked for task in self.service.tasks.values() if task.ends[-1] != "FAILED")
        assert not self.cap or charged * PRICE <= self.cap, (
            f"{charged * PRICE} credits, and {self.cap} allowed"
        )
        for task in self.service.tasks.values():
            if task.is_told and task.prompt not in self.excused:
                assert task.id.encode() in kept, f"the id of a paid task is in no file: {task}"
            if (job := by_task.get(task.id)) is not None:
                self._check_images(job, task)
        files = {path for path in self.library.images_folder.rglob("*") if path.suffix == ".png"}
        results = [result.path for job in jobs for result in job.results]
        assert len(results) == len(set(results)), "each image has a file of its own"
        assert set(results) <= files, "each image that is written down is on disk"
        # Two engines may save one image at the same moment, and one of them may die before it records that.
        # Two jobs may also have fetched the images of one task: a rebuilt ledger has each image once.
        spare = files - set(results)
        is_excused = self.was_killed or "LAWS_LEDGER" in os.environ
        assert not spare or is_excused, f"on disk, and not written down: {spare}"
        tags = {tag_of(path.read_bytes()) for path in results}
        for task in self.service.tasks.values():
            if task.ends[-1] == "FAILED" or len(task.tags) > task.asked:  # refunded, or more than requested
                tags |= set(task.tags)
        assert {tag_of(path.read_bytes()) for path in spare} <= tags, "a crash leaves no image unknown"
        assert self.touched == [], "the main thread asked the disk"

    def _check_images(self, job: Job, task: Task) -> None:
        here = Counter(tag_of(result.path.read_bytes()) for result in job.results)
        made = Counter(task.tags)
        if "LAWS_LEDGER" in os.environ:
            # A ledger that is rebuilt from files can't tell two pictures with the same bytes from one picture
            # that two engines have saved.
            here, made = Counter(set(here)), Counter(set(made))
        assert here <= made, f"an image is here more often than it was made: {job}"
        wanted = min(task.asked, made.total())
        if task.ends[-1] == "FAILED" or job.state is JobState.FAILED:
            return
        if job.hidden and job.state is JobState.PARTIAL:  # hidden: no engine asks for the rest
            return
        assert job.state is JobState.DONE, f"not collected: {here} of {job}"
        # Nobody knows how many images a rescued job requested. If an older ledger was restored, the engine
        # fetches images again, perhaps other ones if the service lists more than were requested.
        asked = 0 if "LAWS_LEDGER" in os.environ else job.request.count
        most = asked or min(MOST_IMAGES, len(task.tags))
        if len(task.tags) > task.asked:
            # If a list has more than was requested, two engines that share the job for a moment may take
            # different images. The ledger lists all that are on disk, whichever engine has the job by then.
            most = len(task.tags)
        assert wanted <= here.total() <= max(wanted, most), f"{here} of {task}"

    def _stop(self, place: int) -> None:
        """Quit a Blender. An answer on its way is lost with the connection, and Easel says so."""
        seat = self.seats[place]
        if seat is not None:
            in_the_air = [follow for follow in seat.engine._follows.all() if follow.is_sending]
            self.excused |= {follow.job.request.prompt for follow in in_the_air}
            seat.engine.stop(2.0)
            self.touched += seat.ledger.of_main_thread
            self.seats[place] = None

    def _seat(self, place: int) -> Seat:
        seat = self.seats[place]
        if seat is None:
            ledger = MortalLedger(self.library.ledger_path, self.clock)
            engine = Engine(
                library=self.library,
                server=Server(name="test", url=self.service.url),
                key=lambda: "test-key",
                may_go_online=lambda: False,
                rate_limit=10_000,
                schedule=SCHEDULE,
                ledger=ledger,
            )
            engine.set_limits(Caps(project=self.cap))
            engine.start()
            seat = self.seats[place] = Seat(engine, ledger)
        return seat

    def _with_runner(self, act: Callable[[Runner], object]) -> object:
        """Do something to the batch of a random Blender, as the artist; return None if it is refused."""
        place = self.random.randrange(2)
        runner = self._seat(place).runner
        return self._call(lambda _engine: act(runner), place)

    def _call(self, act: Callable[[Engine], object], place: int = -1) -> object:
        """Do something in one Blender, as the artist on its main thread; return None if it is refused."""
        engine = self._seat(place if place >= 0 else self.random.randrange(2)).engine
        start, work = time.perf_counter(), time.thread_time()
        try:
            return act(engine) or True
        except (Refusal, KeyError):
            return None
        finally:
            self.longest_ms = max(self.longest_ms, (time.perf_counter() - start) * 1000)
            self.most_work_ms = max(self.most_work_ms, (time.thread_time() - work) * 1000)

    def _any_job(self) -> Job | None:
        jobs = [job for seat in self.seats if seat is not None for job in seat.engine.jobs()]
        return self.random.choice(jobs) if jobs else None

    def _hold(self, how: str, seconds: float) -> None:
        def hold(ledger: sqlite3.Connection) -> None:
            ledger.execute(f"BEGIN {how}")
            time.sleep(seconds)
            ledger.execute("ROLLBACK")

        self._as_another_program(hold)

    def _as_another_program(self, act: Callable[[sqlite3.Connection], object]) -> None:
        """Do something to the ledger as another program; do nothing if the ledger is gone."""
        where = f"{self.library.ledger_path.as_uri()}?mode=rw"
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(sqlite3.connect(where, uri=True, isolation_level=None)) as connection,
        ):
            act(connection)

    def _manner(self) -> Manner:
        return self.random.choice(
            [
                Manner(interim=(102,)),
                Manner(interim=(103, 102, 103)),
                Manner(status=429, is_after=False),
                Manner(status=503, is_after=self.random.random() < 0.5),
                Manner(is_cut=True, is_after=self.random.random() < 0.5),
                Manner(byte_pause_s=0.002),
                Manner(pause_s=self.random.uniform(0.05, 0.5)),
            ]
        )

    def _plan_answer(self) -> None:
        """Plan the next task at random: its list may grow, change order or links, or be too long."""
        chance = self.random

        def plan(task: Task) -> None:
            if chance.random() < 0.15:
                task.tags[-1] = task.tags[0]
            if chance.random() < 0.1:
                task.tags += [f"{task.tags[0]}+{extra}" for extra in range(3)]
            if chance.random() < 0.1:
                task.ends = ["IN_PROGRESS", "FINISHED", "FAILED"]
            everything = list(range(len(task.tags)))
            task.lists = [
                chance.sample([*everything, -1], chance.randint(0, len(everything)))
                for _ in range(chance.randint(0, 2))
            ] + [chance.sample(everything, len(everything))]
            if chance.random() < 0.3:
                task.link = lambda _task, index, nth: f"/poll-{nth}/image={index}"

        with self.service.lock:
            self.service.plans.append(plan)


SCHEDULE = dataclasses.replace(
    QUICK, near_s=0.02, far_s=0.05, late_s=0.1, finished_grace_s=3.0, missing_grace_s=1.0, fetch_pause_s=0.05
)

STEPS_BY_WEIGHT: dict[Callable[[World], None], int] = {
    World.submit: 12,
    World.send_again: 5,
    World.verb: 14,
    World.add_task: 4,
    World.drain: 14,
    World.trouble: 14,
    World.hold_ledger: 4,
    World.set_clock: 2,
    World.stop: 2,
    World.kill: 2,
    World.wait: 27,
    World.make_batch: 4,
    World.start_batch: 10,
    World.turn_batch: 12,
    World.pause_batch: 1,
    World.retry_batch: 2,
    World.cancel_rows: 1,
}

if "LAWS_LEDGER" in os.environ:
    STEPS_BY_WEIGHT |= {World.delete_ledger: 1, World.move_ledger: 2, World.copy_ledger: 1}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_laws_hold(tmp_path: Path, seed: int) -> None:
    world = World(tmp_path / "library", seed)
    try:
        world.run()
    except BaseException:
        print(f"seed {seed}: {' '.join(world.diary)}")  # noqa: T201 - it shows the steps
        raise
    finally:
        for seat in world.seats:
            if seat is not None:
                seat.engine.stop()
    calls = f"longest call {world.longest_ms:.1f} ms, {world.most_work_ms:.1f} of work"
    of_rows = sum(task.prompt in world.rows for task in world.service.tasks.values())
    print(f"seed {seed}: {len(world.service.tasks)} tasks, {of_rows} of batches, {calls}")  # noqa: T201
