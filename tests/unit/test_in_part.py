# SPDX-License-Identifier: GPL-3.0-or-later
"""A Blender that runs only part of the tests still runs those of all version checks (`in_part.py`)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import in_part
import pytest
import release

OURS = ("easel", "EASEL", "bl_", "__")
"""Prefixes of names that do not depend on the version of Blender."""


def branches(source: str) -> Iterator[tuple[int, str]]:
    """Find code that asks for Blender's version or for what Blender has: its line and the question."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Compare(left=left) if ast.unparse(left).split("[")[0] == "bpy.app.version":
                yield node.lineno, ast.unparse(node)
            case ast.Attribute(attr="version", value=ast.Attribute(attr="app")):
                yield node.lineno, ""
            case ast.Name(id=name) | ast.Attribute(attr=name) if name.startswith("HAS_"):
                yield node.lineno, name
            case ast.Call(func=ast.Name(id="hasattr"), args=[_, ast.Constant(value=str(name))]):
                if not name.startswith(OURS):
                    yield node.lineno, name
            case ast.Call(func=ast.Name(id="getattr"), args=[owner, ast.Constant(), _]) if is_blenders(owner):
                yield node.lineno, ast.unparse(node)
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[there]) if is_blenders(there):
                if "bl_rna" in ast.unparse(there) or ast.unparse(there).startswith("dir("):
                    yield node.lineno, ast.unparse(node)
            case _:
                pass


def is_blenders(node: ast.AST) -> bool:
    return any(isinstance(inner, ast.Name) and inner.id == "bpy" for inner in ast.walk(node))


@pytest.mark.parametrize(
    "line",
    [
        "x = bpy.app.version >= (5, 2)",
        "if clone_source.HAS_BRUSH_ASSETS: pass",
        "if hasattr(brush, 'image_tool'): pass",
        "x = getattr(bpy.data, 'colorspace', None)",
        "x = 'textbox' in bpy.types.UILayout.bl_rna.functions",
        "x = 'fbx_import' in dir(bpy.ops.wm)",
    ],
)
def test_each_way_of_asking_is_known(line: str) -> None:
    assert {number for number, _asked in branches(line)} == {1}


def test_all_that_asks_which_blender_it_is_in_is_seen_by_every_blender(repo_root: Path) -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in release._shipped_sources()}
    asking = {
        path.relative_to(repo_root).as_posix()
        for path, source in sources.items()
        if "import bpy" in source and list(branches(source))
    }
    assert asking == in_part.SEEN_BY.keys(), "tests/support/in_part.py: which file of tests goes there?"


def test_the_tests_that_are_named_are_there(repo_root: Path) -> None:
    there = {path.name for path in (repo_root / "tests" / "blender").glob("test_*.py")}
    assert there >= in_part.FILES


def test_tests_that_know_blenders_after_5_0_apart_are_among_them(repo_root: Path) -> None:
    """Questions about 5.0 don't count: Blenders before and after it run all tests."""
    for path in (repo_root / "tests" / "blender").glob("test_*.py"):
        found = list(branches(path.read_text(encoding="utf-8")))
        at_5_0 = {line for line, asked in found if asked.endswith("(5, 0)")}
        late = [line for line, _asked in found if line not in at_5_0]
        assert not late or path.name in in_part.FILES, f"{path.name}:{late[0]}"
