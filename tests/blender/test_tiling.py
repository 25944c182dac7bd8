# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures made to tile on this computer: the edit, its version, its undoing, and what can't be done."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
import tiling_textures as textures
from edits import add_textured_object
from PIL import Image
from pumping import pump_until
from recording_layout import draw

from easel.imaging.tiling.seams import measure_seams
from easel.jobs.local_edit import LocalEdit
from easel.jobs.recipe import read_recipe
from easel.panels.tiling import EASEL_PT_tiling
from easel.scene.history import lineage
from easel.scene.placement import texture_maps
from easel.scene.placement.reused import JOB_KEY
from easel.scene.session import mirror, previews, seams, session, works

if TYPE_CHECKING:
    from collections.abc import Callable

    from dev_extension import DevExtension

    from easel.imaging.resample import Pixels
    from easel.simulator import Simulator

SIDE = 128


def load(path: Path, pixels: "Pixels", name: str = "Plaster") -> bpy.types.Image:
    Image.fromarray(pixels).save(path)
    image = bpy.data.images.load(str(path))
    image.name = name
    return image


def stored(image: bpy.types.Image) -> "Pixels":
    """Return an image's colours in bytes, top row first."""
    values = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
    image.pixels.foreach_get(values)
    shape = image.size[1], image.size[0], image.channels
    return np.rint(values.reshape(shape)[::-1, :, :3] * 255).astype(np.uint8)


@pytest.fixture
def plaster(service: "Simulator", tmp_path: Path) -> bpy.types.ShaderNodeTexImage:
    """Return the node that shows a texture with seams."""
    node = add_textured_object(load(tmp_path / "plaster.png", textures.cut("plaster", SIDE)))
    bpy.context.view_layer.objects.active = bpy.data.objects[0]
    return node


def test_a_seam_is_hidden_by_an_edit_that_goes_back(plaster: bpy.types.Node, tmp_path: Path) -> None:
    original = plaster.image
    before = stored(original)
    assert bpy.ops.easel.make_seamless(image="Plaster", wait=True) == {"FINISHED"}
    edited = plaster.image
    assert edited != original
    assert lineage.original_of(edited) == original
    assert edited.size[:] == original.size[:]
    assert measure_seams(before).worst > 1.1
    assert measure_seams(stored(edited)).worst < 1.1
    assert (stored(original) == before).all(), "an edit never changes its source"
    job = session.engine().job(edited[JOB_KEY])
    assert job.price == 0
    assert not job.server
    recipe = read_recipe(job.results[0].path)
    assert isinstance(recipe.request, LocalEdit)
    assert recipe.request.work.seamless
    assert recipe.sources[0].content, "the picture is known by its content"
    assert "→" in mirror.mirror().selected_job.placement_text
    bpy.ops.easel.revert_to_original()
    assert plaster.image == original


def test_maps_come_beside_the_picture_as_data(plaster: bpy.types.Node) -> None:
    original = plaster.image
    maps = {"NORMAL", "ROUGHNESS", "HEIGHT", "OCCLUSION", "METALLIC"}
    assert bpy.ops.easel.make_maps(image="Plaster", maps=maps, wait=True) == {"FINISHED"}
    made = texture_maps.maps_of(original)
    assert set(made) == maps
    assert made["NORMAL"].name == "Plaster_Normal"
    assert all(image.colorspace_settings.is_data for image in made.values())
    assert plaster.image == original, "nothing of the scene is changed"
    assert not lineage.has_history(original), "a map is no version"
    job = session.engine().job(made["HEIGHT"][JOB_KEY])
    with Image.open(job.results[0].path) as height:
        assert height.mode.startswith("I;16"), "16 bits"
    assert all(result.path.is_file() and "stimated" in result.fit_note for result in job.results)


def test_a_channel_of_the_picture_is_its_height(plaster: bpy.types.Node) -> None:
    form = bpy.context.scene.easel.tiling
    form.maps, form.height_from = {"HEIGHT"}, "ALPHA"
    with pytest.raises(RuntimeError, match="no alpha"):
        bpy.ops.easel.make_maps(image="Plaster", wait=True)
    assert bpy.ops.easel.make_maps(image="Plaster", height_from="GREEN", wait=True) == {"FINISHED"}
    (result,) = session.engine().job(texture_maps.maps_of(plaster.image)["HEIGHT"][JOB_KEY]).results
    with Image.open(result.path) as height:
        wanted = stored(plaster.image)[..., 1].astype(int) * 257
        assert np.abs(np.asarray(height).astype(int) - wanted).max() <= 1
    assert "channel G" in result.fit_note
    assert "Largest Shapes" not in draw(EASEL_PT_tiling).texts("prop")
    form.height_from = "SHADING"
    assert "Largest Shapes" in draw(EASEL_PT_tiling).texts("prop")


def wall(width: float = 4.0, height: float = 2.5) -> bpy.types.Object:
    """Return a wall that fills its UV map."""
    bpy.ops.mesh.primitive_plane_add(size=1.0)
    obj = bpy.context.object
    obj.scale = (width, height, 1)
    bpy.context.view_layer.update()
    return obj


def mapping_of(material: bpy.types.Material) -> bpy.types.Node:
    return next(node for node in material.node_tree.nodes if node.type == "MAPPING")


def linked(material: bpy.types.Material, socket: str) -> bpy.types.Node:
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    return shader.inputs[socket].links[0].from_node


def test_a_material_has_its_maps_at_its_real_size(service: "Simulator", tmp_path: Path) -> None:
    load(tmp_path / "plaster.png", textures.cut("plaster", SIDE))
    obj = wall()
    before = bpy.data.materials.new("Before")
    obj.data.materials.append(before)
    assert bpy.ops.easel.make_material(image="Plaster", size=2.0, wait=True) == {"FINISHED"}
    material = obj.active_material
    assert material != before
    assert before.use_fake_user, "what was there stays in the file"
    assert mapping_of(material).inputs["Scale"].default_value[:2] == pytest.approx((2.0, 1.25), rel=1e-3)
    base = linked(material, "Base Color").image
    assert base.name == "Plaster_BaseColor", "its seam was hidden first"
    assert measure_seams(stored(base)).worst < 1.1
    assert lineage.original_of(base) == bpy.data.images["Plaster"]
    assert set(texture_maps.maps_of(base)) == {"NORMAL", "ROUGHNESS", "HEIGHT"}
    assert linked(material, "Roughness").image.colorspace_settings.is_data
    assert linked(material, "Normal").type == "NORMAL_MAP"
    assert "repeats 2.0 × 1.2 times" in mirror.mirror().selected_job.placement_text
    count = len(bpy.data.images)
    assert bpy.ops.easel.make_material(image=base.name, size=1.0, wait=True) == {"FINISHED"}
    assert len(bpy.data.images) == count, "maps that are in the file are used again"
    assert obj.active_material == material, "its own material is brought up to date"
    assert mapping_of(material).inputs["Scale"].default_value[:2] == pytest.approx((4.0, 2.5), rel=1e-3)


def test_an_object_without_uvs_is_projected_from_its_sides(service: "Simulator", tmp_path: Path) -> None:
    load(tmp_path / "plaster.png", textures.tiling("plaster", SIDE))
    obj = wall()
    obj.data.uv_layers.remove(obj.data.uv_layers[0])
    bpy.ops.easel.make_material(image="Plaster", size=2.0, wait=True)
    assert linked(obj.active_material, "Base Color").projection == "BOX"
    assert linked(obj.active_material, "Normal").type == "BUMP"
    assert mapping_of(obj.active_material).inputs["Scale"].default_value[:2] == pytest.approx((2.0, 1.25))
    told = mirror.mirror().selected_job.placement_text
    assert "has no UVs" in told
    assert "repeats 2.0 × 0.0 times" in told, "it lies on the floor"


def test_overlapping_uvs_are_of_the_right_size(service: "Simulator", tmp_path: Path) -> None:
    load(tmp_path / "plaster.png", textures.tiling("plaster", SIDE))
    bpy.ops.mesh.primitive_cube_add(size=2.0)
    obj = bpy.context.object
    uvs = obj.data.uv_layers[0].data
    for polygon in obj.data.polygons:
        for loop, uv in zip(polygon.loop_indices, ((0, 0), (1, 0), (1, 1), (0, 1)), strict=True):
            uvs[loop].uv = uv
    bpy.ops.easel.make_material(image="Plaster", size=0.5, wait=True)
    assert mapping_of(obj.active_material).inputs["Scale"].default_value[:2] == pytest.approx((4.0, 4.0))
    assert "stretched" not in mirror.mirror().selected_job.placement_text


def test_stretched_uvs_are_told(service: "Simulator", tmp_path: Path) -> None:
    load(tmp_path / "plaster.png", textures.tiling("plaster", SIDE))
    bpy.ops.mesh.primitive_cube_add()
    obj = bpy.context.object
    uvs = obj.data.uv_layers[0].data
    for loop in obj.data.polygons[0].loop_indices:
        uvs[loop].uv = (uvs[loop].uv[0] * 5, uvs[loop].uv[1] * 5)
    bpy.ops.easel.make_material(image="Plaster", wait=True)
    assert "stretched" in mirror.mirror().selected_job.placement_text


@pytest.mark.parametrize(
    ("pixels", "refusal"),
    [
        (np.zeros((1, 64, 3), np.uint8), "too small"),
        (np.zeros((64, 1), np.uint8), "too small"),
        (np.zeros((8200, 8192), np.bool_), "too large"),
    ],
    ids=["one row", "one column", "more than 8K"],
)
def test_a_picture_of_no_such_size_is_refused(
    service: "Simulator", tmp_path: Path, pixels: "Pixels", refusal: str
) -> None:
    load(tmp_path / "small.png", pixels, "Small")
    count = len(bpy.data.images)
    for verb in (bpy.ops.easel.make_seamless, bpy.ops.easel.make_maps):
        with pytest.raises(RuntimeError, match=refusal):
            verb(image="Small", wait=True)
    assert len(bpy.data.images) == count
    assert not works.is_busy()


@pytest.mark.parametrize("kind", ["RGBA", "I;16", "L", "flat", "wide", "8K"])
def test_pictures_of_every_kind_stay_what_they_are(service: "Simulator", tmp_path: Path, kind: str) -> None:
    pixels = textures.cut("concrete", 64)
    if kind == "RGBA":
        holes = np.full((64, 64, 1), 255, np.uint8)
        holes[20:30, 20:30] = 0
        pixels = np.concatenate((pixels, holes), 2)
    elif kind == "I;16":
        pixels = pixels[..., 0].astype(np.uint16) * 257
    elif kind == "L":
        pixels = pixels[..., 0]
    elif kind == "flat":
        pixels = np.full((64, 64, 3), 90, np.uint8)
    elif kind == "wide":
        pixels = pixels[:24]
    elif kind == "8K":  # in one direction only, to save time
        pixels = np.tile(pixels[:24], (1, 128, 1))
    load(tmp_path / "source.png", pixels, "Source")
    assert bpy.ops.easel.make_seamless(image="Source", wait=True) == {"FINISHED"}
    made = bpy.data.images["Source_Seamless"]
    with Image.open(session.engine().job(made[JOB_KEY]).results[0].path) as found:
        assert found.size == (pixels.shape[1], pixels.shape[0])
        assert np.asarray(found).dtype == pixels.dtype
    assert bpy.ops.easel.make_maps(image="Source", wait=True) == {"FINISHED"}


def test_floats_stay_floats(service: "Simulator", tmp_path: Path) -> None:
    image = bpy.data.images.new("Light", 64, 64, float_buffer=True)
    values = np.ones((64, 64, 4), np.float32)
    values[..., :3] = textures.cut("concrete", 64) / np.float32(64)
    image.pixels.foreach_set(values.ravel())
    assert bpy.ops.easel.make_seamless(image="Light", wait=True) == {"FINISHED"}
    made = bpy.data.images["Light_Seamless"]
    assert made.is_float
    bpy.ops.easel.measure_seams(image="Light_Seamless")  # only Blender can read this image
    pump_until(lambda: not seams.is_busy())
    seen = seams.seen_of(made)
    assert seen is not None
    assert seen.seams is not None, seen.problem
    found = np.empty(64 * 64 * made.channels, np.float32)
    made.pixels.foreach_get(found)
    assert found.max() > 1.5, "values above white"


def test_tiles_are_refused(service: "Simulator", load_udim: "Callable[..., bpy.types.Image]") -> None:
    image = load_udim("png", "RGB")
    with pytest.raises(RuntimeError, match="UDIM"):
        bpy.ops.easel.make_seamless(image=image.name, wait=True)
    with pytest.raises(RuntimeError, match="no image “Nowhere”"):
        bpy.ops.easel.make_maps(image="Nowhere")


def test_the_panel_says_how_visible_the_seam_is(plaster: bpy.types.Node) -> None:
    draw(EASEL_PT_tiling)
    pump_until(lambda: seams.seen_of(plaster.image) is not None and not seams.is_busy())
    texts = draw(EASEL_PT_tiling).texts("label")
    assert any(text.startswith("Seam across: ") and text.endswith("faint") for text in texts), texts
    assert any(text.startswith("Stands out: ") and text.endswith("not seen") for text in texts), texts
    bpy.ops.easel.make_seamless(wait=True)
    draw(EASEL_PT_tiling)
    pump_until(lambda: seams.seen_of(plaster.image) is not None and not seams.is_busy())
    assert "not seen" in " ".join(draw(EASEL_PT_tiling).texts("label"))


def test_maps_are_exported_by_the_names_that_others_read(plaster: bpy.types.Node, tmp_path: Path) -> None:
    bpy.ops.easel.make_maps(image="Plaster", maps={"NORMAL", "ROUGHNESS", "OCCLUSION"}, wait=True)
    folder = tmp_path / "out" / "Plaster"
    bpy.ops.easel.export_maps(image="Plaster", directory=str(folder), packed=True, materialx=True, wait=True)
    names = {path.name for path in folder.iterdir()}
    maps = {f"Plaster_{part}.png" for part in ("BaseColor", "Normal", "Roughness", "AO", "ORM")}
    assert names == {*maps, "Plaster.mtlx"}
    with (
        Image.open(folder / "Plaster_ORM.png") as packed,
        Image.open(folder / "Plaster_Roughness.png") as one,
    ):
        assert (np.asarray(packed)[..., 1] == np.asarray(one)).all()
        assert not np.asarray(packed)[..., 2].any(), "no metal"
    bpy.ops.easel.export_maps(image="Plaster", directory=str(folder), wait=True)
    assert len(list(folder.iterdir())) == 10, "nothing was written over"


def test_sliders_are_seen_small_on_the_object_and_then_made(service: "Simulator", tmp_path: Path) -> None:
    load(tmp_path / "plaster.png", textures.tiling("plaster", SIDE))
    obj, form = wall(), bpy.context.scene.easel.tiling
    with pytest.raises(RuntimeError, match="material with maps first"):
        bpy.ops.easel.preview_maps(image="Plaster")
    bpy.ops.easel.make_material(image="Plaster", size=2.0, wait=True)
    rough = linked(obj.active_material, "Roughness")
    made = rough.image
    bpy.ops.easel.preview_maps(image="Plaster")
    pump_until(lambda: not previews.is_busy())
    assert rough.image != made
    before = stored(rough.image).mean()
    form.roughness = 0.2
    pump_until(lambda: not previews.is_busy())
    assert stored(rough.image).mean() < before / 2
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    assert rough.image == made, "what is only shown meanwhile is not saved"
    assert not [image for image in bpy.data.images if image.name.startswith(".")]
    bpy.ops.easel.make_maps(image="Plaster", maps={"ROUGHNESS"}, wait=True)
    assert rough.image != made, "the new map takes its place"
    assert stored(rough.image).mean() < before / 2


def previewed(tmp_path: Path) -> tuple[bpy.types.Node, bpy.types.Image]:
    """Return a node that currently shows a small map, and the map that belongs there."""
    load(tmp_path / "plaster.png", textures.tiling("plaster", SIDE))
    obj = wall()
    bpy.ops.easel.make_material(image="Plaster", maps={"ROUGHNESS"}, wait=True)
    rough = linked(obj.active_material, "Roughness")
    made = rough.image
    bpy.ops.easel.preview_maps(image="Plaster")
    pump_until(lambda: not previews.is_busy())
    assert rough.image != made
    return rough, made


def small_images() -> list[bpy.types.Image]:
    return [image for image in bpy.data.images if previews.NOTE in image]


def test_a_render_shows_the_maps_themselves(service: "Simulator", tmp_path: Path) -> None:
    rough, made = previewed(tmp_path)
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.samples = "CYCLES", 1
    scene.render.resolution_x = scene.render.resolution_y = 8
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(scene.camera)
    seen: list[bool] = []
    bpy.app.handlers.render_pre.append(look := lambda *_about: seen.append(rough.image == made))
    try:
        bpy.ops.render.render()
    finally:
        bpy.app.handlers.render_pre.remove(look)
    assert seen == [True]
    assert not small_images()


def test_a_preview_outlives_no_file_and_no_easel(
    service: "Simulator", tmp_path: Path, extension: "DevExtension"
) -> None:
    _rough, made = previewed(tmp_path)
    name, path = made.name, tmp_path / "saved by itself.blend"
    bpy.data.libraries.write(str(path), {*bpy.data.scenes})  # as Blender does: it calls no handler
    bpy.ops.wm.open_mainfile(filepath=str(path))
    material = next(each for each in bpy.data.materials if each.users)
    assert linked(material, "Roughness").image.name == name
    assert not small_images()
    bpy.ops.easel.preview_maps(image="Plaster")
    pump_until(lambda: not previews.is_busy())
    assert linked(material, "Roughness").image.name != name
    extension.disable()
    try:
        assert linked(material, "Roughness").image.name == name
        assert not small_images()
    finally:
        extension.enable()


def test_a_material_of_another_texture_stays_and_so_do_the_artists_nodes(
    service: "Simulator", tmp_path: Path
) -> None:
    load(tmp_path / "plaster.png", textures.tiling("plaster", SIDE))
    load(tmp_path / "stone.png", textures.tiling("stone", SIDE), "Stone")
    obj = wall()
    bpy.ops.easel.make_material(image="Plaster", maps={"ROUGHNESS"}, wait=True)
    first = obj.active_material
    tree = first.node_tree
    dirt = tree.nodes.new("ShaderNodeInvert")
    dirt.name = "My Dirt"
    tree.links.new(linked(first, "Base Color").outputs["Color"], dirt.inputs["Color"])
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    tree.links.new(dirt.outputs["Color"], shader.inputs["Base Color"])
    count = len(first.node_tree.nodes)
    bpy.ops.easel.make_material(image="Plaster", maps={"ROUGHNESS"}, size=3.0, wait=True)
    assert obj.active_material == first
    dirt = linked(first, "Base Color")
    assert dirt.name == "My Dirt", "it is linked as it was"
    assert dirt.inputs["Color"].links[0].from_node.image.name == "Plaster"
    assert len(first.node_tree.nodes) == count, "Easel's own were made anew"
    bpy.ops.easel.make_material(image="Stone", maps={"ROUGHNESS"}, wait=True)
    assert obj.active_material != first
    assert linked(first, "Base Color").inputs["Color"].links[0].from_node.image.name == "Plaster"
    assert first.use_fake_user, "what was there stays in the file"


def is_read_as_directx(material: bpy.types.Material) -> bool:
    node = linked(material, "Normal")
    if hasattr(node, "convention"):  # from Blender 5.2 on
        return node.convention == "DIRECTX"
    return node.inputs["Color"].links[0].from_node.type == "CURVE_RGB"


def test_normals_are_read_in_the_format_that_they_have(service: "Simulator", tmp_path: Path) -> None:
    load(tmp_path / "plaster.png", textures.tiling("plaster", SIDE))
    obj, form = wall(), bpy.context.scene.easel.tiling
    make_maps = partial(bpy.ops.easel.make_maps, image="Plaster", maps={"NORMAL"}, wait=True)
    make_maps(normal_format="OPENGL")
    form.seamless, form.normal_format = False, "DIRECTX"
    bpy.ops.easel.make_material(image="Plaster", maps={"NORMAL"}, wait=True)
    material = obj.active_material
    assert not is_read_as_directx(material), "the map was there, in its own format"
    first = texture_maps.maps_of(bpy.data.images["Plaster"])["NORMAL"]
    make_maps()
    assert is_read_as_directx(material)
    second = texture_maps.maps_of(bpy.data.images["Plaster"])["NORMAL"]
    apart = stored(first).astype(int) + stored(second) - 255
    assert np.abs(apart[..., 1]).max() <= 1, "green is turned"
    form.normal_format = "OPENGL"
    bpy.ops.easel.preview_maps(image="Plaster")
    pump_until(lambda: not previews.is_busy())
    (small,) = small_images()
    assert np.abs(stored(small).astype(int) - stored(second))[..., 1].mean() < 2, "as the node reads it"
    previews.end()
    make_maps()
    assert not is_read_as_directx(material)


def test_a_material_has_what_was_chosen(service: "Simulator", tmp_path: Path) -> None:
    load(tmp_path / "plaster.png", textures.tiling("plaster", SIDE))
    obj, form = wall(), bpy.context.scene.easel.tiling
    first = bpy.data.materials.new("First")
    obj.data.materials.append(first)
    form.height_as, form.slots, form.hides_repetition, form.normal_format = (
        *("DISPLACEMENT", "NEW"),
        True,
        "DIRECTX",
    )
    bpy.ops.easel.make_material(image="Plaster", wait=True)
    assert [slot.material.name for slot in obj.material_slots] == ["First", "Plaster"]
    material = obj.material_slots[1].material
    kinds = {node.type for node in material.node_tree.nodes}
    assert {"DISPLACEMENT", "GROUP", "NORMAL_MAP"} <= kinds
    assert material.displacement_method == "BOTH"
    normal = next(node for node in material.node_tree.nodes if node.type == "NORMAL_MAP")
    assert getattr(normal, "convention", "DIRECTX") == "DIRECTX"
    assert ("CURVE_RGB" in kinds) is not hasattr(normal, "convention"), "turned back, one way or the other"
    form.slots = "ACTIVE"
    bpy.ops.easel.make_material(image="Plaster", wait=True)
    assert len([group for group in bpy.data.node_groups if group.name.startswith("Hide")]) == 1


def test_a_result_is_made_to_tile(service: "Simulator") -> None:
    bpy.ops.easel.generate(prompt="Copper", placement="IMAGE", wait=True)
    (job,) = session.engine().jobs()
    bpy.ops.easel.tile_picture(job_id=job.id)
    assert works.is_busy()
    pump_until(lambda: not works.is_busy() and "Copper_Seamless" in bpy.data.images)
    assert lineage.original_of(bpy.data.images["Copper_Seamless"]).name == "Copper"
