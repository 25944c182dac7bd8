# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad meshes: each is read correctly, or refused with a clear text before anything is paid."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
import pytest

from easel.imaging.surface.mesh import MOST_TRIANGLES
from easel.imaging.surface.pieces import assembled
from easel.scene.models.evaluated import read_piece
from easel.scene.session import mirror, session

if TYPE_CHECKING:
    from easel.imaging.surface.mesh import Mesh
    from easel.simulator import Simulator


SMALL: Any = {"resolution": "512px", "size": 256}


def cube() -> bpy.types.Object:
    bpy.ops.mesh.primitive_cube_add()
    return bpy.context.object


def read(*objects: bpy.types.Object) -> "Mesh":
    depsgraph = bpy.context.evaluated_depsgraph_get()
    return assembled([read_piece(obj, depsgraph, (0,)) for obj in objects])


def edges_only() -> bpy.types.Object:
    obj = cube()
    mesh = bpy.data.meshes.new("Wire")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 0, 1)], [(0, 1), (1, 2)], [])
    mesh.uv_layers.new()
    obj.data = mesh
    return obj


def hidden() -> bpy.types.Object:
    obj = cube()
    obj.hide_set(True)
    return obj


def empty_of_a_collection() -> bpy.types.Object:
    obj = cube()
    instanced = bpy.data.collections.new("Instanced")
    instanced.objects.link(obj)
    bpy.ops.object.collection_instance_add(collection=instanced.name)
    return bpy.context.object


def instances_by_nodes() -> bpy.types.Object:
    """Return a cube whose geometry nodes make instances; these are not the object's own mesh."""
    obj = cube()
    group = bpy.data.node_groups.new("Instances", "GeometryNodeTree")
    group.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    box, instances, points, output = (
        group.nodes.new(name)
        for name in (
            "GeometryNodeMeshCube",
            "GeometryNodeInstanceOnPoints",
            "GeometryNodeMeshLine",
            "NodeGroupOutput",
        )
    )
    group.links.new(points.outputs["Mesh"], instances.inputs["Points"])
    group.links.new(box.outputs["Mesh"], instances.inputs["Instance"])
    group.links.new(instances.outputs["Instances"], output.inputs[0])
    modifier: Any = obj.modifiers.new("Instances", "NODES")
    modifier.node_group = group
    return obj


def too_large() -> bpy.types.Object:
    """Return an object of one face that makes too many triangles."""
    obj = cube()
    count = MOST_TRIANGLES + 3
    mesh: Any = bpy.data.meshes.new("Large")
    mesh.vertices.add(count)
    mesh.loops.add(count)
    mesh.loops.foreach_set("vertex_index", np.arange(count, dtype=np.int32))
    mesh.polygons.add(1)
    mesh.polygons.foreach_set("loop_start", np.zeros(1, np.int32))
    mesh.uv_layers.new()
    obj.data = mesh
    return obj


def never_unwrapped() -> bpy.types.Object:
    """Return a cube whose UV map exists, but lies on one point."""
    obj = cube()
    mesh: Any = obj.data
    mesh.uv_layers.active.uv.foreach_set("vector", np.zeros(2 * len(mesh.loops), np.float32))
    return obj


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (never_unwrapped, "Unwrap it"),
        (edges_only, "has no faces"),
        (hidden, "is hidden"),
        (empty_of_a_collection, "is not a mesh"),
        (instances_by_nodes, "has no faces"),
        (too_large, "5,000,001 triangles, and 5,000,000 are the most"),
    ],
)
def test_it_is_refused_before_it_is_paid(
    service: "Simulator", make: Callable[[], bpy.types.Object], why: str
) -> None:
    obj = make()
    with pytest.raises(RuntimeError, match=why):
        bpy.ops.easel.paint_model(prompt="Copper", objects=obj.name)
    assert not session.engine().jobs()
    assert not [each for each in service.log if each.method == "POST"]


def test_a_linked_object_is_refused_before_it_is_paid(service: "Simulator", tmp_path: Path) -> None:
    obj = cube()
    obj.name = "Chair"
    path = str(tmp_path / "library.blend")
    bpy.data.libraries.write(path, {obj})
    bpy.data.objects.remove(obj)
    with bpy.data.libraries.load(path, link=True) as (_, wanted):
        wanted.objects = ["Chair"]
    bpy.context.scene.collection.objects.link(wanted.objects[0])
    with pytest.raises(RuntimeError, match="Chair is linked from another file: make it local"):
        bpy.ops.easel.paint_model(prompt="Copper", objects="Chair")
    assert not session.engine().jobs()


def plane() -> bpy.types.Object:
    """Return a plane that lies on the floor: views around it only see its edge."""
    bpy.ops.mesh.primitive_plane_add()
    return bpy.context.object


def of_no_size() -> bpy.types.Object:
    obj = cube()
    obj.scale = (0, 0, 0)
    return obj


def of_ten_micrometres() -> bpy.types.Object:
    obj = cube()
    obj.scale = (5e-6, 5e-6, 5e-6)
    return obj


def unwrapped_on_a_line() -> bpy.types.Object:
    obj = cube()
    mesh: Any = obj.data
    for number, uv in enumerate(mesh.uv_layers.active.uv):
        uv.vector = (number / 24, number / 24)
    return obj


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (plane, "None of the views sees the surface"),
        (of_no_size, "smaller than a tenth of a millimetre"),
        (of_ten_micrometres, "smaller than a tenth of a millimetre"),
        (unwrapped_on_a_line, "No part of the mesh lies on the texture"),
    ],
)
def test_of_what_nothing_could_be_painted_nothing_is_sent(
    service: "Simulator", make: Callable[[], bpy.types.Object], why: str
) -> None:
    obj = make()
    with pytest.raises(RuntimeError, match=f"{why}.*Nothing was sent"):
        bpy.ops.easel.paint_model(prompt="Copper", objects=obj.name, views=4, wait=True, **SMALL)
    assert not service.tasks


def test_a_view_that_sees_nothing_is_not_told_as_left_out(service: "Simulator") -> None:
    bpy.ops.easel.paint_model(prompt="Copper", objects=plane().name, views=6, wait=True, **SMALL)
    told = " ".join(str(mirror.placement_text(job.id)) for job in session.engine().jobs())
    assert "100% of the surface seen" in told
    assert "left out" not in told


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e30], ids=str)
@pytest.mark.parametrize("what", ["corner", "uv"])
def test_what_is_broken_in_a_mesh_leaves_the_rest_to_be_painted(
    service: "Simulator", what: str, value: float
) -> None:
    mesh: Any = cube().data
    if what == "corner":
        mesh.vertices[0].co = (value, 0, 0)
    else:
        mesh.uv_layers.active.uv[0].vector = (value, 0.5)
    bpy.ops.easel.paint_model(prompt="Copper", views=4, wait=True, **SMALL)
    assert mesh.materials[0] is not None


def test_loose_parts_change_nothing_and_faces_may_have_no_area(service: "Simulator") -> None:
    obj = cube()
    mesh: Any = obj.data
    before = read(obj)
    mesh.vertices.add(2)  # loose vertices
    mesh.edges.add(1)
    mesh.edges[-1].vertices = (8, 9)
    mesh.update()
    loose = read(obj)
    np.testing.assert_array_equal(loose.corners, before.corners)
    for face in mesh.polygons[:1]:  # all corners move to one place
        for number in face.vertices:
            mesh.vertices[number].co = (0, 0, 0)
    mesh.update()
    flat = read(obj)
    assert len(flat) == len(before)
    assert np.isfinite(flat.faces).all()
    assert np.isfinite(flat.normals).all()


def test_normals_point_outwards_of_what_is_mirrored_by_its_scale() -> None:
    for scale in ((-1, 1, 1), (-1, -1, -1), (1, 1, 0.001)):
        obj = cube()
        obj.scale = scale
        bpy.context.view_layer.update()
        mesh = read(obj)
        outwards = np.einsum("ij,ij->i", mesh.corners.mean(1), mesh.normals[:, 0])
        assert (outwards > 0).all(), scale


def test_objects_that_share_a_mesh_are_each_at_their_place() -> None:
    first = cube()
    second = first.copy()
    second.location.x = 6
    bpy.context.scene.collection.objects.link(second)
    mesh = read(first, second)
    assert len(mesh) == 24
    assert np.ptp(mesh.corners[..., 0]) == pytest.approx(8)
