# SPDX-License-Identifier: GPL-3.0-or-later
"""A seam that a model repairs: one price, nothing but the cross is changed, and only for the better."""

from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
import tiling_textures as textures
from edits import add_textured_object
from PIL import Image

from easel.imaging.tiling.cross import rolled
from easel.imaging.tiling.seamless import make_seamless
from easel.imaging.tiling.settings import Size
from easel.scene.history import lineage
from easel.scene.session import mirror, session
from easel.simulator import drawing

if TYPE_CHECKING:
    from easel.simulator import Simulator

SIDE = 256


@pytest.fixture
def node(service: "Simulator", tmp_path: Path) -> bpy.types.ShaderNodeTexImage:
    """The node that shows a texture with seams."""
    Image.fromarray(textures.cut("stone", SIDE)).save(tmp_path / "stone.png")
    image = bpy.data.images.load(str(tmp_path / "stone.png"))
    image.name = "Stone"
    return add_textured_object(image)


def values(image: bpy.types.Image) -> np.ndarray:
    found = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
    image.pixels.foreach_get(found)
    return found.reshape(image.size[1], image.size[0], image.channels)[..., :3]


def test_a_repair_that_is_better_is_an_edit(
    node: bpy.types.Node, service: "Simulator", monkeypatch: pytest.MonkeyPatch
) -> None:
    original = node.image
    good = make_seamless(textures.cut("stone", SIDE), size=Size.KEEP).pixels
    drawn = Image.fromarray(rolled(good))
    monkeypatch.setattr(drawing, "_edit", lambda order, *_: drawn.resize(order.size))
    monkeypatch.setattr(drawing, "_sign", lambda _image: None)
    assert bpy.ops.easel.repair_seams(image="Stone", wait=True) == {"FINISHED"}
    assert node.image != original
    assert lineage.original_of(node.image) == original
    assert "→" in mirror.mirror().selected_job.placement_text
    jobs = session.engine().jobs()
    assert sorted(job.price for job in jobs) == [0, 15]
    outside = slice(SIDE // 4, SIDE // 4 * 3)  # the cross is at the borders again
    assert (values(node.image)[outside, outside] == values(original)[outside, outside]).all()


def test_one_that_is_no_better_changes_nothing_and_is_kept(node: bpy.types.Node, echo: None) -> None:
    original = node.image
    bpy.ops.easel.repair_seams(image="Stone", wait=True)
    assert node.image == original
    (job,) = session.engine().jobs()
    assert job.results[0].path.is_file(), "it was paid for"
