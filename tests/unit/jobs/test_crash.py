# SPDX-License-Identifier: GPL-3.0-or-later
"""If the process is killed at any commit of the ledger, the next one loses nothing and pays nothing twice."""

import multiprocessing
import os
import signal
import time
from multiprocessing.process import BaseProcess

import crash_worker
import pytest
import requests
from PIL import Image

from easel.jobs.job import Job, JobState
from easel.jobs.ledger import Ledger
from easel.simulator import catalogue
from easel.simulator.faults import On, When

from .conftest import Bench, LaterClock

# The workers are forked from a process with all imports done: imports took half of a worker's time.
FORKS = multiprocessing.get_context(None if os.name == "nt" else "forkserver")
FORKS.set_forkserver_preload(["crash_worker"])
COMMITS = 20
"""More than the two jobs need; `test_all_commits_are_covered` checks that."""
MODEL_COMMITS = 13
"""More than a model with two files needs."""


needs_sigkill = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")


@needs_sigkill
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("fatal", range(1, COMMITS + 1))
def test_killed_at_any_commit(bench: Bench, fatal: int, moment: str) -> None:
    assert end_of(start_worker(bench, fatal, moment)) in (0, -signal.SIGKILL)
    wait_until_quiet(bench)
    posts_before = bench.posts()
    engine = bench.engine(ledger=Ledger(bench.library.ledger_path, clock=LaterClock()))
    bench.wait(engine, lambda: settled(engine.jobs()))

    jobs = engine.jobs()
    assert bench.posts() == posts_before, "nothing is sent by itself after a crash"
    assert bench.posts() <= 2, "no job was sent twice"
    paid = set(bench.simulator.tasks)
    known = {job.task_id for job in jobs if job.task_id}
    assert known <= paid
    for job in jobs:
        if job.task_id:
            assert job.state is JobState.DONE
            assert len(job.results) == job.request.count
            assert all(result.path.exists() for result in job.results)
    uncertain = [job for job in jobs if job.state is JobState.UNCERTAIN]
    assert len(paid - known) <= len(uncertain), "a paid task that nobody knows is at least told as uncertain"

    for task_id in paid - known:  # the artist brings the task id from the vendor's page
        rescued, _ = engine.add_task(task_id, jobs[0].request.model, jobs[0].placement)
        assert bench.end_of(engine, rescued).state is JobState.DONE
    images = bench.images()
    wanted = sum(task.order.count for task in bench.simulator.tasks.values())
    assert len(images) == wanted, "each paid image is on disk exactly once"
    assert sorted(images) == sorted(result.path for job in engine.jobs() for result in job.results)


@needs_sigkill
def test_all_commits_are_covered(bench: Bench) -> None:
    assert end_of(start_worker(bench, 1, "before")) == -signal.SIGKILL
    assert end_of(start_worker(bench, COMMITS, "before")) == 0, "raise COMMITS"


@needs_sigkill
@pytest.mark.parametrize("fatal", range(3, MODEL_COMMITS + 1))
def test_killed_while_a_model_is_made(bench: Bench, fatal: int) -> None:
    """Whenever the process dies, each file of the model is there once, and the archive is unpacked."""
    bench.simulator.speed = 3000
    ended = end_of(start_worker(bench, fatal, "before" if fatal % 2 else "after", "model"))
    assert ended in (0, -signal.SIGKILL)
    assert ended == 0 or fatal < MODEL_COMMITS, "raise MODEL_COMMITS"
    wait_until_quiet(bench)
    posts_before = bench.posts()
    engine = bench.engine(ledger=Ledger(bench.library.ledger_path, clock=LaterClock()))
    bench.wait(engine, lambda: settled(engine.jobs()))
    assert bench.posts() == posts_before <= 1
    for job in engine.jobs():
        if job.task_id:
            assert job.state is JobState.DONE
            assert [result.path.suffix for result in job.results] == [".zip", ".glb"]
            assert job.results[0].fitted is not None
            assert job.results[0].fitted.is_file()
            files = [path for path in bench.images() if path.suffix != ".json"]
            assert sorted(files) == sorted(result.path for result in job.results)
    known = {job.task_id for job in engine.jobs() if job.task_id}
    uncertain = [job for job in engine.jobs() if job.state is JobState.UNCERTAIN]
    assert len(set(bench.simulator.tasks) - known) <= len(uncertain)


def start_worker(bench: Bench, fatal: int, moment: str, what: str = "images") -> BaseProcess:
    bench.library.root.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (16, 16), "green").save(bench.library.root / "source.png")
    arguments = (bench.library.root, bench.simulator.url, fatal, moment, what)
    worker = FORKS.Process(target=crash_worker.run, args=arguments)
    worker.start()
    return worker


def end_of(worker: BaseProcess) -> int | None:
    """Wait for the end of a worker; return its exit code, or None if it does not end."""
    worker.join(60)
    return worker.exitcode


def wait_until_quiet(bench: Bench) -> None:
    """Wait until the service has read what the dead process had sent."""
    for url in (bench.simulator.url, bench.simulator.asset_url):
        requests.get(url, timeout=30)  # accepted in order, so those of the dead process are accepted by now
    deadline = time.monotonic() + 30
    while bench.simulator.open_connections:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def settled(jobs: list[Job]) -> bool:
    return not any(job.is_watched and job.state is not JobState.QUEUED for job in jobs)


@needs_sigkill
def test_killed_while_the_answer_is_on_its_way(bench: Bench) -> None:
    """A process killed between the POST and the task id may have paid, and the artist is told so."""
    bench.simulator.script(catalogue.hang(On.SUBMIT, when=When.AFTER))
    worker = start_worker(bench, 0, "after")
    deadline = time.monotonic() + 20
    while not bench.simulator.tasks and time.monotonic() < deadline:
        time.sleep(0.02)
    worker.kill()
    assert end_of(worker) == -signal.SIGKILL
    engine = bench.engine(ledger=Ledger(bench.library.ledger_path, clock=LaterClock()))
    bench.wait(engine, lambda: settled(engine.jobs()))
    assert JobState.UNCERTAIN in {job.state for job in engine.jobs()}
    assert bench.posts() <= 2
