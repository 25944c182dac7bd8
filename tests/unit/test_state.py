# SPDX-License-Identifier: GPL-3.0-or-later
"""State lives in the session (`scene.live`), not in modules. Each exception has its reason here."""

import ast
from collections.abc import Iterator
from pathlib import Path

import imports
import pytest

STATE_OF_MODULES = {
    "scene.live._session": "the session itself",
    "registration._registered": "what is registered, whatever becomes of the session",
    "keymaps._items": "as that, of keymaps",
    "scene.logs._memory": "Python's log has it, and any thread writes to it",
    "scene.logs._console": "Python's log has it",
    "scene.listing.thumbnails._has_pillow": "an import is for as long as Python runs",
    "scene.listing.thumbnails._is_asked_for_pillow": "as that",
    "scene.placement.assembly._one_at_a_time": "threads of an earlier session may still write",
    "operators.clipboard._find_tool": "what is installed, looked for once",
    "scene.listing.describe._packed_header": "what packed bytes say never changes",
    "imaging.bands._here": "each thread has its own",
    "simulator.spoilage.bomb": "the bytes are always the same",
    "imaging.lineup.aperture._rays": "a table",
    "imaging.pixels._srgb_table": "a table",
    "imaging.resample._data_table": "a table",
    "imaging.resample._linear_table": "a table",
    "imaging.resample._quarter_table": "a table",
    "imaging.resample._srgb_table": "a table",
    "jobs.version.own_version": "an Easel has one version as long as it runs",
    "client.prices._used": "a file that the environment names, which is the process's",
    "jobs.plain._hints": "what classes declare never changes",
    "texts.wrapping.wrap": "lines of a text never change",
    "texts.wrapping.first_line": "as that",
    "texts.names.shortened": "as that",
    "texts.names._in_order": "as that",
}

NEVER_CHANGED = {"logger", "_log", "__all__"}
MUTATORS = {
    *("add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popleft", "popitem"),
    *("remove", "reverse", "setdefault", "sort", "update"),
}
CONSTANT_MAKERS = {
    *("Struct", "compile", "frozenset", "phrase", "getLogger", "TypeVar", "type"),
    "parameters_of",
}
"""Calls that make something constant, even under a name in lower case."""


def state_of(path: Path) -> Iterator[str]:
    """Find the names of a module's state: names that are rebound or filled, and objects that can change."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    rebound = {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    filled = set(map(filled_name, ast.walk(tree)))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and "cache" in " ".join(map(ast.unparse, node.decorator_list)):
            yield node.name
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for name in [target.id for target in targets if isinstance(target, ast.Name)]:
            is_object = not name.isupper() and holds_state(getattr(node, "value", None))
            if name in rebound or name in filled or (is_object and name not in NEVER_CHANGED):
                yield name


def holds_state(value: ast.expr | None) -> bool:
    """Return whether an expression makes a container or an object that can change."""
    if isinstance(value, ast.Call):
        maker = ast.unparse(value.func).rpartition(".")[2]
        return maker not in CONSTANT_MAKERS
    return isinstance(value, (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp))


def filled_name(node: ast.AST) -> str:
    """Return the plain name of the object that a node changes in place, or an empty text."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=verb)) if verb in MUTATORS:
            return name
        case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
            return name
        case ast.Attribute(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
            return name
        case ast.AugAssign(target=ast.Name(id=name)):
            return name
        case _:
            return ""


def test_nothing_is_remembered_in_a_module_without_a_reason() -> None:
    found = {
        f"{imports.module_name(path, imports.ROOT)}.{name}"
        for path in imports.shipped_files(imports.ROOT)
        for name in state_of(path)
    }
    assert found == set(STATE_OF_MODULES)


@pytest.mark.parametrize(
    "code",
    [
        "_jobs = {}",
        "_jobs: dict[str, int] = {}",
        "_jobs = set()",
        "_jobs = State()",
        "_count = 0\ndef add():\n    global _count\n    _count += 1",
        "JOBS = {}\ndef add(job):\n    JOBS[job] = 1",
        "JOBS = []\ndef add(job):\n    JOBS.append(job)",
        "JOBS = State()\ndef add(job):\n    JOBS.last = job",
        "import functools\n@functools.cache\ndef add(job): ...",
    ],
)
def test_what_can_change_is_found(code: str, tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(code)
    assert list(state_of(path))


@pytest.mark.parametrize(
    "code", ["JOBS = {1: 2}", "logger = logging.getLogger()", "_name = 'x'", "def f():\n    jobs = {}"]
)
def test_what_never_changes_is_passed_over(code: str, tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(code)
    assert not list(state_of(path))
