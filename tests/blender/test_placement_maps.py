# SPDX-License-Identifier: GPL-3.0-or-later
"""An image as a map: it is linked as data beside the colour, and is no version of the colour."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import pytest
from placing import COPY, PACK, add_image_node, add_material, add_mesh, base_colour_image, plan

from easel.jobs.placement import Placement
from easel.scene.errors import PlacementImpossible
from easel.scene.history import lineage
from easel.scene.placement.place import place
from easel.scene.refs import reference
from easel.scene.session.foreseen import foresee

if TYPE_CHECKING:
    from placing import MakeJob


def plan_map(kind: str) -> Placement:
    """Plan a map for the selected objects."""
    bpy.context.scene.easel.ways.map_input = kind
    return plan("MAP", map_input=kind)


def shader_of(material: bpy.types.Material) -> Any:
    """Return a material's Principled BSDF."""
    return material.node_tree.nodes["Principled BSDF"]


@pytest.mark.parametrize("kind", ["ROUGHNESS", "METALLIC"])
def test_a_map_is_linked_as_data(make_job: "MakeJob", kind: str) -> None:
    material = add_material(add_mesh(), "Hull")
    placed = place(make_job(plan_map(kind)), COPY)
    assert placed.text.startswith(f"{kind.title()} of Hull")
    (link,) = shader_of(material).inputs[kind.title()].links
    assert link.from_node.image.name == placed.images[0]
    assert link.from_node.image.colorspace_settings.is_data
    assert not shader_of(material).inputs["Base Color"].links
    again = place(make_job(plan_map(kind), prompt="Other"), COPY)
    (link,) = shader_of(material).inputs[kind.title()].links
    assert link.from_node.image.name == again.images[0], "in the node that was there"
    assert len([node for node in material.node_tree.nodes if node.type == "TEX_IMAGE"]) == 1


@pytest.mark.parametrize(("kind", "middle"), [("NORMAL", "NORMAL_MAP"), ("HEIGHT", "BUMP")])
def test_normals_and_heights_go_through_a_node(make_job: "MakeJob", kind: str, middle: str) -> None:
    material = add_material(add_mesh(), "Hull")
    place(make_job(plan_map(kind)), COPY)
    (link,) = shader_of(material).inputs["Normal"].links
    assert link.from_node.type == middle
    entry = link.from_node.inputs["Color" if kind == "NORMAL" else "Height"]
    assert entry.links[0].from_node.image.colorspace_settings.is_data


def test_a_map_of_the_base_colour_is_no_version_of_it(make_job: "MakeJob") -> None:
    colour = bpy.data.images.new("wood", 4, 4)
    node = add_image_node(add_material(add_mesh(), "Hull"), colour)
    job = make_job(replace(plan_map("ROUGHNESS"), made_from=reference(colour)))
    placed = place(job, COPY)
    image = bpy.data.images[placed.images[0]]
    assert node.image == colour
    assert not lineage.has_history(image)
    assert not lineage.has_history(colour)
    assert lineage.family_of(colour) == [colour]
    assert lineage.made_of(image) == [colour], "a mark on what it is made of holds for it"


def test_without_a_material_nothing_is_planned(make_job: "MakeJob") -> None:
    add_mesh()
    with pytest.raises(PlacementImpossible, match="Principled BSDF"):
        plan_map("NORMAL")
    bpy.context.scene.easel.placement = "MAP"
    window = bpy.context.window_manager.windows[0]
    assert "Principled BSDF" in foresee(window).obstacle
    add_material(bpy.context.object, "Hull")
    assert foresee(window).text == "A map of Hull"


def test_a_texture_keeps_its_colours_when_its_image_becomes_a_map_too(make_job: "MakeJob") -> None:
    material = add_material(add_mesh(), "Hull")
    job = make_job(plan("TEXTURE"))
    place(job, PACK)
    for kind in ("ROUGHNESS", "METALLIC"):
        placed = place(replace(job, placement=plan_map(kind)), PACK)
        (link,) = shader_of(material).inputs[kind.title()].links
        assert link.from_node.image.colorspace_settings.is_data
        assert base_colour_image(material).colorspace_settings.name == "sRGB"
    assert "another image" not in placed.text, "the second map is the image of the first"
    images = [image for image in bpy.data.images if image.get("easel_job") == job.id]
    assert len(images) == 2


@pytest.mark.parametrize("kinds", [("NORMAL", "HEIGHT"), ("HEIGHT", "NORMAL")])
def test_a_height_and_a_normal_map_add_up(make_job: "MakeJob", kinds: tuple[str, str]) -> None:
    material = add_material(add_mesh(), "Hull")
    placed = {kind: place(make_job(plan_map(kind), prompt=kind), COPY).images[0] for kind in kinds}
    (link,) = shader_of(material).inputs["Normal"].links
    bump = link.from_node
    assert bump.type == "BUMP"
    assert bump.inputs["Height"].links[0].from_node.image.name == placed["HEIGHT"]
    normals = bump.inputs["Normal"].links[0].from_node
    assert normals.type == "NORMAL_MAP"
    assert normals.inputs["Color"].links[0].from_node.image.name == placed["NORMAL"]
    again = {kind: place(make_job(plan_map(kind), prompt=f"{kind} 2"), COPY).images[0] for kind in kinds}
    assert bump.inputs["Height"].links[0].from_node.image.name == again["HEIGHT"]
    assert normals.inputs["Color"].links[0].from_node.image.name == again["NORMAL"]


def test_a_map_goes_to_the_shader_that_the_render_engine_shows(make_job: "MakeJob") -> None:
    material = add_material(add_mesh(), "Hull")
    tree: Any = material.node_tree
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    output.target = "CYCLES"
    seen_in_cycles = tree.nodes.new("ShaderNodeBsdfPrincipled")
    tree.links.new(seen_in_cycles.outputs[0], output.inputs["Surface"])
    bpy.context.scene.render.engine = "CYCLES"
    place(make_job(plan_map("ROUGHNESS")), COPY)
    assert seen_in_cycles.inputs["Roughness"].links
    assert not shader_of(material).inputs["Roughness"].links


def test_what_can_not_be_changed_is_said_before_the_click(make_job: "MakeJob", tmp_path: Path) -> None:
    add_material(add_mesh(), "Hull")
    path = tmp_path / "library.blend"
    bpy.data.libraries.write(str(path), {bpy.data.materials["Hull"]})
    with bpy.data.libraries.load(str(path), link=True) as (_there, here):
        here.materials = ["Hull"]
    bpy.context.object.data.materials[0] = here.materials[0]
    bpy.context.scene.easel.placement = "MAP"
    assert "linked from another file" in foresee(bpy.context.window_manager.windows[0]).obstacle
    with pytest.raises(PlacementImpossible, match="linked from another file"):
        plan_map("NORMAL")
