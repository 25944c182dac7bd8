# SPDX-License-Identifier: GPL-3.0-or-later
"""Read all that an extension can leave in Blender, to compare before and after.

Runs in Blender and imports nothing from the tests: tests/package also runs it alone.
"""

from typing import NamedTuple

import bpy


class BlenderState(NamedTuple):
    """Names of everything that an extension may add."""

    types: frozenset[str]
    operators: frozenset[str]
    properties: frozenset[str]  # "Scene.easel"
    handlers: frozenset[str]  # "load_post: module.function"
    keymap_items: frozenset[str]
    menus: frozenset[str]  # "VIEW3D_MT_add: module.function"

    def names(self) -> list[str]:
        """Return all names as one list."""
        return sorted(name for names in self for name in names)


def snapshot() -> BlenderState:
    """Read the state of the running Blender."""
    return BlenderState(
        types=frozenset(dir(bpy.types)) | frozenset(_python_classes()),
        operators=frozenset(
            f"{group}.{name}" for group in dir(bpy.ops) for name in dir(getattr(bpy.ops, group))
        ),
        properties=frozenset(_properties()),
        handlers=frozenset(_handlers()),
        keymap_items=frozenset(_keymap_items()),
        menus=frozenset(_menu_entries()),
    )


def changes(before: BlenderState, after: BlenderState) -> list[str]:
    """Return added names ("+ name") and removed names ("- name")."""
    old, new = set(before.names()), set(after.names())
    return [f"+ {name}" for name in sorted(new - old)] + [f"- {name}" for name in sorted(old - new)]


def _python_classes() -> list[str]:
    bases = (
        bpy.types.Operator,
        bpy.types.Panel,
        bpy.types.Menu,
        bpy.types.UIList,
        bpy.types.PropertyGroup,
        bpy.types.AddonPreferences,
        bpy.types.FileHandler,
    )
    return [
        f"{cls.__module__}.{cls.__name__}"
        for base in bases
        for cls in base.__subclasses__()
        if getattr(cls, "is_registered", False)
        and cls.__module__ != "bpy.types"  # those are made at first use
    ]


def _properties() -> list[str]:
    names = ("Scene", "WindowManager", "Image", "Object", "Material", "ShaderNodeTexImage")
    owners = [getattr(bpy.types, name) for name in names]
    return [f"{owner.__name__}.{prop.identifier}" for owner in owners for prop in owner.bl_rna.properties]


def _handlers() -> list[str]:
    lists = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)}
    return [
        f"{name}: {function.__module__}.{function.__name__}"
        for name, functions in lists.items()
        if isinstance(functions, list)
        for function in functions
    ]


def _keymap_items() -> list[str]:
    configs = bpy.context.window_manager.keyconfigs
    addon = configs.addon if configs is not None else None
    keymaps = addon.keymaps if addon is not None else ()
    return [f"{keymap.name}: {item.idname}" for keymap in keymaps for item in keymap.keymap_items]


def _menu_entries() -> list[str]:
    """Return functions added to menus; a changed menu also lists Blender's own function."""
    return [
        f"{name}: {function.__module__}.{function.__name__}"
        for name in dir(bpy.types)
        for function in getattr(getattr(getattr(bpy.types, name), "draw", None), "_draw_funcs", ())
        if not function.__module__.startswith("bl_ui")
    ]
