# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m bench.against COMMIT [--rounds N] [--tiny] [NAME …]`: this checkout's figures and another's.

Makes a worktree of the commit in `.cache/against/`, and the environment that the commit's requirements ask
for. Then both run each benchmark in turn, round by round, so that what else the machine does meets both. Each
runs the benchmarks that it has; where the other has none of that name, or one that raises, it is lent ours.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from bench.table import number_text, print_cells

ROOT: Final = Path(__file__).resolve().parents[1]
BIN: Final = Path("Scripts" if os.name == "nt" else "bin", "python.exe" if os.name == "nt" else "python")
ENVIRONMENTS: Final = (
    ("blender52", "requirements/blender52.txt"),
    ("py313", "requirements/test-py313.txt"),  # its name in older checkouts
)
ROUNDS: Final = 5

Figures: TypeAlias = dict[str, tuple[float, str]]
"""What was measured → how much, and the unit."""


class MeasuringFailed(Exception):
    """A benchmark raised; its process has said how."""

    def __init__(self, checkout: Checkout) -> None:
        super().__init__(str(checkout.root))
        self.checkout = checkout


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A tree of files, and the Python that runs its benchmarks."""

    root: Path
    python: Path

    def measure(self, name: str, *options: str) -> Figures:
        """Run one benchmark; return its figures.

        Raises:
            MeasuringFailed: it came to no end.
        """
        with tempfile.TemporaryDirectory() as folder:
            to = Path(folder) / "figures.json"
            command = [self.python, ROOT / "bench" / "measure.py", self.root, name, to, *options]
            done = subprocess.run(command, cwd=self.root, stdout=subprocess.DEVNULL, check=False)
            if done.returncode:
                raise MeasuringFailed(self)
            figures = json.loads(to.read_text(encoding="utf-8"))["figures"]
        return {figure["what"]: (figure["ours"], figure["unit"]) for figure in figures}


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One figure of both checkouts, in each round."""

    benchmark: str
    what: str
    unit: str
    then: list[float]
    now: list[float]

    @property
    def ratios(self) -> list[float]:
        """Now against then in each round, sorted; below 1 is less than it was. None where then was 0."""
        return sorted(now / then for then, now in zip(self.then, self.now, strict=True) if then)


def main() -> int:
    """Measure and print; return 1 when a benchmark failed."""
    parser = argparse.ArgumentParser(prog="bench.against")
    parser.add_argument("commit")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--tiny", action="store_true", help="only see whether they still run")
    arguments = parser.parse_args()
    here = Checkout(root=ROOT, python=Path(sys.executable))
    names = arguments.names or sorted(
        path.stem.removeprefix("bench_") for path in (ROOT / "bench").glob("bench_*.py")
    )
    options = ["--tiny"] if arguments.tiny else []
    sha = git(ROOT, "rev-parse", "--short=12", f"{arguments.commit}^{{commit}}")
    other = check_out(ROOT, sha)
    compared: list[Comparison] = []
    failed: list[str] = []
    for name in names:
        try:
            compared += compare(name, here, other, arguments.rounds, options)
        except MeasuringFailed:
            failed.append(name)
    print_comparisons(sha, compared, arguments.rounds)
    write_comparisons(ROOT / "bench" / "out" / f"against-{sha}.json", sha, compared)
    if failed:
        print(f"FAILED: {', '.join(failed)}")
    return 1 if failed else 0


def check_out(root: Path, sha: str) -> Checkout:
    """Make the worktree of a commit, and its environment, where they are not there yet."""
    folder = _worktree(root, sha, root / ".cache" / "against" / sha)
    for name, requirements in ENVIRONMENTS:
        own, others = root / requirements, folder / requirements
        if not others.exists():
            continue
        if own.exists() and own.read_bytes() == others.read_bytes():
            return Checkout(root=folder, python=root / ".venv" / name / BIN)
        subprocess.run([sys.executable, "tools/bootstrap.py", name], cwd=folder, check=True)
        return Checkout(root=folder, python=folder / ".venv" / name / BIN)
    msg = f"{sha} has none of {', '.join(requirements for _name, requirements in ENVIRONMENTS)}"
    raise LookupError(msg)


def lend(root: Path, other: Checkout) -> Checkout:
    """Make another worktree of the same commit, with the benchmarks of `root`."""
    folder = _worktree(root, other.root.name, other.root.with_name(f"{other.root.name}-lent"))
    shutil.rmtree(folder / "bench", ignore_errors=True)
    kept_out = shutil.ignore_patterns("out", "__pycache__")
    shutil.copytree(root / "bench", folder / "bench", ignore=kept_out)
    for helper in (root / "tests" / "support").glob("*.py"):
        if not (folder / "tests" / "support" / helper.name).exists():
            shutil.copy(helper, folder / "tests" / "support")
    return Checkout(root=folder, python=other.python)


def compare(name: str, here: Checkout, other: Checkout, rounds: int, options: list[str]) -> list[Comparison]:
    """Run one benchmark in both checkouts, each round in the other order.

    Raises:
        MeasuringFailed: it came to no end in one of them.
    """
    if (other.root / "bench" / f"bench_{name}.py").exists():
        try:
            return _compare(name, here, other, rounds, options)
        except MeasuringFailed as failure:
            if failure.checkout is here:
                raise
            print(f"{name}: failed there; once more with this checkout's benchmark", file=sys.stderr)
    return _compare(name, here, lend(here.root, other), rounds, options)


def _compare(name: str, here: Checkout, other: Checkout, rounds: int, options: list[str]) -> list[Comparison]:
    then: list[Figures] = []
    now: list[Figures] = []
    for number in range(rounds):
        print(f"{name}: round {number + 1} of {rounds}", file=sys.stderr)
        turns = [(other, then), (here, now)]
        for checkout, figures in turns if number % 2 == 0 else reversed(turns):
            figures.append(checkout.measure(name, *options))
    return [
        Comparison(
            benchmark=name,
            what=what,
            unit=unit,
            then=[figures[what][0] for figures in then],
            now=[figures[what][0] for figures in now],
        )
        for what, (_value, unit) in now[0].items()
        if all(what in figures for figures in (*then, *now))
    ]


_WIDTHS: Final = {
    "what": 58,
    "unit": 6,
    "then": 8,
    "now": 8,
    "ratio": 8,
    "min": 8,
    "max": 8,
}


def print_comparisons(sha: str, compared: list[Comparison], rounds: int) -> None:
    """Write a table of medians, and of the ratios now ÷ then with their least and most."""
    print(f"\nNow against {sha}, medians of {rounds}; ratio: now ÷ then, below 1 is less than it was")
    benchmark = ""
    for it in compared:
        if it.benchmark != benchmark:
            benchmark = it.benchmark
            titles = {column: column for column in _WIDTHS} | {"what": benchmark}
            print_cells(titles, _WIDTHS, ("what", "unit"), sys.stdout)
        ratios = it.ratios
        cells = {
            "what": it.what,
            "unit": it.unit,
            "then": number_text(statistics.median(it.then)),
            "now": number_text(statistics.median(it.now)),
            "ratio": number_text(statistics.median(ratios)) if ratios else "",
            "min": number_text(ratios[0]) if ratios else "",
            "max": number_text(ratios[-1]) if ratios else "",
        }
        print_cells(cells, _WIDTHS, ("what", "unit"), sys.stdout)


def write_comparisons(file: Path, sha: str, compared: list[Comparison]) -> None:
    """Write all that was measured as JSON."""
    file.parent.mkdir(parents=True, exist_ok=True)
    figures = [{**vars(it), "ratios": it.ratios} for it in compared]
    text = json.dumps({"against": sha, "figures": figures}, ensure_ascii=False, indent=2)
    file.write_text(text + "\n", encoding="utf-8")


def git(root: Path, *arguments: str) -> str:
    """Run git in a checkout; return what it says."""
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _worktree(root: Path, sha: str, folder: Path) -> Path:
    if not folder.exists():
        git(root, "worktree", "prune")  # of those that `make clean` has removed
        git(root, "worktree", "add", "--quiet", "--detach", str(folder), sha)
    return folder


if __name__ == "__main__":
    sys.exit(main())
