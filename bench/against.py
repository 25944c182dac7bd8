# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m bench.against COMMIT [--rounds N] [--tiny] [NAME …]`: compare this checkout with another commit.

It makes a worktree of the commit in `.cache/against/`, and the environment for its requirements. Then both
run each benchmark alternately, so that other load on the machine affects both. Each runs its own benchmark;
if the other's is missing or raises, it gets ours.
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
from typing import Final, NamedTuple

from bench.table import number_text, print_cells

ROOT: Final = Path(__file__).resolve().parents[1]
BIN: Final = Path("Scripts" if os.name == "nt" else "bin", "python.exe" if os.name == "nt" else "python")
ENVIRONMENTS: Final = (
    ("blender52", "requirements/blender52.txt"),
    ("py313", "requirements/test-py313.txt"),  # its name in older checkouts
)
ROUNDS: Final = 5


class Measured(NamedTuple):
    """The figures of one run of a benchmark."""

    figures: dict[str, float]
    units: dict[str, str]
    is_whole: bool
    """Whether it succeeded; else these are the figures before it raised."""


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A tree of files, and the Python that runs its benchmarks."""

    root: Path
    python: Path

    def measure(self, name: str, *options: str) -> Measured:
        """Run one benchmark; its process prints an exception."""
        with tempfile.TemporaryDirectory() as folder:
            to = Path(folder) / "figures.json"
            command = [self.python, ROOT / "bench" / "measure.py", self.root, name, to, *options]
            done = subprocess.run(command, cwd=self.root, stdout=subprocess.DEVNULL, check=False)
            found = json.loads(to.read_text(encoding="utf-8"))["figures"] if to.exists() else []
        return Measured(
            figures={figure["what"]: figure["ours"] for figure in found},
            units={figure["what"]: figure["unit"] for figure in found},
            is_whole=done.returncode == 0,
        )

    def has(self, name: str) -> bool:
        """Return whether it has a benchmark of that name."""
        return (self.root / "bench" / f"bench_{name}.py").exists()


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
        """Now ÷ then of each round, sorted; below 1 is less. Rounds with then = 0 are left out."""
        return sorted(now / then for then, now in zip(self.then, self.now, strict=True) if then)


def main() -> int:
    """Measure and print. Returns 1 if a benchmark raised in either checkout."""
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
        comparisons, is_whole = compare(name, here, other, arguments.rounds, options)
        compared += comparisons
        failed += [] if is_whole else [name]
    print_comparisons(sha, compared, arguments.rounds)
    write_comparisons(ROOT / "bench" / "out" / f"against-{sha}.json", sha, compared)
    if failed:
        print(f"FAILED: {', '.join(failed)}")
    return 1 if failed else 0


def check_out(root: Path, sha: str) -> Checkout:
    """Make the worktree of a commit and its environment, if they are missing."""
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


def compare(
    name: str, here: Checkout, other: Checkout, rounds: int, options: list[str]
) -> tuple[list[Comparison], bool]:
    """Run one benchmark in both checkouts, every second round in the other order.

    Returns:
        the figures of both in each round, and whether all runs succeeded.
    """
    _say_round(name, 1, rounds)
    other, first = _first_of_other(name, here, other, options)
    then, now = [first], [here.measure(name, *options)]
    for number in range(2, rounds + 1):
        _say_round(name, number, rounds)
        turns = [(other, then), (here, now)]
        for checkout, measured in turns if number % 2 else reversed(turns):
            measured.append(checkout.measure(name, *options))
    comparisons = [
        Comparison(
            benchmark=name,
            what=what,
            unit=unit,
            then=[run.figures[what] for run in then],
            now=[run.figures[what] for run in now],
        )
        for what, unit in now[0].units.items()
        if all(what in run.figures for run in (*then, *now))
    ]
    return comparisons, all(run.is_whole for run in (*then, *now))


def _first_of_other(
    name: str, here: Checkout, other: Checkout, options: list[str]
) -> tuple[Checkout, Measured]:
    """Return the other's benchmark if it succeeds, else ours if that does, else its own partial figures."""
    own = other.measure(name, *options) if other.has(name) else None
    if own is not None and own.is_whole:
        return other, own
    lent = lend(here.root, other)
    measured = lent.measure(name, *options)
    return (lent, measured) if measured.is_whole or own is None else (other, own)


def _say_round(name: str, number: int, rounds: int) -> None:
    print(f"{name}: round {number} of {rounds}", file=sys.stderr)


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
    """Print a table of medians, and of the ratios now ÷ then with minimum and maximum."""
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
    """Write all figures as JSON."""
    file.parent.mkdir(parents=True, exist_ok=True)
    figures = [{**vars(it), "ratios": it.ratios} for it in compared]
    text = json.dumps({"against": sha, "figures": figures}, ensure_ascii=False, indent=2)
    file.write_text(text + "\n", encoding="utf-8")


def git(root: Path, *arguments: str) -> str:
    """Run git in a checkout. Returns its output."""
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _worktree(root: Path, sha: str, folder: Path) -> Path:
    if not folder.exists():
        git(root, "worktree", "prune")  # forget worktrees that `make clean` has removed
        git(root, "worktree", "add", "--quiet", "--detach", str(folder), sha)
    return folder


if __name__ == "__main__":
    sys.exit(main())
