# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m bench [--tiny] [--to FOLDER] [NAME …]`: run the benchmarks, each in its own process.

A benchmark is a module `bench_<name>` with `rows()`, and with the `TINY` sizes for tests. It gets its own
process because memory is measured, and because Easel can't be enabled twice in one process.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from bench.table import MISSED, number_text

FOLDER = Path(__file__).resolve().parent
NAMES = sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))


def main() -> int:
    """Run all benchmarks, or the named ones. Returns 1 if one raised."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all by default")
    parser.add_argument("--tiny", action="store_true", help="only see whether they still run")
    parser.add_argument("--to", type=Path, default=FOLDER / "out", help="the folder of the JSON files")
    arguments = parser.parse_args()
    arguments.to.mkdir(parents=True, exist_ok=True)
    names = arguments.names or NAMES
    failed = [name for name in names if not run(name, arguments.to, is_tiny=arguments.tiny)]
    print(f"\nFigures: {arguments.to}")
    for name in names:
        _say_missed(name, arguments.to / f"{name}.json")
    if failed:
        print(f"FAILED: {', '.join(failed)}")
    return 1 if failed else 0


def run(name: str, to: Path, *, is_tiny: bool = False) -> bool:
    """Run one benchmark of this checkout. Returns whether it succeeded."""
    file = to / f"{name}.json"
    file.unlink(missing_ok=True)
    command = [sys.executable, str(FOLDER / "measure.py"), str(FOLDER.parent), name, str(file)]
    return subprocess.run([*command, *(["--tiny"] if is_tiny else [])], check=False).returncode == 0


def _say_missed(name: str, file: Path) -> None:
    for figure in json.loads(file.read_text(encoding="utf-8"))["figures"] if file.exists() else ():
        if figure["is_missed"]:
            ours, promised = number_text(figure["ours"]), number_text(figure["promised"])
            print(f"{MISSED}: {name}: {figure['what']}: {ours} {figure['unit']}, promised {promised}")


if __name__ == "__main__":
    sys.exit(main())
