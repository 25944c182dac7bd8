# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m bench.against COMMIT [--rounds N] [--tiny] [NAME …]`: compare this checkout with another commit.

It makes a worktree of the commit in `.cache/against/`, and the environment for its requirements. Then both
run each benchmark alternately, so that other load on the machine affects both. Each runs its own benchmark;
if the other's is missing or raises, it gets ours. That may ask for what the other does not have yet: its rows
are then "not there then".
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
from typing import TYPE_CHECKING, Final, NamedTuple

from bench.measure import LACKS_A_PART
from bench.table import number_text, print_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT: Final = Path(__file__).resolve().parents[1]
BIN: Final = Path("Scripts" if os.name == "nt" else "bin", "python.exe" if os.name == "nt" else "python")
ENVIRONMENTS: Final = (
    ("blender52", "requirements/blender52.txt"),
    ("py313", "requirements/test-py313.txt"),  # its name in older checkouts
)
ROUNDS: Final = 5
_NO_CACHE: Final = frozenset({"PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE"})


class Measured(NamedTuple):
    """The figures of one run of a benchmark."""

    figures: dict[str, float]
    units: dict[str, str]
    is_whole: bool
    """Whether it succeeded; else these are the figures before it raised."""
    lacks_a_part: bool
    """Whether it stopped at a part of Easel that its checkout does not have."""


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A tree of files, and the Python that runs its benchmarks."""

    root: Path
    python: Path

    def warm(self, name: str) -> None:
        """Let Python compile what a benchmark imports, so that its first run measures the same as others."""
        self._run(name, Path(os.devnull), ["--tiny"], errors=subprocess.DEVNULL)

    def measure(self, name: str, *options: str) -> Measured:
        """Run one benchmark; its process prints an exception."""
        with tempfile.TemporaryDirectory() as folder:
            to = Path(folder) / "figures.json"
            code = self._run(name, to, options)
            found = json.loads(to.read_text(encoding="utf-8"))["figures"] if to.exists() else []
        return Measured(
            figures={figure["what"]: figure["ours"] for figure in found},
            units={figure["what"]: figure["unit"] for figure in found},
            is_whole=code == 0,
            lacks_a_part=code == LACKS_A_PART,
        )

    def _run(self, name: str, to: Path, options: Sequence[str], errors: int | None = None) -> int:
        """Run one benchmark in a process. Returns its exit code.

        Compiled modules are beside the sources, as Blender keeps them. By `PYTHONPYCACHEPREFIX` of `make`,
        a checkout that is enabled from a temporary folder would be compiled in each process.
        """
        command = [self.python, ROOT / "bench" / "measure.py", self.root, name, to, *options]
        environment = {key: value for key, value in os.environ.items() if key not in _NO_CACHE}
        done = subprocess.run(
            command, cwd=self.root, env=environment, stdout=subprocess.DEVNULL, stderr=errors, check=False
        )
        return done.returncode

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
    """Empty if the other checkout does not have what is measured."""
    now: list[float]

    @property
    def ratios(self) -> list[float]:
        """Now ÷ then of each round, sorted; below 1 is less. Rounds with then = 0 are left out."""
        return sorted(now / then for then, now in zip(self.then, self.now, strict=False) if then)


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
        the figures of both in each round, and whether all runs succeeded, but for what the other lacks.
    """
    _say_round(name, 1, rounds)
    here.warm(name)
    other, first = _first_of_other(name, here, other, options)
    then, now = [first], [here.measure(name, *options)]
    for number in range(2, rounds + 1):
        _say_round(name, number, rounds)
        turns = [(other, then), (here, now)]
        for checkout, measured in turns if number % 2 else reversed(turns):
            measured.append(checkout.measure(name, *options))
    compared: list[Comparison] = []
    for what, unit in now[0].units.items():
        figures_then = [run.figures[what] for run in then if what in run.figures]
        figures_now = [run.figures[what] for run in now if what in run.figures]
        is_known = len(figures_then) == rounds or (not figures_then and first.lacks_a_part)
        if is_known and len(figures_now) == rounds:
            compared.append(
                Comparison(benchmark=name, what=what, unit=unit, then=figures_then, now=figures_now)
            )
    is_whole = all(run.is_whole for run in now) and all(run.is_whole or run.lacks_a_part for run in then)
    return compared, is_whole


def _first_of_other(
    name: str, here: Checkout, other: Checkout, options: list[str]
) -> tuple[Checkout, Measured]:
    """Return the other's benchmark if it succeeds, else ours if that does, else its own partial figures.

    Ours also counts if it only stops at what the other lacks.
    """
    own = None
    if other.has(name):
        other.warm(name)
        own = other.measure(name, *options)
        if own.is_whole:
            return other, own
    lent = lend(here.root, other)
    lent.warm(name)
    measured = lent.measure(name, *options)
    is_useful = measured.is_whole or measured.lacks_a_part
    return (lent, measured) if is_useful or own is None else (other, own)


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
            "then": number_text(statistics.median(it.then)) if it.then else "",
            "now": number_text(statistics.median(it.now)),
        }
        if ratios:
            cells |= {
                "ratio": number_text(statistics.median(ratios)),
                "min": number_text(ratios[0]),
                "max": number_text(ratios[-1]),
            }
        elif not it.then:
            cells["ratio"] = "  not there then"
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
