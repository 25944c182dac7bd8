# SPDX-License-Identifier: GPL-3.0-or-later
"""An image as a map: linked as data beside the colour, of which it is no version."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import bpy
import pytest
from placing import COPY, add_image_node, add_material, add_mesh, plan

from easel.jobs.placement import Placement
from easel.scene.errors import PlacementImpossible
from easel.scene.history import lineage
from easel.scene.placement.place import place
from easel.scene.refs import reference
from easel.scene.session.foreseen import foresee

if TYPE_CHECKING:
    from placing import MakeJob


def plan_map(kind: str) -> Placement:
    """Plan a map for what is selected."""
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
