# SPDX-License-Identifier: GPL-3.0-or-later
"""What is marked Never Upload stays on this computer, whichever way it is asked for."""

from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import pytest

from easel.scene import never_upload
from easel.scene.chosen_sources import ChosenSource, take
from easel.scene.describe import describe, describe_file
from easel.scene.errors import SourceUnusable

if TYPE_CHECKING:
    from easel.simulator import Simulator


@pytest.fixture
def image(tmp_path: Path) -> bpy.types.Image:
    """An image with a file of its own."""
    made = bpy.data.images.new("Secret", 8, 8)
    made.filepath_raw, made.file_format = str(tmp_path / "secret.png"), "PNG"
    made.save()
    bpy.data.images.remove(made)
    loaded = bpy.data.images.load(str(tmp_path / "secret.png"))
    loaded.name = "Secret"
    return loaded


def textured_cube(image: bpy.types.Image) -> bpy.types.Object:
    bpy.ops.mesh.primitive_cube_add()
    material = bpy.data.materials.new("Paint")
    if bpy.app.version < (5, 0):
        material.use_nodes = True
    node = material.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    bpy.context.object.data.materials.append(material)
    return bpy.context.object


def refused(picture: bpy.types.Image | Path) -> bool:
    try:
        take([ChosenSource(name="it", picture=picture)], bpy.context.scene)
    except SourceUnusable as error:
        return "Never Upload" in str(error)
    return False


def test_a_marked_image_is_refused_by_name_and_by_file(image: bpy.types.Image) -> None:
    path = Path(image.filepath)
    assert not refused(image)
    assert not refused(path)
    image.easel_never_upload = True
    assert refused(image)
    assert refused(path)
    assert "Never Upload" in describe(image).problem
    assert "Never Upload" in describe_file(path).problem


def test_a_marked_collections_textures_and_pictures_are_refused(image: bpy.types.Image) -> None:
    cube = textured_cube(image)
    collection = bpy.data.collections.new("Client")
    bpy.context.scene.collection.children.link(collection)
    inner = bpy.data.collections.new("Inner")
    collection.children.link(inner)
    inner.objects.link(cube)
    assert not refused(image)
    never_upload.check_scene(bpy.context.scene)

    collection.easel_never_upload = True
    assert refused(image)
    with pytest.raises(SourceUnusable, match="Client"):
        never_upload.check_scene(bpy.context.scene)
    for parent in cube.users_collection:
        parent.objects.unlink(cube)
    inner.objects.link(cube)
    bpy.context.view_layer.layer_collection.children["Client"].hide_viewport = True
    never_upload.check_scene(bpy.context.scene)  # nobody sees it
    assert refused(image)


def test_the_mark_is_saved(image: bpy.types.Image, tmp_path: Path) -> None:
    image.easel_never_upload = True
    image.use_fake_user = True
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "marked.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "marked.blend"))
    assert refused(bpy.data.images["Secret"])


def test_nothing_is_sent_of_a_marked_image(image: bpy.types.Image, service: "Simulator") -> None:
    image.easel_never_upload = True
    with pytest.raises(RuntimeError, match="Never Upload"):
        bpy.ops.easel.edit(prompt="Older", sources=[{"name": "Secret"}], wait=True)
    assert not [entry for entry in service.log if entry.method == "POST"]
