# SPDX-License-Identifier: GPL-3.0-or-later
"""If a job fails, the artist sees why and can act."""

from collections.abc import Callable
from decimal import Decimal

from artist import JOBS, SLOW, Artist

from easel.simulator import Simulator, catalogue
from easel.simulator.faults import On

NO_CREDITS = catalogue.error(On.SUBMIT, 402, "insufficient_credits", "Insufficient credits.")
BLOCKED = catalogue.failed("The request was blocked by the safety filter.")


CASES = (  # the first makes no task, the second makes one
    (NO_CREDITS, "bpy.ops.wm.url_open", "credits"),
    (BLOCKED, "", "blocked by the safety filter"),
)


def test_failed_jobs_say_why_and_can_be_copied(open_easel: Callable[[], Artist], service: Simulator) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    artist.write_prompt("Marble")
    for number, (fault, remedy, words) in enumerate(CASES, 1):
        service.script(fault)
        artist.click("generate")
        blender.wait(f"len({JOBS}) == {number}", SLOW)
        artist.wait_for_state("FAILED")
        job = artist.job()
        assert words in job["message"]
        if remedy:
            blender.find_widget(remedy)
        blender.find_widget("bpy.ops.easel.send_again")

        blender.run("bpy.ops.easel.copy_error()")  # the driver can't find entries of a menu
        blender.wait(f"{job['name']!r} in bpy.context.window_manager.clipboard", SLOW)
        text = blender.get("bpy.context.window_manager.clipboard")
        assert job["message"] in text
        assert (f"Task ID: {job['task_id']}" if job["task_id"] else "No task ID") in text
        assert bool(job["task_id"]) is bool(service.tasks)
        artist.move_to_view()
        blender.screenshot(f"error-{words.split()[0]}")
    assert "Traceback" not in blender.log()


def test_without_enough_credits_the_button_is_grey_and_says_so(
    open_easel: Callable[[], Artist], service: Simulator
) -> None:
    service.store.fill(Decimal(5))
    artist = open_easel()
    artist.show_panels()
    artist.write_prompt("Marble")
    artist.click("generate")
    artist.blender.find_widget("bpy.ops.wm.url_open")  # the button to top up
    artist.move_to_view()
    artist.blender.screenshot("error-grey")
    assert artist.blender.get("bpy.context.window_manager.easel.balance") == 5
    assert artist.blender.get("len(bpy.context.window_manager.easel.jobs)") == 0
    assert not [entry for entry in service.log if entry.method == "POST"]
