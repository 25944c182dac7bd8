# SPDX-License-Identifier: GPL-3.0-or-later
"""Work in a scene that no window shows survives threads that run Python meanwhile."""

import os
import subprocess
import sys
from pathlib import Path

SUPPORT = Path(__file__).parents[1] / "support"
WHILE_THREADS_ALLOCATE = """
import sys, threading, time, bpy
from dev_extension import DevExtension
extension = DevExtension()
extension.install()
from easel.scene.models.own_scene import in_scene

is_over = threading.Event()

def allocate():
    while not is_over.is_set():
        [str(number) for number in range(200)]

threads = [threading.Thread(target=allocate) for _ in range(2)]
for thread in threads:
    thread.start()
shown = bpy.context.window.scene
scene = bpy.data.scenes.new("Own")
scene.collection.objects.link(bpy.data.objects.new("Empty", None))
ends_at = time.monotonic() + 1
with in_scene(scene):
    assert bpy.context.scene == scene
    while time.monotonic() < ends_at:
        bpy.ops.object.select_all(action="SELECT")
is_over.set()
for thread in threads:
    thread.join()
print("SELECTED", scene.objects[0].select_get(view_layer=scene.view_layers[0]))
print("SHOWN", bpy.context.window.scene == shown)
sys.stdout.flush()
extension.remove()
"""


def test_operators_keep_the_interpreter_lock_there() -> None:
    """Python's debug allocator ends the process if anything is allocated without the lock."""
    environment = {**os.environ, "PYTHONMALLOC": "debug", "PYTHONPATH": str(SUPPORT)}
    command = [sys.executable, "-c", WHILE_THREADS_ALLOCATE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert "SELECTED True" in done.stdout, done.stdout + done.stderr
    assert "SHOWN True" in done.stdout
