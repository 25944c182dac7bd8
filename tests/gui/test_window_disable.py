# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension can be switched off in the middle of a job, and on again."""

from collections.abc import Callable

from artist import EXTENSION, SLOW, Artist

from easel.simulator import Simulator, catalogue

THREADS = "[thread.name for thread in __import__('threading').enumerate() if thread.name.startswith('easel')]"


def test_disabling_in_mid_job_leaves_nothing_and_enabling_collects(
    open_easel: Callable[[], Artist], service: Simulator
) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    artist.write_prompt("Basalt columns")
    service.script(catalogue.takes(8))
    artist.click("generate")
    artist.wait_for_state("RUNNING")
    assert blender.get(THREADS)

    blender.run(f"bpy.ops.preferences.addon_disable(module={EXTENSION!r})")
    assert blender.get(THREADS) == []
    assert blender.get("hasattr(bpy.types.Scene, 'easel')") is False
    assert blender.get("[name for name in dir(bpy.types) if name.startswith('EASEL_')]") == []
    blender.wait("'Easel' not in region('VIEW_3D').active_panel_category", SLOW)
    blender.screenshot("disabled")

    blender.run(f"bpy.ops.preferences.addon_enable(module={EXTENSION!r})")
    artist.wait_for_state("DONE")
    assert artist.job()["image_count"] == 1
    assert artist.result_file().stat().st_size > 1000
    artist.show_panels()
    blender.screenshot("enabled-again")
    assert len([entry for entry in service.log if entry.method == "POST"]) == 1
    assert blender.quit()[0] == 0, blender.log()
    assert "Traceback" not in blender.log()
