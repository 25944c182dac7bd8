# SPDX-License-Identifier: GPL-3.0-or-later
"""Add one of each kind of user of an image to the open file, and read what they show. For tests with bpy."""

from collections.abc import Callable

import bpy


def add_users(image: bpy.types.Image) -> None:
    """Make one of each kind of user show an image; all survive saving."""
    scene = bpy.context.scene
    scene.world = world = bpy.data.worlds.new("Sky")
    light = bpy.data.lights.new("Lamp", "POINT")
    scene.collection.objects.link(bpy.data.objects.new("Lamp", light))
    if bpy.app.version < (5, 0):
        world.use_nodes = light.use_nodes = True
    light.node_tree.nodes.new("ShaderNodeTexImage").image = image
    world.node_tree.nodes.new("ShaderNodeTexEnvironment").image = image
    new_compositor(scene).nodes.new("CompositorNodeImage").image = image

    empty = bpy.data.objects.new("Empty", None)
    empty.empty_display_type = "IMAGE"
    empty.data = image
    scene.collection.objects.link(empty)

    camera = bpy.data.cameras.new("Shot")
    camera.background_images.new().image = image
    scene.collection.objects.link(bpy.data.objects.new("Shot", camera))

    texture = bpy.data.textures.new("Brush", "IMAGE")
    texture.image = image
    texture.use_fake_user = True

    group = bpy.data.node_groups.new("Geo", "GeometryNodeTree")
    group.interface.new_socket("Geometry", in_out="INPUT", socket_type="NodeSocketGeometry")
    socket = group.interface.new_socket("Image", in_out="INPUT", socket_type="NodeSocketImage")
    group.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    socket.default_value = image
    group.nodes.new("NodeGroupOutput")
    group.nodes.new("GeometryNodeImageTexture").inputs["Image"].default_value = image
    group.nodes.new("GeometryNodeInputImage").image = image
    mesh = bpy.data.objects["Thing"]
    mesh.modifiers.new("Nodes", "NODES").node_group = group
    set_modifier_input(image)

    material = bpy.data.materials.new("Ink")
    bpy.data.materials.create_gpencil_data(material)
    material.grease_pencil.fill_image = image
    material.use_fake_user = True


def new_compositor(scene: bpy.types.Scene) -> bpy.types.NodeTree:
    """Give a scene its first compositor. Returns its node tree."""
    if bpy.app.version < (5, 0):
        scene.use_nodes = True
        return scene.node_tree
    tree = bpy.data.node_groups.new("Comp", "CompositorNodeTree")
    if bpy.app.version < (5, 3):
        scene.compositing_node_group = tree
    else:
        scene.compositor_effects.new("Comp").node_group = tree
    return tree


def set_modifier_input(image: bpy.types.Image) -> None:
    """Choose the image of the Geometry Nodes modifier."""
    modifier = bpy.data.objects["Thing"].modifiers["Nodes"]
    set_input(modifier, modifier.node_group.interface.items_tree["Image"].identifier, image)


def shown() -> dict[str, str]:
    """Return the image that each kind of user shows."""
    return {kind: getattr(get(), "name", "") for kind, get in _GETTERS.items()}


def _nodes(tree: bpy.types.NodeTree, kind: str) -> bpy.types.Node:
    return next(node for node in tree.nodes if node.bl_idname == kind)


def _compositor() -> bpy.types.NodeTree:
    scene = bpy.context.scene
    if bpy.app.version < (5, 0):
        return scene.node_tree
    if bpy.app.version < (5, 3):
        return scene.compositing_node_group
    return scene.compositor_effects[0].node_group


def _modifier_input() -> bpy.types.Image:
    modifier = bpy.data.objects["Thing"].modifiers["Nodes"]
    identifier = modifier.node_group.interface.items_tree["Image"].identifier
    if hasattr(modifier, "properties"):
        return getattr(modifier.properties.inputs, identifier).value
    return modifier[identifier]


def _geometry_nodes() -> bpy.types.NodeTree:
    return bpy.data.node_groups["Geo"]


_GETTERS: dict[str, Callable[[], bpy.types.Image]] = {
    "material": lambda: _nodes(bpy.data.materials["Mat"].node_tree, "ShaderNodeTexImage").image,
    "world": lambda: _nodes(bpy.data.worlds["Sky"].node_tree, "ShaderNodeTexEnvironment").image,
    "light": lambda: _nodes(bpy.data.lights["Lamp"].node_tree, "ShaderNodeTexImage").image,
    "compositor": lambda: _nodes(_compositor(), "CompositorNodeImage").image,
    "empty": lambda: bpy.data.objects["Empty"].data,
    "camera": lambda: bpy.data.cameras["Shot"].background_images[0].image,
    "texture": lambda: bpy.data.textures["Brush"].image,
    "group input": lambda: _geometry_nodes().interface.items_tree["Image"].default_value,
    "geometry texture": lambda: _nodes(_geometry_nodes(), "GeometryNodeImageTexture").inputs[0].default_value,
    "geometry image": lambda: _nodes(_geometry_nodes(), "GeometryNodeInputImage").image,
    "modifier": _modifier_input,
    "grease pencil": lambda: bpy.data.materials["Ink"].grease_pencil.fill_image,
}


def set_input(modifier: bpy.types.NodesModifier, identifier: str, value: object) -> None:
    """Set an input of Geometry Nodes: from 5.2 on it is a property, before that a key of the modifier."""
    if hasattr(modifier, "properties"):
        getattr(modifier.properties.inputs, identifier).value = value
    else:
        modifier[identifier] = value
