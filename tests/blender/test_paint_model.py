# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole model from one prompt: one request for all its views, and a new texture for each material."""

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
from easel.jobs.targets import PlacementKind
from easel.panels.paint_model import EASEL_PT_paint_model
from easel.scene.history import lineage
from easel.scene.models.evaluated import read_piece
from easel.scene.session import followed, mirror, session, works

if TYPE_CHECKING:
    from easel.simulator import Simulator

ARGUMENTS = {
    "prompt": "Weathered copper",
    "model": "GEMINI_3_1_FLASH",
    "resolution": "512px",
    "views": 4,
    "size": 256,
}


@pytest.fixture
def model(tmp_path: Path) -> dict[str, bpy.types.Object]:
    """Return a box without a material and a ball that shows an image, both selected."""
    Image.new("RGB", (64, 64), (10, 200, 30)).save(tmp_path / "green.png")
    bpy.ops.mesh.primitive_cube_add(location=(40, 0, 0))
    box = bpy.context.object
    box.name = "Box"
    box.scale.x = -1
    box.modifiers.new("Bevel", "BEVEL")
    bpy.ops.mesh.primitive_uv_sphere_add(location=(42.5, 0, 0))
    ball = bpy.context.object
    ball.name = "Ball"
    ball.data.materials.append(new_material("Glaze"))
    tree = bpy.data.materials["Glaze"].node_tree
    node = add_node(tree, bpy.data.images.load(str(tmp_path / "green.png")))
    tree.links.new(node.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    box.select_set(True)
    return {"Box": box, "Ball": ball}


def colour_of(obj: bpy.types.Object) -> bpy.types.Image:
    tree = obj.active_material.node_tree
    (node,) = (node for node in tree.nodes if node.type == "TEX_IMAGE")
    assert node.outputs["Color"].is_linked
    return node.image


def values(image: bpy.types.Image) -> np.ndarray:
    found = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
    image.pixels.foreach_get(found)
    return found.reshape(image.size[1], image.size[0], image.channels)[..., :3]


def test_a_model_is_painted_by_one_request(
    service: "Simulator", echo: None, model: dict[str, bpy.types.Object]
) -> None:
    green = colour_of(model["Ball"])
    assert bpy.ops.easel.paint_model(objects="Box; Ball", wait=True, **ARGUMENTS) == {"FINISHED"}
    jobs = session.engine().jobs()
    (paid,) = (job for job in jobs if not job.is_local)
    assert paid.placement.kind is PlacementKind.MODEL_VIEWS
    assert sum(job.price for job in jobs) == paid.price == paid.request.price > 0
    assert paid.placed_at
    for obj in model.values():
        image = colour_of(obj)
        assert image.size[:] == (256, 256)
        assert image.colorspace_settings.name == "sRGB"
        seen = values(image)[values(image).max(2) > 0]
        assert 0.35 < float(np.median(seen)) < 0.85, "clay, as it was sent"
        assert (np.abs(seen - seen.mean(1, keepdims=True)) < 0.08).mean() > 0.99, "and none of the green"
    painted = colour_of(model["Ball"])
    assert painted != green
    assert lineage.original_of(painted) == green
    assert (values(green) == values(green)[0, 0]).all(), "never written over"
    (local,) = (job for job in jobs if job.is_local)
    assert all("% of the surface seen" in result.fit_note for result in local.results)
    painted.pack()
    before = len(session.engine().jobs())
    bpy.ops.easel.project_views(job_id=paid.id)  # again, manually
    pump_until(lambda: not works.is_busy() and not followed.is_busy())
    after = session.engine().jobs()
    assert len(after) == before + 1
    assert sum(job.price for job in after) == paid.price, "costs nothing"


def test_the_mesh_is_read_as_it_is_shown(model: dict[str, bpy.types.Object]) -> None:
    from easel.imaging.surface.pieces import assembled

    depsgraph = bpy.context.evaluated_depsgraph_get()
    pieces = [read_piece(obj, depsgraph, (number,)) for number, obj in enumerate(model.values())]
    mesh = assembled(pieces)
    box = mesh.parts == 0
    assert box.sum() > 12, "with its modifier"
    assert np.abs(mesh.corners.reshape(-1, 3)).max() < 3, "around the origin"
    for part, middle in ((0, -1.25), (1, 1.25)):
        inside = mesh.corners[mesh.parts == part].mean((0, 1))
        assert inside[0] == pytest.approx(middle, abs=0.02)
        outwards = mesh.corners[mesh.parts == part].mean(1) - inside
        assert (np.einsum("ij,ij->i", outwards, mesh.normals[mesh.parts == part, 0]) > 0).mean() > 0.98
    stamps = [piece.stamp() for piece in pieces]
    model["Box"].data.vertices[0].co.x += 0.5
    model["Box"].data.update()
    depsgraph = bpy.context.evaluated_depsgraph_get()
    again = [read_piece(obj, depsgraph, (number,)).stamp() for number, obj in enumerate(model.values())]
    assert stamps[0] != again[0]
    assert stamps[1] == again[1]


def test_quads_are_cut_as_blender_cuts_them() -> None:
    from easel.imaging.surface.pieces import assembled

    places = [(0, 0, 0), (2, 0, 0), (2, 2, 0), (0, 2, 0), (4, 0, 0), (2.2, 0.8, 0)]
    for faces in ([(0, 1, 2, 3), (1, 4, 2, 5)], [(0, 1, 2, 3), (1, 4, 2)], [(0, 1, 5, 2, 3), (1, 4, 2)]):
        mesh = bpy.data.meshes.new("Quads")
        mesh.from_pydata(places, [], faces)
        mesh.uv_layers.new(name="UVMap")
        obj = bpy.data.objects.new("Quads", mesh)
        bpy.context.scene.collection.objects.link(obj)
        piece = read_piece(obj, bpy.context.evaluated_depsgraph_get(), (0,))
        assert piece.are_quads == (len(faces[0]) == len(faces[1]) == 4)
        mesh.calc_loop_triangles()
        corners = np.array(places)[[tuple(triangle.vertices) for triangle in mesh.loop_triangles]]
        corners -= (corners.min((0, 1)) + corners.max((0, 1))) / 2
        made = {tuple(sorted(map(tuple, one.round(4)))) for one in assembled([piece]).corners.astype(float)}
        assert made == {tuple(sorted(map(tuple, one.round(4)))) for one in corners}


def test_no_picture_is_sent_of_what_is_never_uploaded(
    service: "Simulator", model: dict[str, bpy.types.Object]
) -> None:
    secret = bpy.data.collections.new("Secret")
    secret.easel_never_upload = True
    secret.objects.link(model["Box"])
    with pytest.raises(RuntimeError, match="Secret, which is marked Never Upload"):
        bpy.ops.easel.paint_model(objects="Box; Ball", wait=True, **ARGUMENTS)
    assert not service.tasks


def test_what_fails_is_told_and_nothing_is_sent(
    service: "Simulator", model: dict[str, bpy.types.Object]
) -> None:
    for given, why in (
        ({"views": 3}, "1, 4, 6 or 8"),
        ({"size": 16}, "at least 256"),
        ({"objects": "Chair"}, "no object “Chair”"),
        ({"max_credits": 0}, "0 credits are allowed"),
    ):
        with pytest.raises(RuntimeError, match=why):
            bpy.ops.easel.paint_model(**(ARGUMENTS | given))
    tree = bpy.data.materials["Glaze"].node_tree
    mapping = tree.nodes.new("ShaderNodeMapping")
    tree.links.new(mapping.outputs[0], tree.nodes["Image Texture"].inputs["Vector"])
    with pytest.raises(RuntimeError, match="Glaze places its texture by nodes"):
        bpy.ops.easel.paint_model(**ARGUMENTS)
    tree.nodes.remove(mapping)
    model["Ball"].data.uv_layers.remove(model["Ball"].data.uv_layers[0])
    with pytest.raises(RuntimeError, match="no UV map"):
        bpy.ops.easel.paint_model(**ARGUMENTS)
    bpy.ops.object.select_all(action="DESELECT")
    with pytest.raises(RuntimeError, match="Select the mesh objects"):
        bpy.ops.easel.paint_model(**ARGUMENTS)
    assert not session.engine().jobs()
    assert not [each for each in service.log if each.method == "POST"]


def test_the_form_offers_it_with_its_price(
    service: "Simulator", echo: None, model: dict[str, bpy.types.Object]
) -> None:
    form = bpy.context.scene.easel
    form.mode, form.edit_prompt = "EDIT", "Weathered copper"
    mirror.show_status()
    selected = {
        "selected_objects": bpy.context.selected_objects,
        "view_layer": bpy.context.view_layer,
        "area": None,
    }
    texts = draw(EASEL_PT_paint_model, **selected).texts("operator")
    assert any(text.startswith("Paint Model") and "15" in text for text in texts), texts
    bpy.ops.easel.paint_model(**ARGUMENTS)
    with pytest.raises(RuntimeError, match="is being painted"):
        bpy.ops.easel.paint_model(**ARGUMENTS)  # a second click pays nothing
    item = next(
        item for item in draw(EASEL_PT_paint_model, **selected).items if item.name == "easel.paint_model"
    )
    assert "is being painted" in item.options.grey
    model["Box"].location.z += 3  # it projects onto the mesh as it was before
    pump_until(lambda: not followed.is_busy() and not works.is_busy())
    paid = next(job for job in session.engine().jobs() if not job.is_local)
    assert paid.state is JobState.DONE
    assert paid.placed_at
    assert colour_of(model["Box"]).name.startswith("Box_Painted")
