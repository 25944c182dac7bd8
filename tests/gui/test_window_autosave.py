# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender goes on autosaving while a job runs.

Blender never autosaves while a modal operator runs, as the one is that shows the progress in the status bar.
With that operator made to run for the whole of the job, this test fails; and with no job at all the same
settings give an autosave file after the same minute: so what it asks for is what Easel could spoil.
"""

from collections.abc import Callable

from artist import JOBS, Artist

from easel.simulator import Simulator, catalogue

JOB = 75.0  # s; autosave comes each minute
LATE = 60.0  # s


def test_blender_autosaves_during_a_long_job(
    open_easel: Callable[[], Artist], service: Simulator, report: Callable[[str], None]
) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    artist.write_prompt("Weathered planks")
    folder = artist.library.parent / "temporary"
    folder.mkdir()
    # The file is written to Blender's temporary folder, as <process>_autosave.blend.
    blender.run(f"""
paths = bpy.context.preferences.filepaths
paths.temporary_directory = {blender.launcher.inside(folder)!r}
paths.use_auto_save_temporary_files = True
paths.auto_save_time = 1
""")
    service.script(catalogue.takes(JOB))
    artist.click("generate")
    artist.wait_for_state("RUNNING")
    blender.run("bpy.ops.object.shade_smooth()\nbpy.ops.ed.undo_push(message='A change to save')")
    saved = f"__import__('glob').glob('{blender.launcher.inside(folder)}/**/*autosave*', recursive=True)"
    state = f"{JOBS}[0].state"  # asked for in the same breath: an autosave after the job would prove nothing
    seen = blender.wait(f"[{saved}, {state}] if {saved} or {state} == 'DONE' else None", JOB + LATE)
    assert seen[0], "the job ended and nothing was autosaved"
    assert seen[1] == "RUNNING"
    report(f"autosaved while the job ran: {', '.join(seen[0])}")
    artist.wait_for_state("DONE", JOB + LATE)
    artist.wait_until_placed()
    assert "Traceback" not in blender.log()
