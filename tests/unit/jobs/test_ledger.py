# SPDX-License-Identifier: GPL-3.0-or-later
"""Every step of the ledger is one transaction that checks the state it starts from."""

import sqlite3
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.strategies import booleans

from easel.client.models import ModelId
from easel.client.requests import EditRequest, GenerateRequest, Source, Upload
from easel.jobs.job import Job, JobState, Result
from easel.jobs.ledger import Ledger
from easel.jobs.ledger_file import LedgerError
from easel.jobs.ledger_steps import LEASE_S
from easel.jobs.placement import Placement
from easel.jobs.preparation import Preparation
from easel.jobs.targets import DatablockRef, FaceSelection, NodeTarget, PlacementKind, Surfaces, TextureTarget

from .conftest import Clock

SERVER = "https://example.test"
OURS, THEIRS = "engine-1", "engine-2"


def new_job(clock: Clock, job_id: str = "a" * 32, **changes: object) -> Job:
    values = {
        "id": job_id,
        "state": JobState.QUEUED,
        "request": GenerateRequest(
            model=ModelId.GEMINI_3_1_FLASH, prompt="wet cobblestones, Ümlaut ☔", count=2
        ),
        "placement": Placement(),
        "server": SERVER,
        "price": 30,
        "created_at": clock(),
        "updated_at": clock(),
    }
    return Job(**(values | changes))  # type: ignore[arg-type]


def result(ledger: Ledger, index: int = 0) -> Result:
    path = ledger.path.parent / "images" / "2026-11" / f"wet_{index}.png"
    return Result(
        index=index,
        path=path,
        sha256="0" * 64,
        byte_count=10,
        width=4,
        height=3,
        asset=f"wet_{index}",
        content=f"{index}" * 64,
    )


def running_job(ledger: Ledger, clock: Clock, owner: str = OURS) -> Job:
    job = new_job(clock)
    ledger.add(job, owner)
    assert ledger.claim(job.id, owner)
    ledger.accept(job.id, "task-1", owner)
    return ledger.job(job.id)


def test_a_job_comes_back_as_it_was_written(ledger: Ledger, clock: Clock) -> None:
    """All values that a request and a placement can hold are written and read back unchanged."""
    ref = DatablockRef(name="Würfel", session_uid=77)
    placement = Placement(
        kind=PlacementKind.TEXTURE,
        session="abc",
        scene=ref,
        target=Surfaces(
            objects=(
                TextureTarget(object=ref, slot=1, faces=FaceSelection(face_count=6, packed_bits="eJw=")),
                TextureTarget(object=ref, slot=-1),
            ),
            nodes=(NodeTarget(tree=ref, is_group=True, node="Image Texture"),),
        ),
        sent=(ref,),
        sent_files=("/x/ä.png",),
    )
    request = EditRequest(
        model=ModelId.SEEDREAM_V5_LITE,
        prompt="rust",
        seed=0,
        safety_checker=False,
        image_size="square_hd",
        sources=(Source(name="Metal", role="the image to edit"),),
    )
    made = Preparation(uploads=(Upload(name="Metal", path="/x/ä.png", media_type="image/png"),))
    job = new_job(clock, request=request, placement=placement, preparation=made)
    ledger.add(job, OURS)
    assert ledger.job(job.id) == job


def test_the_whole_way_of_a_job(ledger: Ledger, clock: Clock) -> None:
    job = running_job(ledger, clock)
    assert (job.state, job.task_id, job.submitted_at) == (JobState.RUNNING, "task-1", clock())
    ledger.note(job.id, progress=40)
    assert ledger.job(job.id).progress == 40
    ledger.start_download(job.id, OURS)
    ledger.add_result(job.id, result(ledger))
    assert ledger.end(job.id, OURS, JobState.DONE)
    done = ledger.job(job.id)
    assert (done.state, done.results) == (JobState.DONE, (result(ledger),))
    assert not ledger.end(job.id, OURS, JobState.FAILED), "an end is final"


def test_result_paths_move_with_the_library(ledger: Ledger, clock: Clock, tmp_path: Path) -> None:
    job = running_job(ledger, clock)
    ledger.add_result(job.id, result(ledger))
    ledger.close()
    moved = tmp_path / "moved"
    (tmp_path / "library").rename(moved)
    there = Ledger(moved / "ledger.sqlite3")
    assert there.job(job.id).results[0].path == moved / "images" / "2026-11" / "wet_0.png"
    there.close()


def test_a_cancelled_job_can_not_be_claimed(ledger: Ledger, clock: Clock) -> None:
    job = new_job(clock)
    ledger.add(job, OURS)
    assert ledger.cancel(job.id)
    assert not ledger.claim(job.id, OURS)


def test_a_claimed_job_can_not_be_cancelled_or_claimed_again(ledger: Ledger, clock: Clock) -> None:
    job = new_job(clock)
    ledger.add(job, OURS)
    assert not ledger.claim(job.id, THEIRS)
    assert ledger.claim(job.id, OURS)
    assert not ledger.claim(job.id, OURS)
    assert not ledger.cancel(job.id)


def test_a_refused_post_puts_the_job_back(ledger: Ledger, clock: Clock) -> None:
    job = new_job(clock)
    ledger.add(job, OURS)
    ledger.claim(job.id, OURS)
    ledger.unclaim(job.id, OURS, "wait", "WAIT")
    assert ledger.job(job.id).state is JobState.QUEUED
    assert ledger.claim(job.id, OURS)


def test_a_dead_engines_jobs_are_taken_over_after_the_lease(ledger: Ledger, clock: Clock) -> None:
    running = running_job(ledger, clock, THEIRS)
    half_sent = new_job(clock, "b" * 32)
    ledger.add(half_sent, THEIRS)
    ledger.claim(half_sent.id, THEIRS)
    queued = new_job(clock, "c" * 32)
    ledger.add(queued, THEIRS)
    assert ledger.recover(OURS, SERVER, parked_too=True) == [], "the lease is still good"

    clock.now += LEASE_S + 1
    assert set(ledger.recover(OURS, SERVER, parked_too=True)) == {running.id, half_sent.id}
    assert ledger.job(running.id).is_watched
    assert ledger.job(half_sent.id).state is JobState.UNCERTAIN
    assert ledger.job(queued.id).state is JobState.QUEUED, "waits for the artist"
    assert ledger.recover(THEIRS, SERVER, parked_too=True) == [], "taken over by one engine only"


def test_a_heartbeat_keeps_the_lease(ledger: Ledger, clock: Clock) -> None:
    running_job(ledger, clock, THEIRS)
    for _ in range(5):
        clock.now += LEASE_S - 1
        assert ledger.beat(THEIRS, ["a" * 32], []) == set()
        assert ledger.recover(OURS, SERVER, parked_too=True) == []


def test_jobs_of_another_service_are_left_alone(ledger: Ledger, clock: Clock) -> None:
    running_job(ledger, clock, THEIRS)
    ledger.release(THEIRS)
    assert ledger.recover(OURS, "simulator", parked_too=True) == []


def test_a_task_id_that_comes_late_is_recorded(ledger: Ledger, clock: Clock) -> None:
    """The engine stopped and the job became uncertain; then the answer to the POST arrives."""
    job = new_job(clock)
    ledger.add(job, OURS)
    ledger.claim(job.id, OURS)
    ledger.release(OURS)
    assert ledger.job(job.id).state is JobState.UNCERTAIN
    ledger.accept(job.id, "task-9", OURS)
    assert (ledger.job(job.id).state, ledger.job(job.id).task_id) == (JobState.RUNNING, "task-9")
    clock.now += LEASE_S + 1
    assert ledger.recover(THEIRS, SERVER, parked_too=False) == [job.id]


def test_a_parked_job_says_why_it_is_whatever_its_worker_still_learns(ledger: Ledger, clock: Clock) -> None:
    job = running_job(ledger, clock)
    ledger.park(job.id, "You stopped watching")
    ledger.note(job.id, message="The PNG image is cut off", remedy="WAIT")
    assert (ledger.job(job.id).message, ledger.job(job.id).remedy) == ("You stopped watching", "")
    ledger.unpark(job.id, OURS, SERVER)
    ledger.note(job.id, message="The service is busy")
    assert ledger.job(job.id).message == "The service is busy"


def test_a_parked_job_is_picked_up_at_start_or_by_hand_only(ledger: Ledger, clock: Clock) -> None:
    job = running_job(ledger, clock)
    assert ledger.park(job.id, "late")
    assert not ledger.job(job.id).is_watched
    assert ledger.recover(THEIRS, SERVER, parked_too=False) == []
    assert ledger.unpark(job.id, OURS, SERVER)
    assert ledger.job(job.id).is_watched
    ledger.park(job.id, "late")
    assert ledger.recover(THEIRS, SERVER, parked_too=True) == [job.id]
    assert not ledger.unpark(job.id, OURS, SERVER), "another engine follows it now"


def test_the_list_is_newest_first_without_hidden_ones_but_with_all_open_ones(
    ledger: Ledger, clock: Clock
) -> None:
    for number in range(5):
        clock.now += 1
        ledger.add(new_job(clock, f"{number:032x}"), OURS)
    for number in (1, 2, 3, 4):
        ledger.cancel(f"{number:032x}")
    ledger.hide(f"{4:032x}")
    assert [int(job.id, 16) for job in ledger.jobs(2)] == [3, 2, 0]


def test_a_ledger_of_a_newer_easel_is_left_alone(ledger: Ledger) -> None:
    with sqlite3.connect(ledger.path) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(LedgerError, match="newer"):
        Ledger(ledger.path)


def test_opening_twice_migrates_once(ledger: Ledger, clock: Clock) -> None:
    ledger.add(new_job(clock), OURS)
    again = Ledger(ledger.path)
    assert [job.id for job in again.jobs(10)] == ["a" * 32]
    again.close()


def test_the_artist_was_quicker_with_the_task_id(ledger: Ledger, clock: Clock) -> None:
    job = new_job(clock)
    ledger.add(job, OURS)
    ledger.claim(job.id, OURS)
    rescued = new_job(clock, "b" * 32, state=JobState.RUNNING, task_id="task-1")
    ledger.add(rescued, OURS)
    ledger.accept(job.id, "task-1", OURS)
    assert ledger.job(job.id).state is JobState.FAILED
    assert "task-1" in ledger.job(job.id).message
    assert ledger.job(rescued.id).is_watched


def test_a_clock_that_was_set_back_does_not_lock_jobs_up(ledger: Ledger, clock: Clock) -> None:
    running = running_job(ledger, clock, THEIRS)
    queued = new_job(clock, "c" * 32)
    ledger.add(queued, THEIRS)
    clock.now -= 2 * 3600
    assert ledger.recover(OURS, SERVER, parked_too=True) == [running.id]
    assert ledger.adopt_queued(queued.id, OURS, SERVER)


def test_jobs_are_taken_up_for_their_own_service_only(ledger: Ledger, clock: Clock) -> None:
    queued = new_job(clock, "c" * 32)
    ledger.add(queued, "")
    assert not ledger.adopt_queued(queued.id, OURS, "simulator")
    running = running_job(ledger, clock)
    ledger.park(running.id, "")
    assert not ledger.unpark(running.id, OURS, "simulator")


def test_a_row_of_a_newer_easel_hides_no_other(ledger: Ledger, clock: Clock) -> None:
    ledger.add(new_job(clock), OURS)
    ledger.add(new_job(clock, "b" * 32), OURS)
    with ledger.transaction() as connection:
        connection.execute(
            "UPDATE jobs SET request = replace(request, 'GEMINI_3_1_FLASH', 'GEMINI_9') WHERE id = ?",
            ("b" * 32,),
        )
    assert [job.id for job in ledger.jobs(10)] == ["a" * 32]
    with pytest.raises(KeyError):
        ledger.job("b" * 32)


def test_a_parked_job_can_be_hidden_until_it_is_taken_up(ledger: Ledger, clock: Clock) -> None:
    job = running_job(ledger, clock)
    assert not ledger.hide(job.id), "still followed"
    ledger.park(job.id, "")
    assert ledger.hide(job.id)
    assert job.id not in [job.id for job in ledger.jobs(10)]
    ledger.recover(THEIRS, SERVER, parked_too=True)
    assert job.id in [job.id for job in ledger.jobs(10)]


def test_many_open_it_at_the_same_moment(tmp_path: Path) -> None:
    start, errors = threading.Barrier(16), []

    def open_it() -> None:
        start.wait()
        try:
            Ledger(tmp_path / "ledger.sqlite3").close()
        except LedgerError as error:
            errors.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


class LedgerMachine(RuleBasedStateMachine):
    """In any order of steps by two engines and the artist, no job is sent twice and no paid fact is lost."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.ledger = Ledger(Path(self.folder.name) / "ledger.sqlite3", clock=self.clock)
        self.job = new_job(self.clock)
        self.ledger.add(self.job, OURS)
        self.posts = 0
        self.tasks: list[str] = []
        self.in_the_air: str | None = None

    @rule(theirs=booleans())
    def claim_and_post(self, theirs: bool) -> None:
        owner = THEIRS if theirs else OURS
        if self.ledger.claim(self.job.id, owner):
            self.posts += 1
            self.in_the_air = owner

    @rule()
    def refuse(self) -> None:
        if self.in_the_air and self.ledger.job(self.job.id).state is JobState.SUBMITTING:
            self.ledger.unclaim(self.job.id, self.in_the_air, "", "")
            self.posts -= 1
            self.in_the_air = None

    @rule()
    def answer(self) -> None:
        if self.in_the_air:
            self.ledger.accept(self.job.id, "task", self.in_the_air)
            self.tasks.append("task")
            self.in_the_air = None

    @rule(theirs=booleans())
    def resume(self, theirs: bool) -> None:
        self.ledger.adopt_queued(self.job.id, THEIRS if theirs else OURS, SERVER)

    @rule(theirs=booleans())
    def stop(self, theirs: bool) -> None:
        self.ledger.release(THEIRS if theirs else OURS)

    @rule(theirs=booleans())
    def recover(self, theirs: bool) -> None:
        self.ledger.recover(THEIRS if theirs else OURS, SERVER, parked_too=True)

    @rule(theirs=booleans())
    def beat(self, theirs: bool) -> None:
        self.ledger.beat(THEIRS if theirs else OURS, [self.job.id], [])

    @rule()
    def let_the_lease_run_out(self) -> None:
        self.clock.now += LEASE_S + 1

    @rule()
    def cancel(self) -> None:
        self.ledger.cancel(self.job.id)

    @rule()
    def park(self) -> None:
        self.ledger.park(self.job.id, "")

    @rule()
    def save(self) -> None:
        if self.tasks:
            self.ledger.add_result(self.job.id, result(self.ledger))

    @invariant()
    def holds(self) -> None:
        job = self.ledger.job(self.job.id)
        assert self.posts <= 1, "sent twice"
        assert not self.tasks or job.task_id == "task", "a task id was lost"
        if self.posts:
            assert job.state not in (JobState.QUEUED, JobState.CANCELLED), "a paid job looks unpaid"
        if self.in_the_air:
            assert job.state in (JobState.SUBMITTING, JobState.UNCERTAIN)

    def teardown(self) -> None:
        self.ledger.close()
        self.folder.cleanup()


LedgerMachine.TestCase.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
TestLedgerMachine = LedgerMachine.TestCase
