# SPDX-License-Identifier: GPL-3.0-or-later
"""Helpers that damage, hold or replace a ledger, and that read what is left."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from easel.jobs.engine import Engine
from easel.jobs.events import LedgerMended
from easel.jobs.job import Job, JobState
from easel.jobs.ledger import Ledger
from easel.jobs.library import Library
from easel.jobs.overview import START
from easel.jobs.placement import Placement
from easel.simulator import catalogue

from .conftest import DRAFT, Bench

HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN " + sys.argv[2])
print("held", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
connection.close()
"""


@contextmanager
def held(path: Path, how: str = "EXCLUSIVE") -> Iterator[None]:
    """Hold a ledger in another process. EXCLUSIVE keeps readers out, too."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, path, how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield
        finally:
            process.stdin.write("\n")
            process.stdin.flush()
            process.wait(20)


def path_of(bench: Bench) -> Path:
    return bench.library.ledger_path


def jobs_in(folder: Path, *, hidden: bool = False) -> dict[str, Job]:
    """Return the jobs that the next start finds, by task."""
    with closing(Ledger(Library(folder).ledger_path)) as ledger:
        return {job.task_id: job for job in ledger.page(START, hidden=hidden)[0]}


def mended(bench: Bench) -> list[str]:
    return [event.message for event in bench.events if isinstance(event, LedgerMended)]


def start_one(bench: Bench, engine: Engine) -> Job:
    """Start one job, which stays at the service until the test finishes it; return it."""
    bench.simulator.script(catalogue.takes(600))
    job_id = engine.submit(DRAFT, Placement())
    bench.wait(engine, lambda: bool(engine.job(job_id).task_id))
    return engine.job(job_id)


def kept_aside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("ledger.damaged-*.sqlite3"))


def a_job(letter: str) -> Job:
    now = time.time()
    return Job(
        id=letter * 32,
        state=JobState.RUNNING,
        request=DRAFT,
        placement=Placement(),
        server="test",
        price=5,
        created_at=now,
        updated_at=now,
        submitted_at=now,
    )


# -- strikes ---------------------------------------------------------------------------------------


def remove(path: Path) -> None:
    path.unlink()


def move(path: Path) -> None:
    path.rename(path.with_name("elsewhere.sqlite3"))


def replace_by_an_empty_one(path: Path) -> None:
    path.unlink()
    path.touch()


def replace_by_garbage(path: Path) -> None:
    path.unlink()
    path.write_bytes(b"shopping list " * 999)


def cut_in_place(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(5000)


def empty_in_place(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(0)
