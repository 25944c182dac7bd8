# SPDX-License-Identifier: GPL-3.0-or-later
"""Each benchmark still runs at a tiny size, at which its figures mean nothing."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(path.stem.removeprefix("bench_") for path in (ROOT / "bench").glob("bench_*.py"))


def run(root: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `python -m bench…` in a checkout; return the finished process."""
    environment = {**os.environ, "PYTHONPATH": str(root / "tests" / "support")}
    command = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def figures(file: Path) -> list[dict[str, Any]]:
    """Return the figures that a benchmark wrote."""
    return json.loads(file.read_text(encoding="utf-8"))["figures"]


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_runs(name: str, tmp_path: Path) -> None:
    done = run(ROOT, "bench", "--tiny", "--to", tmp_path, name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert figures(tmp_path / f"{name}.json")


# This benchmark reports the content of a file, which is steadier than any clock.
FIGURES = """
\"\"\"The figure of the file beside it.\"\"\"
from pathlib import Path
from bench.table import Row

def rows():
    value = float(Path(__file__).parents[1].joinpath("figure.txt").read_text())
    yield Row(what="kept", naive=None, ours=value, unit="s", promised=8)
    yield Row(what="missed", naive=None, ours=2 * value, unit="s", promised=1)
    assert value < 10, "too much"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Make a repository whose one commit has a figure of 4 and no benchmark; return its root."""
    root = tmp_path / "checkout"
    (root / "bench").mkdir(parents=True)
    (root / "tests" / "support").mkdir(parents=True)
    for name in ("__main__", "against", "measure", "table"):
        shutil.copy(ROOT / "bench" / f"{name}.py", root / "bench")
    (root / "requirements").mkdir()
    shutil.copy(ROOT / "requirements" / "blender52.txt", root / "requirements")
    (root / ".venv").symlink_to(ROOT / ".venv", target_is_directory=True)
    (root / ".gitignore").write_text("/.venv\n/.cache/\n/bench/out/\n")
    (root / "figure.txt").write_text("4")
    commit(root)
    return root


def commit(root: Path) -> None:
    """Commit everything in a new repository."""
    for command in ("init -q", "add -A", "-c user.name=- -c user.email=- commit -q -m all"):
        subprocess.run(["git", *command.split()], cwd=root, check=True)


def write_benchmark(root: Path) -> None:
    (root / "bench" / "bench_figure.py").write_text(FIGURES)


def test_a_missed_promise_is_marked(checkout: Path) -> None:
    write_benchmark(checkout)
    done = run(checkout, "bench")
    assert done.returncode == 0, done.stderr
    assert "MISSED: figure: missed: 8.00 s, promised 1.00" in done.stdout
    seen = {figure["what"]: figure["is_missed"] for figure in figures(checkout / "bench/out/figure.json")}
    assert seen == {"kept": False, "missed": True}


def test_one_that_raises_fails_them_all_at_the_end(checkout: Path) -> None:
    write_benchmark(checkout)
    (checkout / "bench" / "bench_another.py").write_text(FIGURES.replace("value < 10", "value < 3"))
    done = run(checkout, "bench")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "FAILED: another"
    kept = json.loads((checkout / "bench/out/another.json").read_text(encoding="utf-8"))
    assert "AssertionError: too much" in kept["error"]
    assert [figure["ours"] for figure in kept["figures"]] == [4, 8]
    assert len(figures(checkout / "bench/out/figure.json")) == 2, "the others went on"


def test_one_that_crashes_has_left_its_figures(checkout: Path) -> None:
    crash = FIGURES.replace('assert value < 10, "too much"', "__import__('os')._exit(3)")
    (checkout / "bench" / "bench_figure.py").write_text(crash)
    done = run(checkout, "bench")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "FAILED: figure"
    assert len(figures(checkout / "bench/out/figure.json")) == 2


def against(checkout: Path) -> subprocess.CompletedProcess[str]:
    (checkout / "figure.txt").write_text("1")
    return run(checkout, "bench.against", "HEAD", "--rounds", 3)


def ratios(checkout: Path) -> list[list[float]]:
    (file,) = (checkout / "bench" / "out").glob("against-*.json")
    return [figure["ratios"] for figure in figures(file)]


def test_each_checkout_measures_itself(checkout: Path) -> None:
    write_benchmark(checkout)
    commit(checkout)
    write_benchmark(checkout)
    done = against(checkout)
    assert done.returncode == 0, done.stderr
    assert ratios(checkout) == [[0.25] * 3, [0.25] * 3]
    assert "kept s 4.00 1.00 0.25 0.25 0.25" in " ".join(done.stdout.split())


def test_a_checkout_without_the_benchmark_is_lent_it(checkout: Path) -> None:
    write_benchmark(checkout)
    assert against(checkout).returncode == 0
    assert ratios(checkout) == [[0.25] * 3, [0.25] * 3]


def test_a_checkout_whose_benchmark_raises_is_lent_it(checkout: Path) -> None:
    (checkout / "bench" / "bench_figure.py").write_text("raise RuntimeError('it has rotted')")
    commit(checkout)
    write_benchmark(checkout)
    assert against(checkout).returncode == 0
    assert ratios(checkout) == [[0.25] * 3, [0.25] * 3]


def write_newer_part(root: Path) -> None:
    """Write a benchmark of a part of Easel that the first commit does not have."""
    (root / "easel").mkdir()
    (root / "easel/__init__.py").write_text("")
    (root / "easel/newer.py").write_text("")
    row = '    yield Row(what="newer", naive=None, ours=value, unit="s")\n'
    newer = FIGURES.replace("    assert", "    import easel.newer\n" + row + "    assert")
    (root / "bench" / "bench_figure.py").write_text(newer)


def test_what_the_other_does_not_have_is_said_in_its_row(checkout: Path) -> None:
    write_newer_part(checkout)
    done = against(checkout)
    assert done.returncode == 0, done.stderr
    assert ratios(checkout) == [[0.25] * 3, [0.25] * 3, []]
    assert "newer s 1.00 not there then" in " ".join(done.stdout.split())
    assert "Traceback" not in done.stderr


def test_what_is_missing_here_is_a_failure(checkout: Path) -> None:
    write_newer_part(checkout)
    (checkout / "easel/newer.py").unlink()
    done = against(checkout)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "FAILED: figure"


def test_compiled_modules_are_kept_beside_their_sources(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / "prefix"))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    write_benchmark(checkout)
    assert against(checkout).returncode == 0
    assert list((checkout / "bench/__pycache__").glob("bench_figure.*.pyc"))


def test_what_was_measured_before_one_raised_is_compared_all_the_same(checkout: Path) -> None:
    (checkout / "bench" / "bench_figure.py").write_text(FIGURES.replace("value < 10", "value < 3"))
    commit(checkout)
    done = against(checkout)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "FAILED: figure"
    assert ratios(checkout) == [[0.25] * 3, [0.25] * 3]


def test_a_benchmark_that_raises_here_is_said_at_the_end(checkout: Path) -> None:
    (checkout / "bench" / "bench_figure.py").write_text("raise RuntimeError('it has rotted')")
    done = against(checkout)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "FAILED: figure"
