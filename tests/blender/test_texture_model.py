# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist's own object is sent, and its textures come back to it: texture_model, against the simulator."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import bmesh
import numpy as np
import pytest
from PIL import Image
from pumping import pump_until
from recording_layout import draw

from easel.client.texturers import TEXTURERS, Texturer
from easel.imaging.model_contents import read_contents
from easel.jobs.job import JobState
from easel.panels.result import EASEL_PT_result
from easel.panels.texture_model import EASEL_PT_texture_model
from easel.scene.errors import SourceUnusable
from easel.scene.models import surfaces
from easel.scene.session import session
from easel.simulator import catalogue
from easel.simulator.orders import Quirks, Textured

if TYPE_CHECKING:
    from easel.simulator import Simulator

BLUE, GREEN = (30, 60, 220), (40, 200, 60)


@pytest.fixture
def quick(service: "Simulator") -> "Simulator":
    """Return a faster simulator, because textures take minutes."""
    service.speed = 3000
    return service


@pytest.fixture
def look(tmp_path: Path) -> bpy.types.Image:
    """Return a picture whose left half is blue and whose right half is green."""
    picture = Image.new("RGB", (64, 64), BLUE)
    picture.paste(GREEN, (32, 0, 64, 64))
    picture.save(tmp_path / "look.png")
    return bpy.data.images.load(str(tmp_path / "look.png"))


@pytest.fixture
def vase() -> Any:
    """Return an object with quads and n-gons, UVs, two materials, and a scale that mirrors it."""
    bpy.ops.mesh.primitive_cylinder_add(vertices=10, location=(2, 1, 0.5))
    obj: Any = bpy.context.object
    obj.name, obj.scale, obj.rotation_euler = "Vase", (0.4, -0.5, 1.5), (0, 0, 0.3)
    for name in ("Clay", "Rim"):
        obj.data.materials.append(bpy.data.materials.new(name))
    for face in obj.data.polygons:
        face.material_index = int(len(face.vertices) > 4)
    bpy.context.view_layer.update()
    return obj


def colours_by_side(obj: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the texture's mean colours on the faces left and right in the world, by the shown UVs."""
    mesh, material = obj.data, obj.material_slots[0].material
    (texture,) = [node for node in material.node_tree.nodes
                  if node.type == "TEX_IMAGE" and "Base Color" in node.image.name]  # fmt: skip
    linked = texture.inputs["Vector"].links
    layer = mesh.uv_layers[linked[0].from_node.uv_map] if linked else mesh.uv_layers.active
    image = texture.image
    pixels = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(image.size[1], image.size[0], 4)
    found: dict[bool, list[np.ndarray]] = {True: [], False: []}
    middle = np.mean([(obj.matrix_world @ corner.co).x for corner in mesh.vertices])
    for face in mesh.polygons:
        x = (obj.matrix_world @ face.center).x
        if len(face.vertices) > 4 or abs(x - middle) < 0.2:
            continue
        uv = np.mean([layer.uv[corner].vector for corner in face.loop_indices], axis=0)
        row, column = (np.clip(uv[::-1], 0, 0.999) * pixels.shape[:2]).astype(int)
        found[x < middle].append(pixels[row, column, :3])
    return np.mean(found[True], axis=0), np.mean(found[False], axis=0)


def is_painted(obj: Any) -> bool:
    left, right = colours_by_side(obj)
    return left[2] > 2 * left[1] and right[1] > 2 * right[2]


@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(textured=Textured.REORDERED, textured_turn=90, textured_scale=0.25),
        Quirks(textured=Textured.SPLIT, picture_as_text=True),
    ],
    ids=lambda quirks: quirks.textured.value,
)
def test_the_same_mesh_gets_a_material_and_keeps_all_else(
    quick: "Simulator", look: bpy.types.Image, vase: Any, quirks: Quirks
) -> None:
    quick.quirks = quirks
    mesh, before = vase.data, [slot.material for slot in vase.material_slots]
    counts = (len(mesh.vertices), len(mesh.polygons), len(mesh.uv_layers))
    scenes, objects = len(bpy.data.scenes), len(bpy.data.objects)
    assert bpy.ops.easel.texture_model(object="Vase", image=look.name, wait=True) == {"FINISHED"}
    assert vase.data == mesh
    assert (len(mesh.vertices), len(mesh.polygons), len(mesh.uv_layers)) == counts
    assert (len(bpy.data.scenes), len(bpy.data.objects)) == (scenes, objects)
    assert len({slot.material for slot in vase.material_slots}) == 1
    assert is_painted(vase)
    assert quick.balance == 10_000 - 20
    job = session.engine().jobs()[0]
    assert job.state is JobState.DONE
    assert not list((session.engine().library.root / "incoming").glob("*"))
    assert bpy.ops.easel.revert_textures() == {"FINISHED"}
    assert [slot.material for slot in vase.material_slots] == before
    assert {slot.link for slot in vase.material_slots} == {"DATA"}
    assert bpy.ops.easel.revert_textures() == {"FINISHED"}
    assert is_painted(vase)
    assert draw(EASEL_PT_result).find("easel.place_texture").enabled


def triangulate(obj: Any) -> None:
    edited = bmesh.new()
    edited.from_mesh(obj.data)
    bmesh.ops.triangulate(edited, faces=edited.faces)
    edited.to_mesh(obj.data)
    edited.free()


def test_a_mesh_that_was_unwrapped_anew_gets_those_uvs_too(
    quick: "Simulator", look: bpy.types.Image, vase: Any
) -> None:
    triangulate(vase)  # the simulator unwraps each triangle by itself
    quick.quirks = Quirks(textured=Textured.UNWRAPPED, textured_turn=270)
    assert bpy.ops.easel.texture_model(object="Vase", image=look.name, wait=True) == {"FINISHED"}
    assert [layer.name for layer in vase.data.uv_layers] == ["UVMap", "Easel"]
    assert vase.data.uv_layers["UVMap"].active_render, "what the artist has made goes by it"
    assert is_painted(vase)


def test_the_window_shows_the_scene_that_it_showed(
    quick: "Simulator", look: bpy.types.Image, vase: Any
) -> None:
    other = bpy.data.scenes.new("Other")
    other.collection.objects.link(vase)
    other.view_layers.new("Second")
    window = bpy.context.window_manager.windows[0]
    window.scene, window.view_layer = other, other.view_layers["Second"]
    assert bpy.ops.easel.texture_model(object="Vase", image=look.name, wait=True) == {"FINISHED"}
    assert (window.scene, window.view_layer.name) == (other, "Second")


def test_where_blender_can_not_write_it_nothing_is_left(vase: Any, tmp_path: Path) -> None:
    before = {kind: len(getattr(bpy.data, kind)) for kind in ("scenes", "objects", "meshes")}
    taken = tmp_path / "model.glb"
    taken.mkdir()  # no file can have that name
    with pytest.raises(SourceUnusable, match="Vase"):
        surfaces.export(
            vase,
            taken,
            bpy.context.evaluated_depsgraph_get(),
            has_modifiers=False,
            uv_map="UVMap",
            has_materials=False,
        )
    assert {kind: len(getattr(bpy.data, kind)) for kind in before} == before


def test_without_uvs_the_engine_makes_them(quick: "Simulator", look: bpy.types.Image, vase: Any) -> None:
    triangulate(vase)
    vase.data.uv_layers.remove(vase.data.uv_layers[0])
    bpy.context.view_layer.objects.active = vase
    assert any("no UVs" in text for text in draw(EASEL_PT_texture_model).texts("label"))
    assert bpy.ops.easel.texture_model(image=look.name, wait=True) == {"FINISHED"}
    assert [layer.name for layer in vase.data.uv_layers] == ["Easel"]
    assert is_painted(vase)


def test_another_mesh_stands_in_its_place_and_the_original_is_hidden(
    quick: "Simulator", look: bpy.types.Image, vase: Any
) -> None:
    quick.quirks = Quirks(textured=Textured.REMESHED, textured_turn=90)
    low, high = bounds(vase)
    assert bpy.ops.easel.texture_model(object="Vase", image=look.name, wait=True) == {"FINISHED"}
    (made,) = [obj for obj in bpy.data.objects if obj.easel_textured.copy_of == vase]
    bpy.context.view_layer.update()
    assert (vase.hide_get(), vase.hide_render) == (True, True)
    assert [slot.material.name for slot in vase.material_slots] == ["Clay", "Rim"]
    assert np.allclose(bounds(made), (low, high), atol=0.02)
    assert is_painted(made)
    bpy.context.view_layer.objects.active = made
    assert bpy.ops.easel.revert_textures() == {"FINISHED"}
    assert (vase.hide_get(), vase.hide_render, made.hide_get()) == (False, False, True)


def bounds(obj: Any) -> np.ndarray:
    corners = np.asarray([obj.matrix_world @ vertex.co for vertex in obj.data.vertices])
    return np.stack([corners.min(0), corners.max(0)])


@pytest.mark.parametrize("has_modifiers", [True, False])
def test_modifiers_go_along_as_chosen(
    quick: "Simulator", look: bpy.types.Image, vase: Any, has_modifiers: bool
) -> None:
    modifier = vase.modifiers.new("Round", "SUBSURF")
    modifier.levels = 2
    bpy.context.view_layer.objects.active = vase
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.easel.texture_model(image=look.name, modifiers=has_modifiers)
    bpy.ops.object.mode_set(mode="OBJECT")
    pump_until(lambda: vase.easel_textured.job_id)
    job = session.engine().jobs()[0]
    sent = read_contents(Path(job.preparation.uploads[0].path))
    assert sent.faces == (480 if has_modifiers else 36)
    assert is_painted(vase)
    assert vase.modifiers["Round"] == modifier


def test_materials_stay_here_unless_they_are_to_go_along(
    quick: "Simulator", look: bpy.types.Image, vase: Any
) -> None:
    secret = bpy.data.images.new("Secret", 8, 8)
    secret.easel_never_upload = True
    tree = vase.material_slots[0].material.node_tree
    if tree is None:
        vase.material_slots[0].material.use_nodes = True
        tree = vase.material_slots[0].material.node_tree
    tree.nodes.new("ShaderNodeTexImage").image = secret
    with pytest.raises(RuntimeError, match="“Secret” is marked Never Upload"):
        bpy.ops.easel.texture_model(object="Vase", image=look.name, materials=True, wait=True)
    assert not quick.tasks
    assert bpy.ops.easel.texture_model(object="Vase", prompt="old copper", wait=True) == {"FINISHED"}
    data = Path(session.engine().jobs()[0].preparation.uploads[0].path).read_bytes()
    assert b"Clay" not in data
    assert b"Secret" not in data


def make_linked(obj: Any, tmp_path: Path) -> None:
    bpy.data.libraries.write(str(tmp_path / "other.blend"), {obj})
    bpy.data.objects.remove(obj)
    with bpy.data.libraries.load(str(tmp_path / "other.blend"), link=True) as (_there, here):
        here.objects = ["Vase"]
    bpy.context.scene.collection.objects.link(here.objects[0])


def hide(obj: Any, _path: Path) -> None:
    obj.hide_set(True)


def mark(_obj: Any, _path: Path) -> None:
    bpy.data.images["look.png"].easel_never_upload = True


def empty(obj: Any, _path: Path) -> None:
    obj.data.clear_geometry()


def enlarge(obj: Any, _path: Path) -> None:
    modifier = obj.modifiers.new("Many", "ARRAY")
    modifier.count = 30_000
    bpy.context.view_layer.update()


def mark_its_collection(obj: Any, _path: Path) -> None:
    obj.users_collection[0].easel_never_upload = True


def shrink_to_a_point(obj: Any, _path: Path) -> None:
    obj.scale = (0, 0, 0)
    bpy.context.view_layer.update()


def shrink_to_a_line(obj: Any, _path: Path) -> None:
    """As a parent that is turned does it: no coordinate of a corner is 0."""
    obj.parent = bpy.data.objects.new("Parent", None)
    bpy.context.collection.objects.link(obj.parent)
    obj.parent.rotation_euler, obj.scale = (0.4, 0.7, 0.9), (1, 0, 0)
    bpy.context.view_layer.update()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (shrink_to_a_point, "“Vase” is scaled to nothing"),
        (shrink_to_a_line, "“Vase” is scaled to nothing"),
        (mark_its_collection, "collection .* Never Upload"),
        (make_linked, "linked"),
        (hide, "is hidden"),
        (mark, "Never Upload"),
        (empty, "has no faces"),
        (enlarge, "add a Decimate modifier"),
    ],
)
def test_what_can_not_be_sent_is_refused_before_it_costs(
    quick: "Simulator", look: bpy.types.Image, vase: Any, tmp_path: Path,
    spoil: Callable[[Any, Path], None], told: str,
) -> None:  # fmt: skip
    spoil(vase, tmp_path)
    with pytest.raises(RuntimeError, match=told):
        bpy.ops.easel.texture_model(object="Vase", image="look.png", wait=True)
    assert not quick.tasks
    assert quick.balance == 10_000
    assert not list(session.engine().library.root.glob("incoming/*"))


def test_the_panel_says_what_is_sent_and_what_it_costs(
    quick: "Simulator", look: bpy.types.Image, vase: Any
) -> None:
    form = bpy.context.scene.easel.to_texture
    bpy.context.view_layer.objects.active = vase
    drawn = draw(EASEL_PT_texture_model)
    assert any("Vase · 36 faces" in text for text in drawn.texts("label"))
    assert not drawn.find("easel.texture_model").enabled
    form.image, form.quality = look, "detailed"
    button = draw(EASEL_PT_texture_model).find("easel.texture_model")
    assert (button.text, button.enabled) == ("Texture Model · 40 Credits", True)
    assert bpy.ops.easel.texture_model(wait=True) == {"FINISHED"}
    assert draw(EASEL_PT_texture_model).find("easel.revert_textures").text == "Back to Original"
    assert session.engine().jobs()[0].price == 40
    form.image, form.quality = None, "standard"
    bpy.ops.easel.reuse_settings(job_id=bpy.context.window_manager.easel.jobs[0].name)
    assert (form.image, form.quality) == (look, "detailed")


@pytest.mark.parametrize("by", ["picture", "prompt"])
@pytest.mark.parametrize("engine", TEXTURERS.values(), ids=lambda engine: engine.id)
def test_every_engine_takes_the_form_as_its_panel_shows_it(
    quick: "Simulator", look: bpy.types.Image, vase: Any, engine: Texturer, by: str
) -> None:
    form = bpy.context.scene.easel.to_texture
    form.engine, form.pbr, form.prompt = engine.id.value, True, "blue and green glaze"
    form.image = look if by == "picture" else None
    button = draw(EASEL_PT_texture_model).find("easel.texture_model")
    price = engine.whole_price(engine.default_quality)
    assert (button.text, button.enabled) == (f"Texture Model · {price} Credits", True)
    assert bpy.ops.easel.texture_model(wait=True) == {"FINISHED"}
    assert quick.balance == 10_000 - price
    assert vase.easel_textured.engine == engine.label
    jobs = session.engine().jobs()
    assert jobs[0].request.prompt == ("look" if by == "picture" else "blue and green glaze")
    assert jobs[0].request.pbr
    sources = [source.name for source in jobs[-1].request.sources]  # those of the first step
    assert sources == (["Vase", "look.png"] if by == "picture" else ["Vase"])


def test_an_image_of_the_library_becomes_the_look(quick: "Simulator", vase: Any) -> None:
    bpy.ops.easel.generate(prompt="Glazed clay", placement="IMAGE", wait=True)
    bpy.data.images.remove(bpy.data.images["Glazed clay"])
    shown = bpy.context.window_manager.easel
    assert bpy.ops.easel.look_of_picture(job_id=shown.jobs[0].name) == {"FINISHED"}
    assert bpy.context.scene.easel.to_texture.image == bpy.data.images["Glazed clay"]
    bpy.context.view_layer.objects.active = vase
    assert draw(EASEL_PT_texture_model).find("easel.texture_model").enabled


def test_what_failed_or_is_gone_costs_no_result(quick: "Simulator", look: bpy.types.Image, vase: Any) -> None:
    quick.script(catalogue.failed("error while processing the input model"))
    with pytest.raises(RuntimeError, match="processing the input model"):
        bpy.ops.easel.texture_model(object="Vase", image=look.name, wait=True)
    assert quick.balance == 10_000
    bpy.ops.easel.texture_model(object="Vase", image=look.name)
    bpy.data.objects.remove(vase)
    shown = bpy.context.window_manager.easel
    pump_until(lambda: "gone" in shown.selected_job.placement_text)
    assert bpy.ops.easel.place_model(job_id=shown.selected_job.name, height=2.0) == {"FINISHED"}
    assert bpy.context.scene.objects[0].dimensions.z == pytest.approx(2.0, abs=1e-3)


def test_an_engine_that_takes_an_address_is_asked_in_two_steps_at_one_price(
    quick: "Simulator", look: bpy.types.Image, vase: Any
) -> None:
    form = bpy.context.scene.easel.to_texture
    form.image, form.engine = look, "HUNYUAN_TEXTURE"
    bpy.context.view_layer.objects.active = vase
    assert draw(EASEL_PT_texture_model).find("easel.texture_model").text == "Texture Model · 90 Credits"
    with pytest.raises(RuntimeError, match="90 credits, and 80"):
        bpy.ops.easel.texture_model(max_credits=80, wait=True)
    assert bpy.ops.easel.texture_model(wait=True) == {"FINISHED"}
    assert is_painted(vase)
    second, first = session.engine().jobs()
    assert (first.price, second.price, quick.balance) == (10, 80, 10_000 - 90)
    assert first.placed_at
    assert second.request.of_task == first.task_id
    assert not second.request.link, "it is good for an hour, and says who may read it"
    form.image = None
    bpy.ops.easel.reuse_settings(job_id=second.id)
    assert form.image == look


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_second_step_that_was_not_sent_is_sent_by_a_click(
    quick: "Simulator", look: bpy.types.Image, vase: Any, is_gone: bool
) -> None:
    bpy.ops.easel.texture_model(object="Vase", image=look.name, engine="HUNYUAN_TEXTURE")
    session.renew_id()  # as if another file was opened
    shown = bpy.context.window_manager.easel
    pump_until(lambda: shown.selected_job.placement_text)
    assert "converted" in shown.selected_job.placement_text
    assert quick.balance == 10_000 - 10, "nobody is there to see it"
    assert "Texture Object · 80 Credits" in [item.text for item in draw(EASEL_PT_result).items]
    first = shown.selected_job.name
    if is_gone:
        del quick.tasks[session.engine().job(first).task_id]
    bpy.ops.easel.place_texture(job_id=first)
    if is_gone:
        pump_until(lambda: shown.selected_job.state == "FAILED")
        assert "Nothing was sent" in shown.selected_job.message
        assert (len(quick.tasks), quick.balance) == (0, 10_000 - 10)
        return
    pump_until(lambda: vase.easel_textured.job_id)
    assert is_painted(vase)
    with pytest.raises(RuntimeError, match="sent already"):
        bpy.ops.easel.place_texture(job_id=first)
    assert quick.balance == 10_000 - 90
