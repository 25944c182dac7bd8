# SPDX-License-Identifier: GPL-3.0-or-later
"""The handbook's script for textures works exactly as written."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import pytest
import tiling_textures as textures
from edits import add_node, new_material
from PIL import Image

from easel.scene.history import lineage
from easel.scene.placement.texture_maps import maps_of
from easel.scene.session import session

if TYPE_CHECKING:
    from easel.simulator import Simulator

HANDBOOK = Path(__file__).resolve().parents[2] / "docs" / "handbook" / "tiling.md"
SIDE = 64


@pytest.fixture
def copper(service: "Simulator", tmp_path: Path) -> bpy.types.Image:
    """Return a texture with a seam, on a selected wall."""
    bpy.ops.mesh.primitive_plane_add(size=4.0)
    bpy.context.object.data.materials.append(new_material("Copper"))
    return load(tmp_path, "Copper")


def load(folder: Path, name: str) -> bpy.types.Image:
    Image.fromarray(textures.cut("rust", SIDE)).save(folder / f"{name}.png")
    image = bpy.data.images.load(str(folder / f"{name}.png"))
    image.name = name
    add_node(bpy.data.materials["Copper"].node_tree, image)
    return image


def examples() -> list[str]:
    """Return the statements of the handbook's block."""
    text = HANDBOOK.read_text(encoding="utf-8")
    block = text.split("## In scripts")[1].split("```python\n")[1].split("```")[0]
    statements: list[str] = []
    for line in block.splitlines():
        if line.startswith("bpy."):
            statements.append(line)
        else:
            statements[-1] += "\n" + line
    return statements


def test_all_examples_work_as_they_are_written(copper: bpy.types.Image, echo: None, tmp_path: Path) -> None:
    load(tmp_path, "Brass")
    done: list[str] = []
    # The simulator returns what it was sent.
    does_nothing_here = pytest.raises(RuntimeError, match="no better")
    for statement in examples():
        name = statement.split("(")[0].removeprefix("bpy.ops.easel.")
        code = statement.replace("/textures/copper", (tmp_path / "out").as_posix())
        expected = does_nothing_here if name == "repair_seams" else contextlib.nullcontext()
        with expected:
            assert eval(code, {"bpy": bpy}) == {"FINISHED"}, statement  # noqa: S307 - from our own handbook
        done.append(name)
    assert {"make_seamless", "make_maps", "make_material", "edit_sheet", "export_maps"} <= set(done)
    assert set(maps_of(copper)) == {"NORMAL", "ROUGHNESS", "HEIGHT"}
    assert lineage.original_of(bpy.data.images["Copper_Seamless"]) == copper
    assert (tmp_path / "out" / "Copper.mtlx").is_file()
    paid = [job for job in session.engine().jobs() if not job.is_local]
    assert len(paid) <= 5, "a repair in three rounds, a map, and a sheet"
