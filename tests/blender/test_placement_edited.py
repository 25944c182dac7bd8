# SPDX-License-Identifier: GPL-3.0-or-later
"""Finished jobs are placed in the nodes that show the edited image."""

from dataclasses import replace
from pathlib import Path

import bpy
import pytest
from placing import (
    COPY,
    MakeJob,
    add_image_node,
    add_material,
    add_mesh,
    base_colour_image,
    draw_corners,
    plan,
    save_and_reopen,
)

from easel.client.edit_mask import EditMask, MaskKind
from easel.client.requests import EditRequest, Source
from easel.scene.errors import PlacementImpossible
from easel.scene.placement.place import place


def test_the_edited_image_is_replaced_in_its_nodes_groups_included(make_job: MakeJob) -> None:
    obj = add_mesh(uvs=True)
    source = bpy.data.images.new("Source", 4, 4)
    node = add_image_node(add_material(obj), source)
    group = bpy.data.node_groups.new("Group", "ShaderNodeTree")
    inner = group.nodes.new("ShaderNodeTexImage")
    inner.image = source
    obj.active_material.node_tree.nodes.new("ShaderNodeGroup").node_tree = group
    elsewhere = add_image_node(add_material(add_mesh("Other", select=False), "Other"), source)
    job = make_job(plan("TEXTURE", source))
    assert len(job.placement.target.nodes) == 2
    placed = place(job, COPY)
    assert placed.text == "Replaces “Source” in 2 nodes"
    assert node.image.name == inner.image.name == placed.images[0]
    assert elsewhere.image == source, "the artist edited this object's texture"


def test_the_edited_image_is_kept(make_job: MakeJob, tmp_path: Path) -> None:
    source = bpy.data.images.load(str(draw_corners(tmp_path / "source.png")))
    add_image_node(add_material(add_mesh()), source)
    place(make_job(plan("TEXTURE", source)), COPY)
    save_and_reopen(tmp_path / "scene.blend")
    assert bpy.data.images["source.png"].use_fake_user


def test_an_image_that_no_node_shows_goes_to_the_selected_object(make_job: MakeJob) -> None:
    obj = add_mesh()
    placed = place(make_job(plan("TEXTURE", bpy.data.images.new("Loose", 4, 4))), COPY)
    assert base_colour_image(obj.active_material).name == placed.images[0]


@pytest.mark.parametrize(("theirs", "ours"), [("Non-Color", "Non-Color"), ("Linear Rec.709", "sRGB")])
def test_an_edited_data_map_stays_data(make_job: MakeJob, theirs: str, ours: str) -> None:
    source = bpy.data.images.new("Source", 4, 4)
    source.colorspace_settings.name = theirs
    add_image_node(add_material(add_mesh()), source)
    placed = place(make_job(plan("TEXTURE", source)), COPY)
    assert bpy.data.images[placed.images[0]].colorspace_settings.name == ours


def test_an_edited_node_that_is_gone_is_said(make_job: MakeJob) -> None:
    source = bpy.data.images.new("Source", 4, 4)
    material = add_material(add_mesh())
    node = add_image_node(material, source)
    job = make_job(plan("TEXTURE", source))
    material.node_tree.nodes.remove(node)
    with pytest.raises(PlacementImpossible, match="The node Image Texture of Mat is gone"):
        place(job, COPY)


@pytest.mark.parametrize("kind", ["IMAGE", "TEXTURE", "PLANE"])
def test_an_edit_without_its_mask_is_placed_only_as_it_came(make_job: MakeJob, kind: str) -> None:
    add_mesh(uvs=True)
    made = make_job(plan(kind))
    request = EditRequest(
        model=made.request.model,
        prompt="moss",
        sources=(Source(name="wall"), Source(name="Mask")),
        mask=EditMask(kind=MaskKind.AREA),
    )
    results = tuple(replace(result, fit_note="The mask can't be kept: a fault.") for result in made.results)
    job = replace(made, request=request, results=results)
    before = len(bpy.data.objects), len(bpy.data.images)
    with pytest.raises(PlacementImpossible, match=r"mask can't be kept: a fault\. Tick As Generated"):
        place(job, COPY)
    assert (len(bpy.data.objects), len(bpy.data.images)) == before
    assert place(replace(job, placement=replace(job.placement, as_it_came=True)), COPY).images


def test_a_result_that_can_not_be_read_is_told_and_not_placed(make_job: MakeJob) -> None:
    made = make_job(plan("IMAGE"))
    note = "The PNG image is damaged. The file is kept unchanged: a.png."
    job = replace(made, results=tuple(replace(one, width=0, fit_note=note) for one in made.results))
    with pytest.raises(PlacementImpossible, match="kept unchanged"):
        place(job, COPY)
    assert not bpy.data.images
