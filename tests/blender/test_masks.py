# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits inside a mask, from the form to the new datablock: known pixels in, known pixels out."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray
from pumping import pump_until
from recording_layout import RecordingLayout, draw
from source_facts import wait_for_pillow

from easel.imaging.exr import write_exr
from easel.imaging.png import ArrayRows, write_png
from easel.jobs import images as library_images
from easel.panels.masks import draw_mask
from easel.scene.listing import result_thumbnails
from easel.scene.masks.masks import mask_problem, mask_text, packed_points, unpacked_points
from easel.scene.prompts.reuse import reuse
from easel.scene.session import session

if TYPE_CHECKING:
    from easel.simulator import Simulator

WIDTH, HEIGHT = 96, 64
FEATHER = 3
INSIDE = (slice(24, 40), slice(24, 48))
"""Rows from below and columns of the mask that most tests use."""


def known(depth: type, channels: int = 4) -> NDArray[Any]:
    """Return known pixels, bottom row first; floats are premultiplied."""
    chance = np.random.default_rng(5)
    values = chance.random((HEIGHT // 4, WIDTH // 4, channels)).repeat(4, 0).repeat(4, 1)
    values = values * 0.9 + chance.random(values.shape) / 10
    if depth is np.float32:
        values[..., :3] *= values[..., 3:] * 3
        return values.astype(np.float32)
    return (values * np.iinfo(depth).max).astype(depth)


def pixels_of(image: bpy.types.Image) -> NDArray[np.float32]:
    values = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
    image.pixels.foreach_get(values)
    return values.reshape(image.size[1], image.size[0], image.channels)


def load(path: Path, values: NDArray[Any]) -> bpy.types.Image:
    with path.open("wb") as file:
        if path.suffix == ".exr":
            write_exr(file, values[::-1])
        else:
            write_png(file, ArrayRows(values[::-1]))
    return bpy.data.images.load(str(path))


@pytest.fixture
def edit(service: "Simulator") -> Callable[..., bpy.types.Image]:
    """Return a function that edits an image as the form says, and returns the new datablock."""

    def run(source: bpy.types.Image, **settings: Any) -> bpy.types.Image:
        form = bpy.context.scene.easel
        mask = form.mask
        mask.feather, mask.bleed = FEATHER, 0
        for name, value in settings.items():
            setattr(mask, name, value)
        before = set(bpy.data.images)
        done = bpy.ops.easel.edit(
            prompt="mossy",
            sources=[{"name": source.name}],
            placement="IMAGE",
            sizing="KEEP_SIZE",
            wait=True,
        )
        assert done == {"FINISHED"}
        (new,) = set(bpy.data.images) - before
        assert tuple(new.size) == (WIDTH, HEIGHT)
        return new

    return run


def draw_inside(image: bpy.types.Image) -> None:
    """Draw the box `INSIDE` on an image."""
    rows, columns = INSIDE
    left, right = columns.start / WIDTH, columns.stop / WIDTH
    bottom, top = rows.start / HEIGHT, rows.stop / HEIGHT
    area = bpy.context.scene.easel.mask.areas.add()
    area.image = image
    area.points = packed_points(((left, bottom), (right, bottom), (right, top), (left, top)))


def assert_only_inside(new: bpy.types.Image, old: NDArray[np.float32], *, reach: int = FEATHER) -> None:
    rows, columns = INSIDE
    after = pixels_of(new)
    outside = np.ones((HEIGHT, WIDTH), np.bool_)
    outside[rows.start - reach : rows.stop + reach, columns.start - reach : columns.stop + reach] = False
    assert after[outside].tobytes() == old[outside].tobytes()
    assert after[..., 3].tobytes() == old[..., 3].tobytes()
    assert (after[INSIDE] != old[INSIDE]).any(-1).mean() > 0.9


# -- depth --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_an_exr_file_holds_the_floats_bit_by_bit(tmp_path: Path, channels: int) -> None:
    values = np.random.default_rng(1).normal(0, 100, (37, 19, channels)).astype(np.float32)
    values[0, :5, 0] = (np.inf, -1, 0, 1e-30, 65504)
    image = load(tmp_path / "floats.exr", values)
    assert image.is_float
    read = pixels_of(image)
    assert (
        read[..., : min(channels, 3)].tobytes()
        == np.broadcast_to(values[..., : min(channels, 3)], (37, 19, min(channels, 3))).tobytes()
    )
    if channels == 1:
        assert (read[..., 2] == values[..., 0]).all()
    np.testing.assert_array_equal(read[..., 3], values[..., 3] if channels == 4 else 1)


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_files_depth_is_kept(edit: Callable[..., bpy.types.Image], tmp_path: Path, depth: type) -> None:
    image = load(tmp_path / "wall.png", known(depth))
    draw_inside(image)
    new = edit(image, kind="AREA")
    assert new.is_float == (depth is np.uint16)
    assert_only_inside(new, pixels_of(image))


def test_a_premultiplied_file_stays_one(edit: Callable[..., bpy.types.Image], tmp_path: Path) -> None:
    values = known(np.uint8)
    values[..., :3] = np.minimum(values[..., :3], values[..., 3:])
    image = load(tmp_path / "wall.png", values)
    image.alpha_mode = "PREMUL"
    draw_inside(image)
    new = edit(image, kind="AREA")
    assert new.alpha_mode == "PREMUL"
    assert_only_inside(new, pixels_of(image))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_tiff_of_16_bits_keeps_them(
    edit: Callable[..., bpy.types.Image], tmp_path: Path, mode: str
) -> None:
    """Blender decodes it to floats, and the result is an EXR; both hold 16 bits."""
    made = bpy.data.images.new("made", WIDTH, HEIGHT, alpha=True, float_buffer=True)
    fine = np.random.default_rng(6).random((HEIGHT, WIDTH, 4), np.float32)
    fine[..., 3] = 1
    made.pixels.foreach_set(fine.ravel())
    settings = bpy.context.scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth = "TIFF", mode, "16"
    bpy.context.scene.view_settings.view_transform = "Standard"
    made.save_render(str(tmp_path / "deep.tif"))
    image = bpy.data.images.load(str(tmp_path / "deep.tif"))
    draw_inside(image)
    new = edit(image, kind="AREA")
    assert new.is_float
    old = pixels_of(image)
    assert np.unique(old[..., 0]).size > 256
    assert_only_inside(new, old)


@pytest.mark.parametrize("alpha_mode", ["PREMUL", "CHANNEL_PACKED"])
@pytest.mark.parametrize("is_painted", [False, True])
def test_floats_stay_floats(
    edit: Callable[..., bpy.types.Image], tmp_path: Path, alpha_mode: str, is_painted: bool
) -> None:
    image = load(tmp_path / "light.exr", known(np.float32))
    image.alpha_mode = alpha_mode
    if is_painted:
        painted = pixels_of(image)
        painted[:8, :8] = (2.5, 0.25, 0.125, 0.5)
        image.pixels.foreach_set(painted.ravel())
        assert image.is_dirty
    draw_inside(image)
    new = edit(image, kind="AREA")
    assert new.is_float
    assert new.alpha_mode == alpha_mode
    assert_only_inside(new, pixels_of(image))


@pytest.mark.parametrize("is_saved", [False, True])
def test_floats_survive_saving(edit: Callable[..., bpy.types.Image], tmp_path: Path, is_saved: bool) -> None:
    if is_saved:
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    image = load(tmp_path / "light.exr", known(np.float32))
    before = pixels_of(image)
    draw_inside(image)
    name = edit(image, kind="AREA").name
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    new = bpy.data.images[name]
    assert (new.packed_file is None) == is_saved
    assert_only_inside(new, before)
    assert len(bpy.context.scene.easel.mask.areas) == 1


def test_painted_and_generated_images(edit: Callable[..., bpy.types.Image]) -> None:
    for is_float in (False, True):
        image = bpy.data.images.new("Painted", WIDTH, HEIGHT, alpha=True, float_buffer=is_float)
        image.pixels.foreach_set((known(np.uint8) / np.float32(255)).astype(np.float32).ravel())
        draw_inside(image)
        new = edit(image, kind="AREA")
        assert new.is_float == is_float
        assert_only_inside(new, pixels_of(image))


def test_data_stays_data(edit: Callable[..., bpy.types.Image], tmp_path: Path) -> None:
    for name, depth in (("normals.png", np.uint8), ("height.exr", np.float32)):
        image = load(tmp_path / name, known(depth))
        image.colorspace_settings.name = "Non-Color"
        draw_inside(image)
        new = edit(image, kind="AREA")
        assert new.colorspace_settings.is_data
        assert_only_inside(new, pixels_of(image))


# -- kinds --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["OBJECT", "EDIT"])
def test_the_selected_faces(edit: Callable[..., bpy.types.Image], tmp_path: Path, mode: str) -> None:
    image = load(tmp_path / "wall.png", known(np.uint8))
    rows, columns = INSIDE
    mesh = bpy.data.meshes.new("Wall")
    low = (columns.start / WIDTH, rows.start / HEIGHT)
    high = (columns.stop / WIDTH, rows.stop / HEIGHT)
    corners = [(0, 0), (0.1, 0), (0.1, 0.1), (0, 0.1), low, (high[0], low[1]), high, (low[0], high[1])]
    mesh.from_pydata([(x, y, 0) for x, y in corners], [], [(0, 1, 2, 3), (4, 5, 6, 7)])
    layer = mesh.uv_layers.new()
    layer.uv.foreach_set("vector", np.array(corners, np.float32).ravel())
    mesh.polygons.foreach_set("select", [False, True])
    mesh.vertices.foreach_set("select", [False] * 4 + [True] * 4)
    mesh.edges.foreach_set("select", [all(vertex > 3 for vertex in edge.vertices) for edge in mesh.edges])
    obj = bpy.data.objects.new("Wall", mesh)
    bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = obj
    if mode == "EDIT":
        bpy.ops.object.mode_set(mode="EDIT")
        bpy.context.tool_settings.mesh_select_mode = (False, False, True)
    new = edit(image, kind="FACES", bleed=2)
    if mode == "EDIT":
        assert mask_text(bpy.context, bpy.context.scene.easel.mask, image) == "May change: 1 face of Wall"
        bpy.ops.object.mode_set(mode="OBJECT")
    assert_only_inside(new, pixels_of(image), reach=FEATHER + 2)


def test_another_image(edit: Callable[..., bpy.types.Image], tmp_path: Path) -> None:
    image = load(tmp_path / "wall.png", known(np.uint8))
    for is_painted in (False, True):
        grey = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        grey[INSIDE] = 255
        mask = load(tmp_path / "mask.png", 255 - grey if is_painted else grey)
        if is_painted:
            painted = np.ones((HEIGHT, WIDTH, 4), np.float32)
            painted[..., :3] = grey / 255
            mask.pixels.foreach_set(painted.ravel())
        assert_only_inside(edit(image, kind="IMAGE", image=mask), pixels_of(image))


def test_the_images_own_alpha(edit: Callable[..., bpy.types.Image], tmp_path: Path) -> None:
    values = known(np.uint8)
    values[..., 3] = 0
    values[(*INSIDE, 3)] = 255
    image = load(tmp_path / "leaf.png", values)
    image.alpha_mode = "CHANNEL_PACKED"
    assert_only_inside(edit(image, kind="ALPHA"), pixels_of(image))
    values[..., 3] = 255 - values[..., 3]
    image = load(tmp_path / "hole.png", values)
    image.alpha_mode = "CHANNEL_PACKED"
    assert_only_inside(edit(image, kind="ALPHA", invert=True), pixels_of(image))


def test_markers_are_told(service: "Simulator", edit: Callable[..., bpy.types.Image], tmp_path: Path) -> None:
    image = load(tmp_path / "wall.png", known(np.uint8))
    other = load(tmp_path / "other.png", known(np.uint8))
    for owner, text in ((image, "rust"), (other, "nothing"), (image, "a screw")):
        marker = bpy.context.scene.easel.mask.markers.add()
        marker.image, marker.place, marker.instruction = owner, (0.5, 0.5), text
    edit(image, kind="MARKERS")
    request = session.engine().jobs(1)[0].request
    assert request.full_prompt().endswith("mossy\nAt mark 1: rust\nAt mark 2: a screw")
    assert len(request.sources) == 2


def test_without_a_mask_nothing_is_added(
    service: "Simulator", edit: Callable[..., bpy.types.Image], tmp_path: Path
) -> None:
    edit(load(tmp_path / "wall.png", known(np.uint8)))
    request = session.engine().jobs(1)[0].request
    assert request.full_prompt() == "mossy"
    assert len(request.sources) == 1


# -- what can't be ------------------------------------------------------------------------------------


def test_a_mask_that_can_not_be_used_says_why(service: "Simulator", tmp_path: Path) -> None:
    image = load(tmp_path / "wall.png", known(np.uint8))
    mask = bpy.context.scene.easel.mask
    for kind, text in (
        ("FACES", "Make a mesh active"),
        ("IMAGE", "Choose the image that is the mask"),
        ("AREA", "Nothing is drawn on wall.png"),
        ("MARKERS", "No marker is set on wall.png"),
    ):
        mask.kind = kind
        assert text in mask_problem(bpy.context, mask, image)
        with pytest.raises(RuntimeError, match=text):
            bpy.ops.easel.edit(prompt="mossy", sources=[{"name": image.name}])
    mask.kind = "MARKERS"
    mask.markers.add().image = image
    assert mask_problem(bpy.context, mask, image) == "Marker 1 has no instruction: write one"
    assert not service.log


def test_a_full_list_has_no_place_for_a_mask(service: "Simulator", tmp_path: Path) -> None:
    image = load(tmp_path / "wall.png", known(np.uint8))
    draw_inside(image)
    bpy.context.scene.easel.mask.kind = "AREA"
    with pytest.raises(RuntimeError, match="the mask needs one of them: remove a source"):
        bpy.ops.easel.edit(prompt="mossy", sources=[{"name": image.name}] * 14)


def test_settings_are_reused_without_the_marked_copy(
    edit: Callable[..., bpy.types.Image], tmp_path: Path
) -> None:
    image = load(tmp_path / "wall.png", known(np.uint8))
    draw_inside(image)
    edit(image, kind="AREA")
    form = bpy.context.scene.easel
    form.mask.kind = "EVERYTHING"
    assert reuse(form, session.engine().jobs(1)[0].request) == []
    assert [source.image for source in form.sources] == [image]
    assert form.mask.kind == "AREA"


def test_points_come_back() -> None:
    points = ((0.25, 0.5), (-1.0, 2.125), (0.1, 0.999999))
    assert unpacked_points(packed_points(points)) == points
    assert unpacked_points("") == ()


# -- the panel ----------------------------------------------------------------------------------------


def test_areas_are_used_again_for_the_result_and_cleared_one_by_one(tmp_path: Path) -> None:
    image, result = (load(tmp_path / name, known(np.uint8)) for name in ("wall.png", "mossy.png"))
    mask = bpy.context.scene.easel.mask
    mask.kind = "AREA"
    draw_inside(image)
    area = bpy.context.window_manager.windows[0].screen.areas[0]
    area.type = "IMAGE_EDITOR"
    area.spaces.active.image = result
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[0], area=area):
        assert not bpy.ops.easel.clear_mask.poll()
        bpy.ops.easel.copy_mask()
        assert [(one.image, one.points) for one in mask.areas] == [
            (image, mask.areas[0].points),
            (result, mask.areas[0].points),
        ]
        bpy.ops.easel.clear_mask()
    assert [one.image for one in mask.areas] == [image]


def test_the_panel_says_what_the_mask_covers(tmp_path: Path) -> None:
    image = load(tmp_path / "wall.png", known(np.uint8))
    form = bpy.context.scene.easel

    def drawn(*, open_panels: bool = True, editor: str = "IMAGE_EDITOR") -> RecordingLayout:
        panel = SimpleNamespace(draw=lambda self, context: draw_mask(context, self.layout, form, image))
        return draw(panel, open_panels=open_panels, space_data=SimpleNamespace(type=editor))

    assert drawn().texts("label") == ["Mask"]
    form.mask.kind = "AREA"
    assert drawn(open_panels=False).texts("label") == ["Mask: Drawn Area"]
    assert drawn().texts("operator")[:2] == ["Draw Box", "Draw Lasso"]
    assert drawn(editor="VIEW_3D").texts("operator") == []
    assert "Draw it in an Image Editor" in " ".join(drawn(editor="VIEW_3D").texts("label"))
    draw_inside(image)
    assert "May change: 1 area of wall.png" in drawn().texts("label")
    form.mask.areas[0].image = load(tmp_path / "before.png", known(np.uint8))
    assert drawn().texts("operator")[2:] == ["Use Areas of before.png"]
    form.mask.areas[0].image = image
    form.mask.kind = "MARKERS"
    marker = form.mask.markers.add()
    marker.image = image
    assert drawn().texts("operator") == ["", "Add Marker"]
    assert "1 marker" not in drawn().texts("label")
    marker.instruction = "rust"
    assert "1 marker" in drawn().texts("label")
    bpy.ops.easel.remove_marker(index=0)
    assert len(form.mask.markers) == 0
    assert len(form.mask.areas) == 1, "areas are kept while markers are shown"


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_masked_edit_is_shown_as_it_was_put_back(
    edit: Callable[..., bpy.types.Image], tmp_path: Path, depth: type
) -> None:
    image = load(tmp_path / "wall.png", known(depth, 3))
    draw_inside(image)
    edit(image, kind="AREA")
    engine = session.engine()
    (job,) = engine.jobs()
    (result,) = job.results
    small = engine.library.fitted_thumbnail_path(job.id, 0)
    assert result.fitted is not None
    with PIL.Image.open(result.fitted) as placed:
        shown = np.asarray(placed.convert("RGB"))[::-1] / 255
    for kept in (False, True):  # it is made once, for the library too
        assert small.is_file() is kept
        result_thumbnails.stop()
        wait_for_pillow()
        session.note_drawn()
        pump_until(lambda: bool(result_thumbnails._state().previews))
        (preview,) = result_thumbnails._state().previews.values()
        assert tuple(preview.image_size) == (WIDTH, HEIGHT)
        drawn = np.array(preview.image_pixels_float[:]).reshape(HEIGHT, WIDTH, 4)
        np.testing.assert_allclose(drawn[..., :3], shown, atol=1.01 / 255)
        result.fitted.unlink(missing_ok=True)
    (row,) = library_images.search(engine.library.root)
    assert row.thumbnail_files()[0] == small, "the library shows the same"
    engine.gallery.put_in_bin([row.id])
    engine.gallery.empty_bin()
    pump_until(lambda: not small.exists())
