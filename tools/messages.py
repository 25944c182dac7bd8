# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect all texts that an artist may read: the messages of the dictionaries in `languages/`.

Texts made by code are found in the sources (`phrase("…")`, `said("…")`, `text="…"`), those of classes and
properties in their declarations. Needs bpy or its stand-in (`nameless_blender.py`).
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Any, Final

import bpy

ROOT: Final = Path(__file__).resolve().parent.parent
ROOMS: Final = (
    "batches",
    "farms",
    "client",
    "imaging",
    "jobs",
    "operators",
    "panels",
    "prompting",
    "properties",
    "scene",
    "texts",
)
_MAKERS: Final = frozenset({"phrase", "said"})
_KEYWORDS: Final = frozenset({"text", "placeholder", "title", "message", "confirm_text", "heading"})
_NOT_DRAWN: Final = frozenset(
    {
        "EASEL_PG_batch_row",
        "EASEL_PG_job",
        "EASEL_PG_source_row",
        "EASEL_PG_mirror",
        "EASEL_PG_prompt",
        "EASEL_PG_prompt_lists",
    }
)
"""Groups that only panels read: their properties are messages only if a panel draws them as a field."""
_HAS_WORDS: Final = re.compile(r"[^\W\d_]|“")  # languages have different quotes


def sources() -> list[Path]:
    """Return the files with visible texts."""
    inside = (path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    return sorted([*inside, *ROOT.glob("*.py")])


def messages(classes: Iterable[type], names: Iterable[str]) -> set[str]:
    """Return all messages.

    Args:
        classes: the registered classes.
        names: texts that nobody translates: names of models and file formats.
    """
    found: set[str] = set()
    drawn: set[str] = set()
    joints: set[str] = set()
    for path in sources():
        tree = ast.parse(path.read_text("utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        found.update(_of_code(calls), _of_functions(tree))
        drawn.update(_drawn_properties(calls))
        joints.update(_joints(tree))
    for cls in classes:
        found.update(_of_class(cls, drawn))
    return {text for text in found - set(names) if _HAS_WORDS.search(_without_names(text))} | joints


def placeholders(text: str) -> set[str]:
    """Return the names of a template's placeholders."""
    return {name for _literal, name, _format, _conversion in Formatter().parse(text) if name}


def _without_names(text: str) -> str:
    return re.sub(r"\{\w+[^}]*\}", "", text)


def _of_functions(tree: ast.Module) -> Iterator[str]:
    """Yield texts of properties that functions add to Blender's classes."""
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    for node in (inner for function in functions for inner in ast.walk(function)):
        match node:
            case ast.Call(func=ast.Name(id=name), keywords=keywords) if name.endswith("Property"):
                for keyword in keywords:
                    if keyword.arg in ("name", "description"):
                        yield from _literals(keyword.value)
            case _:
                pass


def _of_code(calls: Iterable[ast.Call]) -> Iterator[str]:
    for node in calls:
        if isinstance(node.func, ast.Name) and node.func.id in _MAKERS and node.args:
            yield from _literals(node.args[0])
        elif isinstance(node.func, ast.Attribute):
            for keyword in node.keywords:
                if keyword.arg in _KEYWORDS:
                    yield from _literals(keyword.value)


def _joints(tree: ast.Module) -> Iterator[str]:
    """Yield the templates that join texts, which have no words."""
    for node in tree.body:
        match node:
            case ast.AnnAssign(target=ast.Name(id="JOINTS"), value=ast.Tuple(elts=joints)):
                for joint in joints:
                    yield from _literals(joint)
            case _:
                pass


def _literals(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from _literals(body)
            yield from _literals(other)
        case _:
            pass


def _drawn_properties(calls: Iterable[ast.Call]) -> Iterator[str]:
    for node in calls:
        match node:
            case ast.Call(func=ast.Attribute(attr="prop"), args=[_, ast.Constant(value=str(name)), *_]):
                yield name
            case _:
                pass


def _of_class(cls: Any, drawn: set[str]) -> Iterator[str]:
    yield from (label for label in (getattr(cls, "bl_label", ""),) if label)
    if issubclass(cls, (bpy.types.Operator, bpy.types.Menu)):
        yield getattr(cls, "bl_description", "") or inspect.getdoc(cls) or ""
    ours = cls.__module__.partition(".")[0]  # Blender translates its own declarations
    for base in (base for base in cls.__mro__ if base.__module__.partition(".")[0] == ours):
        for name, declared in inspect.get_annotations(base).items():
            if cls.__name__ not in _NOT_DRAWN or name in drawn:
                yield from _of_property(getattr(declared, "keywords", {}))


def _of_property(keywords: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts in a property's declaration."""
    yield from (keywords[key] for key in ("name", "description") if keywords.get(key))
    items = keywords.get("items", ())
    if not callable(items):
        for _identifier, name, description, *_rest in items:
            yield from (name, description)
