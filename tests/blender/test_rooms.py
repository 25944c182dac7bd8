# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports go one way only between the rooms that know Blender."""

import json
import subprocess
import sys

import pytest

# What a room may not import, itself or through others.
MAY_NOT_IMPORT = {
    "scene": {"operators", "panels", "preferences", "simulator"},
    "operators": {"panels"},
    "panels": {"operators", "simulator"},
    "properties": {"operators", "panels", "scene", "simulator"},
    "preferences": {"operators", "simulator"},
}

IMPORT_ROOM = """
import bpy, importlib, json, pkgutil, sys
room = importlib.import_module("easel." + sys.argv[1])
for info in pkgutil.walk_packages(getattr(room, "__path__", ()), room.__name__ + "."):
    importlib.import_module(info.name)
json.dump(sorted({name.split(".")[1] for name in sys.modules if name.startswith("easel.")}), sys.stdout)
"""


@pytest.mark.parametrize("room", list(MAY_NOT_IMPORT))
def test_a_room_imports_only_downwards(room: str) -> None:
    command = [sys.executable, "-c", IMPORT_ROOM, room]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert not MAY_NOT_IMPORT[room].intersection(json.loads(done.stdout.splitlines()[-1]))
