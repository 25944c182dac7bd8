# SPDX-License-Identifier: GPL-3.0-or-later
"""Several workers with separate ledgers make the rows of one folder and pay for each row once."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from api_user import ApiUser

from easel.batches.row import Row, Settings
from easel.client.models import ModelId
from easel.commands.farm import Shared
from easel.commands.main import run
from easel.farms.claims import FOLDER, Claims, End, State
from easel.jobs.batch import BatchRow, RowState, state_of
from easel.jobs.job import JobState
from easel.simulator import catalogue
from easel.simulator.faults import On, When

if TYPE_CHECKING:
    from easel.simulator import Simulator

PROMPTS = ["bark", "moss", "moss", "rust"]
LAUNCHER = Path(__file__).resolve().parents[1] / "support" / "command_line.py"

Worker = Callable[..., "subprocess.Popen[str]"]
Report = Callable[[], tuple[int, list[dict[str, str]]]]
Here = Callable[..., int]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(["prompt", *PROMPTS]), "utf-8")
    return path


@pytest.fixture
def worker(service: "Simulator", table: Path, out: Path, tmp_path: Path) -> Worker:
    """Return a function that starts a machine of a farm, with its own library."""

    def start(name: str, *words: str, rate: str = "600") -> "subprocess.Popen[str]":
        environment = {
            **os.environ,
            "BLENDER_USER_RESOURCES": str(tmp_path / f"profile-{name}"),
            "EASEL_LIBRARY": str(tmp_path / f"library-{name}"),
            "EASEL_RATE_LIMIT": rate,
        }
        given = ["batch", str(table), "--out", str(out), "--model", "gemini-2.5-flash", "--json", *words]
        return subprocess.Popen(
            [sys.executable, str(LAUNCHER), "--command", "easel", *given],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture
def here(service: "Simulator", table: Path, out: Path) -> Here:
    """Return a function that runs this process as one of the machines; it returns the exit code."""
    given = ["batch", str(table), "--out", str(out), "--model", "gemini-2.5-flash", "--json"]
    return lambda *words: run([*given, *words])


@pytest.fixture
def report(here: Here, out: Path) -> Report:
    """Return a function that makes the report on all machines; it returns the exit code and the rows."""

    def read() -> tuple[int, list[dict[str, str]]]:
        code = here("--report")
        with (out / "rows.result.csv").open(encoding="utf-8-sig", newline="") as file:
            return code, list(csv.DictReader(file))

    return read


def end_of(process: "subprocess.Popen[str]") -> tuple[int, list[str]]:
    told, err = process.communicate(timeout=120)
    assert process.returncode >= 0, err
    return process.returncode, told.splitlines()


def paid(service: "Simulator") -> list[str]:
    return sorted(task.order.prompt for task in service.tasks.values())


def test_two_workers_share_a_folder(
    service: "Simulator", worker: Worker, here: Here, report: Report, out: Path
) -> None:
    both = [worker(name, "--farm", "openjd") for name in ("blue", "red")]
    ends = [end_of(process) for process in both]
    assert [code for code, _told in ends] == [0, 0]
    assert paid(service) == PROMPTS, "each row once, and none shares a request"
    assert any(line.startswith("openjd_progress: ") for line in ends[0][1] + ends[1][1])
    code, rows = report()
    assert code == 0
    assert [row["state"] for row in rows] == ["done"] * 4
    assert len({row["files"] for row in rows}) == 4
    assert all((out / row["files"]).is_file() for row in rows)
    assert (out / "rows.contact.png").is_file()
    assert here() == 0, "without --farm too: the folder says that others work there"
    assert len(service.tasks) == 4


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_what_a_killed_worker_has_paid_another_one_collects(
    service: "Simulator", worker: Worker, report: Report, out: Path
) -> None:
    service.script(catalogue.takes(600))
    killed = worker("blue", "--farm", "flamenco")
    claims = Claims(out, "test")
    deadline = time.monotonic() + 100
    while sum(path.suffix == ".task" for path in claims.folder.iterdir()) < 2:
        assert time.monotonic() < deadline
        assert killed.poll() is None, killed.communicate()
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    noted = sum(path.suffix == ".task" for path in claims.folder.iterdir())
    before = paid(service)
    service.faults.clear()
    for task_id in list(service.tasks):
        service.finish(task_id)
    assert end_of(worker("red", "--farm", "flamenco"))[0] == 0
    assert Counter(before) <= Counter(paid(service)) <= Counter(PROMPTS), "no row is paid for twice"
    _code, rows = report()
    done = [row for row in rows if row["state"] == "done"]
    assert len(done) >= noted, "what was noted is fetched by whoever comes next"
    assert {row["state"] for row in rows} <= {"done", "uncertain"}


def test_what_may_be_charged_is_told_and_never_sent_again(
    service: "Simulator", worker: Worker, here: Here, report: Report
) -> None:
    service.script(replace(catalogue.dropped(On.SUBMIT, when=When.AFTER), times=1))
    assert here("--farm", "openjd") == 0, "it is recorded: the other rows go on"
    assert end_of(worker("red", "--farm", "openjd", "--retry"))[0] == 0
    assert len(service.tasks) == 4
    code, rows = report()
    assert code == 5
    assert [row["state"] for row in rows].count("uncertain") == 1


def test_what_failed_is_sent_again_by_one_of_those_that_are_told_to(
    service: "Simulator", worker: Worker, here: Here, report: Report
) -> None:
    service.script(catalogue.failed())
    assert here("--farm", "openjd") == 0
    assert report()[0] == 1
    both = [worker(name, "--farm", "openjd", "--retry") for name in ("red", "green")]
    assert [end_of(process)[0] for process in both] == [0, 0]
    assert len(service.tasks) == 5
    assert report()[0] == 0


def test_who_failed_first_does_not_speak_for_who_is_at_it_now(
    service: "Simulator", worker: Worker, here: Here, out: Path
) -> None:
    """A task that starts again finds its old failure in its ledger, but another machine now has the row."""
    service.script(catalogue.failed())
    assert end_of(worker("blue", "--farm", "openjd", "--rows", "1"))[0] == 0
    claims = Claims(out, "red")
    ended = claims.end_of(1)
    assert ended is not None
    assert ended.state is State.FAILED
    known = claims.read(1)
    assert known is not None
    assert claims.claim_again(1, known.digest)
    claims.note_task(1, "task of red")
    assert end_of(worker("blue", "--farm", "openjd", "--rows", "1"))[0] == 0
    known = claims.read(1)
    assert known is not None
    assert (known.task_id, claims.end_of(1)) == ("task of red", None)
    assert not Claims(out, "green").claim_again(1, known.digest), "red may have paid for it"


@pytest.mark.skipif(os.name == "nt", reason="a process can't be sent Ctrl-C there without its console")
def test_what_a_worker_was_stopped_before_another_one_sends(
    service: "Simulator", worker: Worker, report: Report
) -> None:
    service.script(catalogue.takes(600))
    stopped = worker("blue", "--farm", "openjd", rate="1")
    deadline = time.monotonic() + 100
    while not service.tasks:
        assert time.monotonic() < deadline
        assert stopped.poll() is None, stopped.communicate()
        time.sleep(0.02)
    stopped.send_signal(signal.SIGTERM)
    assert end_of(stopped)[0] == 128 + signal.SIGTERM
    states = [row["state"] for row in report()[1]]
    assert sorted(states) == ["left", "waiting", "waiting", "waiting"]
    service.faults.clear()
    for task_id in list(service.tasks):
        service.finish(task_id)
    assert end_of(worker("red", "--farm", "openjd"))[0] == 0
    assert paid(service) == PROMPTS
    assert report()[0] == 0


def test_what_could_not_be_copied_is_not_done_for_the_others(tmp_path: Path) -> None:
    row = Row(prompt="moss", settings=Settings(model=ModelId.GEMINI_2_5_FLASH))
    claims = Claims(tmp_path, "here")
    shared = Shared(claims, [row], retries=False)
    shared.claim([0])
    told = BatchRow(number=0, values={}, digest="", state=RowState.DONE, job_id="job", images=1)
    shared.note(told, None, [])
    assert claims.end_of(1) is None
    shared.note(told, None, [tmp_path / "moss.png"])
    end = claims.end_of(1)
    assert end is not None
    assert end.files == ("moss.png",)


def test_what_the_service_has_no_longer_was_paid_for(tmp_path: Path) -> None:
    row = Row(prompt="moss", settings=Settings(model=ModelId.GEMINI_2_5_FLASH))
    claims = Claims(tmp_path, "here")
    shared = Shared(claims, [row], retries=True)
    shared.claim([0])
    state = state_of(JobState.EXPIRED, parked=False, images=0, count=1)
    shared.note(BatchRow(number=0, values={}, digest="", state=state, job_id="job"), None, [])
    assert not claims.claim_again(1, row.digest)
    end = claims.end_of(1)
    assert end is not None
    assert (end.state, end.credits) == (State.UNCERTAIN, row.price)


def test_a_folder_of_another_table_is_refused(
    service: "Simulator", here: Here, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = Claims(out, "yesterday")
    for row in range(1, 5):
        assert claims.claim(row, "another picture")
        claims.end(row, End(state=State.FAILED))
    assert here("--farm", "openjd", "--retry") == 0
    assert not service.tasks
    told = capsys.readouterr().out.splitlines()
    messages = [json.loads(line).get("message", "") for line in told if line.startswith("{")]
    assert any("the table changed" in message for message in messages)
    assert (out / FOLDER).is_dir()


def test_a_dry_run_makes_no_shared_folder(service: "Simulator", here: Here, out: Path) -> None:
    assert here("--farm", "openjd", "--dry-run") == 0
    assert not (out / FOLDER).exists()


def test_a_farm_does_not_begin_where_another_machine_works_alone(
    service: "Simulator", worker: Worker, here: Here
) -> None:
    assert here("--rows", "1") == 0
    refused, told = end_of(worker("red", "--farm", "openjd"))
    assert refused != 0
    assert "was used without --farm" in "".join(told)
    assert here("--farm", "openjd") == 0, "it knows what it has sent, and claims it"
    assert paid(service) == PROMPTS


def test_what_a_killed_worker_sent_and_failed_is_told_as_failed(
    service: "Simulator", here: Here, report: Report, out: Path
) -> None:
    service.script(catalogue.failed())
    claims = Claims(out, "blue")
    assert claims.claim(1, "")
    with ApiUser(service, os.environ["EASEL_API_KEY"]) as blue:
        claims.note_task(1, blue.submit("GEMINI_2_5_FLASH", "bark"))
    service.faults.clear()
    assert here("--farm", "openjd", "--rows", "1") == 0
    assert report()[1][0]["state"] == "failed"
    assert here("--farm", "openjd", "--rows", "1", "--retry") == 0
    assert report()[1][0]["state"] == "done", "it has cost nothing, so it may be sent again"


def test_what_was_made_alone_is_claimed_once_others_come(
    service: "Simulator", worker: Worker, here: Here, out: Path
) -> None:
    assert here() == 0
    assert here("--farm", "openjd") == 0
    made = len(service.tasks)
    assert end_of(worker("red", "--farm", "openjd"))[0] == 0
    assert len(service.tasks) == made
