# SPDX-License-Identifier: GPL-3.0-or-later
"""Never Upload also holds for jobs that are sent again, and for earlier snapshots."""

from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import pytest
from edits import Edit, reopen
from PIL import Image
from secret_images import instanced_by_nodes, load_secret, textured_cube

from easel.jobs.placement import PaintedView, Placement
from easel.jobs.stored_placement import placement_from_dict
from easel.operators.jobs import engine_to_send
from easel.scene.errors import SourceUnusable
from easel.scene.listing.form_sources import add_file
from easel.scene.refs import reference
from easel.scene.session import session
from easel.scene.sources import never_upload
from easel.scene.sources.chosen_sources import form_sources, take

if TYPE_CHECKING:
    from easel.simulator import Simulator


@pytest.fixture
def image(tmp_path: Path) -> bpy.types.Image:
    return load_secret(tmp_path)


@pytest.mark.parametrize("is_renamed", [False, True])
def test_nothing_is_sent_again_of_what_was_marked_since(
    image: bpy.types.Image, service: "Simulator", is_renamed: bool
) -> None:
    done = bpy.ops.easel.edit(prompt="Older", sources=[{"name": "Secret"}], placement="IMAGE", wait=True)
    assert done == {"FINISHED"}
    job_id = bpy.context.window_manager.easel.jobs[0].name
    assert engine_to_send(job_id) is session.engine()
    image.easel_never_upload = True
    if is_renamed:
        image.name = "Harmless"
    with pytest.raises(SourceUnusable, match=f"“{image.name}” is marked Never Upload"):
        engine_to_send(job_id)


def sent_edit(*names: str) -> str:
    """Edit images; return the job's id."""
    sources = [{"name": name} for name in names]
    done = bpy.ops.easel.edit(prompt="Older", sources=sources, placement="IMAGE", wait=True)
    assert done == {"FINISHED"}
    return bpy.context.window_manager.easel.jobs[0].name


@pytest.fixture
def plain(tmp_path: Path) -> bpy.types.Image:
    """Return an image without a file; it is sent together with a marked one."""
    return bpy.data.images.new("Plain", 64, 64)


@pytest.mark.parametrize("is_renamed", [False, True])
@pytest.mark.parametrize("is_mask", [False, True])
def test_nothing_is_sent_again_whose_second_source_or_mask_was_marked_since(
    plain: bpy.types.Image, service: "Simulator", is_mask: bool, is_renamed: bool
) -> None:
    other = bpy.data.images.new("Other", 64, 64)
    if is_mask:
        other.pixels[:] = [1.0] * (4 * 64 * 64)
        mask = bpy.context.scene.easel.mask
        mask.kind, mask.image = "IMAGE", other
    job_id = sent_edit("Plain") if is_mask else sent_edit("Plain", "Other")
    engine_to_send(job_id)
    if is_renamed:
        other.name = "Harmless"
    other.easel_never_upload = True
    with pytest.raises(SourceUnusable, match=f"“{other.name}” is marked Never Upload"):
        engine_to_send(job_id)


def test_a_name_that_is_another_images_by_now_says_nothing(
    plain: bpy.types.Image, service: "Simulator"
) -> None:
    job_id = sent_edit("Plain")
    plain.name = "Moved"
    bpy.data.images.new("Plain", 8, 8).easel_never_upload = True
    engine_to_send(job_id)


def test_no_file_is_sent_again_that_is_a_marked_images(image: bpy.types.Image, service: "Simulator") -> None:
    path = Path(image.filepath)
    bpy.data.images.remove(image)
    form = bpy.context.scene.easel
    form.mode = "EDIT"
    add_file(form, path)
    job_id = sent_edit()
    engine_to_send(job_id)
    loaded = bpy.data.images.load(str(path))
    loaded.name = "Harmless"
    loaded.easel_never_upload = True
    with pytest.raises(SourceUnusable, match="“Harmless” is marked Never Upload"):
        engine_to_send(job_id)


def test_in_another_session_a_renamed_image_is_known_by_its_file(
    image: bpy.types.Image, service: "Simulator", tmp_path: Path
) -> None:
    image.use_fake_user = True
    job_id = sent_edit("Secret")
    image.name = "Harmless"
    reopen(tmp_path / "scene.blend")
    bpy.data.images["Harmless"].easel_never_upload = True
    with pytest.raises(SourceUnusable, match="“Harmless” is marked Never Upload"):
        engine_to_send(job_id)


def test_a_job_of_before_goes_by_names(image: bpy.types.Image) -> None:
    old = Placement().to_dict()
    del old["sent"], old["sent_files"], old["shown_scenes"]
    placement = placement_from_dict(old)
    assert not never_upload.refusal_of_job(["Wood", "Secret"], placement)
    image.easel_never_upload = True
    assert "“Secret” is marked" in never_upload.refusal_of_job(["Wood", "Secret"], placement)


@pytest.mark.parametrize("change", ["", "renamed", "deleted"])
def test_no_view_is_sent_again_of_what_was_marked_since(image: bpy.types.Image, change: str) -> None:
    cube = textured_cube(image)
    bpy.ops.mesh.primitive_plane_add()
    nowhere = (0.0,) * 16
    view = PaintedView(object=reference(cube), matrix=nowhere, view_data=(0.0,) * 35, size=(8, 8))
    scene = reference(bpy.context.scene)
    placement = Placement(view=view, session="then", scene=scene).in_session("now")
    if change == "renamed":
        cube.name = "Box"
    elif change == "deleted":
        bpy.data.objects.remove(cube)
    assert not never_upload.refusal_of_job(["Cube"], placement)
    bpy.context.scene.collection.easel_never_upload = True
    assert "Never Upload" in never_upload.refusal_of_job(["Cube"], placement)


def test_no_snapshot_is_sent_of_what_was_marked_since(service: "Simulator", tmp_path: Path) -> None:
    collection = instanced_by_nodes()
    picture, file = tmp_path / "Viewport.png", tmp_path / "file.png"
    for path in (picture, file):
        Image.new("RGB", (64, 64)).save(path)
    form = bpy.context.scene.easel
    form.mode = "EDIT"
    add_file(form, picture, shown_scene=bpy.context.scene)
    job_id = sent_edit()
    form.sources.clear()
    add_file(form, file)
    other_id = sent_edit()
    add_file(form, picture, shown_scene=bpy.context.scene)
    engine_to_send(job_id)
    collection.easel_never_upload = True
    engine_to_send(other_id)
    with pytest.raises(SourceUnusable, match="The collection Client is marked Never Upload"):
        engine_to_send(job_id)
    with pytest.raises(RuntimeError, match="The collection Client is marked Never Upload"):
        sent_edit()
    form.sources[1].filepath = str(file)
    sent_edit()


def test_a_snapshot_is_of_the_scene_that_it_shows(service: "Simulator", tmp_path: Path) -> None:
    """This holds in another scene's list, after a rename in another session, and after a deletion."""
    collection = instanced_by_nodes()
    scene, empty = bpy.context.scene, bpy.data.scenes.new("Empty")
    picture = tmp_path / "Viewport.png"
    Image.new("RGB", (64, 64)).save(picture)
    for form in (scene.easel, empty.easel):
        add_file(form, picture, shown_scene=scene)
    scene.easel.mode = "EDIT"
    job_id = sent_edit()
    collection.easel_never_upload = True
    with pytest.raises(SourceUnusable, match="The collection Client"):
        take(form_sources(empty.easel.sources), empty)
    scene.name = "Harbour"
    reopen(tmp_path / "scene.blend")
    with pytest.raises(SourceUnusable, match="The collection Client"):
        engine_to_send(job_id)
    listed = bpy.data.scenes["Empty"].easel.sources
    listed[0].shown_scene = None  # as if deleted: any scene may now have its objects
    assert form_sources(listed)[0].shown_scenes == tuple(bpy.data.scenes)


def test_a_view_is_not_refused_for_an_image_that_is_called_as_its_object(image: bpy.types.Image) -> None:
    bpy.ops.mesh.primitive_cube_add()
    cube = bpy.context.object
    cube.name = image.name
    image.easel_never_upload = True
    nowhere = (0.0,) * 16
    view = PaintedView(object=reference(cube), matrix=nowhere, view_data=(0.0,) * 35, size=(8, 8))
    placement = Placement(view=view, scene=reference(bpy.context.scene))
    assert not never_upload.refusal_of_job([cube.name], placement)


def test_nothing_is_sent_again_of_an_edit_whose_original_was_marked_since(
    wood_node: bpy.types.Node, edit: Edit, service: "Simulator"
) -> None:
    wood = wood_node.image
    moss = edit(wood, "moss")
    done = bpy.ops.easel.edit(prompt="Older", sources=[{"name": moss.name}], placement="IMAGE", wait=True)
    assert done == {"FINISHED"}
    job_id = bpy.context.window_manager.easel.jobs[0].name
    posts = len([entry for entry in service.log if entry.method == "POST"])
    wood.easel_never_upload = True
    with pytest.raises(SourceUnusable, match="“moss” was made from “wood”"):
        engine_to_send(job_id)
    with pytest.raises(RuntimeError, match="“moss” was made from “wood”"):
        bpy.ops.easel.edit(prompt="Older", sources=[{"name": moss.name}], wait=True)
    assert len([entry for entry in service.log if entry.method == "POST"]) == posts
