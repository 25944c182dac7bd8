# SPDX-License-Identifier: GPL-3.0-or-later
"""The material of an image becomes an asset, here or in a library; the artist's images stay as they are."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import pytest
from edits import add_textured_object
from recording_layout import draw

from easel.jobs.asset_files import CATALOGUES, catalogue_id, plain_catalogue
from easel.panels.result import EASEL_MT_result
from easel.panels.tiling import EASEL_PT_tiling
from easel.simulator import Simulator

PROMPT = "Mossy brick wall, wet"


@pytest.fixture
def wall(service: Simulator, saved_file: Path) -> bpy.types.Image:
    """Return an image that Easel made, in a material; it counts as an edit of another image."""
    bpy.ops.easel.generate(prompt=PROMPT, model="GEMINI_2_5_FLASH", placement="IMAGE", wait=True)
    image = bpy.data.images["Mossy brick wall, wet"]
    secret = bpy.data.images.new("secret", 4, 4)
    image.easel_original = secret
    image.easel_edit.ancestors.add().image = secret
    add_textured_object(image)
    return image


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "assets"
    folder.mkdir()
    libraries = bpy.context.preferences.filepaths.asset_libraries
    made = libraries.new(name="Studio", directory=str(folder))
    yield folder
    libraries.remove(made)


def materials_in(path: Path) -> list[Any]:
    with bpy.data.libraries.load(str(path), assets_only=True) as (source, target):
        target.materials = source.materials
    return list(target.materials)


def test_an_asset_of_a_library_has_all_and_leaves_the_file_as_it_was(
    wall: bpy.types.Image, library: Path, tmp_path: Path
) -> None:
    path, content = wall.filepath, Path(bpy.path.abspath(wall.filepath)).read_bytes()
    mark = bpy.ops.easel.mark_asset
    told = {"library": "Studio", "catalog": "Walls/ Old:brick", "author": "Ada", "license": "CC0"}
    assert mark(material="Mat", wait=True, **told) == {"FINISHED"}
    (blend,) = (library / "Easel").glob("*.blend")
    assert (wall.filepath, wall.packed_file, wall.easel_original.name) == (path, None, "secret")
    assert wall.easel_edit.ancestors[0].image is not None
    assert bpy.data.materials["Mat"].asset_data is None
    (asset,) = materials_in(blend)
    data = asset.asset_data
    assert (data.author, data.license, data.description) == ("Ada", "CC0", PROMPT)
    assert {tag.name for tag in data.tags} == {"mossy", "brick", "wall"}
    assert f"{data.catalog_id}:Walls/Old-brick:" in (library / CATALOGUES).read_text()
    assert max(asset.preview.image_size) == 256
    assert any(asset.preview.image_pixels_float[:400])
    nodes = asset.node_tree.nodes
    (image,) = [node.image for node in nodes if node.type == "TEX_IMAGE"]
    assert bytes(image.packed_file.data) == content
    assert str(tmp_path) not in image.filepath
    assert len([each for each in bpy.data.images if each.name.startswith("secret")]) == 1, "no original came"
    assert mark(material="Mat", wait=True, tags="ivy, red brick", **told) == {"FINISHED"}
    assert len(list((library / "Easel").glob("*.blend"))) == 2, "none is written over"
    assert (library / CATALOGUES).read_text().count("Walls/Old-brick") == 1


def test_an_asset_of_this_file_is_marked_in_place(wall: bpy.types.Image) -> None:
    buttons = [item for item in draw(EASEL_MT_result).items if item.name == "easel.mark_asset"]
    assert len(buttons) == 1
    options = buttons[0].options
    assert bpy.ops.easel.mark_asset(job_id=options.job_id, picture=options.picture, wait=True) == {"FINISHED"}
    data = bpy.data.materials["Mat"].asset_data
    assert {tag.name for tag in data.tags} == {"mossy", "brick", "wall"}
    assert bpy.data.materials["Mat"].use_fake_user


def test_a_material_of_a_texture_that_tiles_is_marked_from_its_panel(
    service: Simulator, saved_file: Path
) -> None:
    bpy.ops.easel.generate(prompt=PROMPT, model="GEMINI_2_5_FLASH", placement="IMAGE", wait=True)
    bpy.ops.mesh.primitive_plane_add()
    bpy.ops.easel.make_material(image=PROMPT, maps={"ROUGHNESS"}, wait=True)
    material = bpy.context.object.active_material
    area = SimpleNamespace(type="VIEW_3D")
    (button,) = [item for item in draw(EASEL_PT_tiling, area=area).items if item.name == "easel.mark_asset"]
    assert button.options.material == material.name
    assert bpy.ops.easel.mark_asset(material=material.name, wait=True) == {"FINISHED"}
    assert material.asset_data.description == PROMPT, "its picture's prompt, not what this computer did"
    assert {tag.name for tag in material.asset_data.tags} == {"mossy", "brick", "wall"}


def test_what_can_be_no_asset_is_refused(wall: bpy.types.Image, library: Path) -> None:
    mark = bpy.ops.easel.mark_asset
    with pytest.raises(RuntimeError, match="no asset library"):
        mark(material="Mat", library="none", wait=True)
    with pytest.raises(RuntimeError, match="no material"):
        mark(material="none", wait=True)
    wall.pixels[0] = 0.5
    with pytest.raises(RuntimeError, match="painted"):
        mark(material="Mat", library="Studio", wait=True)
    wall.reload()
    Path(bpy.path.abspath(wall.filepath)).unlink()
    with pytest.raises(RuntimeError, match="No such file"):
        mark(material="Mat", library="Studio", wait=True)
    bpy.data.materials.remove(bpy.data.materials["Mat"])
    with pytest.raises(RuntimeError, match="No material uses this image"):
        mark(wait=True)


def test_catalogues_are_found_and_others_stay(tmp_path: Path) -> None:
    file = tmp_path / CATALOGUES
    file.write_text("# theirs\nVERSION 1\n\n11111111-2222-3333-4444-555555555555:Walls:Walls")
    assert catalogue_id(tmp_path, "Walls") == "11111111-2222-3333-4444-555555555555"
    made = catalogue_id(tmp_path, "Walls/Moss")
    assert catalogue_id(tmp_path, "Walls/Moss") == made
    assert file.read_text().startswith("# theirs\nVERSION 1\n")
    theirs = b"VERSION 1\n22222222-2222-3333-4444-555555555555:Caf\xe9:Caf\xe9\n"
    file.write_bytes(theirs)
    made = catalogue_id(tmp_path, "Walls")
    assert file.read_bytes() == theirs + f"{made}:Walls:Walls\n".encode(), "it is no UTF-8"
    file.write_bytes(b"")
    catalogue_id(tmp_path, "Walls")
    assert "\nVERSION 1\n" in file.read_text()
    assert plain_catalogue(" a //b:c\\ d / ") == "a/b-c/d"
