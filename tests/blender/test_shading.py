# SPDX-License-Identifier: GPL-3.0-or-later
"""A new texture goes to the place from which the chosen engine takes the surface's colour, or nowhere."""

from collections.abc import Callable
from typing import Any

import bpy
import pytest
from placing import COPY, MakeJob, add_material, add_mesh, plan

from easel.scene.errors import PlacementImpossible
from easel.scene.pictures.shading import surface_of
from easel.scene.placement.place import place

Build = Callable[[Any], tuple[str, str]]
"""A function that builds a tree; returns the node and the input (or the Image Texture and "") to colour."""


def tree_of(obj: bpy.types.Object, name: str = "Mine") -> Any:
    tree = add_material(obj, name).node_tree
    tree.nodes.clear()
    return tree


def node(tree: Any, kind: str, **values: Any) -> Any:
    made = tree.nodes.new("ShaderNode" + kind)
    for key, value in values.items():
        setattr(made, key, value)
    return made


def output(tree: Any, shader: Any, target: str = "ALL") -> Any:
    end = node(tree, "OutputMaterial", target=target)
    tree.links.new(shader.outputs[0], end.inputs["Surface"])
    return end


def outputs_of(tree: Any) -> dict[str, str]:
    """Return which node feeds which Material Output."""
    ends = [one for one in tree.nodes if one.type == "OUTPUT_MATERIAL"]
    return {end.name: end.inputs["Surface"].links[0].from_node.name for end in ends}


def group_of(*, colour: str = "", name: str = "Super Shader") -> Any:
    """Return a node group with a Principled BSDF; a named input `colour` of the group gives its colour."""
    group = bpy.data.node_groups.new(name, "ShaderNodeTree")
    group.interface.new_socket("Shader", in_out="OUTPUT", socket_type="NodeSocketShader")
    inside, end = node(group, "BsdfPrincipled"), group.nodes.new("NodeGroupOutput")
    group.links.new(inside.outputs[0], end.inputs[0])
    if colour:
        group.interface.new_socket(colour, in_out="INPUT", socket_type="NodeSocketColor")
        entry = group.nodes.new("NodeGroupInput")
        group.links.new(entry.outputs[0], inside.inputs["Base Color"])
    return group


def two_outputs(tree: Any) -> tuple[str, str]:
    for target in ("CYCLES", "EEVEE"):
        output(tree, node(tree, "BsdfDiffuse", name=target), target)
    return "EEVEE", "Color"


def reroutes(tree: Any) -> tuple[str, str]:
    shader, between = node(tree, "BsdfPrincipled", name="P"), tree.nodes.new("NodeReroute")
    output(tree, node(tree, "AddShader"))
    tree.links.new(shader.outputs[0], between.inputs[0])
    tree.links.new(between.outputs[0], tree.nodes["Add Shader"].inputs[1])
    return "P", "Base Color"


def hidden_side_of_a_mix(tree: Any) -> tuple[str, str]:
    mix = node(tree, "MixShader")
    mix.inputs[0].default_value = 1.0
    for index, name in ((1, "unseen"), (2, "seen")):
        tree.links.new(node(tree, "BsdfPrincipled", name=name).outputs[0], mix.inputs[index])
    output(tree, mix)
    return "seen", "Base Color"


def muted_shader(tree: Any) -> tuple[str, str]:
    mix = node(tree, "MixShader", mute=True)
    tree.links.new(node(tree, "BsdfPrincipled", name="P").outputs[0], mix.inputs[1])
    output(tree, mix)
    return "P", "Base Color"


def muted_link(tree: Any) -> tuple[str, str]:
    shader, image = node(tree, "BsdfPrincipled", name="P"), node(tree, "TexImage")
    tree.links.new(image.outputs[0], shader.inputs["Base Color"]).is_muted = True
    output(tree, shader)
    return "P", "Base Color"


def group_with_an_input(tree: Any) -> tuple[str, str]:
    output(tree, node(tree, "Group", name="G", node_tree=group_of(colour="Albedo")))
    return "G", "Albedo"


def group_in_a_group(tree: Any) -> tuple[str, str]:
    outer = bpy.data.node_groups.new("Outer", "ShaderNodeTree")
    outer.interface.new_socket("Tint", in_out="INPUT", socket_type="NodeSocketColor")
    outer.interface.new_socket("Shader", in_out="OUTPUT", socket_type="NodeSocketShader")
    entry, end = outer.nodes.new("NodeGroupInput"), outer.nodes.new("NodeGroupOutput")
    inner = node(outer, "Group", node_tree=group_of(colour="Albedo"))
    outer.links.new(entry.outputs[0], inner.inputs[0])
    outer.links.new(inner.outputs[0], end.inputs[0])
    output(tree, node(tree, "Group", name="O", node_tree=outer))
    return "O", "Tint"


def image_before_a_group(tree: Any) -> tuple[str, str]:
    group = node(tree, "Group", node_tree=group_of(colour="Albedo"))
    tree.links.new(node(tree, "TexImage", name="mine").outputs[0], group.inputs[0])
    output(tree, group)
    return "mine", ""


def chosen_side_of_a_colour_mix(tree: Any) -> tuple[str, str]:
    shader, mix = node(tree, "BsdfPrincipled"), node(tree, "Mix", data_type="RGBA", name="M")
    mix.inputs[0].default_value = 0.0
    first = next(entry for entry in mix.inputs if entry.type == "RGBA")
    tree.links.new(node(tree, "TexImage", name="A").outputs[0], first)
    tree.links.new(next(end for end in mix.outputs if end.type == "RGBA"), shader.inputs["Base Color"])
    output(tree, shader)
    return "A", ""


def emission_of_a_shader(tree: Any) -> tuple[str, str]:
    light, toon = node(tree, "Emission"), node(tree, "ShaderToRGB")
    tree.links.new(node(tree, "BsdfDiffuse", name="D").outputs[0], toon.inputs[0])
    tree.links.new(toon.outputs[0], light.inputs["Color"])
    output(tree, light)
    return "D", "Color"


BUILDERS = (
    two_outputs,
    reroutes,
    hidden_side_of_a_mix,
    muted_shader,
    muted_link,
    group_with_an_input,
    group_in_a_group,
    image_before_a_group,
    chosen_side_of_a_colour_mix,
    emission_of_a_shader,
)


@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_the_input_that_is_really_used_gets_the_image(make_job: MakeJob, build: Build) -> None:
    tree = tree_of(add_mesh())
    name, socket = build(tree)
    nodes = {one.name for one in tree.nodes}
    end = {
        one.name: [link.from_node.name for link in one.inputs["Surface"].links]
        for one in tree.nodes
        if one.type == "OUTPUT_MATERIAL"
    }
    placed = place(make_job(plan("TEXTURE")), COPY)
    image = bpy.data.images[placed.images[0]]
    if not socket:
        assert tree.nodes[name].image == image
        assert {one.name for one in tree.nodes} == nodes
    else:
        entry = next(entry for entry in tree.nodes[name].inputs if entry.name == socket)
        assert entry.links[0].from_node.image == image
        assert len(tree.nodes) == len(nodes) + 1
    after = {
        one.name: [link.from_node.name for link in one.inputs["Surface"].links]
        for one in tree.nodes
        if one.type == "OUTPUT_MATERIAL"
    }
    assert after == end, "the artist's shader still feeds the output"


def test_another_engine_has_another_output(make_job: MakeJob) -> None:
    tree = tree_of(add_mesh())
    two_outputs(tree)
    bpy.context.scene.render.engine = "CYCLES"
    place(make_job(plan("TEXTURE")), COPY)
    assert tree.nodes["CYCLES"].inputs["Color"].links
    assert not tree.nodes["EEVEE"].inputs["Color"].links


@pytest.mark.parametrize("kind", ["toon", "transparent", "empty group"])
def test_a_surface_that_no_colour_makes_is_refused_before_anything_is_paid(kind: str) -> None:
    tree = tree_of(add_mesh())
    if kind == "toon":
        light, ramp, toon = node(tree, "Emission"), node(tree, "ValToRGB"), node(tree, "ShaderToRGB")
        tree.links.new(node(tree, "BsdfDiffuse").outputs[0], toon.inputs[0])
        tree.links.new(toon.outputs[0], ramp.inputs[0])
        tree.links.new(ramp.outputs[0], light.inputs["Color"])
        output(tree, light)
    elif kind == "transparent":
        output(tree, node(tree, "BsdfTransparent"))
    else:
        group = bpy.data.node_groups.new("Nothing", "ShaderNodeTree")
        group.interface.new_socket("Shader", in_out="OUTPUT", socket_type="NodeSocketShader")
        output(tree, node(tree, "Group", node_tree=group))
    with pytest.raises(PlacementImpossible, match="Image Only"):
        plan("TEXTURE")


def test_a_circle_of_links_ends() -> None:
    tree = tree_of(add_mesh())
    shader, first, second = node(tree, "BsdfPrincipled"), node(tree, "Mix"), node(tree, "Mix")
    for mix in (first, second):
        mix.data_type = "RGBA"
        mix.inputs[0].default_value = 0.0
    entries = [[entry for entry in mix.inputs if entry.type == "RGBA"] for mix in (first, second)]
    ends = [next(end for end in mix.outputs if end.type == "RGBA") for mix in (first, second)]
    tree.links.new(ends[0], entries[1][0])
    tree.links.new(ends[1], entries[0][0])
    tree.links.new(ends[0], shader.inputs["Base Color"])
    output(tree, shader)
    surface_of(tree, "CYCLES")


def test_a_shared_group_and_a_shared_material_are_told(make_job: MakeJob) -> None:
    group = group_of()  # its colour is inside, so the image must go there
    first, second = add_mesh("First"), add_mesh("Second", select=False)
    for obj, name in ((first, "Hull"), (second, "Door")):
        tree = tree_of(obj, name)
        output(tree, node(tree, "Group", node_tree=group))
    third = add_mesh("Third", select=False)
    third.data.materials.append(bpy.data.materials["Hull"])
    placed = place(make_job(plan("TEXTURE")), COPY)
    assert "The node group Super Shader is in Door, Hull" in placed.text
    assert "The material Hull is on First, Third" in placed.text


def test_what_is_hidden_is_left_alone(make_job: MakeJob) -> None:
    seen, eye, viewport, collection = (add_mesh(name) for name in ("Seen", "Eye", "Viewport", "Collection"))
    holder = bpy.data.collections.new("Hidden")
    bpy.context.scene.collection.children.link(holder)
    for owner in list(collection.users_collection):
        owner.objects.unlink(collection)
    holder.objects.link(collection)
    bpy.context.view_layer.update()
    for obj in (seen, eye, viewport, collection):
        obj.select_set(True)
    eye.hide_set(True)
    viewport.hide_viewport = True
    bpy.context.view_layer.layer_collection.children["Hidden"].hide_viewport = True
    bpy.context.view_layer.update()
    placed = place(make_job(plan("TEXTURE")), COPY)
    assert placed.text == "Base colour of Seen"
    assert [len(obj.material_slots) for obj in (eye, viewport, collection)] == [0, 0, 0]
