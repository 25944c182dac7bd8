# SPDX-License-Identifier: GPL-3.0-or-later
"""Easel's shortcuts. The preferences show them, and artists may change them there.

None is taken by Blender's own keymaps (2.7x and Industry Compatible too), which a test looks after.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import bpy

KEYMAP, SPACE = "3D View", "VIEW_3D"
TAB_KEYMAP = "View2D Buttons List"
"""Of all sidebars: the operator looks whether Easel's tab is under the mouse."""
PICTURE_KEYS = ("ONE", "TWO", "THREE", "FOUR")
"""Choose an image of the selected job, with the mouse over Easel's tab."""
PICTURE_OPERATOR = "easel.picture_key"


@dataclass(frozen=True, kw_only=True)
class Shortcut:
    """One entry of the add-on keymap."""

    operator: str
    key: str
    ctrl: bool = False
    alt: bool = False
    shift: bool = False
    active: bool = True


SHORTCUTS = (
    Shortcut(operator="easel.show_tab", key="J", ctrl=True, alt=True),
    # It spends, and no price is seen at a key: the artist has to switch it on.
    Shortcut(operator="easel.generate", key="J", ctrl=True, alt=True, shift=True, active=False),
)

_items: list[tuple[bpy.types.KeyMap, bpy.types.KeyMapItem]] = []


def register() -> None:
    """Add the shortcuts; does nothing for those that are there, and where there are no keymaps."""
    configs = bpy.context.window_manager.keyconfigs
    if _items or configs is None or configs.addon is None:
        return
    keymap = configs.addon.keymaps.new(name=KEYMAP, space_type=SPACE)
    for shortcut in SHORTCUTS:
        item = keymap.keymap_items.new(
            shortcut.operator,
            type=shortcut.key,
            value="PRESS",
            ctrl=shortcut.ctrl,
            alt=shortcut.alt,
            shift=shortcut.shift,
        )
        item.active = shortcut.active
        _items.append((keymap, item))
    keymap = configs.addon.keymaps.new(name=TAB_KEYMAP, space_type="EMPTY")
    for number, key in enumerate(PICTURE_KEYS, start=1):
        item = keymap.keymap_items.new(PICTURE_OPERATOR, type=key, value="PRESS")
        item.properties.picture = number
        _items.append((keymap, item))


def unregister() -> None:
    """Remove the shortcuts; does nothing the second time."""
    while _items:
        keymap, item = _items.pop()
        keymap.keymap_items.remove(item)


def user_items(
    manager: bpy.types.WindowManager,
) -> Iterator[tuple[bpy.types.KeyMap, bpy.types.KeyMapItem]]:
    """Yield the shortcuts as the artist has them, with their keymap."""
    configs = manager.keyconfigs
    if configs is None or configs.user is None:
        return
    wanted = {PICTURE_OPERATOR} | {shortcut.operator for shortcut in SHORTCUTS}
    for name in (KEYMAP, TAB_KEYMAP):
        keymap = configs.user.keymaps.get(name)
        if keymap is None:
            continue
        for item in keymap.keymap_items:
            if item.idname in wanted:
                yield keymap, item
