# SPDX-License-Identifier: GPL-3.0-or-later
"""Prompts work by mouse and keyboard: templates, tokens, the history, saved prompts, the Text Editor."""

import time
from collections.abc import Callable

import pytest
from artist import SLOW, Artist

from easel.simulator import Simulator

FORM = "bpy.context.scene.easel"
LISTS = "bpy.context.window_manager.easel.prompts"


@pytest.mark.smoke
def test_prompts_are_evaluated_found_again_and_written_in_a_text(
    open_easel: Callable[[], Artist], service: Simulator
) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    artist.write_prompt("Rusty {material} for the {object}, {size}")
    artist.choose(template="SEAMLESS_TEXTURE", placement="IMAGE")
    artist.move_to_view()
    _picture(artist, "prompts-1-evaluated")
    artist.click("generate")
    artist.wait_until_placed()
    (task,) = service.tasks.values()
    assert task.order.prompt.startswith("Rusty Material for the Cube, 2 × 2 × 2 m\n\nThe image is a seamless")

    blender.run("bpy.ops.easel.generate(prompt='Mossy bricks', placement='IMAGE', wait=True)")
    artist.choose(prompt="", template="NONE")
    history_x, lists_y = blender.find_widget("bpy.ops.easel.prompt_history")
    blender.click(history_x, lists_y)
    blender.wait(f"len({LISTS}.past) == 2", SLOW)
    blender.wait("draw_count()")
    blender.type_text("rusty")
    blender.wait(f"{LISTS}.search == 'rusty'", SLOW)
    assert blender.get(f"{LISTS}.selected_past.text") == "Rusty {material} for the {object}, {size}"
    _picture(artist, "prompts-2-history")
    blender.key("ESC")
    blender.key("ESC")

    artist.move_to_view()
    blender.run("bpy.ops.easel.use_prompt(text='Oak for the {object}', template='CONCEPT')")
    blender.run("bpy.ops.easel.save_prompt(name='Oak', with_options=True)")
    blender.run("bpy.ops.easel.save_prompt(name='Oak, any model')")
    artist.move_to_view()
    blender.find_widget("bpy.ops.easel.prompt_history")
    blender.click(history_x + 20, lists_y)
    blender.wait(f"len({LISTS}.saved) == 2", SLOW)
    _picture(artist, "prompts-3-saved")
    blender.key("ESC")
    blender.key("ESC")

    artist.move_to_view()
    artist.choose(prompt="Oak planks\n\nNo shadows")
    blender.run("bpy.ops.easel.edit_prompt_text()")
    blender.wait("len(bpy.context.window_manager.windows) == 2", SLOW)
    assert blender.get("bpy.context.window_manager.windows[1].screen.areas[0].spaces.active.top") == 0
    _picture(artist, "prompts-4-text")
    blender.run(f"{FORM}.prompt_text.write('Worn ')")
    blender.wait(f"'Worn ' in {FORM}.prompt", SLOW)
    blender.run(f"{FORM}.prompt = 'Brass'")
    blender.wait(f"{FORM}.prompt_text.as_string() == 'Brass'", SLOW)
    assert "Traceback" not in blender.log()


def _picture(artist: Artist, name: str) -> None:
    """Take a picture after Blender has drawn the last change."""
    time.sleep(0.5)
    artist.blender.screenshot(name)
