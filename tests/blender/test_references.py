# SPDX-License-Identifier: GPL-3.0-or-later
"""References from a turnaround sheet: cut, set up around the model's place, corrected, shown and hidden."""

from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import pytest
from mathutils import Vector
from PIL import Image
from placing import add_mesh
from pumping import pump_until
from recording_layout import draw
from turnaround_sheets import DrawnSheet, draw_sheet

from easel.imaging.turnaround.borders import even, moved, turned
from easel.operators import borders
from easel.panels.references import EASEL_PT_references
from easel.panels.result import EASEL_PT_result
from easel.prompting.templates import SHEET
from easel.scene.session import splits
from easel.scene.sources import never_upload
from easel.scene.sources.snapshots import snapshot

if TYPE_CHECKING:
    from easel.simulator import Simulator

NAMES = ["Reference Back", "Reference Front", "Reference Right", "Reference Three Quarter"]


def load(drawn: DrawnSheet, path: Path) -> bpy.types.Image:
    Image.fromarray(drawn.pixels).save(path)
    image = bpy.data.images.load(str(path))
    image.name = "robot"
    return image


@pytest.fixture
def drawn() -> DrawnSheet:
    return draw_sheet(4, size=(688, 384), shadow=True)


@pytest.fixture
def sheet(drawn: DrawnSheet, tmp_path: Path) -> bpy.types.Image:
    return load(drawn, tmp_path / "sheet.png")


def split(**chosen: object) -> None:
    assert bpy.ops.easel.split_turnaround(image="robot", **chosen) == {"FINISHED"}


def view_space() -> bpy.types.Space:
    return next(area for area in bpy.context.screen.areas if area.type == "VIEW_3D").spaces.active


def references() -> list[bpy.types.Object]:
    return sorted((obj for obj in bpy.data.objects if obj.type == "EMPTY"), key=lambda obj: obj.name)


def extents(obj: bpy.types.Object) -> tuple[Vector, Vector]:
    """Return the lower left and upper right corner of an image empty's picture, in world space."""
    width, height = obj.data.size
    longest = max(width, height)
    x, y = obj.empty_image_offset
    corners = [
        Vector(((x + dx) * width, (y + dy) * height, 0.0)) * obj.empty_display_size / longest
        for dx, dy in ((0, 0), (1, 1))
    ]
    turn = obj.rotation_euler.to_matrix()
    return tuple(obj.location + turn @ corner for corner in corners)


def test_each_view_stands_behind_the_model_as_high_as_was_wanted(
    sheet: bpy.types.Image, drawn: DrawnSheet
) -> None:
    split(height=1.8)
    assert [obj.name for obj in references()] == NAMES
    for obj in references():
        low, high = extents(obj)
        figure = drawn.figures[0]
        shown = 1.8 / (figure.bottom - figure.top)  # metres per pixel
        margin = 0.03 * 1.8 + 3 * shown
        assert low.z == pytest.approx(0.0, abs=margin)
        assert low.z < 1e-6  # the feet are on the floor, the margin is below it
        assert high.z == pytest.approx(1.8, abs=margin)
        assert obj.location.z == pytest.approx(0.0, abs=1e-6)
        looks_to = obj.rotation_euler.to_matrix() @ Vector((0, 0, 1))
        assert obj.location.dot(looks_to) < -0.5  # behind the middle, if seen from its own side
        assert (low + high).xy.dot(Vector((looks_to.y, -looks_to.x))) == pytest.approx(0, abs=0.1)
        assert obj.empty_image_side == "FRONT"
        assert obj.hide_select
        assert all(obj.lock_location)
        assert obj.data.packed_file is not None  # the .blend is not saved
    towards = {obj.name: obj.rotation_euler.to_matrix() @ Vector((0, 0, 1)) for obj in references()}
    assert towards["Reference Front"].y == pytest.approx(-1)
    assert towards["Reference Right"].x == pytest.approx(1)
    assert towards["Reference Back"].y == pytest.approx(1)


@pytest.mark.parametrize("name", ["robot.png", "Mr. Robot"])
def test_views_are_named_after_the_sheet(name: str, sheet: bpy.types.Image) -> None:
    sheet.name = name
    assert bpy.ops.easel.split_turnaround(image=name) == {"FINISHED"}
    front = bpy.data.objects["Reference Front"].data
    assert front.name == f"{name.removesuffix('.png')}.Front"
    assert Path(front.name).stem == name.removesuffix(".png")  # a model made from it gets this name


def test_they_are_as_high_as_the_selected_object(sheet: bpy.types.Image) -> None:
    thing = add_mesh()
    thing.rotation_euler.x = 1.5707963
    thing.scale.y = 2.5
    bpy.context.view_layer.update()
    split()
    assert bpy.data.collections["References"].easel_references.figure_height == pytest.approx(2.5)


def test_split_again_they_take_the_place_of_those_before(sheet: bpy.types.Image) -> None:
    split(height=1.0)
    settings = bpy.data.collections["References"].easel_references
    settings.views[0].side = "LEFT"
    split(height=2.0, views=4, borders=(0.2, 0.5, 0.8, 0.0, 0.0))
    assert len(bpy.data.collections) == 1
    assert len(references()) == 4
    assert len(bpy.data.images) == 5
    assert [view.side for view in settings.views] == ["LEFT", "THREE_QUARTER", "RIGHT", "BACK"]
    assert list(settings.borders)[:3] == pytest.approx([0.2, 0.5, 0.8], abs=0.01)
    split(views=2)
    assert [obj.name for obj in references()] == ["Reference Front", "Reference Right"]


def test_height_and_side_are_changed_without_cutting(sheet: bpy.types.Image) -> None:
    split(height=1.0)
    settings = bpy.data.collections["References"].easel_references
    front = settings.views[0].empty
    size, distance = front.empty_display_size, front.location.y
    settings.figure_height = 3.0
    assert front.empty_display_size == pytest.approx(3 * size)
    assert front.location.y == pytest.approx(3 * distance)
    settings.views[0].side = "TOP"
    assert front.rotation_euler.to_matrix() @ Vector((0, 0, 1)) == Vector((0, 0, 1))
    assert front.name == "Reference Top"
    assert sum(extents(front), Vector()).xy.length == pytest.approx(0, abs=0.2)


def frame_of(obj: bpy.types.Object) -> tuple[Vector, Vector]:
    """Return the lower left and upper right corner of a camera's background picture, in world space.

    Blender draws it (`FIT`) as large as the frame allows.
    """
    camera = obj.data
    corners = camera.view_frame(scene=bpy.context.scene)  # upper right, lower right, lower left, upper left
    right, top = corners[0].x, corners[0].y
    image = camera.background_images[0].image
    aspect = image.size[0] / image.size[1]
    half = Vector((right, right / aspect, 0.0)) if aspect > right / top else Vector((top * aspect, top, 0.0))
    turn = obj.rotation_euler.to_matrix()
    return obj.location - turn @ half, obj.location + turn @ half


@pytest.mark.parametrize("frame", [(1920, 1080), (300, 1600)])
def test_behind_what_cameras_see_the_views_stand_as_the_empties_do(
    frame: tuple[int, int], sheet: bpy.types.Image
) -> None:
    render = bpy.context.scene.render
    render.resolution_x, render.resolution_y = frame
    split(height=1.8)
    settings = bpy.data.collections["References"].easel_references
    settings.views[1].side = "TOP"
    before = {obj.name: (extents(obj), obj.data) for obj in references()}
    count = len(bpy.data.images)
    settings.shape = "CAMERAS"
    cameras = [view.empty for view in settings.views]
    assert sorted(obj.name for obj in cameras) == sorted(before)
    assert not references()  # the empties are gone
    for obj in cameras:
        (low, high), image = before[obj.name]
        corners = frame_of(obj)
        looks_to = obj.rotation_euler.to_matrix() @ Vector((0, 0, 1))
        for corner, wanted in zip(corners, (low, high), strict=True):
            off = corner - wanted
            assert (off - looks_to * off.dot(looks_to)).length < 2e-3  # unmoved if seen from its side
        assert obj.location.dot(looks_to) > 1.8  # in front of the model
        assert obj.data.background_images[0].image == image
        assert obj.hide_select
        assert all(obj.lock_rotation)
    bpy.ops.easel.toggle_references()
    assert not any(obj.data.show_background_images for obj in cameras)
    bpy.ops.easel.toggle_references()
    assert all(obj.data.show_background_images for obj in cameras)
    split(height=1.8)  # the references stay cameras
    assert {view.empty.type for view in settings.views} == {"CAMERA"}
    settings.shape = "EMPTIES"
    assert [obj.name for obj in references()] == sorted(before)
    assert all(obj.data.name.startswith("robot.") for obj in references())
    assert not bpy.data.cameras
    assert len(bpy.data.images) == count


def test_a_view_looks_from_a_reference_and_back(sheet: bpy.types.Image) -> None:
    area = next(area for area in bpy.context.screen.areas if area.type == "VIEW_3D")
    space = area.spaces.active
    bpy.context.scene.camera = own = bpy.data.objects.new("Own", bpy.data.cameras.new("Own"))
    bpy.context.scene.collection.objects.link(own)
    for shape in ("EMPTIES", "CAMERAS"):
        split(height=1.8, shape=shape)
        with bpy.context.temp_override(area=area):
            bpy.ops.easel.look_from_reference(object="Reference Right")
            view = space.region_3d
            assert view.view_perspective == ("CAMERA" if shape == "CAMERAS" else "ORTHO")
            assert space.use_local_camera == (shape == "CAMERAS")
            hidden = [obj.name for obj in bpy.data.collections["References"].objects if obj.hide_viewport]
            assert len(hidden) == (3 if shape == "CAMERAS" else 0)
            assert "Reference Right" not in hidden
            bpy.ops.easel.look_from_reference(object="Reference Right")
        assert view.view_perspective == "PERSP"
        assert not space.use_local_camera
        assert bpy.context.scene.camera == own
    with bpy.context.temp_override(area=area):
        bpy.ops.easel.look_from_reference(object="Reference Back")
    bpy.data.collections["References"].easel_references.shape = "EMPTIES"  # this removes its camera
    assert not space.use_local_camera
    assert bpy.data.objects["Own"] == bpy.context.scene.camera


def test_one_click_hides_all_and_one_shows_them(sheet: bpy.types.Image) -> None:
    assert not bpy.ops.easel.toggle_references.poll()
    split()
    layer = bpy.context.view_layer.layer_collection.children["References"]
    bpy.ops.easel.toggle_references()
    assert not layer.is_visible
    bpy.ops.easel.toggle_references()
    assert layer.is_visible


def test_the_panel_shows_what_can_be_set_right(sheet: bpy.types.Image) -> None:
    assert not EASEL_PT_references.poll(bpy.context)
    split()
    drawn = draw(EASEL_PT_references, view_layer=bpy.context.view_layer, space_data=view_space())
    assert drawn.texts("prop") == ["Show As", "Height", *(f"View {n}" for n in (1, 2, 3, 4)), "Views"]
    (again,) = (item.options for item in drawn.items if item.name == "easel.split_turnaround")
    assert (again.image, again.views) == ("robot", 4)
    (adjust,) = (item.options for item in drawn.items if item.name == "easel.adjust_borders")
    assert adjust.image == "robot"


def test_views_change_places_when_one_is_named_anew(sheet: bpy.types.Image) -> None:
    split(height=1.0)
    settings = bpy.data.collections["References"].easel_references
    front, back = settings.views[0].empty, settings.views[3].empty
    place = tuple(back.location)
    settings.views[0].side = "BACK"
    assert [view.side for view in settings.views] == ["BACK", "THREE_QUARTER", "RIGHT", "FRONT"]
    assert [obj.name for obj in references()] == NAMES
    assert (front.name, back.name) == ("Reference Back", "Reference Front")
    assert tuple(front.location) == pytest.approx(place)
    assert borders.known_parting(sheet, bpy.context.scene).sides == (
        "BACK",
        "THREE_QUARTER",
        "RIGHT",
        "FRONT",
    )


def test_a_sheet_is_cut_as_its_borders_were_moved(sheet: bpy.types.Image) -> None:
    parting = moved(even(3), 0, 0.2)
    split(height=1.0)
    plan = borders.plan_of(bpy.context, sheet, turned(parting, 0, -1))
    splits.begin(plan, snapshot(sheet))
    pump_until(lambda: not splits.is_waiting())
    settings = bpy.data.collections["References"].easel_references
    assert [view.side for view in settings.views] == ["TOP", "RIGHT", "BACK"]
    assert list(settings.borders)[:2] == pytest.approx([0.2, 2 / 3], abs=0.01)


def test_the_views_go_to_the_model_by_the_objects_own_sides(sheet: bpy.types.Image) -> None:
    split(height=1.8)
    assert bpy.ops.easel.references_to_model() == {"FINISHED"}
    form = bpy.context.scene.easel.to_model
    views = {obj.name: obj.data for obj in references()}
    assert form.image == views["Reference Front"]
    assert form.image_left == views["Reference Right"]  # the side that shows the object looking to the left
    assert form.image_back == views["Reference Back"]
    assert form.image_right is None
    assert form.height == pytest.approx(1.8)


def test_beside_a_saved_file_they_are_files(sheet: bpy.types.Image, saved_file: Path) -> None:
    split()
    paths = {bpy.path.abspath(obj.data.filepath) for obj in references()}
    assert {Path(path).parent for path in paths} == {saved_file.parent / "textures"}
    assert {Path(path).name for path in paths} == {f"robot-view-{number}.png" for number in (1, 2, 3, 4)}


def test_the_simulators_sheet_has_four_views(service: "Simulator") -> None:
    """The test goes the artist's way, from the template to references."""
    bpy.context.scene.easel.chosen_template = "TURNAROUND_SHEET"
    bpy.context.scene.easel.prompt = "a robot"
    bpy.ops.easel.generate(placement="IMAGE", wait=True)
    (sheet,) = bpy.data.images
    assert bpy.ops.easel.split_turnaround(image=sheet.name, height=1.8) == {"FINISHED"}
    assert [obj.name for obj in references()] == NAMES


def test_what_must_not_leave_holds_for_the_views(sheet: bpy.types.Image) -> None:
    sheet.easel_never_upload = True
    split()
    assert never_upload.refusal(references()[0].data)
    assert sheet.use_fake_user


def test_a_painted_sheet_is_cut_as_it_is_seen(drawn: DrawnSheet) -> None:
    height, width = drawn.pixels.shape[:2]
    image = bpy.data.images.new("robot", width, height)
    opaque = [value / 255 for row in drawn.pixels[::-1] for pixel in row for value in (*pixel, 255)]
    image.pixels = opaque
    split()
    assert len(references()) == 4


def test_a_result_of_the_template_is_split_from_its_panel(service: "Simulator") -> None:
    bpy.ops.easel.generate(prompt="a robot", placement="IMAGE", wait=True)
    assert "easel.split_picture" not in draw(EASEL_PT_result).names("operator")  # it is in the menu
    form = bpy.context.scene.easel
    form.template, form.prompt = SHEET, "a robot"
    bpy.ops.easel.generate(placement="IMAGE", wait=True)
    assert "easel.split_picture" in draw(EASEL_PT_result).names("operator")
    image = next(image for image in bpy.data.images if image.name == "a robot.001")
    bpy.data.images.remove(image)
    assert bpy.ops.easel.split_picture(views=3, height=1.2) == {"FINISHED"}
    assert len(references()) == 3
    (collection,) = bpy.data.collections
    sheet = collection.easel_references.sheet
    assert sheet is not None
    assert sheet["easel_job"] == bpy.context.window_manager.easel.jobs[0].name


@pytest.mark.parametrize(
    ("name", "reason"), [("nothing", "There is no image “nothing”"), ("robot", "One view is found")]
)
def test_where_nothing_is_found_nothing_is_changed(name: str, reason: str, tmp_path: Path) -> None:
    load(draw_sheet(1, size=(300, 384)), tmp_path / "one.png")
    with pytest.raises(RuntimeError, match=reason):
        bpy.ops.easel.split_turnaround(image=name)
    assert not bpy.data.collections
    assert not splits.is_waiting()


def test_the_pump_sets_up_what_nobody_waits_for(
    sheet: bpy.types.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    from easel.scene.placement.references import ReferencesPlan
    from easel.scene.refs import reference

    plan = ReferencesPlan(sheet=reference(sheet), scene=reference(bpy.context.scene), height=1.0)
    splits.begin(plan, snapshot(sheet))
    pump_until(lambda: not splits.is_waiting())
    assert [obj.name for obj in references()] == NAMES
    splits.begin(plan, snapshot(sheet))
    bpy.data.images.remove(sheet)
    pump_until(lambda: not splits.is_waiting())
    assert [obj.name for obj in references()] == NAMES
