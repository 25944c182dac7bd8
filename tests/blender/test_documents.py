# SPDX-License-Identifier: GPL-3.0-or-later
"""The operators have the parameters that the calls in README and handbook name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import bpy

ROOT = Path(__file__).resolve().parents[2]
CALL = re.compile(r"(?:bpy\.ops\.easel\.|`)(\w+)(\((?:[^()`]|\n)*\))")
"""A call as a page shows it, in full or as `batch_move(row=…)`."""


def calls(text: str) -> Iterator[tuple[str, set[str]]]:
    """Yield the operators that a page calls, each with the names of its arguments."""
    for name, arguments in CALL.findall(text):
        if hasattr(bpy.types, f"EASEL_OT_{name}"):
            (statement,) = ast.parse(f"call{arguments.replace('…', '0')}".replace("\n", " ")).body
            assert isinstance(statement, ast.Expr)
            assert isinstance(statement.value, ast.Call)
            yield name, {keyword.arg or "" for keyword in statement.value.keywords}


def test_each_call_of_the_pages_has_parameters_that_there_are() -> None:
    checked, wrong = 0, []
    for page in [ROOT / "README.md", *(ROOT / "docs" / "handbook").glob("*.md")]:
        for name, arguments in calls(page.read_text(encoding="utf-8")):
            checked += 1
            known = set(getattr(bpy.ops.easel, name).get_rna_type().properties.keys())
            if arguments - known:
                wrong.append(f"{page.name}: {name}({', '.join(sorted(arguments - known))})")
    assert checked > 30
    assert wrong == []
