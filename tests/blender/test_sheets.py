# SPDX-License-Identifier: GPL-3.0-or-later
"""Several textures in one request: one price, and each returns at its own size and place."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
import tiled
import tiling_textures as textures
from edits import add_node, new_material
from PIL import Image
from pumping import pump_until
from recording_layout import draw

from easel.jobs.job import JobState
from easel.jobs.placement import WORKED_ON_FIRST
from easel.panels.sheet import EASEL_PT_sheet
from easel.scene.history import lineage
from easel.scene.session import followed, mirror, session, worked_first, works

if TYPE_CHECKING:
    from easel.simulator import Simulator

SIZES = {"plaster": (128, 128), "concrete": (96, 160), "brushed metal": (200, 100)}


@pytest.fixture
def walls(tmp_path: Path) -> dict[str, bpy.types.Node]:
    """Return the nodes of three selected objects. Their textures differ in size; one has holes."""
    nodes: dict[str, bpy.types.Node] = {}
    names = list(textures.TEXTURES)
    for number, (name, (width, height)) in enumerate(SIZES.items()):
        pixels = textures.tiling(names[number], 200)[:height, :width]
        if number == 1:
            holes = np.full((height, width, 1), 255, np.uint8)
            holes[10:20, 10:20] = 0
            pixels = np.concatenate((pixels, holes), 2)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
        image = bpy.data.images.load(str(tmp_path / f"{number}.png"))
        image.name = name
        bpy.ops.mesh.primitive_plane_add()
        bpy.context.object.data.materials.append(new_material(name))
        nodes[name] = add_node(bpy.data.materials[name].node_tree, image)
    for obj in bpy.data.objects:
        obj.select_set(True)
    return nodes


def values(image: bpy.types.Image) -> np.ndarray:
    found = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
    image.pixels.foreach_get(found)
    return found.reshape(image.size[1], image.size[0], image.channels)


def test_textures_are_edited_in_one_request(
    service: "Simulator", echo: None, walls: dict[str, bpy.types.Node]
) -> None:
    before = {name: node.image for name, node in walls.items()}
    result = bpy.ops.easel.edit_sheet(prompt="Wet with rain", model="GEMINI_3_1_FLASH", wait=True)
    assert result == {"FINISHED"}
    jobs = session.engine().jobs()
    paid = [job for job in jobs if not job.is_local]
    assert len(paid) == 1, "one request"
    assert paid[0].price == paid[0].request.price > 0
    assert sum(job.price for job in jobs) == paid[0].price
    for name, node in walls.items():
        edited, source = node.image, before[name]
        assert edited != source
        assert lineage.original_of(edited) == source
        assert edited.size[:] == source.size[:] == SIZES[name]
        assert edited.channels == source.channels or edited.channels == 4
        apart = np.abs(values(edited)[..., :3] - values(source)[..., :3])
        assert apart.mean() < 0.03, f"{name}: the model gave back what it was sent"
    assert (values(walls["concrete"].image)[..., 3] == values(before["concrete"])[..., 3]).all()
    bpy.ops.easel.take_apart(job_id=paid[0].id)  # again, manually
    bpy.context.view_layer.objects.active = bpy.data.objects[0]


def test_of_a_sheet_that_is_paid_for_all_is_placed_that_still_can_be(
    service: "Simulator", echo: None, walls: dict[str, bpy.types.Node]
) -> None:
    before = {name: node.image for name, node in walls.items()}
    bpy.ops.easel.edit_sheet(prompt="Wet with rain", model="GEMINI_3_1_FLASH")
    first, *others = walls
    bpy.data.images.remove(before.pop(first))
    pump_until(lambda: not followed.is_busy() and not works.is_busy())
    (paid,) = [job for job in session.engine().jobs() if not job.is_local]
    assert f"The image “{first}” is gone." in str(mirror.placement_text(paid.id))
    for name in others:
        edited, source = walls[name].image, before[name]
        assert lineage.original_of(edited) == source
        apart = np.abs(values(edited)[..., :3] - values(source)[..., :3])
        assert apart.mean() < 0.03, f"{name}: it is taken off at its own place"
    for image in before.values():
        bpy.data.images.remove(image)
    with pytest.raises(RuntimeError, match="is gone"):
        bpy.ops.easel.take_apart(job_id=paid.id)


def test_a_baked_texture_with_holes_that_are_no_numbers_is_edited(
    service: "Simulator", echo: None, walls: dict[str, bpy.types.Node]
) -> None:
    baked = bpy.data.images.new("baked", 40, 30, float_buffer=True)
    colours = np.full(40 * 30 * 4, 0.5, np.float32)
    colours[400:480] = np.nan
    baked.pixels.foreach_set(colours)
    walls["concrete"].image = baked
    result = bpy.ops.easel.edit_sheet(prompt="Wet with rain", model="GEMINI_3_1_FLASH", wait=True)
    assert result == {"FINISHED"}
    assert walls["concrete"].image != baked
    assert np.isfinite(values(walls["concrete"].image)).all()


@pytest.mark.parametrize("has_others", [False, True], ids=["alone", "with other textures"])
def test_udim_tiles_are_edited_in_one_request(
    service: "Simulator",
    echo: None,
    load_udim: "Callable[..., bpy.types.Image]",
    walls: dict[str, bpy.types.Node],
    has_others: bool,
) -> None:
    skin = load_udim()
    skin.name = "skin"
    bpy.ops.object.select_all(action="DESELECT")
    bpy.ops.mesh.primitive_plane_add()
    bpy.context.object.data.materials.append(new_material("Skin"))
    node = add_node(bpy.data.materials["Skin"].node_tree, skin)
    if has_others:
        bpy.data.objects[0].select_set(True)
    bpy.context.scene.easel.mode = "EDIT"
    mirror.show_status()
    selected = {"selected_objects": bpy.context.selected_objects, "view_layer": bpy.context.view_layer}
    assert EASEL_PT_sheet.poll(SimpleNamespace(scene=bpy.context.scene, **selected))
    drawn = draw(EASEL_PT_sheet, **selected)
    assert any("skin (3 tiles)" in text for text in drawn.texts("label"))
    assert any(f"Edit {3 + has_others} Together" in text for text in drawn.texts("operator"))
    result = bpy.ops.easel.edit_sheet(prompt="Wet with rain", model="GEMINI_3_1_FLASH", wait=True)
    assert result == {"FINISHED"}
    paid = [job for job in session.engine().jobs() if not job.is_local]
    assert len(paid) == 1, "one request"
    pump_until(lambda: not followed.is_busy() and not works.is_busy())
    edited = node.image
    assert edited != skin
    assert edited.source == "TILED"
    assert lineage.original_of(edited) == skin
    assert [tile.number for tile in edited.tiles] == list(tiled.NUMBERS)
    for number, packed in zip(tiled.NUMBERS, edited.packed_files, strict=True):
        with Image.open(BytesIO(packed.packed_file.data)) as stored:
            apart = np.abs(np.asarray(stored.convert("RGBA")).astype(int) - tiled.picture(number))
        assert stored.size == (tiled.SIDE, tiled.SIDE)
        assert apart[..., :3].mean() < 12, f"{number}: the model gave back what it was sent"
    if has_others:
        assert walls["plaster"].image.name == "plaster_Edited"


def test_what_fails_is_told_and_nothing_is_sent(
    service: "Simulator", walls: dict[str, bpy.types.Node], tmp_path: Path
) -> None:
    with pytest.raises(RuntimeError, match="2 to 16 textures"):
        bpy.ops.easel.edit_sheet(prompt="Wet", images=[{"name": "plaster"}])
    walls["plaster"].image.easel_never_upload = True
    with pytest.raises(RuntimeError, match="plaster"):
        bpy.ops.easel.edit_sheet(prompt="Wet")
    walls["plaster"].image.easel_never_upload = False
    (tmp_path / "0.png").write_bytes((tmp_path / "0.png").read_bytes()[:400])  # cut off
    with pytest.raises(RuntimeError, match="damaged"):
        bpy.ops.easel.edit_sheet(prompt="Wet", wait=True)
    (job,) = session.engine().jobs()
    assert job.state is JobState.FAILED
    assert not [each for each in service.log if each.method == "POST"]


def test_the_form_offers_it_with_its_price(service: "Simulator", walls: dict[str, bpy.types.Node]) -> None:
    form = bpy.context.scene.easel
    form.mode, form.edit_prompt = "EDIT", "Wet with rain"
    mirror.show_status()
    selected = {"selected_objects": bpy.context.selected_objects, "view_layer": bpy.context.view_layer}
    texts = draw(EASEL_PT_sheet, **selected).texts("operator")
    assert any(text.startswith("Edit 3 Together") and "15" in text for text in texts), texts
    bpy.ops.easel.edit_sheet(prompt="Wet with rain")
    with pytest.raises(RuntimeError, match="is in progress"):
        bpy.ops.easel.edit_sheet(prompt="Wet with rain")  # a second click pays nothing
    button = next(item for item in draw(EASEL_PT_sheet, **selected).items if item.name == "easel.edit_sheet")
    assert "is in progress" in button.options.grey
    pump_until(lambda: not followed.is_busy() and not works.is_busy())


def test_all_that_is_worked_on_first_is_begun_somewhere() -> None:
    assert set(worked_first.BEGIN) == WORKED_ON_FIRST
