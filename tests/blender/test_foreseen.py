# SPDX-License-Identifier: GPL-3.0-or-later
"""The form says before the click what a texture would change, or why none can be made."""

import bpy
from placing import add_image_node, add_material, add_mesh

from easel.scene.session.foreseen import foresee


def told() -> tuple[str, str]:
    bpy.context.scene.easel.placement = "TEXTURE"
    foreseen = foresee(bpy.context.window_manager.windows[0])
    return foreseen.text, foreseen.obstacle


def test_the_target_and_what_shares_its_material_are_named() -> None:
    first, second = add_mesh("First"), add_mesh("Second", select=False)
    add_material(first, "Hull")
    second.data.materials.append(first.active_material)
    assert told() == ("Base colour of First (Hull). The material Hull is on First, Second", "")
    bpy.context.scene.easel.placement = "IMAGE"
    assert foresee(bpy.context.window_manager.windows[0]).text == ""


def test_a_surface_without_a_colour_is_told() -> None:
    tree = add_material(add_mesh(), "Glass").node_tree
    tree.links.new(
        tree.nodes.new("ShaderNodeHoldout").outputs[0], tree.nodes["Material Output"].inputs["Surface"]
    )
    text, obstacle = told()
    assert not text
    assert obstacle.endswith("choose Image Only")


def test_an_edit_tells_what_it_changes_beside_the_selection() -> None:
    image = bpy.data.images.new("rust", 4, 4)
    first, second = add_mesh("First"), add_mesh("Second", select=False)
    add_image_node(add_material(first, "Hull"), image)
    second.data.materials.append(first.active_material)
    form = bpy.context.scene.easel
    form.mode = "EDIT"
    form.sources.add().image = image
    text = "On First (Hull). The material Hull is on First, Second"
    assert told() == (text, "")
    form.edit_scope = "EVERYWHERE"
    assert told() == ("", "")
    form.edit_scope = "MATERIAL"
    first.select_set(False)
    add_mesh("Third")
    assert told()[1].startswith("No selected object shows “rust”")


def test_hundreds_of_objects_are_not_looked_at() -> None:
    for number in range(30):
        add_mesh(f"Thing {number}")
    assert told() == ("", "")
