# SPDX-License-Identifier: GPL-3.0-or-later
"""An image to mark Never Upload, and scenes that show it."""

from pathlib import Path

import bpy

from easel.scene.errors import SourceUnusable
from easel.scene.sources import never_upload
from easel.scene.sources.chosen_sources import ChosenSource, take


def load_secret(folder: Path) -> bpy.types.Image:
    """Load an image from its own file."""
    made = bpy.data.images.new("Secret", 8, 8)
    made.filepath_raw, made.file_format = str(folder / "secret.png"), "PNG"
    made.save()
    bpy.data.images.remove(made)
    loaded = bpy.data.images.load(str(folder / "secret.png"))
    loaded.name = "Secret"
    return loaded


def textured_cube(image: bpy.types.Image) -> bpy.types.Object:
    """Add a cube whose material shows an image."""
    bpy.ops.mesh.primitive_cube_add()
    material = bpy.data.materials.new("Paint")
    if bpy.app.version < (5, 0):
        material.use_nodes = True
    node = material.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    bpy.context.object.data.materials.append(material)
    return bpy.context.object


def refused(picture: bpy.types.Image | Path) -> bool:
    """Return whether a source is refused because of its mark."""
    try:
        take([ChosenSource(name="it", picture=picture)], bpy.context.scene)
    except SourceUnusable as error:
        return "Never Upload" in str(error)
    return False


def picture_problem() -> str:
    """Return why no picture of the scene may leave."""
    graph = bpy.context.evaluated_depsgraph_get()
    return never_upload.refusal_of_scene(bpy.context.scene, graph)


def instanced_by_nodes() -> bpy.types.Collection:
    """Make a collection that only an object's nodes show."""
    collection = bpy.data.collections.new("Client")
    mesh = bpy.data.meshes.new("Part")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    collection.objects.link(bpy.data.objects.new("Part", mesh))
    group = bpy.data.node_groups.new("Scatter", "GeometryNodeTree")
    group.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    info, output = group.nodes.new("GeometryNodeCollectionInfo"), group.nodes.new("NodeGroupOutput")
    info.inputs["Collection"].default_value = collection
    group.links.new(info.outputs[0], output.inputs[0])
    bpy.ops.mesh.primitive_plane_add()
    bpy.context.object.modifiers.new("Nodes", "NODES").node_group = group
    return collection
