# SPDX-License-Identifier: GPL-3.0-or-later
"""`python bench/measure.py CHECKOUT NAME JSON [--tiny]`: run one benchmark of a checkout, keep its figures.

It imports nothing from its own checkout, so it can measure another one with that one's benchmarks and Easel.
It writes each figure at once, so that figures survive an exception or a crash. It exits with 3 if the
benchmark asks for a part of Easel that the checkout does not have.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LACKS_A_PART: Final = 3  # an exit code


def main(checkout: str, name: str, to: str, *options: str) -> int:
    """Run the benchmark, print its table, write the JSON. Returns the exit code."""
    root = Path(checkout).resolve()
    sys.path[0:1] = [str(root), str(root / "tests" / "support")]  # for the folder of this file
    facts: dict[str, Any] = {
        "benchmark": name,
        "is_tiny": "--tiny" in options,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "figures": [],
        "error": "it came to no end",
    }
    file = Path(to)
    code = 1
    try:
        module = importlib.import_module(f"bench.bench_{name}")
        table = importlib.import_module("bench.table")
        assert module.__doc__ is not None
        sizes = module.TINY if "--tiny" in options else {}
        table.print_table(module.__doc__.splitlines()[0], _kept(module.rows(**sizes), facts, file))
        facts["error"] = ""
        code = 0
    except ImportError as error:
        facts["error"] = traceback.format_exc()
        is_ours = "easel" in (error.name or "").split(".")
        code = LACKS_A_PART if is_ours else 1
        sys.stderr.write(f"{name}: {error}\n" if is_ours else facts["error"])
    except Exception:  # noqa: BLE001 - any exception is reported
        facts["error"] = traceback.format_exc()
        sys.stderr.write(facts["error"])
    _write(facts, file)
    return code


def _kept(rows: Iterable[Any], facts: dict[str, Any], file: Path) -> Iterator[Any]:
    """Pass the rows on, and write their figures."""
    for row in rows:
        promised = getattr(row, "promised", None)  # older checkouts lack it
        facts["figures"].append(
            {
                "what": row.what,
                "unit": row.unit,
                "ours": float(row.ours),
                "naive": None if row.naive is None else float(row.naive),
                "limit": None if row.limit is None else float(row.limit),
                "promised": None if promised is None else float(promised),
                "is_missed": bool(getattr(row, "is_missed", False)),
                "note": row.note,
            }
        )
        _write(facts, file)
        yield row


def _write(facts: dict[str, Any], file: Path) -> None:
    file.write_text(json.dumps(facts, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
