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
ARROW_KEYS = {"LEFT_ARROW": (-1, 0), "RIGHT_ARROW": (1, 0), "UP_ARROW": (0, -1), "DOWN_ARROW": (0, 1)}
"""Choose the next image of the library, with the mouse over Easel's tab: places across, and down."""
FRAMES_KEYMAP = "Frames"
"""Has the arrow keys in sidebars too, and gets them before those. The add-on's come before Blender's own."""
LIBRARY_OPERATORS = ("easel.move_choice", "easel.delete_by_key")
EDITOR_KEYMAP, SAMPLE_KEYMAP = "Image", "Image Editor Tool: Sample"
"""Of Image Editors, and of the tool that is active there at first: it gets a click before the editor does."""
COMPARISON_KEYS = ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE")
"""Star an image of a comparison, with the mouse over that: anywhere else these keys stay Blender's."""
COMPARISON_OPERATORS = ("easel.star_compared", "easel.end_comparison", "easel.touch_comparison")


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
    """Add the missing shortcuts; do nothing without keymaps."""
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
    move, delete = LIBRARY_OPERATORS
    _items.append((keymap, keymap.keymap_items.new(delete, type="DEL", value="PRESS")))
    keymap = configs.addon.keymaps.new(name=FRAMES_KEYMAP, space_type="EMPTY")
    for key, (across, down) in ARROW_KEYS.items():
        item = keymap.keymap_items.new(move, type=key, value="PRESS", shift=-1, repeat=True)
        item.properties.across, item.properties.down = across, down
        _items.append((keymap, item))
    _add_comparison(configs.addon)


def _add_comparison(config: bpy.types.KeyConfig) -> None:
    star, end, touch = COMPARISON_OPERATORS
    keymap = config.keymaps.new(name=EDITOR_KEYMAP, space_type="IMAGE_EDITOR")
    for number, key in enumerate(COMPARISON_KEYS, start=1):
        item = keymap.keymap_items.new(star, type=key, value="PRESS")
        item.properties.number = number
        _items.append((keymap, item))
    _items.append((keymap, keymap.keymap_items.new(end, type="ESC", value="PRESS")))
    for name in (EDITOR_KEYMAP, SAMPLE_KEYMAP):
        keymap = config.keymaps.new(name=name, space_type="IMAGE_EDITOR")
        for modifiers in ({}, {"ctrl": True}):
            item = keymap.keymap_items.new(touch, type="LEFTMOUSE", value="PRESS", **modifiers)
            item.properties.adds = bool(modifiers)
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
    wanted = {PICTURE_OPERATOR, *LIBRARY_OPERATORS, *COMPARISON_OPERATORS}
    wanted |= {shortcut.operator for shortcut in SHORTCUTS}
    for name in (KEYMAP, TAB_KEYMAP, FRAMES_KEYMAP, EDITOR_KEYMAP, SAMPLE_KEYMAP):
        keymap = configs.user.keymaps.get(name)
        if keymap is None:
            continue
        for item in keymap.keymap_items:
            if item.idname in wanted:
                yield keymap, item
