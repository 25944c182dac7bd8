# SPDX-License-Identifier: GPL-3.0-or-later
"""Prompts in Blender: tokens and templates, the history, saved prompts, presets, and texts in step."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import bpy
import pytest
from recording_layout import RecordingLayout, draw
from sessions import begin_afresh

from easel.panels import prompts as panels
from easel.panels.form import EASEL_PT_generate
from easel.panels.presets import EASEL_PT_presets
from easel.panels.prompts import EASEL_PT_prompt_history, EASEL_PT_saved_prompts
from easel.prompting.templates import TEMPLATES
from easel.properties.form import EASEL_PG_form as Form
from easel.scene.prompts import prompt_lists, prompt_text
from easel.scene.session import pump, session

if TYPE_CHECKING:
    from easel.simulator import Simulator

SEAMLESS = TEMPLATES["SEAMLESS_TEXTURE"].text


@pytest.fixture
def form(default_file: None) -> Form:
    """Return the form in the file with the cube; nothing prevents sending."""
    mirror = bpy.context.window_manager.easel
    mirror.obstacle = "NONE"
    mirror.property_unset("has_balance")
    return bpy.context.scene.easel


def shown_text() -> str:
    """Return all words of the panel's labels."""
    return " ".join(draw(EASEL_PT_generate).texts("label"))


def saved_names() -> list[str]:
    """Return the names in the file of saved prompts."""
    return [prompt.name for prompt in prompt_lists.saved_prompts().load()]


# Tokens and templates


def test_tokens_are_the_contexts(form: Form) -> None:
    bpy.context.object.dimensions = (2, 1.5, 0.8)
    bpy.context.view_layer.update()
    form.prompt = "{object}, {material}, {collection}, {size}"
    assert "Cube, Material, Collection, 2 × 1.5 × 0.8 m" in draw(EASEL_PT_generate, width=600).texts("label")


def test_the_size_is_in_metres_whatever_is_shown(form: Form) -> None:
    bpy.context.scene.unit_settings.scale_length = 0.01
    form.prompt = "{size}"
    assert "0.02 × 0.02 × 0.02 m" in draw(EASEL_PT_generate).texts("label")
    bpy.context.scene.unit_settings.system = "NONE"
    assert "2 × 2 × 2" in draw(EASEL_PT_generate).texts("label")


@pytest.mark.parametrize(
    ("prompt", "reason"),
    [
        ("{colour}", "There is no token {colour}"),
        ("{object}", "There is no active object for {object}"),
        ("{size}", "There is no active object for {size}"),
        ("{collection}", "No collection is chosen in the Outliner for {collection}"),
    ],
)
def test_a_token_without_a_value_makes_the_button_grey(
    form: Form, service: "Simulator", prompt: str, reason: str
) -> None:
    form.prompt = prompt
    bpy.context.view_layer.objects.active = None
    bpy.context.view_layer.active_layer_collection = bpy.context.view_layer.layer_collection
    drawn = draw(EASEL_PT_generate, width=1200)
    assert any(text.startswith(reason) for text in drawn.texts("label"))
    assert not drawn.find("easel.generate").enabled
    with pytest.raises(RuntimeError, match=re.escape(reason)):
        bpy.ops.easel.generate()


def test_an_object_without_material_or_size_is_told(form: Form) -> None:
    bpy.context.object.data.materials.clear()
    form.prompt = "{material}"
    assert "has no material for {material}" in shown_text()
    empty = bpy.data.objects.new("Empty", None)
    bpy.context.collection.objects.link(empty)
    bpy.context.view_layer.objects.active = empty
    form.prompt = "{size}"
    assert "Empty has no dimensions for {size}" in shown_text()


def test_what_is_shown_is_what_is_sent(form: Form, service: "Simulator") -> None:
    form.prompt = "Rust on the {object}\n"
    form.template = "SEAMLESS_TEXTURE"
    shown = shown_text()
    assert "Will Be Sent" in shown
    assert bpy.ops.easel.generate(placement="IMAGE", wait=True) == {"FINISHED"}
    (task,) = service.tasks.values()
    assert task.order.prompt == f"Rust on the Cube\n\n{SEAMLESS}"
    assert " ".join(task.order.prompt.split()) in " ".join(shown.split())


def test_roles_are_shown_as_they_are_sent(form: Form) -> None:
    form.mode = "EDIT"
    form.edit_prompt = "Mossy {object}"
    source = form.sources.add()
    source.role = "the image to edit"
    assert "Image 1 is the image to edit. Mossy Cube" in shown_text()


def test_a_plain_prompt_is_not_shown_twice(form: Form) -> None:
    form.prompt = "Copper"
    assert "Will Be Sent" not in shown_text()


def test_a_scripts_prompt_is_sent_letter_by_letter(form: Form, service: "Simulator") -> None:
    form.template = "CONCEPT"
    bpy.ops.easel.generate(prompt="{object} {{x}} {y}", placement="IMAGE", wait=True)
    assert next(iter(service.tasks.values())).order.prompt == "{object} {{x}} {y}"


# History


def test_the_history_has_each_prompt_once_as_it_was_written(form: Form, service: "Simulator") -> None:
    form.prompt = "{object} in copper"
    form.template = "CONCEPT"
    for _ in range(2):
        bpy.ops.easel.generate(placement="IMAGE", wait=True)
    bpy.ops.easel.generate(prompt="a {literal} thing", placement="IMAGE", wait=True)
    begin_afresh()
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    assert session.engine().wait_until_read(20)
    assert bpy.ops.easel.prompt_history() == {"FINISHED"}
    lists = bpy.context.window_manager.easel.prompts
    assert [(row.text, row.template, row.times) for row in lists.past] == [
        ("a {{literal}} thing", "NONE", 1),
        ("{object} in copper", "CONCEPT", 2),
    ]
    lists.active_past = 1
    drawn = draw(EASEL_PT_prompt_history)
    assert {"{object} in copper", "Concept"} <= set(drawn.texts("label"))
    use = drawn.find("easel.use_prompt").options
    assert bpy.ops.easel.use_prompt(text=use.text, template=use.template) == {"FINISHED"}
    form = bpy.context.scene.easel
    assert (form.prompt, form.template, form.edit_prompt) == ("{object} in copper", "CONCEPT", "")


def test_an_empty_history_says_so(form: Form, service: "Simulator") -> None:
    bpy.ops.easel.prompt_history()
    assert draw(EASEL_PT_prompt_history).texts("label") == ["No prompts were sent yet"]


def test_searching_hides_what_does_not_match(form: Form) -> None:
    lists = bpy.context.window_manager.easel.prompts
    lists.past.clear()
    for text in ("old brick wall", "copper"):
        lists.past.add().text = text
    lists.search = "WALL old"
    listed = type("List", (panels._PromptList,), {"bitflag_filter_item": 1})()
    assert listed.filter_items(bpy.context, lists, "past") == ([1, 0], [])
    lists.search = "slate"
    assert "easel.use_prompt" not in draw(EASEL_PT_prompt_history).names("operator")
    lists.search = "copper"
    assert lists.selected_past.text == "copper"
    assert draw(EASEL_PT_prompt_history).find("easel.use_prompt").options.text == "copper"


# Saved prompts


def test_a_prompt_is_saved_with_its_options_and_used_again(form: Form, service: "Simulator") -> None:
    form.prompt, form.template, form.model = "Oak for {object}", "PRODUCT_SHOT", "GEMINI_3_PRO"
    form.gemini_3_pro.resolution, form.gemini_3_pro.count = "4K", 2
    assert bpy.ops.easel.save_prompt(name="Oak", with_options=True) == {"FINISHED"}
    form.prompt = "Brick"
    bpy.ops.easel.save_prompt(name="Brick")
    bpy.ops.wm.read_homefile(use_factory_startup=True)

    form = bpy.context.scene.easel
    form.mode = "EDIT"
    assert bpy.ops.easel.saved_prompts() == {"FINISHED"}
    lists = bpy.context.window_manager.easel.prompts
    assert [row.name for row in lists.saved] == ["Brick", "Oak"]
    lists.active_saved = 1
    drawn = draw(EASEL_PT_saved_prompts)
    assert {"Oak for {object}", "Product Shot · Gemini 3 Pro"} <= set(drawn.texts("label"))
    assert bpy.ops.easel.use_saved_prompt(name=drawn.find("easel.use_saved_prompt").options.name) == {
        "FINISHED"
    }
    assert (form.prompt, form.edit_prompt, form.template) == ("", "Oak for {object}", "PRODUCT_SHOT")
    assert (form.model, form.gemini_3_pro.resolution, form.gemini_3_pro.count) == ("GEMINI_3_PRO", "4K", 2)


def test_saved_prompts_are_renamed_and_deleted(form: Form, service: "Simulator") -> None:
    form.prompt = "Oak"
    bpy.ops.easel.save_prompt(name="Oak")
    bpy.ops.easel.save_prompt(name="Elm")
    bpy.ops.easel.rename_prompt(name="Oak", new_name="Old Oak")
    assert saved_names() == ["Elm", "Old Oak"]
    lists = bpy.context.window_manager.easel.prompts
    assert lists.selected_saved.name == "Old Oak"
    with pytest.raises(RuntimeError, match="already"):
        bpy.ops.easel.rename_prompt(name="Old Oak", new_name="Elm")
    bpy.ops.easel.delete_prompt(name="Elm")
    assert saved_names() == ["Old Oak"]
    with pytest.raises(RuntimeError, match="no saved prompt"):
        bpy.ops.easel.use_saved_prompt(name="Elm")


def test_the_panels_name_is_used_and_emptied(form: Form, service: "Simulator") -> None:
    lists = bpy.context.window_manager.easel.prompts
    form.prompt = "Oak planks\n\nwith nails"
    lists.new_name = "Oak"
    assert draw(EASEL_PT_saved_prompts).find("easel.save_prompt").options.with_options == lists.with_options
    bpy.ops.easel.save_prompt()
    assert (saved_names(), lists.new_name) == (["Oak"], "")
    bpy.ops.easel.save_prompt()
    assert saved_names() == ["Oak", "Oak planks"]


def test_nothing_is_saved_without_a_prompt(form: Form, service: "Simulator") -> None:
    with pytest.raises(RuntimeError, match="poll"):
        bpy.ops.easel.save_prompt(name="Nothing")


def test_a_damaged_file_is_told_and_kept(form: Form, service: "Simulator", tmp_path: Path) -> None:
    path = prompt_lists.saved_prompts().path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{damaged")
    bpy.ops.easel.saved_prompts()
    assert "damaged" in " ".join(draw(EASEL_PT_saved_prompts).texts("label"))
    form.prompt = "Oak"
    bpy.ops.easel.save_prompt(name="Oak")
    assert saved_names() == ["Oak"]
    assert path.with_name("prompts-damaged.json").read_text() == "{damaged"


def test_an_option_that_is_gone_stays_as_it_is(form: Form, service: "Simulator") -> None:
    form.prompt = "Oak"
    bpy.ops.easel.save_prompt(name="Oak", with_options=True)
    path = prompt_lists.saved_prompts().path
    path.write_text(path.read_text().replace('"1K"', '"64K"').replace('"count": 1', '"count": 3'))
    bpy.ops.easel.use_saved_prompt(name="Oak")
    assert (form.gemini_3_1_flash.resolution, form.gemini_3_1_flash.count) == ("1K", 3)


# Presets


def test_presets_are_blenders_and_each_models_own(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EASEL_PT_presets, "bl_label", EASEL_PT_presets.bl_label)  # Blender changes the label
    form.model, form.template = "GEMINI_3_PRO", "CONCEPT"
    form.gemini_3_pro.resolution = "4K"
    assert bpy.ops.easel.preset_add(name="Final Quality") == {"FINISHED"}
    path = bpy.utils.preset_find("Final_Quality", "easel/gemini_3_pro")
    assert path
    try:
        form.gemini_3_pro.resolution, form.template = "1K", "NONE"
        bpy.ops.script.execute_preset(filepath=path, menu_idname="EASEL_PT_presets")
        assert (form.gemini_3_pro.resolution, form.template) == ("4K", "CONCEPT")
        assert EASEL_PT_presets.bl_rna is not None
        assert "EASEL_PT_presets" in draw(EASEL_PT_generate).names("popover")
        form.model = "GEMINI_2_5_FLASH"
        assert not bpy.utils.preset_find("Final_Quality", form.preset_folder)
    finally:
        form.model = "GEMINI_3_PRO"
        bpy.ops.easel.preset_add(name="Final Quality", remove_name=True)
    assert not Path(path).exists()


def test_a_model_without_presets_says_so(form: Form) -> None:
    form.model = "SEEDREAM_V5_LITE"
    layout = RecordingLayout()
    context = SimpleNamespace(window_manager=bpy.context.window_manager)
    EASEL_PT_presets._draw_first(
        SimpleNamespace(layout=layout, preset_add_operator="easel.preset_add"), context
    )
    assert layout.texts("label") == ["No presets of this model yet"]
    assert layout.find("easel.preset_add").options.name == bpy.context.window_manager.preset_name


# Texts


def test_prompt_and_text_are_kept_in_step(form: Form, service: "Simulator") -> None:
    form.prompt = "Copper"
    assert bpy.ops.easel.edit_prompt_text() == {"FINISHED"}
    text = form.prompt_text
    assert (text.name, text.as_string()) == ("Easel Prompt", "Copper")
    text.from_string("Copper\nwith verdigris\n")
    pump.tick()
    assert form.prompt == "Copper\nwith verdigris\n"
    form.prompt = "Brass"
    pump.tick()
    assert text.as_string() == "Brass"
    bpy.ops.easel.edit_prompt_text()
    assert form.prompt_text == text
    assert form.edit_prompt == ""


def test_each_mode_has_its_own_text(form: Form) -> None:
    form.mode, form.prompt, form.edit_prompt = "EDIT", "Copper", "Mossy"
    bpy.ops.easel.edit_prompt_text()
    assert form.prompt_text is None
    form.edit_prompt_text.from_string("Rusty")
    prompt_text.sync()
    assert (form.prompt, form.edit_prompt) == ("Copper", "Rusty")


def test_the_text_wins_where_both_have_changed(form: Form) -> None:
    bpy.ops.easel.edit_prompt_text()
    form.prompt = "the field"
    form.prompt_text.from_string("the text")
    assert prompt_text.sync()
    assert form.prompt == "the text"
    assert not prompt_text.sync()


def test_they_are_in_step_after_loading_a_file(form: Form, tmp_path: Path) -> None:
    form.prompt = "Copper"
    bpy.ops.easel.edit_prompt_text()
    form.prompt_text.from_string("Copper, older")  # the file is saved before the pump notices
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    form = bpy.context.scene.easel
    prompt_text.sync()
    assert form.prompt == "Copper, older"
    form.prompt = "Brass"
    prompt_text.sync()
    assert form.prompt_text.as_string() == "Brass"


def test_a_deleted_text_leaves_the_prompt(form: Form) -> None:
    form.prompt = "Copper"
    bpy.ops.easel.edit_prompt_text()
    bpy.data.texts.remove(form.prompt_text)
    assert not prompt_text.sync()
    assert (form.prompt, form.prompt_text) == ("Copper", None)


def test_a_long_prompt_can_be_read_also_where_the_field_has_one_line(form: Form) -> None:
    form.prompt = "A wall of old bricks, overgrown with ivy, in the low light of an autumn evening"
    drawn = draw(EASEL_PT_generate)
    has_one_line = not panels.HAS_TEXTBOX
    assert (form.prompt in " ".join(drawn.texts("label"))) is has_one_line
    assert ("easel.edit_prompt_text" in drawn.names("operator")) is has_one_line
