# SPDX-License-Identifier: GPL-3.0-or-later
"""openjd runs a bundle, and a JavaScript engine runs the job type, as on farms or close to it."""

import csv
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from easel.batches.row import Row, Settings
from easel.client.models import ModelId
from easel.farms import bundle, flamenco
from easel.simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".venv" / "farm" / ("Scripts" if os.name == "nt" else "bin")
LAUNCHER = ROOT / "tests" / "support" / "command_line.py"
PROMPTS = ["bark", 'moss "green"; $HOME', "rust"]

AUTHOR = """
const made = [];
const author = {
    Task: (name, type) => ({name, type, commands: [], needs: [],
        addCommand(it) { this.commands.push(it); }, addDependency(it) { this.needs.push(it.name); }}),
    Command: (name, params) => ({name, params}),
};
function compiled(settings) {
    made.length = 0;
    compileJob({settings, addTask(it) { made.push(it); }});
    return JSON.stringify(made);
}
"""
"""The objects that Flamenco's Manager gives to a job type."""

EVALUATE = """
import json, os, sys
from py_mini_racer import MiniRacer
script, settings = json.load(sys.stdin)
engine = MiniRacer()
try:
    engine.eval(script)
    sys.stdout.write(engine.eval(f"compiled({json.dumps(settings)})"))
    code = 0
except Exception as error:
    sys.stderr.write(str(error))
    code = 1
sys.stdout.flush()
sys.stderr.flush()
os._exit(code)  # the end of the engine may wait for its threads without end
"""

NEWER = re.compile(r"\?\?=|\|\|=|&&=|\d_\d|\d+n\b|\(\?<[A-Za-z]|\\p\{|console\.|setTimeout|toSorted|\.at\(|`")
"""Syntax that Flamenco's engine (goja) lacks or treats differently, as seen in a version of August 2023."""


def compiled(**settings: Any) -> list[dict[str, Any]]:
    """Return the tasks that the job type makes."""
    given = json.dumps([AUTHOR + flamenco.job_type().decode(), settings])
    command = [str(BIN / "python"), "-c", EVALUATE]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, check=True)
    tasks: list[dict[str, Any]] = json.loads(done.stdout)
    return tasks


@pytest.fixture
def service() -> Iterator[Simulator]:
    with Simulator(speed=200, rate_limit=None, drawn_side=192) as simulator:
        yield simulator


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    settings = Settings(model=ModelId.GEMINI_2_5_FLASH)
    rows = tuple(Row(prompt=prompt, settings=settings) for prompt in PROMPTS)
    bundle.write(tmp_path / "bundle", bundle.Wanted(name="Walls", rows=rows, per_task=2))
    return tmp_path / "bundle"


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for Blender is a shell script")
def test_openjd_makes_each_row_once_and_reports(service: Simulator, folder: Path, tmp_path: Path) -> None:
    out, blender = tmp_path / "out", tmp_path / "blender"
    words = shlex.join([sys.executable, str(LAUNCHER)])
    blender.write_text(f'#!/bin/sh\nshift 2\nexec {words} "$@"\n')  # it drops Blender's own options
    blender.chmod(0o755)
    environment = {
        **os.environ,
        "EASEL_API_URL": service.url,
        "EASEL_API_KEY": "farm-test-key-0123456789",
        "EASEL_LIBRARY": str(tmp_path / "library"),
        "EASEL_RATE_LIMIT": "600",
        "BLENDER_USER_RESOURCES": str(tmp_path / "profile"),
    }
    command = [str(BIN / "openjd"), "run", str(folder / bundle.TEMPLATE), "-p", f"Blender={blender}"]
    told: list[str] = []
    for step in ([], ["--step", "Images"]):  # the second start of a job pays for nothing
        done = subprocess.run(
            [*command, "-p", f"Out={out}", *step],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        told.append(done.stdout + done.stderr)
        assert sorted(task.order.prompt for task in service.tasks.values()) == PROMPTS
    assert "farm-test-key" not in "".join(told)
    assert "2 of 2 rows" in told[0], "it is told how far it is"
    with (out / "rows.result.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["state"] for row in rows] == ["done"] * len(PROMPTS)
    assert (out / "rows.contact.png").is_file()


def test_the_job_type_makes_a_task_for_some_rows_each_and_a_report() -> None:
    tasks = compiled(table="/share/rows.csv", rows="1-5, 9,7", out="/share/out", rows_per_task=3)
    assert [task["name"] for task in tasks] == ["rows-1-3", "rows-4-5,7", "rows-9", "report"]
    assert [task["type"] for task in tasks] == ["easel"] * 3 + ["misc"], "who may spend, a studio says"
    assert tasks[-1]["needs"] == [task["name"] for task in tasks[:-1]]
    (command,) = tasks[1]["commands"]
    assert command["name"] == "exec"
    assert command["params"]["exe"] == "{blender}"
    assert command["params"]["args"] == [
        *("-b", "--online-mode", "--command", "easel", "batch", "/share/rows.csv"),
        *("--rows", "4-5,7", "--out", "/share/out", "--farm", "flamenco"),
    ]


@pytest.mark.parametrize("rows", ["", "0-3", "5-2", "a", "1-2-3"])
def test_rows_that_are_none_are_refused(rows: str) -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        compiled(table="t", rows=rows, out="o")
    assert "Rows: write 1-40" in caught.value.stderr


def test_the_job_type_keeps_to_what_flamenco_knows() -> None:
    assert not NEWER.findall(flamenco.job_type().decode())
