# SPDX-License-Identifier: GPL-3.0-or-later
"""`easel batch`: rows become files, each paid for once, even if the call is interrupted."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import pytest
from PIL import Image
from sessions import begin_afresh

from easel.commands.main import run
from easel.scene.session import session
from easel.simulator import catalogue
from easel.simulator.faults import On, When

if TYPE_CHECKING:
    from easel.simulator import Simulator

LAUNCHER = Path(__file__).resolve().parents[1] / "support" / "command_line.py"

Batch = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def batch(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> Batch:
    """Return a function that runs a table; it returns the exit code and the records."""

    def call(table: Path, *arguments: object) -> tuple[int, list[dict[str, Any]]]:
        capsys.readouterr()
        words = ["batch", table, "--out", out, "--model", "gemini-2.5-flash", "--json", *arguments]
        code = run([*map(str, words)])
        lines = capsys.readouterr().out.splitlines()
        return code, [json.loads(line) for line in lines if line.startswith("{")]

    return call


def table_of(folder: Path, *rows: str, head: str = "prompt") -> Path:
    path = folder / "rows.csv"
    path.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return path


def results(out: Path, name: str = "rows.result.csv") -> list[dict[str, str]]:
    with (out / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_rows_become_images_recipes_and_a_table(
    service: "Simulator", batch: Batch, tmp_path: Path, out: Path
) -> None:
    table = table_of(tmp_path, "bark,oak", "moss,", "moss,", "rust,", head="prompt,name")
    code, records = batch(table, "--dry-run")
    (plan,) = records
    assert code == 0
    assert (plan["rows"], plan["requests"], plan["credits"], plan["balance_after"]) == (4, 3, 20, 9980)
    assert not service.tasks
    assert batch(table, "--max-credits", 19)[0] == 3
    code, records = batch(table, "--max-credits", 20, "--rows", "1-3")
    assert code == 0
    assert records[-1]["rows"] == {"DONE": 3}
    assert len(service.tasks) == 2, "equal rows share a request"
    assert sorted(path.name for path in out.glob("*.png")) == ["0002_moss.png", "0003_moss.png", "oak.png"]
    assert {path.name for path in out.glob("*.json")} == {f"{path.name}.json" for path in out.glob("*.png")}
    told = results(out, "rows.1-3.result.csv")
    assert [(row["prompt"], row["state"], row["files"]) for row in told] == [
        ("bark", "done", "oak.png"),
        ("moss", "done", "0002_moss.png"),
        ("moss", "done", "0003_moss.png"),
    ]

    code, records = batch(table)
    assert code == 0
    assert len(service.tasks) == 3, "the fourth row alone is sent"
    assert [row["state"] for row in results(out)] == ["done"] * 4
    assert len(list(out.glob("*.png"))) == 4


def test_every_mistake_is_told_before_anything_is_sent(
    service: "Simulator", batch: Batch, tmp_path: Path, out: Path
) -> None:
    table = table_of(tmp_path, "bark,1", ",1", "moss,99", "rust,x", head="prompt,count")
    code, records = batch(table)
    assert code == 3
    problems = {(record["line"], record["column"]) for record in records if record["event"] == "problem"}
    assert problems == {(3, "prompt"), (4, "count"), (5, "count")}
    assert batch(table_of(tmp_path, "bark"), "--rows", "1-2")[0] == 3
    assert not service.tasks
    assert not out.exists()


def test_rows_are_exported_for_a_farm_and_nothing_is_sent(
    service: "Simulator", tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (8, 8), "red").save(tmp_path / "wall.png")
    table = table_of(tmp_path, "bark,", "older,wall.png", "rust,", head="prompt,sources")
    job = tmp_path / "job"
    words = ["batch", str(table), "--export", str(job), "--json"]
    assert run([*words, "--rows", "2-3", "--per-task", "1"]) == 0
    assert '"rows": 2' in capsys.readouterr().out
    assert {path.name for path in job.iterdir()} == {
        *("rows.csv", "sources", "template.yaml", "easel.js", "READ ME.txt")
    }
    with (job / "rows.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["prompt"] for row in csv.DictReader(file)] == ["older", "rust"]
    assert run(words) == 3, "the folder is not empty"
    assert run([*words, "--out", str(tmp_path / "out")]) == 2
    assert run(["batch", str(table)]) == 2
    assert not service.tasks


def test_what_failed_is_sent_again_only_by_retry(
    service: "Simulator", batch: Batch, tmp_path: Path, out: Path
) -> None:
    table = table_of(tmp_path, "bark", "moss")
    service.script(catalogue.failed())
    code, records = batch(table)
    assert code == 1
    assert records[-1]["rows"] == {"DONE": 1, "FAILED": 1}
    assert batch(table)[0] == 1
    assert len(service.tasks) == 2
    assert sorted((row["state"], row["credits"]) for row in results(out)) == [("done", "5"), ("failed", "0")]
    code, records = batch(table, "--retry")
    assert (code, records[-1]["rows"]) == (0, {"DONE": 2})
    assert len(service.tasks) == 3


def test_a_folder_is_the_same_by_whatever_name(
    service: "Simulator", batch: Batch, tmp_path: Path, out: Path
) -> None:
    table = table_of(tmp_path, "bark")
    (tmp_path / "other").mkdir()
    assert batch(table)[0] == 0
    assert batch(table, "--out", tmp_path / "other" / ".." / "out")[0] == 0
    if os.name != "nt":
        (tmp_path / "link").symlink_to(out)
        assert batch(table, "--out", tmp_path / "link")[0] == 0
    assert len(service.tasks) == 1


def test_a_table_that_grew_is_not_paid_for_anew(
    service: "Simulator", batch: Batch, tmp_path: Path, out: Path
) -> None:
    assert batch(table_of(tmp_path, "bark", "moss"))[0] == 0
    grown = table_of(tmp_path, "bark", "moss", "rust")
    code, told = batch(grown)
    assert code == 3
    assert "2 of these 3 rows were made" in told[-1]["message"]
    for path in out.glob("*.result.csv"):  # some countries' spreadsheets save it so
        path.write_text(path.read_text("utf-8-sig").replace(",", ";"), "utf-8")
    assert batch(grown)[0] == 3
    assert batch(grown, "--rows", "3")[0] == 0
    assert len(service.tasks) == 3
    assert batch(table_of(tmp_path, "tar", "bark", "moss"), "--again")[0] == 0
    assert len(service.tasks) == 6


def test_images_of_hidden_jobs_come_too(
    service: "Simulator", batch: Batch, tmp_path: Path, out: Path
) -> None:
    table = table_of(tmp_path, "bark")
    assert batch(table)[0] == 0
    run(["jobs", "--hide", *(job.id for job in session.engine().jobs(9))])
    begin_afresh()
    for path in out.iterdir():
        path.unlink()
    assert batch(table)[0] == 0
    assert len(list(out.glob("*.png"))) == 1
    assert len(service.tasks) == 1


def test_what_nobody_asks_for_any_more_is_fetched_by_the_same_command(
    service: "Simulator", batch: Batch, tmp_path: Path, out: Path
) -> None:
    table = table_of(tmp_path, "bark")
    service.script(catalogue.takes(600))
    while not service.tasks:
        assert batch(table, "--timeout", "2")[0] == 4
    job_ids = [job.id for job in session.engine().jobs(9) if job.task_id]
    run(["jobs", "--stop-watching", *job_ids])
    for task_id in list(service.tasks):
        service.finish(task_id)
    code, told = batch(table)
    assert (code, told[-1]["rows"]) == (0, {"DONE": 1})
    assert len(service.tasks) == 1


def test_a_price_is_asked_for_and_nothing_changes(
    service: "Simulator", batch: Batch, tmp_path: Path, out: Path
) -> None:
    table = table_of(tmp_path, "bark", "moss")
    service.script(catalogue.failed())
    batch(table)
    code, records = batch(table, "--retry", "--dry-run")
    assert (code, records[-1]["credits"]) == (0, 5)
    assert batch(table, "--retry", "--max-credits", 4)[0] == 3
    assert batch(table)[0] == 1, "what failed is still not to be sent"
    assert len(service.tasks) == 2


def test_what_was_paid_for_in_part_is_not_sent_again(
    service: "Simulator", batch: Batch, tmp_path: Path, out: Path
) -> None:
    table = table_of(tmp_path, "bark,3", head="prompt,count")
    service.script(catalogue.fewer(2))
    assert batch(table)[1][-1]["rows"] == {"SHORT": 1}
    code, records = batch(table, "--retry")
    assert (code, records[-1]["rows"]) == (1, {"SHORT": 1})
    assert len(service.tasks) == 1
    assert len(list(out.glob("*.png"))) == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_what_a_killed_call_left_unsent_is_in_the_price(
    service: "Simulator", batch: Batch, tmp_path: Path, out: Path
) -> None:
    table = table_of(tmp_path, "bark", "moss", "rust")
    words = ["--command", "easel", "batch", str(table), "--out", str(out), "--model", "gemini-2.5-flash"]
    environment = {
        **os.environ,
        "BLENDER_USER_RESOURCES": str(tmp_path / "profile"),
        "EASEL_RATE_LIMIT": "1",
    }
    process = subprocess.Popen([sys.executable, str(LAUNCHER), *words], env=environment)
    deadline = time.monotonic() + 120
    while not service.tasks:
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.wait()
    code, records = batch(table, "--dry-run")
    assert code == 0
    assert records[-1]["credits"] == 10, "two of them were handed out, and not sent"
    assert batch(table, "--max-credits", 9)[0] == 3
    assert len(service.tasks) == 1


def test_what_may_be_charged_is_never_sent_again(
    service: "Simulator", batch: Batch, tmp_path: Path, out: Path
) -> None:
    table = table_of(tmp_path, "bark")
    service.script(replace(catalogue.dropped(On.SUBMIT, when=When.AFTER), times=1))
    code, records = batch(table)
    assert (code, records[-1]["rows"]) == (5, {"UNCERTAIN": 1})
    assert batch(table, "--retry")[0] == 5
    assert len(service.tasks) == 1


def test_rows_go_to_their_objects_in_the_file(
    service: "Simulator", batch: Batch, tmp_path: Path, default_file: None, saved_file: Path
) -> None:
    table = table_of(tmp_path, "rust on a {object},Cube,texture", head="prompt,object,place")
    code, records = batch(table, "--save")
    assert code == 0, records
    assert records[-1] == {"event": "saved", "file": str(saved_file)}
    (task,) = service.tasks.values()
    assert task.order.prompt == "rust on a Cube"
    bpy.ops.wm.open_mainfile(filepath=str(saved_file))
    nodes = bpy.data.objects["Cube"].active_material.node_tree.nodes
    assert [node.image.get("easel_job") for node in nodes if node.type == "TEX_IMAGE"] == [records[-3]["job"]]
    assert batch(table_of(tmp_path, "x,Nobody", head="prompt,object"))[0] == 3


@pytest.mark.skipif(os.name == "nt", reason="a process can't be sent Ctrl-C there without its console")
def test_the_same_command_goes_on_where_it_ended(
    service: "Simulator", batch: Batch, tmp_path: Path, out: Path
) -> None:
    table = table_of(tmp_path, *(f"prop {number}" for number in range(6)))
    service.script(replace(catalogue.takes(600), skip=2, times=1))
    words = ["--command", "easel", "batch", str(table), "--out", str(out), "--model", "gemini-2.5-flash"]
    environment = {
        **os.environ,
        "BLENDER_USER_RESOURCES": str(tmp_path / "profile"),
        "EASEL_RATE_LIMIT": "600",
    }
    process = subprocess.Popen(
        [sys.executable, str(LAUNCHER), *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while len(service.tasks) < 3:
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _told, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "goes on with it" in err
    for task_id in list(service.tasks):
        service.finish(task_id)
    code, records = batch(table)
    assert (code, records[-1]["rows"]) == (0, {"DONE": 6})
    prompts = [task.order.prompt for task in service.tasks.values()]
    assert sorted(prompts) == sorted(set(prompts)), "each row was paid for once"
    assert len(list(out.glob("*.png"))) == 6


def test_the_limit_of_a_click_is_that_of_the_whole_call(
    service: "Simulator", batch: Batch, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = table_of(tmp_path, "bark", "moss", "rust", "sand")  # 5 credits each
    assert batch(table, "--rows", "1")[0] == 0
    monkeypatch.setenv("EASEL_LIMIT_CLICK", "14")
    code, records = batch(table, "--rows", "2-4")
    assert (code, records[-1]["event"]) == (3, "error")
    assert "Over the limit of 14 credits a click" in records[-1]["message"]
    assert len(service.tasks) == 1, "nothing was sent"
    (out / "0001_bark.png").unlink()
    code, records = batch(table)
    assert (code, records[-1]["rows"]) == (4, {"DONE": 1, "WAITING": 3})
    assert (out / "0001_bark.png").exists(), "what is paid for comes all the same"
    assert len(service.tasks) == 1
    assert batch(table, "--rows", "2-3")[0] == 0
    assert len(service.tasks) == 3


def test_rows_of_one_name_keep_their_files(
    service: "Simulator", batch: Batch, tmp_path: Path, out: Path
) -> None:
    table = table_of(tmp_path, "bark,wood", "moss,wood", head="prompt,name")
    assert batch(table)[0] == 0
    names = sorted(path.name for path in out.glob("*.png"))
    assert names == ["wood-2.png", "wood.png"]
    assert batch(table)[0] == 0
    assert sorted(path.name for path in out.glob("*.png")) == names, "no copies of copies"


@pytest.mark.skipif(sys.platform == "win32", reason="no RLIMIT_FSIZE on Windows")
def test_what_can_not_be_copied_is_no_refusal(
    service: "Simulator", batch: Batch, tmp_path: Path, out: Path
) -> None:
    from full_disks import full_disk

    table = table_of(tmp_path, "bark", "moss")
    large = ("--model", "gemini-3-pro", "--resolution", "4K")  # files larger than a ledger
    assert batch(table, *large)[0] == 0
    (out / "0001_bark.png").unlink()
    (out / "0002_moss.png").unlink()
    with full_disk(200_000):
        code, records = batch(table, *large)
    told = [each for each in records if each["event"] == "row"]
    assert (code, [each["state"] for each in told]) == (1, ["DONE", "DONE"])
    assert all("The disk is full" in each["message"] for each in told)
    assert batch(table, *large)[0] == 0
    assert len(list(out.glob("*.png"))) == len(service.tasks) == 2
