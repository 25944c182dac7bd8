# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits of the view, as far as possible without a window; and the looks for snapshots."""

import contextlib
import dataclasses
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest
from mathutils import Matrix, Vector
from PIL import Image
from recording_layout import draw

from easel.client.models import ModelId
from easel.client.requests import GenerateRequest
from easel.imaging.looks import LOOK_ITEMS, Look
from easel.jobs.job import Job, JobState, Result
from easel.jobs.placement import PaintedView, Placement
from easel.jobs.stored_placement import placement_from_dict
from easel.jobs.targets import DatablockRef, PlacementKind
from easel.panels.form import EASEL_PT_generate
from easel.panels.result import EASEL_PT_result
from easel.scene.errors import PlacementImpossible
from easel.scene.placement import view_edit
from easel.scene.placement.place import PlacementSettings, place
from easel.scene.views.looks import lent_look, obstacle_to_look

VIEW = PaintedView(
    object=DatablockRef(name="Cube", session_uid=7),
    matrix=(1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0),
    view_data=tuple(float(value) / 4 for value in range(35)),
    size=(2048, 1341),
)


@pytest.fixture
def painted(default_file: None) -> Iterator[bpy.types.Object]:
    """Yield the cube with a texture, in Texture Paint mode."""
    cube = bpy.data.objects["Cube"]
    tree = cube.active_material.node_tree
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = bpy.data.images.new("Skin", 64, 64)
    tree.links.new(node.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    tree.nodes.active = node
    bpy.ops.object.mode_set(mode="TEXTURE_PAINT")
    yield cube
    bpy.ops.object.mode_set(mode="OBJECT")


def space() -> bpy.types.SpaceView3D:
    window = bpy.data.window_managers[0].windows[0]
    return next(area for area in window.screen.areas if area.type == "VIEW_3D").spaces.active


# -- the view in a plan -------------------------------------------------------------------------------


def test_a_view_survives_the_ledger() -> None:
    placement = Placement(kind=PlacementKind.VIEW, session="here", view=VIEW)
    assert placement_from_dict(json.loads(json.dumps(placement.to_dict()))) == placement


def test_a_ledger_from_before_has_no_view() -> None:
    old = Placement(kind=PlacementKind.IMAGE).to_dict()
    del old["view"]
    assert placement_from_dict(old).view is None


@pytest.mark.parametrize(
    ("size", "fits"),
    [
        ((2048, 1341), True),
        ((1024, 671), True),
        ((4096, 2682), True),
        ((2048, 2048), False),
        ((2048, 1152), False),
    ],
)
def test_any_resolution_of_the_same_shape_fits(size: tuple[int, int], fits: bool) -> None:
    assert VIEW.fits(*size) is fits


def test_the_plan_names_the_object_and_the_view(painted: bpy.types.Object) -> None:
    painted.matrix_world = Matrix.Translation((1, 2, 3))
    plan = view_edit.plan_view_edit(bpy.context, space(), (800, 600), session="here")
    assert plan.kind is PlacementKind.VIEW
    assert plan.view is not None
    assert plan.view.object == DatablockRef(name="Cube", session_uid=painted.session_uid)
    assert plan.view.matrix[12:] == (1, 2, 3, 1)  # by columns
    assert len(plan.view.view_data) == 35
    seen = space().region_3d
    assert plan.view.view_data[:4] == tuple(seen.window_matrix.col[0])
    assert plan.view.view_data[28:32] == tuple(seen.view_matrix.col[3])
    start, end, is_orthographic = plan.view.view_data[32:]
    assert start == pytest.approx(space().clip_start, rel=1e-3)
    assert end == pytest.approx(space().clip_end, rel=0.05)  # 32 bits leave little precision
    assert is_orthographic == 0.0


def test_the_view_goes_along_with_the_object(painted: bpy.types.Object) -> None:
    """The view sees the mesh's points at the same places before and after the object moves."""
    painted.matrix_world = Matrix.Translation((1, 2, 3)) @ Matrix.Rotation(0.4, 4, "X")
    plan = view_edit.plan_view_edit(bpy.context, space(), (800, 600), session="here")
    assert plan.view is not None
    seen = Matrix([plan.view.view_data[16 + i : 20 + i] for i in (0, 4, 8, 12)]).transposed()
    before = seen @ painted.matrix_world
    painted.matrix_world = Matrix.Translation((-4, 0, 1)) @ Matrix.Rotation(math.pi / 3, 4, "Z")
    now = view_edit._view_data_now(plan.view, painted, (800, 600))
    assert now[32:] == list(plan.view.view_data[32:])
    after = Matrix([now[16 + i : 20 + i] for i in (0, 4, 8, 12)]).transposed() @ painted.matrix_world
    assert [list(row) for row in after] == [pytest.approx(list(row), abs=1e-4) for row in before]


def test_pixels_are_where_their_middles_are(painted: bpy.types.Object) -> None:
    """Easel shifts the view, because Blender's operator reads half a pixel too far right and up."""
    plan = view_edit.plan_view_edit(bpy.context, space(), (800, 600), session="here")
    assert plan.view is not None

    def pixel(values: Sequence[float]) -> tuple[float, float]:
        projection = Matrix([values[i : i + 4] for i in (0, 4, 8, 12)]).transposed()
        x, y, _z, w = projection @ Vector((0.3, -0.2, -5, 1))
        return (x / w + 1) * 400, (y / w + 1) * 300

    x, y = pixel(plan.view.view_data)
    now = view_edit._view_data_now(plan.view, painted, (800, 600))
    assert pixel(now) == pytest.approx((x - 0.5, y - 0.5), abs=1e-3)


# -- what stands in the way ---------------------------------------------------------------------------


def test_the_textures_that_would_be_painted(painted: bpy.types.Object) -> None:
    assert [image.name for image in view_edit.painted_textures(painted, bpy.context.scene)] == ["Skin"]
    settings = bpy.context.scene.tool_settings.image_paint
    settings.mode = "IMAGE"
    assert view_edit.painted_textures(painted, bpy.context.scene) == []
    settings.canvas = bpy.data.images.new("Canvas", 8, 8)
    assert [image.name for image in view_edit.painted_textures(painted, bpy.context.scene)] == ["Canvas"]


def test_it_says_what_is_missing(painted: bpy.types.Object) -> None:
    assert view_edit.obstacle_to_view_edit(bpy.context) == ""
    painted.active_material.node_tree.nodes["Image Texture"].image = None
    bpy.ops.object.mode_set(mode="OBJECT")
    assert "Texture Paint" in view_edit.obstacle_to_view_edit(bpy.context)
    bpy.ops.object.mode_set(mode="TEXTURE_PAINT")
    assert "no texture to paint" in view_edit.obstacle_to_view_edit(bpy.context)
    painted.data.uv_layers.remove(painted.data.uv_layers[0])
    assert "no UV map" in view_edit.obstacle_to_view_edit(bpy.context)
    with pytest.raises(PlacementImpossible, match="no UV map"):
        view_edit.plan_view_edit(bpy.context, space(), (8, 8), session="")


def test_an_empty_material_slot_is_passed_over(painted: bpy.types.Object) -> None:
    painted.data.materials.append(None)
    assert view_edit.obstacle_to_view_edit(bpy.context) == ""
    assert [image.name for image in view_edit.painted_textures(painted, bpy.context.scene)] == ["Skin"]


@pytest.mark.parametrize("source", ["FILE", "MOVIE", "SEQUENCE"])
def test_a_texture_without_pixels_is_refused_before_anything_is_spent(
    painted: bpy.types.Object, source: str
) -> None:
    gone = bpy.data.images.new("Gone", 8, 8)
    gone.source, gone.filepath = source, "/nowhere/gone0001.png"
    settings = bpy.context.scene.tool_settings.image_paint
    settings.mode, settings.canvas = "IMAGE", gone
    with pytest.raises(PlacementImpossible, match="“Gone” has no pixels to paint"):
        view_edit.plan_view_edit(bpy.context, space(), (8, 8), session="")


def test_without_a_window_nothing_is_projected(painted: bpy.types.Object) -> None:
    assert "window" in view_edit.obstacle_to_projection(DatablockRef(name="Cube", session_uid=0))
    assert not bpy.ops.easel.edit_view.poll()


def test_in_another_session_only_the_name_holds() -> None:
    job = SimpleNamespace(placement=Placement(kind=PlacementKind.VIEW, session="there", view=VIEW))
    assert view_edit.target_of(job, "there") == VIEW.object
    assert view_edit.target_of(job, "here") == VIEW.object.by_name()


# -- what arrives ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "fits"), [((64, 32), True), ((64, 64), False)])
def test_what_arrives_is_added_with_its_view(tmp_path: Path, size: tuple[int, int], fits: bool) -> None:
    path = tmp_path / "result.png"
    Image.new("RGB", size).save(path)
    view = dataclasses.replace(VIEW, size=(128, 64))
    result = Result(index=0, path=path, sha256="", byte_count=1, width=size[0], height=size[1])
    job = Job(
        id="0" * 32,
        state=JobState.DONE,
        request=GenerateRequest(model=ModelId.GEMINI_3_1_FLASH, prompt="Rust"),
        placement=Placement(kind=PlacementKind.VIEW, view=view),
        server="simulator",
        price=15,
        created_at=1.0,
        updated_at=1.0,
        results=(result,),
    )
    placed = place(job, PlacementSettings())
    assert placed.text == "Image added"
    image = bpy.data.images[placed.images[0]]
    assert image.use_fake_user
    stored = image.get(view_edit.VIEW_KEY)
    assert (stored is not None) is fits
    if stored is not None:
        assert stored.typecode == "f"  # Blender takes no doubles
        assert list(stored) == list(view.view_data)


# -- what the panels show -----------------------------------------------------------------------------


def test_the_form_is_about_the_view_in_texture_paint_mode_only(painted: bpy.types.Object) -> None:
    mirror = bpy.context.window_manager.easel
    mirror.obstacle = "NONE"
    form = bpy.context.scene.easel
    form.mode, form.edit_prompt = "EDIT", "Rusty"
    drawn = draw(EASEL_PT_generate)
    assert drawn.find("easel.edit_view").text == "Edit the View · 15 Credits"
    assert drawn.find("easel.edit_view").enabled
    assert "Goes onto “Skin” of Cube" in " ".join(drawn.texts("label"))
    assert "use_stencil_layer" not in drawn.names("prop")
    bpy.context.scene.tool_settings.image_paint.stencil_image = bpy.data.images.new("Stencil", 8, 8)
    assert "use_stencil_layer" in draw(EASEL_PT_generate).names("prop"), "projecting goes through it as well"
    assert not {"sizing", "placement", "aspect_ratio"} & set(drawn.names("prop"))
    form.subject = "SOURCES"
    assert "easel.edit_view" not in draw(EASEL_PT_generate).names("operator")
    form.subject = "VIEW"
    bpy.ops.object.mode_set(mode="OBJECT")
    drawn = draw(EASEL_PT_generate)
    assert "easel.edit" in drawn.names("operator")
    assert "subject" not in drawn.names("prop")


@pytest.mark.parametrize("count", [1, 3])
def test_a_finished_job_offers_to_project(default_file: None, count: int) -> None:
    mirror = bpy.context.window_manager.easel
    mirror.jobs.clear()
    job = mirror.jobs.add()
    job.name, job.state, job.image_count, job.view_object = "job-1", "DONE", count, "Cube"
    job.picture_numbers = ",".join(str(2 * number) for number in range(1, count + 1))
    mirror.active_job = 0
    drawn = draw(EASEL_PT_result)
    buttons = [item for item in drawn.items if item.name == "easel.project"]
    assert len(buttons) == count
    assert [button.options.index for button in buttons] == [2 * number + 1 for number in range(count)]
    texts = [f"Project {2 * number}" for number in range(1, count + 1)]
    assert [button.text for button in buttons] == (["Project onto Texture"] if count == 1 else texts)
    assert not any(button.enabled for button in buttons)
    assert "needs Blender with a window" in " ".join(drawn.texts("label"))
    job.view_object = ""
    assert "easel.project" not in draw(EASEL_PT_result).names("operator")
    mirror.jobs.clear()


# -- looks --------------------------------------------------------------------------------------------


def shading_of(view: bpy.types.SpaceView3D) -> dict[str, object]:
    """Return all settings of a view's shading, under each kind of light."""
    shading, values = view.shading, {}
    for light in ("FLAT", "MATCAP", "STUDIO"):
        kept = shading.light
        shading.light = light
        values[light] = shading.studio_light
        shading.light = kept
    for name, known in shading.bl_rna.properties.items():
        if known.type in ("BOOLEAN", "INT", "FLOAT", "ENUM") and not known.is_readonly:
            value = getattr(shading, name)
            values[name] = value[:] if getattr(known, "is_array", False) else value
    return {**values, "overlays": view.overlay.show_overlays}


@pytest.mark.parametrize("fails", [False, True], ids=["well", "error"])
@pytest.mark.parametrize("look", Look, ids=lambda look: look.value.lower())
def test_the_shading_is_given_back_exactly(default_file: None, look: Look, fails: bool) -> None:
    view = space()
    shading = view.shading
    shading.type, shading.light, shading.color_type = "SOLID", "MATCAP", "SINGLE"
    shading.studio_light = "clay_brown.exr"
    shading.single_color = (0.1, 0.2, 0.3)
    shading.show_cavity = shading.show_xray = shading.show_shadows = True
    shading.background_type, shading.background_color = "VIEWPORT", (0.3, 0.2, 0.1)
    before = shading_of(view)
    with contextlib.suppress(ZeroDivisionError), lent_look(view, look):
        assert not view.overlay.show_overlays
        if look is Look.NORMALS:
            assert (shading.light, shading.studio_light) == ("MATCAP", "check_normal+y.exr")
        assert 1 / (not fails)
    assert shading_of(view) == before


@pytest.mark.parametrize("kind", ["WIREFRAME", "MATERIAL", "RENDERED"])
def test_it_is_given_back_from_other_shadings_too(default_file: None, kind: str) -> None:
    view = space()
    view.shading.type = kind
    for look in Look:
        with lent_look(view, look):
            pass
        assert view.shading.type == kind


def test_every_look_can_be_chosen() -> None:
    assert [item[0] for item in LOOK_ITEMS] == [look.value for look in Look]


def test_an_engine_that_draws_nothing_is_refused(default_file: None) -> None:
    scene = bpy.context.scene
    assert obstacle_to_look(scene, space(), Look.RENDERED) == ""
    scene.render.engine = "CYCLES"
    assert "F12" in obstacle_to_look(scene, space(), Look.RENDERED)
    assert obstacle_to_look(scene, space(), Look.MATERIAL) == ""
    space().shading.type = "RENDERED"
    assert "F12" in obstacle_to_look(scene, space(), Look.SHOWN)
