# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports between rooms go one way only, also between the rooms inside `scene/`, and never in a circle.

All imports count, also lazy ones and those for type checkers (`tools/imports.py`).
"""

import ast
import functools
import sys
from collections.abc import Iterator
from pathlib import Path

import imports
import pytest

TOP_LEVEL = {"", "registration", "preferences", "keymaps", "diagnostics"}
"""Modules at the top level, with the root package. All others belong in a room."""

MAY_IMPORT = {
    "": {"registration"},
    "texts": set(),
    "threads": set(),
    "languages": set(),
    "simulator": set(),
    "client": {"texts"},
    "imaging": {"texts"},
    "prompting": {"client", "imaging", "jobs", "texts"},
    "jobs": {"client", "imaging", "texts", "threads"},
    "batches": {"client", "imaging", "jobs", "prompting", "texts"},
    "farms": {"batches", "imaging", "jobs", "texts"},
    "scene": {
        *(
            "batches",
            "client",
            "farms",
            "imaging",
            "jobs",
            "languages",
            "prompting",
            "simulator",
            "texts",
            "threads",
        )
    },
    "properties": {"batches", "client", "imaging", "jobs", "prompting", "scene", "texts"},
    "terminal": {"batches", "client", "jobs", "texts"},
    "commands": {
        *("batches", "farms"),
        *("client", "imaging", "jobs", "scene", "simulator", "terminal", "texts", "threads"),
    },
    "diagnostics": {"client", "imaging"},
    "keymaps": set(),
    "panels": {"batches", "client", "jobs", "keymaps", "prompting", "properties", "scene", "texts"},
    "operators": {
        *(
            "batches",
            "client",
            "diagnostics",
            "farms",
            "imaging",
            "jobs",
            "prompting",
            "properties",
            "scene",
            "texts",
        )
    },
    "preferences": {"client", "jobs", "panels", "properties", "scene"},
    "registration": {
        "commands",
        "keymaps",
        "languages",
        "operators",
        "panels",
        "preferences",
        "properties",
        "scene",
    },
}

_FACTS = {"scene", "scene.windows", "scene.pictures"}
_SOURCES = _FACTS | {"scene.history", "scene.sources"}
SCENE_MAY_IMPORT = {
    "scene": set(),
    "scene.windows": {"scene"},
    "scene.pictures": {"scene"},
    "scene.history": _FACTS,
    "scene.sources": _FACTS | {"scene.history"},
    "scene.listing": _SOURCES,
    "scene.views": _SOURCES,
    "scene.comparison": {"scene", "scene.windows"},
    "scene.masks": _SOURCES,
    "scene.painting": _SOURCES,
    "scene.placement": _SOURCES,
    "scene.models": _SOURCES | {"scene.placement"},
    "scene.prompts": _SOURCES | {"scene.masks", "scene.listing"},
}
SCENE_MAY_IMPORT["scene.session"] = set(SCENE_MAY_IMPORT)

LIBRARIES = {
    *("bpy", "bl_operators", "bl_ui", "blf", "bmesh", "gpu", "gpu_extras", "mathutils"),  # Blender itself
    *("numpy", "requests", "urllib3"),  # Blender ships them
    "PIL",  # the zip has it
    "typing_extensions",  # for type checkers only
}
"""All libraries that shipped code may import. The tests use many more, for example scipy."""


@functools.cache
def graph() -> dict[str, frozenset[str]]:
    """Return Easel's own imports. They are read at the first call, since every process collects this file."""
    return imports.import_graph()


def room(module: str) -> str:
    """Return the room of a module inside `scene/`, by its package."""
    return ".".join(module.split(".")[:2]) if module.count(".") > 1 or module in SCENE_MAY_IMPORT else "scene"


@pytest.mark.parametrize("name", list(MAY_IMPORT))
def test_a_room_imports_what_it_may(name: str) -> None:
    imported = {
        (module, other)
        for module, others in graph().items()
        if module.partition(".")[0] == name
        for other in others
        if other.partition(".")[0] not in {name, *MAY_IMPORT[name]}
    }
    assert not imported


@pytest.mark.parametrize("name", list(SCENE_MAY_IMPORT))
def test_a_room_inside_the_scene_imports_what_it_may(name: str) -> None:
    imported = {
        (module, other)
        for module, others in graph().items()
        if module.startswith("scene") and room(module) == name
        for other in others
        if other.startswith("scene") and room(other) not in {name, *SCENE_MAY_IMPORT[name]}
    }
    assert not imported


def test_every_file_belongs_to_a_room() -> None:
    for module in graph():
        top = module.partition(".")[0]
        assert top in MAY_IMPORT, f"{module} is in no room that this table knows"
        assert "." in module or top in TOP_LEVEL or _is_package(module), f"{module} lies at the top level"
        if top == "scene":
            assert room(module) in SCENE_MAY_IMPORT, f"{module} is in no room inside scene/"


def test_what_ships_imports_only_what_an_artist_has() -> None:
    for path in imports.shipped_files(imports.ROOT):
        unknown = set(_libraries(path)) - LIBRARIES - sys.stdlib_module_names
        assert not unknown, f"{path.relative_to(imports.ROOT)} imports {', '.join(sorted(unknown))}"


def test_no_imports_go_round_in_a_circle() -> None:
    assert imports.circles(graph()) == []


def test_a_circle_is_found_wherever_its_imports_stand(tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "__init__.py").write_text("")
    (tmp_path / "room" / "one.py").write_text("def lazily():\n    from .two import thing\n")
    (tmp_path / "room" / "two.py").write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from . import three\n"
    )
    (tmp_path / "room" / "three.py").write_text("from ..room.one import lazily\n")
    assert imports.circles(imports.import_graph(tmp_path)) == [["room.one", "room.three", "room.two"]]


def _is_package(module: str) -> bool:
    return (imports.ROOT / module / "__init__.py").exists()


def _libraries(path: Path) -> Iterator[str]:
    """Find all imports from outside Easel, anywhere in a file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name.partition(".")[0] for alias in names)
            case ast.ImportFrom(module=str(name), level=0):
                yield name.partition(".")[0]
