# SPDX-License-Identifier: GPL-3.0-or-later
"""No shortcut takes a key from Blender, and none stays behind."""

import json
import subprocess
import sys
from types import SimpleNamespace

import bpy
import pytest

from easel import keymaps

# In a separate process, because initialising keymaps changes Blender for every later test.
FIND_CLASHES = """
import json, sys
from pathlib import Path
import bpy
if hasattr(bpy.utils, "keyconfig_init"):
    bpy.utils.keyconfig_init()
folder = Path(next(iter(bpy.utils.preset_paths("keyconfig"))))
for name in ("Blender_27x", "Industry_Compatible", "Blender"):
    bpy.ops.preferences.keyconfig_activate(filepath=str(folder / f"{name}.py"))
wanted = {tuple(keys) for keys in json.loads(sys.argv[1])}
count, clashes = 0, []
for config in bpy.context.window_manager.keyconfigs:
    for keymap in config.keymaps:
        for item in keymap.keymap_items:
            count += 1
            for key, *modifiers in wanted:
                states = (item.ctrl, item.alt, item.shift)
                fits = all(state in (-1, wish) for state, wish in zip(states, modifiers))
                if item.type == key and (item.any or fits):
                    clashes.append(f"{config.name}, {keymap.name}: {item.idname}")
print(json.dumps([count, clashes]))
sys.stdout.flush()
import os
os._exit(0)
"""


def test_no_key_is_taken_from_blender() -> None:
    wanted = [[item.key, int(item.ctrl), int(item.alt), int(item.shift)] for item in keymaps.SHORTCUTS]
    command = [sys.executable, "-c", FIND_CLASHES, json.dumps(wanted)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    count, clashes = json.loads(done.stdout.splitlines()[-1])
    assert count > 5000  # all three keymaps were there
    assert clashes == []


def own_items() -> list[tuple[str, bool]]:
    addon = bpy.context.window_manager.keyconfigs.addon
    items = [item for keymap in addon.keymaps for item in keymap.keymap_items]
    return [(item.idname, item.active) for item in items if item.idname.startswith("easel.")]


def test_shortcuts_come_and_go_with_the_extension() -> None:
    pictures = [("easel.picture_key", True)] * 4
    compared = [("easel.star_compared", True)] * 9 + [("easel.end_comparison", True)]
    touches = [("easel.touch_comparison", True)] * 2
    library = [("easel.delete_by_key", True)] + [("easel.move_choice", True)] * 4
    shortcuts = [("easel.show_tab", True), ("easel.generate", False)]
    here = [*shortcuts, *pictures, *library, *compared, *touches, *touches]
    assert own_items() == here
    keymaps.register()
    assert own_items() == here
    keymaps.unregister()
    keymaps.unregister()
    assert own_items() == []
    keymaps.register()
    assert own_items() == here


def test_the_preferences_have_them_all() -> None:
    addon = bpy.context.window_manager.keyconfigs.addon
    manager = SimpleNamespace(keyconfigs=SimpleNamespace(user=addon))
    assert [item.idname for _keymap, item in keymaps.user_items(manager)] == [
        name for name, _is_active in own_items()
    ]


@pytest.mark.parametrize("shortcut", keymaps.SHORTCUTS, ids=lambda shortcut: shortcut.operator)
def test_shortcuts_are_of_operators_that_exist(shortcut: keymaps.Shortcut) -> None:
    group, name = shortcut.operator.split(".")
    assert getattr(getattr(bpy.ops, group), name).get_rna_type().name


def test_what_spends_is_off_until_the_artist_wants_it() -> None:
    assert [item.active for item in keymaps.SHORTCUTS if item.operator == "easel.generate"] == [False]
