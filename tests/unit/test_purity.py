# SPDX-License-Identifier: GPL-3.0-or-later
"""The pure rooms never import bpy, and enabling the extension imports nothing before it is needed."""

import json
import subprocess
import sys

import pytest

PURE_ROOMS = (
    "batches",
    "client",
    "farms",
    "imaging",
    "jobs",
    "prompting",
    "simulator",
    "terminal",
    "texts",
    "threads",
)

IMPORT_EVERYTHING = """
import importlib, json, pkgutil, sys
for name in ("bpy", "bmesh", "mathutils", "gpu"):
    sys.modules[name] = None
room = importlib.import_module("easel." + sys.argv[1])
names = [info.name for info in pkgutil.walk_packages(room.__path__, room.__name__ + ".")]
for name in names:
    if not name.endswith(".__main__"):
        importlib.import_module(name)
json.dump(sorted(name for name in sys.modules if name.startswith("easel.")), sys.stdout)
"""

IMPORT_ROOMS = """
import importlib, json, sys
importlib.import_module("easel")
for room in sys.argv[1:]:
    importlib.import_module("easel." + room)
json.dump(sorted(sys.modules), sys.stdout)
"""


def run_python(code: str, *args: str) -> list[str]:
    """Run `code` in a separate Python; return the list of module names that it writes."""
    done = subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    names: list[str] = json.loads(done.stdout)
    return names


@pytest.mark.parametrize("room", PURE_ROOMS)
def test_a_pure_room_imports_without_bpy(room: str) -> None:
    names = run_python(IMPORT_EVERYTHING, room)
    assert f"easel.{room}" in names


def test_importing_the_rooms_imports_no_heavy_library() -> None:
    imported = set(run_python(IMPORT_ROOMS, *PURE_ROOMS))
    assert not imported & {"requests", "urllib3", "PIL"}


def test_the_root_imports_only_itself() -> None:
    imported = run_python(IMPORT_ROOMS)
    assert [name for name in imported if name.partition(".")[0] == "easel"] == ["easel"]
    assert "bpy" not in imported
