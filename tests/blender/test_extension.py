# SPDX-License-Identifier: GPL-3.0-or-later
"""Enabling and disabling the extension in Blender leaves nothing behind."""

from pathlib import Path

import bpy
from blender_state import changes, snapshot
from dev_extension import MODULE, DevExtension


def test_it_is_enabled() -> None:
    assert MODULE in bpy.context.preferences.addons


def test_it_has_a_folder_of_its_own() -> None:
    folder = Path(bpy.utils.extension_path_user(MODULE, create=True))
    assert folder.is_dir()


def test_disabling_leaves_nothing_behind(extension: DevExtension) -> None:
    enabled = snapshot()
    extension.disable()
    disabled = snapshot()
    extension.enable()
    again = snapshot()
    extension.disable()
    disabled_again = snapshot()
    extension.enable()  # before the assertions, because the next tests need it
    assert changes(disabled, disabled_again) == []
    assert changes(enabled, again) == []
    assert not [name for name in disabled.names() if "easel" in name.lower()]


def test_a_new_file_keeps_it_enabled() -> None:
    before = snapshot()
    bpy.ops.wm.read_homefile(use_empty=True)
    assert changes(before, snapshot()) == []
    assert MODULE in bpy.context.preferences.addons
