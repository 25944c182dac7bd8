# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m bench [name …]`: run the benchmarks, each in a process of its own, and print their tables.

A benchmark is a module `bench_<name>` with `rows()`. Its own process, because memory is measured, and
because a Blender with Easel in it can't be had twice in one.
"""

import importlib
import subprocess
import sys
from pathlib import Path

from bench.table import print_table

FOLDER = Path(__file__).resolve().parent


def main() -> int:
    """Run all benchmarks, or those named; return the exit code."""
    names = sys.argv[1:] or sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))
    if len(names) == 1:
        return run_here(names[0])
    return max(
        subprocess.run([sys.executable, "-m", "bench", name], check=False).returncode for name in names
    )


def run_here(name: str) -> int:
    """Run one benchmark in this process."""
    sys.path.insert(0, str(FOLDER.parent / "tests" / "support"))
    module = importlib.import_module(f"bench.bench_{name}")
    print_table(module.__doc__.splitlines()[0], module.rows())
    return 0


if __name__ == "__main__":
    sys.exit(main())
