# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for `bpy` with which Easel's classes can be defined without Blender. It does nothing else.

A property keeps its arguments as `keywords`, like those of the real `bpy.props`.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, Final
from unittest.mock import MagicMock

_ROOTS: Final = frozenset(
    {
        "addon_utils",
        "bl_operators",
        "bl_ui",
        "blf",
        "bmesh",
        "bpy",
        "bpy_extras",
        "gpu",
        "gpu_extras",
        "idprop",
        "mathutils",
        "nodeitems_utils",
        "requests",
        "rna_keymap_ui",
        "urllib3",
    }
)


class Declared:
    """A declared property: its function and arguments."""

    def __init__(self, function: Callable[..., Declared], keywords: dict[str, Any]) -> None:
        self.function = function
        self.keywords = keywords


def _property(**keywords: Any) -> Declared:
    return Declared(_property, keywords)


def _as_it_is(function: Any) -> Any:
    return function


class _Module(ModuleType):
    """A module with every name: classes in `bpy.types`, properties in `bpy.props`, mocks elsewhere."""

    __path__: Sequence[str] = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self.__name__ == "bpy.props":
            made: Any = _property
        elif self.__name__ == "bpy.types" or name[0].isupper():
            made = type(name, (), {"bl_rna": MagicMock()})
        elif self.__name__ == "bpy.app.handlers" and name == "persistent":
            made = _as_it_is
        else:
            made = MagicMock(name=f"{self.__name__}.{name}")
        setattr(self, name, made)
        return made


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in _ROOTS:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Run nothing."""


def stand_in() -> None:
    """Replace Blender for all later imports in this process."""
    sys.meta_path.insert(0, _Finder())
    import bpy.app.handlers
    import bpy.props
    import bpy.types

    bpy.app.version = (5, 3, 0)
    bpy.app.background = True
