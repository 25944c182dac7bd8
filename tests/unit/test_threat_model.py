# SPDX-License-Identifier: GPL-3.0-or-later
"""Each promise of the threat model names tests that exist."""

import ast
import re
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def rows(repo_root: Path) -> list[tuple[str, list[str]]]:
    """Return each promise with the names of its tests."""
    page = (repo_root / "docs" / "threat-model.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (.+?) \| (.+?) \|$", page, re.MULTILINE)
    return [(promise, re.findall(r"`(\w+)`", names)) for promise, names in cells if promise != "promise"]


def test_each_promise_names_a_test(rows: list[tuple[str, list[str]]]) -> None:
    assert len(rows) > 20
    assert not [promise for promise, names in rows if not names]


def test_each_name_is_one_tests(rows: list[tuple[str, list[str]]], repo_root: Path) -> None:
    known: list[str] = []
    for path in (repo_root / "tests").rglob("test_*.py"):
        nodes = ast.parse(path.read_bytes()).body
        known += [node.name for node in nodes if isinstance(node, ast.FunctionDef)]
    counted = {name: known.count(name) for _promise, names in rows for name in names}
    assert {name: count for name, count in counted.items() if count != 1} == {}
