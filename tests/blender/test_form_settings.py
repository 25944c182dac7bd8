# SPDX-License-Identifier: GPL-3.0-or-later
"""What fills and empties the form: templates with their settings, presets, Reset, the active object."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest
from edits import add_node, new_material
from recording_layout import draw

from easel.operators.presets import EASEL_OT_preset_add
from easel.panels.form import EASEL_PT_generate
from easel.prompting.templates import TEMPLATES
from easel.scene.history.versions import compare, end_comparison
from easel.scene.listing.form_sources import tick_tile
from easel.scene.session.following import follow_active


@pytest.fixture
def form(default_file: None) -> Any:
    """Return the form of the default file."""
    return bpy.context.scene.easel


def told() -> str:
    """Return the form's line about the settings that a template has brought along."""
    labels = draw(EASEL_PT_generate, width=900).texts("label")
    return next((text for text in labels if text.startswith("With it: ")), "")


def test_a_template_brings_its_settings_and_says_so(form: Any) -> None:
    options = form.gemini_3_1_flash
    options.aspect_ratio, options.count, form.placement = "3:2", 2, "IMAGE"
    form.chosen_template = "SEAMLESS_TEXTURE"
    assert (form.template, form.chosen_template) == ("SEAMLESS_TEXTURE", "SEAMLESS_TEXTURE")
    assert (options.aspect_ratio, options.count, form.placement) == ("1:1", 2, "TEXTURE")
    assert told() == "With it: Texture · 1:1"
    assert bpy.ops.easel.undo_template() == {"FINISHED"}
    assert (options.aspect_ratio, options.count, form.placement) == ("3:2", 2, "IMAGE")
    assert (form.template, told()) == ("SEAMLESS_TEXTURE", "")


def test_what_the_artist_changed_since_stays(form: Any) -> None:
    options = form.gemini_3_1_flash
    options.aspect_ratio = "3:2"
    form.chosen_template = "CONCEPT"
    assert (options.aspect_ratio, options.count) == ("16:9", 4)
    options.count = 2
    assert told() == "With it: 16:9"
    form.chosen_template = "NONE"
    assert (options.aspect_ratio, options.count, told()) == ("3:2", 2, "")


def test_another_template_takes_the_place_of_the_first(form: Any) -> None:
    form.mode = "EDIT"
    form.sizing = "KEEP_SIZE"
    form.chosen_template = "TURNAROUND_SHEET"
    assert form.sizing == "AS_IT_CAME"
    form.chosen_template = "SEAMLESS_TEXTURE"
    assert form.sizing == "NEW_SIZE"
    form.model = "SEEDREAM_V5_LITE"
    form.chosen_template = "NONE"
    assert form.sizing == "KEEP_SIZE"
    form.chosen_template = "TURNAROUND_SHEET"
    assert form.seedream_v5_lite.image_size == "landscape_16_9"
    form.brought = "{no JSON"
    assert told() == ""


def test_what_it_brought_to_another_model_is_not_told(form: Any) -> None:
    form.gemini_3_1_flash.aspect_ratio, form.placement = "3:2", "IMAGE"
    form.chosen_template = "TURNAROUND_SHEET"
    assert told().endswith(" · 16:9")
    form.model = "GEMINI_3_PRO"
    assert told().startswith("With it: Reference")
    assert "16:9" not in told(), "it is not this model's"
    form.model = "GEMINI_3_1_FLASH"
    assert told().endswith(" · 16:9")
    form.brought = form.brought.replace("GEMINI_3_1_FLASH", "OF_ANOTHER_EASEL")
    assert "16:9" not in told()
    form.chosen_template = "NONE"
    assert form.placement == "IMAGE"


def test_a_template_of_a_script_or_a_preset_brings_nothing(form: Any) -> None:
    form.placement, form.template = "IMAGE", "SEAMLESS_TEXTURE"
    assert (form.placement, told()) == ("IMAGE", "")


def test_what_a_template_does_not_name_stays(form: Any) -> None:
    form.mode, form.sizing, form.placement = "EDIT", "KEEP_SIZE", "PLANE"
    options = form.gemini_3_1_flash
    options.aspect_ratio, options.count = "4:5", 3
    form.chosen_template = "PRODUCT_SHOT"
    assert (form.sizing, form.placement, options.count) == ("KEEP_SIZE", "PLANE", 3)
    assert told() == ""
    form.chosen_template = "CONCEPT"
    assert (form.sizing, form.placement, options.count) == ("KEEP_SIZE", "PLANE", 4)


def test_all_that_templates_name_exists(form: Any) -> None:
    properties = form.bl_rna.properties
    for template in TEMPLATES.values():
        assert template.placement is None or template.placement in properties["placement"].enum_items
        assert template.sizing is None or template.sizing in properties["sizing"].enum_items
        assert template.aspect_ratio in form.gemini_3_pro.bl_rna.properties["aspect_ratio"].enum_items


def test_reset_clears_the_form(form: Any) -> None:
    untouched = {
        name: getattr(form, name)
        for name, known in form.bl_rna.properties.items()
        if known.type not in ("POINTER", "COLLECTION") and name != "mode"
    }
    image = bpy.data.images.new("Oak", 8, 8)
    form.mode, form.prompt, form.edit_prompt = "EDIT", "Copper", "Rust"
    form.chosen_template, form.model, form.placement = "CONCEPT", "GEMINI_3_PRO", "PLANE"
    form.sizing, form.edit_scope, form.is_following = "AS_IT_CAME", "NODE", False
    form.gemini_3_pro.resolution, form.seedream_v5_lite.seed = "4K", 3
    form.sources.add().image = image
    form.mask.kind, form.mask.feather = "AREA", 40
    form.mask.areas.add().image = image
    assert bpy.ops.easel.reset_form() == {"FINISHED"}
    assert {name: getattr(form, name) for name in untouched} == untouched
    assert (form.mode, len(form.sources)) == ("EDIT", 0)
    assert (form.gemini_3_pro.resolution, form.seedream_v5_lite.seed) == ("1K", -1)
    assert (form.mask.kind, form.mask.feather, len(form.mask.areas)) == ("EVERYTHING", 4, 1)


def test_presets_hold_the_way_to_place(form: Any, tmp_path: Path) -> None:
    form.placement = "REFERENCE_EMPTY"
    values = EASEL_OT_preset_add.preset_values.fget(None)
    for name in ("placement", "sizing", "edit_scope", "template", "gemini_3_1_flash.resolution"):
        assert f"bpy.context.scene.easel.{name}" in values
    assert any(".ways." in value for value in values)
    for value in values:
        eval(value)  # noqa: S307 - Blender evaluates it so when it saves a preset


def show_on(obj: bpy.types.Object, name: str) -> bpy.types.Image:
    """Give an object a texture; return the image."""
    image = bpy.data.images.new(name, 8, 8)
    material = new_material(name)
    node = add_node(material.node_tree, image)
    shader = material.node_tree.nodes["Principled BSDF"]
    material.node_tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    obj.data.materials.clear()
    obj.data.materials.append(material)
    return image


@pytest.mark.parametrize("touch", ["tiles", "mask"])
def test_a_source_with_ticked_tiles_or_a_mask_stays(
    form: Any, load_udim: Callable[..., bpy.types.Image], touch: str
) -> None:
    window = bpy.context.window_manager.windows[0]
    cube = bpy.data.objects["Cube"]
    show_on(cube, "Oak")
    skin = load_udim()
    nodes = cube.active_material.node_tree.nodes
    next(node for node in nodes if node.type == "TEX_IMAGE").image = skin
    bpy.context.view_layer.objects.active = cube
    form.mode = "EDIT"
    assert follow_active(window)
    assert [source.image for source in form.sources] == [skin]
    if touch == "tiles":
        tick_tile(form.sources[0], 1002, several=True)
    else:
        form.mask.kind = "ALPHA"
    other = bpy.data.objects.new("Other", cube.data.copy())
    bpy.context.scene.collection.objects.link(other)
    show_on(other, "Brick")
    bpy.context.view_layer.objects.active = other
    assert not follow_active(window)
    assert [source.image for source in form.sources] == [skin]
    form.sources[0].tiles, form.mask.kind = "", "EVERYTHING"
    assert not follow_active(window), "it is the artist's from then on"


def test_an_edit_can_go_on_from_the_version_that_is_shown(form: Any) -> None:
    window = bpy.context.window_manager.windows[0]
    cube = bpy.data.objects["Cube"]
    oak = show_on(cube, "Oak")
    other = bpy.data.objects.new("Other", cube.data.copy())
    bpy.context.scene.collection.objects.link(other)
    brick = show_on(other, "Brick")
    bpy.context.view_layer.objects.active = cube
    form.mode = "EDIT"
    follow_active(window)
    offer = "Edit the Shown Version"
    assert offer not in draw(EASEL_PT_generate).texts("operator")
    mossy = show_on(cube, "Mossy")
    assert offer not in draw(EASEL_PT_generate).texts("operator"), "another picture is no version"
    mossy.easel_original = oak
    assert offer in draw(EASEL_PT_generate).texts("operator")
    compare(mossy, oak)
    assert offer in draw(EASEL_PT_generate).texts("operator"), "buttons below it stay under the mouse"
    assert end_comparison(oak) == mossy
    assert bpy.ops.easel.edit_shown() == {"FINISHED"}
    assert [source.image for source in form.sources] == [mossy]
    assert offer not in draw(EASEL_PT_generate).texts("operator")
    bpy.context.view_layer.objects.active = other
    assert follow_active(window), "it is no choice against what other objects show"
    assert [source.image for source in form.sources] == [brick]


def test_the_source_follows_the_active_object_until_it_is_touched(form: Any) -> None:
    window = bpy.context.window_manager.windows[0]
    cube = bpy.data.objects["Cube"]
    other = bpy.data.objects.new("Other", cube.data.copy())
    bpy.context.scene.collection.objects.link(other)
    oak, brick = show_on(cube, "Oak"), show_on(other, "Brick")
    active = bpy.context.view_layer.objects
    active.active = cube
    assert not follow_active(window), "nothing is edited"
    form.mode = "EDIT"
    assert follow_active(window)
    assert [source.image for source in form.sources] == [oak]
    assert not follow_active(window), "nothing has changed"
    active.active = other
    assert follow_active(window)
    assert [source.image for source in form.sources] == [brick]
    show_on(other, "Edited")
    assert not follow_active(window), "the object is the same: another try is of the same image"
    bpy.data.objects["Camera"].select_set(True)
    active.active = bpy.data.objects["Camera"]
    assert follow_active(window)
    assert not form.sources
    active.active = cube
    assert follow_active(window)
    form.sources[0].role = "a style reference"
    active.active = other
    assert not follow_active(window), "the artist has said what it is for"
    assert [source.image for source in form.sources] == [oak]
    bpy.ops.easel.reset_form()
    assert follow_active(window)
    assert bpy.ops.easel.remove_source() == {"FINISHED"}
    assert not follow_active(window), "the artist wants none"
