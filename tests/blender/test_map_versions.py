# SPDX-License-Identifier: GPL-3.0-or-later
"""Remade and edited maps have a history: they are reverted and compared, and a material shows one of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
import pytest
import tiling_textures as textures
from PIL import Image
from recording_layout import draw

from easel.panels.tiling import EASEL_PT_tiling
from easel.scene.history import lineage
from easel.scene.placement.texture_maps import maps_of, shown_maps

if TYPE_CHECKING:
    from easel.simulator import Simulator

SIDE = 64


@pytest.fixture
def material(service: "Simulator", tmp_path: Path) -> bpy.types.Material:
    """Return a wall's material with a normal and a roughness map."""
    Image.fromarray(textures.tiling("plaster", SIDE)).save(tmp_path / "plaster.png")
    bpy.data.images.load(str(tmp_path / "plaster.png")).name = "Plaster"
    bpy.ops.mesh.primitive_plane_add()
    bpy.ops.easel.make_material(
        image="Plaster", maps={"NORMAL", "ROUGHNESS"}, normal_format="OPENGL", seamless=False, wait=True
    )
    return bpy.context.object.active_material


def is_read_as_directx(material: bpy.types.Material) -> bool:
    reader = next(node for node in material.node_tree.nodes if node.type == "NORMAL_MAP")
    if hasattr(reader, "convention"):
        return reader.convention == "DIRECTX"
    return reader.inputs["Color"].links[0].from_node.type == "CURVE_RGB"


def buttons_of() -> list[Any]:
    return list(draw(EASEL_PT_tiling, view_layer=bpy.context.view_layer).items)


def test_a_map_made_anew_goes_back_and_is_compared(material: bpy.types.Material) -> None:
    first = shown_maps(material)
    assert not any(lineage.has_history(image) for image in first.values())
    bpy.ops.easel.make_maps(image="Plaster", maps={"NORMAL", "ROUGHNESS"}, normal_format="DIRECTX", wait=True)
    second = shown_maps(material)
    for part, image in second.items():
        assert lineage.family_of(image) == [image, first[part]]
        assert first[part].use_fake_user
    assert is_read_as_directx(material)
    normal = second["NORMAL"]
    bpy.ops.easel.compare_versions(session_uid=normal.session_uid)
    assert shown_maps(material)["NORMAL"] == first["NORMAL"]
    assert not is_read_as_directx(material), "the older one is read in its own format"
    bpy.ops.easel.compare_versions(session_uid=shown_maps(material)["NORMAL"].session_uid)
    assert shown_maps(material)["NORMAL"] == normal
    assert is_read_as_directx(material)
    bpy.ops.easel.revert_to_original(session_uid=normal.session_uid)
    assert shown_maps(material) == {"NORMAL": first["NORMAL"], "ROUGHNESS": second["ROUGHNESS"]}
    assert maps_of(bpy.data.images["Plaster"])["NORMAL"] == normal, "the newest stays known"
    assert not lineage.has_history(bpy.data.images["Plaster"]), "a map is no version of its picture"


def test_a_material_keeps_the_version_that_it_shows(material: bpy.types.Material) -> None:
    first = shown_maps(material)["ROUGHNESS"]
    bpy.ops.easel.make_maps(image="Plaster", maps={"ROUGHNESS"}, wait=True)
    second = shown_maps(material)["ROUGHNESS"]
    bpy.ops.easel.step_version(session_uid=second.session_uid, direction="PREVIOUS")
    bpy.ops.easel.make_material(image="Plaster", size=3.0, seamless=False, wait=True)
    assert shown_maps(material)["ROUGHNESS"] == first, "the one that the artist went back to"
    bpy.ops.easel.make_maps(image="Plaster", maps={"ROUGHNESS"}, wait=True)
    third = shown_maps(material)["ROUGHNESS"]
    assert third not in (first, second), "it takes the place of whichever is shown"
    assert set(lineage.family_of(third)) == {first, second, third}


def test_an_edited_map_stays_in_the_material_and_in_what_is_exported(
    material: bpy.types.Material, echo: None, tmp_path: Path
) -> None:
    first = shown_maps(material)["ROUGHNESS"]
    bpy.ops.easel.edit(
        prompt="Duller",
        sources=[{"name": first.name}],
        placement="TEXTURE",
        scope="EVERYWHERE",
        wait=True,
    )
    edited = shown_maps(material)["ROUGHNESS"]
    assert lineage.original_of(edited) == first
    assert edited.colorspace_settings.is_data
    bpy.ops.easel.make_material(image="Plaster", size=3.0, seamless=False, wait=True)
    assert shown_maps(material)["ROUGHNESS"] == edited
    bpy.ops.easel.export_maps(image="Plaster", directory=str(tmp_path / "out"), wait=True)
    with Image.open(tmp_path / "out" / "Plaster_Roughness.png") as file:
        values = np.empty(edited.size[0] * edited.size[1] * edited.channels, np.float32)
        edited.pixels.foreach_get(values)
        shown = values.reshape(*edited.size, -1)[::-1, :, 0] * 255
        assert np.abs(np.asarray(file.convert("RGB"))[..., 0] - shown).max() < 1


def test_what_its_template_calls_metal_gets_a_metallic_map(service: "Simulator") -> None:
    form = bpy.context.scene.easel
    bpy.ops.mesh.primitive_plane_add()
    form.prompt, form.template, form.placement = "Copper", "SEAMLESS_METAL", "TEXTURE"
    bpy.ops.easel.generate(wait=True)
    assert any(text.startswith("Metallic too") for text in draw(EASEL_PT_tiling).texts("label"))
    bpy.ops.easel.make_material(seamless=True, wait=True)
    material = bpy.context.object.active_material
    assert set(shown_maps(material)) == {"NORMAL", "ROUGHNESS", "HEIGHT", "METALLIC"}
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    assert shader.inputs["Metallic"].is_linked
    bpy.ops.easel.make_material(maps={"ROUGHNESS"}, wait=True)
    assert set(shown_maps(material)) == {"ROUGHNESS"}, "a script says which"


def test_a_script_gives_what_the_form_has_otherwise(service: "Simulator", tmp_path: Path) -> None:
    Image.fromarray(textures.tiling("plaster", SIDE)).save(tmp_path / "plaster.png")
    bpy.data.images.load(str(tmp_path / "plaster.png")).name = "Plaster"
    bpy.ops.mesh.primitive_plane_add()
    bpy.context.object.data.materials.append(bpy.data.materials.new("First"))
    bpy.ops.easel.make_material(
        image="Plaster",
        maps={"ROUGHNESS", "HEIGHT"},
        seamless=False,
        height_as="DISPLACEMENT",
        slots="NEW",
        hides_repetition=True,
        roughness=0.25,
        roughness_contrast=0.0,
        depth=0.05,
        wait=True,
    )
    material = bpy.context.object.material_slots[1].material
    kinds = {node.type for node in material.node_tree.nodes}
    assert {"DISPLACEMENT", "GROUP"} <= kinds
    displacement = next(node for node in material.node_tree.nodes if node.type == "DISPLACEMENT")
    assert displacement.inputs["Scale"].default_value == pytest.approx(0.05 * 2.0)
    rough = shown_maps(material)["ROUGHNESS"]
    assert rough.pixels[0] == pytest.approx(0.25, abs=0.01)
    assert bpy.context.scene.easel.tiling.roughness != pytest.approx(0.25), "the form stays as it is"


def test_the_panel_shows_which_version_it_is(material: bpy.types.Material) -> None:
    bpy.ops.easel.make_maps(image="Plaster", maps={"ROUGHNESS"}, wait=True)
    items = buttons_of()
    texts = [item.text for item in items]
    assert "Roughness: 2 of 2" in texts, texts
    assert not [text for text in texts if text.startswith("Normal:")], "it has but one"
    names = [item.name for item in items]
    assert names.count("easel.step_version") == 2
    assert "easel.compare_versions" in names
