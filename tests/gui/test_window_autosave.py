# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender goes on autosaving while a job runs.

Blender never autosaves while a modal operator runs, and the one that shows the progress in the status bar is
modal. If that operator is made to run for the whole job, this test fails. Without a job, the same settings
give an autosave file after the same minute. So the test checks something that Easel could spoil.
"""

import time
from collections.abc import Callable

import pytest
from artist import SLOW, Artist

from easel.simulator import Simulator, catalogue

MINUTE = 60.0  # s; autosave comes each minute, and one minute is the shortest setting
BEFORE = 15.0  # s; the job starts so long before that: its progress takes half a core to draw without a GPU


@pytest.mark.long(65)
def test_blender_autosaves_during_a_long_job(
    open_easel: Callable[[], Artist], service: Simulator, report: Callable[[str], None]
) -> None:
    artist = open_easel()
    blender = artist.blender
    folder = artist.library.parent / "temporary"
    folder.mkdir()
    # Blender writes the file to its temporary folder, as <process>_autosave.blend.
    blender.run(f"""
paths = bpy.context.preferences.filepaths
paths.temporary_directory = {blender.launcher.inside(folder)!r}
paths.use_auto_save_temporary_files = True
paths.auto_save_time = 1
""")
    due_at = time.monotonic() + MINUTE
    artist.show_panels()
    artist.write_prompt("Weathered planks")
    service.script(catalogue.takes(10 * MINUTE))
    place = blender.find_widget("bpy.ops.easel.generate")
    time.sleep(max(0.0, due_at - BEFORE - time.monotonic()))
    blender.click(*place)
    artist.wait_for_state("RUNNING")
    for early in folder.rglob("*autosave*"):  # a slow machine may have written one
        early.unlink()
    blender.run("bpy.ops.object.shade_smooth()\nbpy.ops.ed.undo_push(message='A change to save')")
    blender.wait(
        f"__import__('glob').glob('{blender.launcher.inside(folder)}/**/*autosave*', recursive=True)",
        MINUTE + SLOW,
        every=0.5,
    )
    assert artist.job()["state"] == "RUNNING"
    report(f"autosaved while the job ran, {time.monotonic() - due_at:.1f} s after it was due")
    (task_id,) = service.tasks
    service.finish(task_id)
    artist.wait_for_state("DONE")
    artist.wait_until_placed()
    assert "Traceback" not in blender.log()
