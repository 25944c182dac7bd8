# SPDX-License-Identifier: GPL-3.0-or-later
"""Use a repository as an artist does, inside Blender's Python: add it, install, update and remove Easel.

python update_in_blender.py <address of index.json> <folder of requests> <answer.json>

A file in that folder asks the test to do something that only it can do; the test then removes the file.
"""

import importlib
import json
import os
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import bpy

PATIENCE_S = 120.0
MODULE = "bl_ext.studio.easel"


def main(address: str, requests: str, answer: str) -> None:
    bpy.context.preferences.system.use_online_access = True
    repositories = bpy.context.preferences.extensions.repos
    repositories.new(name="Studio", module="studio", remote_url=address)
    place = {"repo_index": len(repositories) - 1, "pkg_id": "easel"}
    bpy.ops.extensions.repo_sync(repo_index=place["repo_index"])
    bpy.ops.extensions.package_install(**place, enable_on_install=True)
    preferences = bpy.context.preferences.addons[MODULE].preferences
    preferences.confirm_above = 77
    seen: dict[str, Any] = {"first": version()}

    bpy.ops.easel.generate(prompt="a job across an update", placement="IMAGE", wait=False)
    wait_for("RUNNING")
    ask(Path(requests, "publish"))
    bpy.ops.extensions.repo_sync(repo_index=place["repo_index"])
    bpy.ops.extensions.package_upgrade_all(use_active_only=False)
    seen["second"] = version()
    seen["confirm_above"] = bpy.context.preferences.addons[MODULE].preferences.confirm_above
    wait_for("RUNNING")
    ask(Path(requests, "finish"))
    seen["images"] = wait_for("DONE")

    bpy.ops.extensions.package_uninstall(**place)
    seen["is_left"] = MODULE in bpy.context.preferences.addons or hasattr(bpy.types.Scene, "easel")
    Path(answer).write_text(json.dumps(seen), encoding="utf-8")


def version() -> str:
    """Return the version that Easel writes into recipes."""
    return easel("jobs.version").own_version()


def wait_for(state: str) -> list[str]:
    """Run the pump, as Blender's timer does, until the one job has a state; return its files."""

    def has_come() -> bool:
        easel("scene.session.pump").tick(patient=True)
        return bool(jobs()) and jobs()[0].state.value == state

    wait(has_come)
    return [str(result.path) for result in jobs()[0].results]


def ask(request: Path) -> None:
    request.touch()
    wait(lambda: not request.exists())


def jobs() -> list[Any]:
    engine = easel("scene.session.session").find_engine()
    return [] if engine is None else engine.jobs()


def easel(name: str) -> ModuleType:
    return importlib.import_module(f"{MODULE}.{name}")


def wait(is_so: Any) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


main(*sys.argv[1:])
# bpy 4.2 keeps the property groups of a removed extension, and callbacks in them crash its exit, whoever
# declared them. A real Blender ends in another order.
sys.stdout.flush()
os._exit(0)
