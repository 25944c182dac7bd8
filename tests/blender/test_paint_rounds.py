# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole model: other views, other looks, later rounds, UDIM tiles, no UVs."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
from edits import add_node, new_material
from PIL import Image
from pumping import pump_until
from recording_layout import draw

from easel.jobs.job import JobState
from easel.jobs.targets import PaintRound
from easel.panels.paint_model import EASEL_PT_paint_model
from easel.scene.history import lineage
from easel.scene.session import coverage, followed, mirror, painting, session, texture_sizes, works

if TYPE_CHECKING:
    from easel.simulator import Simulator

ARGUMENTS = {"prompt": "Weathered copper", "model": "GEMINI_3_1_FLASH", "resolution": "512px"}
RED = (220, 40, 30)
OTHER_PICTURE = ()


@pytest.fixture
def box(tmp_path: Path) -> bpy.types.Object:
    """Return a selected box that shows a green image."""
    Image.new("RGB", (256, 256), (10, 200, 30)).save(tmp_path / "green.png")
    bpy.ops.mesh.primitive_cube_add()
    obj = bpy.context.object
    obj.name = "Box"
    obj.data.materials.append(new_material("Glaze"))
    show(obj, bpy.data.images.load(str(tmp_path / "green.png")))
    return obj


@pytest.fixture
def tints(service: "Simulator", monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, int]]:
    """Make the model return what it was sent, mixed with the list's last colour; return the list."""
    from easel.simulator import drawing

    colours: list[tuple[int, int, int]] = []

    def edit(order: object, *_: object) -> Image.Image:
        sent = drawing._load(order.sources[0].path, order.size).convert("RGB")
        if not colours:
            return sent
        if colours[-1] is OTHER_PICTURE:
            return Image.effect_noise(order.size, 90).convert("RGB")
        values = np.array(sent).astype(float)
        is_model = np.abs(values - 128).max(2, keepdims=True) > 6  # the backdrop stays
        return Image.fromarray(
            np.where(is_model, values * 0.3 + np.array(colours[-1]) * 0.7, values).astype(np.uint8)
        )

    monkeypatch.setattr(drawing, "_edit", edit)
    monkeypatch.setattr(drawing, "_sign", lambda _image: None)
    return colours


def show(obj: bpy.types.Object, image: bpy.types.Image) -> None:
    tree = obj.active_material.node_tree
    node = add_node(tree, image)
    tree.links.new(node.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])


def colour_of(obj: bpy.types.Object) -> bpy.types.Image:
    tree = obj.active_material.node_tree
    return next(node for node in tree.nodes if node.type == "TEX_IMAGE" and node.outputs[0].is_linked).image


def values(image: bpy.types.Image) -> np.ndarray:
    found = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
    image.pixels.foreach_get(found)
    return found.reshape(image.size[1], image.size[0], image.channels)[..., :3]


def paid() -> list:
    return [job for job in session.engine().jobs() if not job.is_local]


def add_camera(name: str, turn: float) -> None:
    data = bpy.data.cameras.new(name)
    camera = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(camera)
    camera.location = (8 * math.sin(turn), -8 * math.cos(turn), 0)
    camera.rotation_euler = (math.pi / 2, 0, turn)


def test_what_is_sent_is_what_was_chosen(
    service: "Simulator", tints: list, box: bpy.types.Object, tmp_path: Path
) -> None:
    Image.new("RGB", (64, 64), (90, 20, 120)).save(tmp_path / "style.png")
    bpy.data.images.load(str(tmp_path / "style.png")).name = "Style"
    add_camera("Side", math.pi / 2)
    add_camera("Front", 0)
    bpy.ops.easel.paint_model(
        **ARGUMENTS,
        view_from="CAMERAS",
        look="TEXTURE",
        normals=True,
        depth=True,
        deep=True,
        size=256,
        sources=[{"name": "Style"}],
        wait=True,
    )
    (job,) = paid()
    target = job.placement.target
    assert [round(one.towards[1]) for one in target.viewpoints] == [-1, 0], "by their names"
    assert all(one.is_perspective for one in target.viewpoints)
    assert [ref.name for ref in job.placement.sent] == ["Style", "green.png"], (
        "what must never leave is known"
    )
    assert "2 views, row by row: front, left" in job.request.prompt
    assert [bool(source.role) for source in job.request.sources] == [False, True, True, True]
    image = colour_of(box)
    assert image.is_float or image.depth in (48, 64), "16 bits"
    seen = values(image)
    assert (seen[..., 1] > seen[..., 0] * 2).mean() > 0.3, "the green that was there"


def test_later_rounds_paint_only_what_they_are_for(tints: list, box: bpy.types.Object) -> None:
    tints.append(RED)
    bpy.ops.easel.paint_model(**ARGUMENTS, views=1, size=256, wait=True)
    first = colour_of(box)
    before = values(first)
    tints.append((30, 40, 220))
    bpy.ops.easel.fill_unseen(**ARGUMENTS, wait=True)
    second = colour_of(box)
    assert lineage.ancestors_of(second)[0] == first, "a version of it"
    (fill, whole) = paid()
    assert fill.placement.target.round == PaintRound.UNSEEN
    assert fill.placement.target.earlier == whole.placement.target.viewpoints
    assert 1 <= len(fill.placement.target.viewpoints) <= coverage.MOST_MORE
    after = values(second)
    changed = np.abs(after - before).max(2) > 0.05
    assert 0.3 < changed.mean() < 0.9, "five of six sides"
    assert np.array_equal(values(first), before)
    (local, *_others) = [job for job in session.engine().jobs() if job.is_local]
    assert len(local.placement.target.seen_from) == 1 + len(fill.placement.target.viewpoints)
    with pytest.raises(RuntimeError, match="painted already"):
        bpy.ops.easel.fill_unseen(**ARGUMENTS, wait=True)

    area = next(area for area in bpy.context.screen.areas if area.type == "VIEW_3D")
    with bpy.context.temp_override(area=area):
        bpy.ops.easel.repaint_view(**ARGUMENTS, wait=True)
    third = colour_of(box)
    assert lineage.ancestors_of(third)[0] == second
    assert paid()[0].placement.target.round == PaintRound.VIEW


def test_an_answer_is_projected_again_with_other_weights(tints: list, box: bpy.types.Object) -> None:
    bpy.ops.easel.paint_model(**ARGUMENTS, views=4, size=256, wait=True)
    (job,) = paid()
    assert not any("changed" in each.results[0].fit_note for each in session.engine().jobs())
    one = colour_of(box)
    for wrong in ("1;2", "a", "1;1;1;1;1"):
        with pytest.raises(RuntimeError, match="from 0 to 1"):
            bpy.ops.easel.project_views(job_id=job.id, weights=wrong)
    bpy.ops.easel.project_views(job_id=job.id, blend="EVEN", weights="1;0;0;0", size=512)
    pump_until(lambda: not works.is_busy() and not followed.is_busy())
    again = colour_of(box)
    assert again != one
    assert again.size[:] == (512, 512)
    assert lineage.ancestors_of(again)[0] == one
    notes = [job.results[0].fit_note for job in session.engine().jobs() if job.is_local]
    shares = [int(note.split("%")[0].split()[-1]) for note in notes]
    assert shares[0] < shares[1] / 2, "one view of four"
    assert sum(job.price for job in session.engine().jobs()) == job.price


def test_textures_are_as_large_as_those_before_and_bleed_as_far_as_chosen(
    tints: list, box: bpy.types.Object, tmp_path: Path
) -> None:
    path = tmp_path / "wide.png"
    Image.new("RGB", (640, 512), (10, 200, 30)).save(path)
    show(box, bpy.data.images.load(str(path)))
    drawn = {}
    for margin in (1, 32):
        bpy.ops.easel.paint_model(**ARGUMENTS, views=1, margin=margin, wait=True)
        assert colour_of(box).size[:] == (640, 512)
        drawn[margin] = (values(colour_of(box)).max(2) > 0).mean()
    assert 0 < drawn[1] < drawn[32] - 0.05
    form = bpy.context.scene.easel.to_paint
    assert texture_sizes.largest_side([box], "CYCLES") == 640
    show(box, bpy.data.images.new("Swatch", 64, 32))
    assert texture_sizes.largest_side([box], "CYCLES") == 2048, "a swatch is no texture"
    assert (form.size, form.margin) == ("OWN", 0)


@pytest.fixture
def skin(box: bpy.types.Object, tmp_path: Path) -> bpy.types.Image:
    """Return a UDIM image of three tiles on the box. Half of the faces lie on 1001, half on 1002."""
    for number, colour in ((1001, (200, 200, 20)), (1002, (20, 200, 200)), (1003, (1, 2, 3))):
        Image.new("RGB", (128, 128), colour).save(tmp_path / f"skin.{number}.png")
    tiled = bpy.data.images.load(str(tmp_path / "skin.1001.png"))
    tiled.source = "TILED"
    tiled.filepath = str(tmp_path / "skin.<UDIM>.png")
    for number in (1002, 1003):
        if number not in [tile.number for tile in tiled.tiles]:
            tiled.tiles.new(number)
    node = next(node for node in box.active_material.node_tree.nodes if node.type == "TEX_IMAGE")
    node.image = tiled
    change_uvs(box, slice(len(box.data.loops) // 2), lambda uvs: np.add(uvs, (1, 0)))
    return tiled


def change_uvs(box: bpy.types.Object, corners: slice, change: Callable[[np.ndarray], np.ndarray]) -> None:
    uvs = np.empty(len(box.data.loops) * 2, np.float32)
    layer = box.data.uv_layers[0].uv
    layer.foreach_get("vector", uvs)
    places = uvs.reshape(-1, 2)
    places[corners] = change(places[corners])
    layer.foreach_set("vector", uvs)
    box.data.update()


def test_udim_tiles_become_a_new_tiled_image(
    tints: list, box: bpy.types.Object, skin: bpy.types.Image
) -> None:
    tints.append(RED)
    bpy.ops.easel.paint_model(**ARGUMENTS, views=6, size=256, wait=True)
    made = colour_of(box)
    assert made != skin
    assert made.source == "TILED"
    assert sorted(tile.number for tile in made.tiles) == [1001, 1002, 1003]
    assert lineage.ancestors_of(made)[0] == skin
    assert len([job for job in session.engine().jobs() if job.is_local]) == 2, "a job for each painted tile"
    change_uvs(box, slice(None), lambda uvs: np.add(uvs, (5, 0)))
    count = len(paid())
    with pytest.raises(RuntimeError, match="has no tile"):
        bpy.ops.easel.paint_model(**ARGUMENTS, views=6, size=256, wait=True)
    assert len(paid()) == count


def test_a_tile_that_nothing_lies_on_any_more_stays_as_it_is(
    tints: list, box: bpy.types.Object, skin: bpy.types.Image
) -> None:
    from easel.scene import live

    tints.append(RED)
    bpy.ops.easel.paint_model(**ARGUMENTS, views=6, size=256)
    change_uvs(
        box, slice(len(box.data.loops) // 2, None), lambda uvs: np.add(uvs, (2, 0))
    )  # from 1001 to 1003
    live.forget(painting._Kept)  # as in another session
    pump_until(lambda: not works.is_busy() and not followed.is_busy() and colour_of(box) != skin)
    (made,) = [job for job in session.engine().jobs() if job.is_local]
    assert made.placement.tile.number == 1002
    with Image.open(made.results[0].path) as painted:
        red, green, _blue = np.asarray(painted.convert("RGB")).reshape(-1, 3).mean(0)
    assert red > green
    assert sorted(tile.number for tile in colour_of(box).tiles) == [1001, 1002, 1003]


def test_tiles_that_came_before_one_that_fails_are_placed(
    tints: list, box: bpy.types.Object, skin: bpy.types.Image
) -> None:
    middle = (1.5, 0.5)  # where four texels meet, so no texel shows such a small face
    change_uvs(box, slice(len(box.data.loops) // 2), lambda uvs: middle + (uvs - middle) * 1e-4)
    bpy.ops.easel.paint_model(**ARGUMENTS, views=6, size=256)
    pump_until(lambda: not works.is_busy() and not followed.is_busy())
    (made,) = [job for job in session.engine().jobs() if job.is_local]
    assert made.placement.tile.number == 1001
    assert "No part of the mesh lies on the texture" in str(mirror.placement_text(paid()[0].id))
    assert colour_of(box) != skin
    assert sorted(tile.number for tile in colour_of(box).tiles) == [1001, 1002, 1003]


def test_a_model_whose_faces_lie_on_no_tile_is_refused_before_it_is_paid(
    service: "Simulator", box: bpy.types.Object, skin: bpy.types.Image
) -> None:
    change_uvs(box, slice(None), np.zeros_like)
    with pytest.raises(RuntimeError, match="No part of the mesh lies on the texture"):
        bpy.ops.easel.paint_model(**ARGUMENTS, views=1, size=256)
    assert not service.tasks


def test_a_mesh_without_uvs_gets_some(tints: list, box: bpy.types.Object) -> None:
    box.data.uv_layers.remove(box.data.uv_layers[0])
    with pytest.raises(RuntimeError, match="no UV map"):
        bpy.ops.easel.paint_model(**ARGUMENTS, views=6, size=256)
    assert bpy.ops.easel.unwrap() == {"FINISHED"}
    assert box.mode == "OBJECT"
    assert box.select_get()
    bpy.ops.easel.paint_model(**ARGUMENTS, views=6, size=256, wait=True)
    (local,) = [job for job in session.engine().jobs() if job.is_local]
    assert "look alike" not in local.results[0].fit_note, "no faces share texels"
    assert not bpy.ops.easel.unwrap.poll()


def test_what_the_views_see_is_told_before_it_is_paid(service: "Simulator", box: bpy.types.Object) -> None:
    form = bpy.context.scene.easel
    form.mode, form.edit_prompt, form.to_paint.views = "EDIT", "Weathered copper", "1"
    mirror.show_status()
    selected = {"selected_objects": [box], "view_layer": bpy.context.view_layer, "area": None}
    draw(EASEL_PT_paint_model, **selected)
    session.note_drawn()
    assert coverage.is_busy()
    pump_until(lambda: not coverage.is_busy())
    drawn = draw(EASEL_PT_paint_model, **selected)
    told = " ".join(item.text for item in drawn.items)
    assert "17%" in told.replace(" ", ""), told
    assert "Uploads" in told
    add = next(item for item in drawn.items if item.name == "easel.add_paint_view")
    bpy.ops.easel.add_paint_view(towards=add.options.towards)
    assert len(form.to_paint.more) == 1
    bpy.ops.easel.show_unseen()
    draw(EASEL_PT_paint_model, **selected)
    pump_until(lambda: not coverage.is_busy())
    assert "2 views see" in " ".join(item.text for item in draw(EASEL_PT_paint_model, **selected).items)
    bpy.ops.easel.drop_paint_views()
    assert not form.to_paint.more
    assert not service.tasks


def test_a_mesh_is_painted_as_it_was_at_the_click_and_it_is_told(tints: list, box: bpy.types.Object) -> None:
    for change in (lambda: box.data.vertices[0].co.__setitem__(2, 4), box.data.clear_geometry):
        bpy.ops.easel.paint_model(**ARGUMENTS, views=1, size=256)
        change()
        box.data.update()
        pump_until(lambda: not works.is_busy() and not followed.is_busy())
        (made, *_) = [job for job in session.engine().jobs() if job.is_local]
        told, seen = made.results[0].fit_note.split(" · ")[:2]
        assert told == "Painted as the model was at the click: it has changed since"
        if not box.data.vertices:
            assert int(seen.split("%")[0]) > 10, "of what is gone by now"
    assert all(job.state is JobState.DONE for job in paid()), "the sheets are in the library"


def test_a_file_that_is_opened_again_meanwhile_changes_nothing(tints: list, box: bpy.types.Object) -> None:
    from easel.scene import live

    bpy.ops.easel.paint_model(**ARGUMENTS, views=1, size=256)
    bpy.ops.wm.read_homefile(app_template="")
    (job,) = paid()
    assert live.part(painting._Kept).pieces.keys() == {job.placement.target.stamp}
    pump_until(lambda: not works.is_busy() and not followed.is_busy())
    assert paid()[0].state is JobState.DONE
    bpy.ops.wm.read_homefile(app_template="")
    assert not live.part(painting._Kept).pieces, "nobody waits for it any longer"


def deleted(box: bpy.types.Object) -> None:
    bpy.data.objects.remove(box)


def without_uvs(box: bpy.types.Object) -> None:
    box.data.uv_layers.remove(box.data.uv_layers[0])
    box.data.update()


def without_colour(box: bpy.types.Object) -> None:
    box.active_material.node_tree.nodes.clear()


def with_more_materials_in_another_session(box: bpy.types.Object) -> None:
    from easel.scene import live

    live.forget(painting._Kept)
    box.data.materials.append(new_material("Other"))
    box.data.polygons[0].material_index = 1


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (deleted, "“Box” is gone. The sheet is in the library."),
        (without_uvs, "it has changed since"),
        (without_colour, "Base colour of Box"),
        (
            with_more_materials_in_another_session,
            "The materials have changed since. The sheet is in the library.",
        ),
    ],
)
def test_whatever_happens_meanwhile_the_paid_sheet_is_in_the_library(
    tints: list, box: bpy.types.Object, happens: Callable[[bpy.types.Object], None], why: str
) -> None:
    bpy.ops.easel.paint_model(**ARGUMENTS, views=1, size=256)
    happens(box)
    pump_until(lambda: not works.is_busy() and not followed.is_busy())
    (job,) = paid()
    assert job.state is JobState.DONE
    assert job.results[0].path.is_file()
    assert why in " ".join(str(mirror.placement_text(each.id)) for each in session.engine().jobs())


def test_what_is_left_of_the_objects_is_painted(tints: list, box: bpy.types.Object) -> None:
    other = box.copy()
    other.data, other.name = box.data.copy(), "Other"
    other.data.materials[0] = new_material("Wood")
    other.location.x = 4
    bpy.context.scene.collection.objects.link(other)
    bpy.ops.easel.paint_model(**ARGUMENTS, objects="Box; Other", views=4, size=256)
    deleted(box)
    pump_until(lambda: not works.is_busy() and not followed.is_busy())
    told = " ".join(str(mirror.placement_text(job.id)) for job in session.engine().jobs())
    assert "Base colour of Other" in told
    assert "Box is gone" in told
    assert colour_of(other).name.startswith("Wood")
    assert len(paid()) == 1


def test_views_that_are_all_framed_anew_are_told_and_taken_as_they_are_by_choice(
    tints: list, box: bpy.types.Object
) -> None:
    tints.append(OTHER_PICTURE)
    bpy.ops.easel.paint_model(**ARGUMENTS, views=4, size=256)
    pump_until(lambda: not works.is_busy() and not followed.is_busy())
    (job,) = paid()
    assert job.results[0].path.is_file()
    assert "re-framed all views" in str(mirror.placement_text(job.id))
    assert colour_of(box).name == "green.png"
    bpy.ops.easel.project_views(job_id=job.id, takes_reframed=True)
    pump_until(lambda: not works.is_busy() and not followed.is_busy())
    assert colour_of(box).name.startswith("Glaze_Painted")


def test_a_painted_texture_may_be_in_a_node_of_its_own(
    tints: list, box: bpy.types.Object, in_editor: Callable
) -> None:
    bpy.ops.easel.paint_model(**ARGUMENTS, views=1, size=256, wait=True)
    tree = box.active_material.node_tree
    painted, before = colour_of(box), set(tree.nodes.keys())
    (local,) = (job for job in session.engine().jobs() if job.is_local)
    with in_editor("ShaderNodeTree"):
        space = bpy.context.space_data
        space.pin = True
        space.path.start(tree)
        bpy.ops.easel.place(job_id=local.id, kind="NODE")
        space.path.clear()
    (name,) = set(tree.nodes.keys()) - before
    assert tree.nodes[name].image == painted
    assert not tree.nodes[name].outputs[0].is_linked
