# SPDX-License-Identifier: GPL-3.0-or-later
"""`easel …`: exit codes, JSON, files, Ctrl-C. A separate process shows what only a process can show."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import pytest

from easel.client.models import MODELS
from easel.commands.call import operate
from easel.commands.main import run
from easel.simulator import catalogue
from easel.simulator.faults import On, When

if TYPE_CHECKING:
    from easel.simulator import Simulator

LAUNCHER = Path(__file__).resolve().parents[1] / "support" / "command_line.py"

Easel = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def easel(capsys: pytest.CaptureFixture[str]) -> Easel:
    """Return a function that runs a command with `--json`; it returns the exit code and the records."""

    def call(*arguments: object) -> tuple[int, list[dict[str, Any]]]:
        capsys.readouterr()
        code = run([*map(str, arguments), "--json"])
        lines = capsys.readouterr().out.splitlines()
        return code, [json.loads(line) for line in lines if line.startswith("{")]

    return call


def test_images_of_a_prompt_are_copied_out(service: "Simulator", easel: Easel, tmp_path: Path) -> None:
    code, (job,) = easel("generate", "a copper kettle", "--count", 2, "--out", tmp_path / "out")
    assert code == 0
    assert (job["event"], job["state"], job["credits"], job["exit"]) == ("job", "DONE", 30, 0)
    assert sorted(map(str, (tmp_path / "out").iterdir())) == sorted(job["files"])
    assert len(job["files"]) == 2
    code, found = easel("library", "kettle")
    assert code == 0
    assert {Path(row["file"]).name for row in found} == {Path(name).name for name in job["files"]}
    assert [listed["id"] for listed in easel("jobs")[1]] == [job["id"]]


def test_nothing_is_spent_that_was_not_allowed(service: "Simulator", easel: Easel) -> None:
    code, (price,) = easel("generate", "copper", "--dry-run", "--count", 3)
    assert (code, price["event"], price["credits"]) == (0, "price", 45)
    assert price["requests"] == [
        {"model": "GEMINI_3_1_FLASH", "verb": "generate", "count": 3, "credits": 45, "prompt": "copper"}
    ]
    code, (refusal,) = easel("generate", "copper", "--max-credits", 14)
    assert code == 3
    assert "15 credits" in refusal["message"]
    for wrong in (
        ["--resolution", "9K"],
        ["--count", 9],
        ["--model", "seedream-v5-lite", "--resolution", "1K"],
    ):
        assert easel("generate", "copper", *wrong, "--dry-run")[0] == 3, wrong
        assert easel("generate", "copper", *wrong)[0] == 3, wrong
    assert not service.tasks
    assert easel("generate", "copper", "--max-credits", 15)[0] == 0


def test_an_edit_of_a_file_on_disk(service: "Simulator", easel: Easel, tmp_path: Path) -> None:
    _code, (made,) = easel("generate", "copper")
    (path,) = made["files"]
    code, (edited,) = easel("edit", "greener", "--source", path, "--sizing", "keep_size")
    assert (code, edited["verb"], edited["state"]) == (0, "edit", "DONE")
    assert easel("edit", "greener", "--source", tmp_path / "none.png")[0] == 3
    assert easel("edit", "greener", "--source", path, "--set", "nothing=1")[0] == 3
    assert len(service.tasks) == 2


def test_tools_and_3d_models_too(service: "Simulator", easel: Easel, tmp_path: Path) -> None:
    (path,) = easel("generate", "a robot")[1][0]["files"]
    code, (price,) = easel("edit", "--tool", "remove-background", "--source", path, "--dry-run")
    assert (code, price.get("credits")) == (0, 5), price
    code, (cut,) = easel("edit", "--tool", "enhance", "--source", path, "--out", tmp_path / "out")
    assert (code, cut["verb"], cut["credits"]) == (0, "tool", 15)
    code, (model,) = easel(
        *("edit", "--model", "trellis-2", "--source", path, "--set", "height=1.8", "--out", tmp_path / "out")
    )
    assert (code, model["model"], model["state"]) == (0, "TRELLIS_2", "DONE")
    assert {Path(name).suffix for name in model["files"]} == {".glb"}
    assert bpy.context.object.dimensions.z == pytest.approx(1.8, abs=1e-3)
    for wrong in (["--model", "trellis-2", "--resolution", "2K"], ["--tool", "enhance"]):
        assert easel("edit", *wrong)[0] == 3
    assert easel("edit", "x", "--model", "enhance", "--source", path)[0] == 2


def test_a_texture_is_placed_in_the_file_and_saved(
    service: "Simulator", easel: Easel, default_file: None, saved_file: Path
) -> None:
    code, (job, saved) = easel(
        *("generate", "old bricks", "--placement", "texture", "--object", "Cube", "--save")
    )
    assert code == 0
    assert job["placed"]
    assert saved["file"] == str(saved_file)
    bpy.ops.wm.open_mainfile(filepath=str(saved_file))
    nodes = bpy.data.objects["Cube"].active_material.node_tree.nodes
    assert [node.image.get("easel_job") for node in nodes if node.type == "TEX_IMAGE"] == [job["id"]]
    assert easel("generate", "x", "--object", "Nobody")[0] == 3


def test_a_model_is_painted(service: "Simulator", easel: Easel) -> None:
    bpy.ops.mesh.primitive_cube_add()
    bpy.context.object.name = "Chair"
    wanted = ("paint", "weathered copper", "--object", "Chair", "--views", 4, "--size", 256)
    small = ("--resolution", "512px")
    code, (price,) = easel(*wanted, *small, "--dry-run", "--normals")
    assert (code, price["event"], len(price["requests"])) == (0, "price", 1)
    code, (job,) = easel(*wanted, *small)
    assert (code, job["state"]) == (0, "DONE")
    assert service.balance == 10_000 - price["credits"]
    assert bpy.data.objects["Chair"].active_material is not None
    assert easel("paint", "copper", "--views", 5)[0] == 2


@pytest.mark.parametrize(
    ("fault", "code", "state"),
    [
        (catalogue.failed(), 1, "FAILED"),
        (catalogue.error(On.SUBMIT, 400), 3, "FAILED"),
        (catalogue.dropped(On.SUBMIT, when=When.AFTER), 5, "UNCERTAIN"),
    ],
    ids=["failed", "refused", "uncertain"],
)
def test_an_exit_code_says_what_was_spent(
    service: "Simulator", easel: Easel, fault: Any, code: int, state: str
) -> None:
    service.script(replace(fault, times=None))
    ended, (job,) = easel("generate", "copper")
    assert (ended, job["state"]) == (code, state)
    assert job["message"]
    if state == "UNCERTAIN":
        assert any("May have cost 15 credits" in note for note in job["notes"])


def test_what_is_left_at_the_service_is_collected(service: "Simulator", easel: Easel) -> None:
    service.script(catalogue.takes(600))
    code, (left,) = easel("generate", "copper", "--no-wait")
    assert (code, left["state"]) == (4, "RUNNING")
    assert left["task_id"] in service.tasks
    assert 23 * 3600 < left["lost_in"] <= 24 * 3600
    code, (still, summary) = easel("collect", "--wait", 0.2)
    assert (code, still["id"], summary["waiting"]) == (4, left["id"], 1)
    service.finish(left["task_id"])
    code, (here, summary) = easel("collect")
    assert (code, here["id"], here["state"], summary["collected"]) == (0, left["id"], "DONE", 1)
    assert easel("collect") == (0, [{"event": "collected", "collected": 0, "waiting": 0}])
    assert len(service.tasks) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no RLIMIT_FSIZE on Windows")
def test_images_that_can_not_be_copied_are_no_refusal(
    service: "Simulator", easel: Easel, tmp_path: Path
) -> None:
    from full_disks import full_disk

    large = ("--model", "gemini-3-pro", "--resolution", "4K")  # files larger than a ledger
    made = [easel("generate", prompt, *large)[1][0] for prompt in ("copper", "brass")]
    with full_disk(200_000):
        code, (*told, _summary) = easel("collect", *(job["task_id"] for job in made), "--out", tmp_path / "o")
    assert code == 1
    assert [each["id"] for each in told] == [job["id"] for job in made]
    assert [each["files"] for each in told] == [job["files"] for job in made], "they are in the library"
    assert all("The disk is full" in " ".join(each["notes"]) for each in told)


def test_a_folder_that_can_not_be_made_is_told_before_anything_is_sent(
    service: "Simulator", easel: Easel, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file")
    for out in (tmp_path / "taken", tmp_path / "taken" / "out"):
        code, (refusal,) = easel("generate", "copper", "--out", out)
        assert (code, "Nothing was sent" in refusal["message"]) == (3, True), refusal
    assert not service.tasks


def test_what_was_sent_before_a_refusal_is_told(service: "Simulator", easel: Easel) -> None:
    service.script(replace(catalogue.failed(), times=1))
    failed = easel("generate", "copper")[1][0]
    done = easel("generate", "brass")[1][0]
    assert (failed["state"], done["state"]) == ("FAILED", "DONE")
    code, (sent, refusal) = easel("jobs", "--send-again", failed["id"], failed["task_id"], done["id"])
    assert (code, sent["event"], sent["state"]) == (3, "job", "DONE")
    assert (refusal["event"], "images are here" in refusal["message"]) == ("error", True)
    assert len(service.tasks) == 3, "a job that is named twice is sent once"


def test_tasks_of_another_machine_are_collected_by_any_text(
    service: "Simulator", easel: Easel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [easel("generate", prompt, "--no-wait")[1][0] for prompt in ("one", "two")]
    for job in told:
        service.finish(job["task_id"])
    monkeypatch.setenv("EASEL_LIBRARY", str(tmp_path / "another"))
    text = f"Dear Ada, they are {told[0]['task_id'].upper()} and\n{told[1]['task_id']}, {told[0]['task_id']}."
    code, records = easel("collect", text, "--out", tmp_path / "out")
    assert code == 0
    assert [record["task_id"] for record in records[:-1]] == [job["task_id"] for job in told]
    assert len(list((tmp_path / "out").iterdir())) == 2
    assert easel("collect", "there are none in this")[0] == 3


def test_verbs_of_one_job(service: "Simulator", easel: Easel) -> None:
    service.script(replace(catalogue.error(On.SUBMIT, 400), times=1))
    _code, (failed,) = easel("generate", "copper")
    short = failed["id"][:8]
    code, (price,) = easel("jobs", "--send-again", short, "--dry-run")
    assert (code, price["credits"]) == (0, 15)
    assert easel("jobs", "--send-again", short, "--max-credits", 14)[0] == 3
    assert not service.tasks
    code, (again,) = easel("jobs", "--send-again", short)
    assert (code, again["state"]) == (0, "DONE")
    assert again["id"] != failed["id"]
    assert easel("jobs", "--hide", short)[0] == 0
    assert [job["id"] for job in easel("jobs")[1]] == [again["id"]]
    assert len(easel("jobs", "--hidden")[1]) == 2
    assert easel("jobs", "--hide", "zzzzzz")[0] == 3


def test_money_is_told_without_the_key(service: "Simulator", easel: Easel, tmp_path: Path) -> None:
    easel("generate", "copper")
    code, (wallet,) = easel("wallet")
    assert (code, wallet["balance"]) == (0, 9985)
    assert (wallet["key"], wallet["key_from"]) == ("••••6789", "EASEL_API_KEY")
    code, spent = easel("spend")
    assert code == 0
    assert {row["name"]: row["paid"] for row in spent}["Gemini 3.1 Flash"] == 15
    assert easel("spend", "--csv", tmp_path / "bill.csv")[0] == 0
    assert "copper" in (tmp_path / "bill.csv").read_text(encoding="utf-8-sig")
    code, models = easel("models")
    assert code == 0
    assert {row["model"]: row["credits"] for row in models}["GEMINI_3_PRO"] == {"1K": 50, "2K": 50, "4K": 80}
    assert {row["model"] for row in models} >= {model.value for model in MODELS}


def test_without_a_key_or_with_wrong_arguments(
    service: "Simulator", easel: Easel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("EASEL_API_KEY")
    for command in (["generate", "copper"], ["collect"], ["wallet"]):
        code, (refusal,) = easel(*command)
        assert code == 3
        assert "EASEL_API_KEY" in refusal["message"]
    assert run(["generate", "copper", "--key", "secret"]) == 2
    assert run([]) == 2
    assert run(["sculpt"]) == 2
    assert run(["--help"]) == 0
    assert "exit codes" in capsys.readouterr().out


@pytest.mark.parametrize("raised", [KeyboardInterrupt, ValueError])
def test_what_an_operator_raises_is_no_refusal(raised: type[BaseException]) -> None:
    class Raises(bpy.types.Operator):
        bl_idname = "easel.raises"
        bl_label = "Raises"

        def execute(self, _context: bpy.types.Context) -> set[str]:
            raise raised

    bpy.utils.register_class(Raises)
    try:
        with pytest.raises(raised if raised is KeyboardInterrupt else RuntimeError):
            operate("raises")
    finally:
        bpy.utils.unregister_class(Raises)


# -- in a process of its own ------------------------------------------------------------------------


@pytest.fixture
def start(service: "Simulator", tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Yield a function that starts `easel` in a separate Blender."""
    processes: list[subprocess.Popen[str]] = []
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path / "profile")}

    def begin(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(LAUNCHER), "--command", "easel", *arguments]
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        processes.append(process)
        return process

    yield begin
    for process in processes:
        process.kill()
        process.wait()


@pytest.mark.skipif(os.name == "nt", reason="a process can't be sent Ctrl-C there without its console")
def test_ctrl_c_leaves_paid_work_to_be_collected(
    service: "Simulator", easel: Easel, start: Callable[..., subprocess.Popen[str]]
) -> None:
    service.script(catalogue.takes(600))
    process = start("generate", "copper", "--json")
    deadline = time.monotonic() + 120
    while not service.tasks:
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "easel collect" in err
    (job,) = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    (task_id,) = service.tasks
    assert (job["task_id"], job["state"]) == (task_id, "RUNNING")
    service.finish(task_id)
    code, (here, _summary) = easel("collect")
    assert (code, here["id"], here["state"]) == (0, job["id"], "DONE")
    assert len(service.tasks) == 1, "nothing was paid twice"
