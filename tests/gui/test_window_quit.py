# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist can quit in the middle of a job, and the next start collects it."""

from collections.abc import Callable

import pytest
from artist import JOBS, SLOW, Artist
from quitting import quit_quickly

from easel.simulator import Simulator, catalogue
from easel.simulator.faults import On, When


def posts(service: Simulator) -> int:
    return sum(entry.method == "POST" for entry in service.log)


def test_the_next_start_collects_a_running_job(
    open_easel: Callable[[], Artist], service: Simulator, report: Callable[[str], None]
) -> None:
    first = open_easel()
    first.show_panels()
    first.choose(placement="TEXTURE")
    first.write_prompt("Slate tiles")
    service.script(catalogue.takes(600))
    first.click("generate")
    first.wait_for_state("RUNNING")
    report(f"quitting with a job at the service took {quit_quickly(first.blender)}")

    (task_id,) = service.tasks
    service.finish(task_id)
    second = open_easel()
    second.wait_for_state("DONE")  # this happens with the sidebar closed
    job = second.job()
    assert (job["image_count"], job["is_placed"]) == (1, False)
    assert second.result_file().stat().st_size > 1000
    assert second.blender.get("'Slate tiles' in bpy.data.images") is False
    assert posts(service) == 1

    second.show_panels()
    second.blender.screenshot("quit-collected")
    second.click(f"""place(job_id="{job["name"]}", kind='TEXTURE'""")
    second.wait_until_placed()
    assert second.blender.get("bpy.data.images['Slate tiles'].users") == 1
    second.press_in_view("Z", ctrl=True)
    second.blender.wait("'Slate tiles' not in bpy.data.images", SLOW)
    assert "Traceback" not in first.blender.log() + second.blender.log()


@pytest.mark.parametrize("when", list(When))
def test_a_job_without_an_answer_is_uncertain_and_never_sent_again(
    open_easel: Callable[[], Artist], service: Simulator, report: Callable[[str], None], when: When
) -> None:
    first = open_easel()
    first.show_panels()
    first.write_prompt("Sandstone")
    service.script(catalogue.hang(On.SUBMIT, when=when))
    first.click("generate")
    first.wait_for_state("SUBMITTING")
    while not posts(service):
        first.blender.get("None")
    report(f"quitting with a POST under way took {quit_quickly(first.blender)}")

    second = open_easel()
    second.show_panels()
    second.wait_for_state("UNCERTAIN")
    assert second.job()["message"].startswith("Easel stopped before the service answered. It is unknown")
    second.blender.find_widget("bpy.ops.easel.send_again")
    second.move_to_view()
    second.blender.screenshot("quit-uncertain")
    assert second.blender.get(f"len({JOBS})") == 1
    assert posts(service) == 1
    assert "Traceback" not in first.blender.log() + second.blender.log()
