# SPDX-License-Identifier: GPL-3.0-or-later
"""The one ordered list of what Easel registers.

The order is: property groups, leaves first; preferences; operators; lists and menus; panels, parents first;
pointers on `Scene` and `WindowManager`; handlers; timers. `unregister` is its exact reverse.
"""

import bpy

CLASSES: tuple[type, ...] = ()

_registered: list[type] = []


def register() -> None:
    """Register every class, in order; does nothing for those that already are."""
    for cls in CLASSES:
        if cls not in _registered:
            bpy.utils.register_class(cls)
            _registered.append(cls)


def unregister() -> None:
    """Unregister what `register` registered, in reverse; does nothing the second time."""
    while _registered:
        bpy.utils.unregister_class(_registered.pop())
