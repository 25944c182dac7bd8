# SPDX-License-Identifier: GPL-3.0-or-later
"""Variants of a texture: each has a prompt and shares the mask; one price, and a number chooses."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
import pytest
from edits import add_textured_object
from PIL import Image, ImageColor
from pumping import pump_until
from recording_layout import draw

from easel.panels.result import EASEL_PT_result
from easel.panels.variants import EASEL_PT_variants
from easel.scene.history.lineage import original_of
from easel.scene.placement.variants import ATTRIBUTE
from easel.scene.session import followed, mirror, session
from easel.simulator import drawing

if TYPE_CHECKING:
    from collections.abc import Callable

    from easel.simulator import Simulator

COLOURS = "red", "blue"


@pytest.fixture
def node(service: "Simulator", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bpy.types.Node:
    """Return the node that shows a green texture; the model paints the colour that the prompt names."""
    Image.new("RGB", (64, 64), "lime").save(tmp_path / "wall.png")
    image = bpy.data.images.load(str(tmp_path / "wall.png"))
    image.name = "Wall"

    def painted(order: Any, *_: Any) -> Image.Image:
        return Image.new("RGB", order.size, ImageColor.getrgb(order.prompt.strip().split()[-1]))

    monkeypatch.setattr(drawing, "_edit", painted)
    monkeypatch.setattr(drawing, "_sign", lambda _image: None)
    node = add_textured_object(image)
    tree: Any = node.id_data
    shader = next(one for one in tree.nodes if one.type == "BSDF_PRINCIPLED")
    tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    return node


def ask(**options: Any) -> set[str]:
    return bpy.ops.easel.edit_variants(
        prompts="Paint it red\n\n  Paint it blue\n", sources=[{"name": "Wall"}], **options
    )


def test_each_line_is_a_job_of_one_click(node: bpy.types.Node, service: "Simulator") -> None:
    shown = node.image
    with pytest.raises(RuntimeError, match="30 credits"):
        ask(max_credits=29)
    assert not session.engine().jobs()
    assert ask(wait=True) == {"FINISHED"}
    jobs = session.engine().jobs()
    assert sorted(job.request.prompt for job in jobs) == ["Paint it blue", "Paint it red"]
    assert [job.price for job in jobs] == [15, 15]
    assert len({job.placement.click for job in jobs}) == 1
    assert node.image == shown, "which one is to be shown, the artist says"
    assert sum(original_of(image) == shown for image in bpy.data.images) == 2


def test_tiles_have_no_variants(service: "Simulator", load_udim: "Callable[..., bpy.types.Image]") -> None:
    image = load_udim("png", "RGB")
    with pytest.raises(RuntimeError, match="without UDIM tiles"):
        bpy.ops.easel.edit_variants(prompts="Red\nBlue", sources=[{"name": image.name}])
    assert not session.engine().jobs()


def test_objects_choose_by_a_number(node: bpy.types.Node) -> None:
    ask(wait=True)
    job = session.engine().jobs()[0]
    mirror.select(job.id)
    names = [item.name for item in draw(EASEL_PT_result, view_layer=bpy.context.view_layer).items]
    assert "easel.make_switch" in names
    assert bpy.ops.easel.make_switch(job_id=job.id) == {"FINISHED"}
    obj = bpy.context.view_layer.objects.active
    assert [rendered(obj, number) for number in range(3)] == ["lime", *COLOURS]
    with pytest.raises(RuntimeError, match="has a switch already"):
        bpy.ops.easel.make_switch(job_id=job.id)


def rendered(obj: bpy.types.Object, number: int) -> str:
    """Return which colour an object has in a render, with one of its variants."""
    obj[ATTRIBUTE] = number
    obj.update_tag()
    scene = bpy.context.scene
    material = obj.active_material
    tree: Any = material.node_tree
    shader = next(one for one in tree.nodes if one.type == "BSDF_PRINCIPLED")
    colour = shader.inputs["Base Color"].links[0].from_socket
    if not (glow := tree.nodes.get("Glow")):
        glow = tree.nodes.new("ShaderNodeEmission")
        glow.name = "Glow"
        output = next(one for one in tree.nodes if one.type == "OUTPUT_MATERIAL")
        tree.links.new(glow.outputs[0], output.inputs["Surface"])
    tree.links.new(colour, glow.inputs["Color"])
    if scene.camera is None:
        camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
        scene.collection.objects.link(camera)
        camera.location = (0.2, 0.2, 10)
        camera.data.type, camera.data.ortho_scale = "ORTHO", 0.1
        scene.camera = camera
    scene.render.engine, scene.cycles.samples, scene.cycles.device = "CYCLES", 1, "CPU"
    scene.render.resolution_x = scene.render.resolution_y = 8
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"
    path = Path(bpy.app.tempdir) / f"variant{number}.png"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    with Image.open(path) as image:
        middle = np.asarray(image.convert("RGB"))[4, 4]
    return min(("lime", *COLOURS), key=lambda name: np.abs(middle - np.array(ImageColor.getrgb(name))).sum())


def test_the_form_offers_it_where_the_prompt_has_lines(node: bpy.types.Node) -> None:
    form = bpy.context.scene.easel
    form.mode, form.edit_prompt = "EDIT", "Paint it red"
    form.sources.add().image = node.image
    mirror.show_status()
    assert not EASEL_PT_variants.poll(bpy.context)
    with pytest.raises(RuntimeError, match="2 to 12 lines"):
        bpy.ops.easel.edit_variants()
    form.edit_prompt = "Paint it red\nPaint it blue"
    assert EASEL_PT_variants.poll(bpy.context)
    (button,) = (item for item in draw(EASEL_PT_variants).items if item.name == "easel.edit_variants")
    assert "30" in button.text
    bpy.ops.easel.edit_variants()
    pump_until(lambda: not followed.is_busy())
    assert len(session.engine().jobs()) == 2
