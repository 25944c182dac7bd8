# SPDX-License-Identifier: GPL-3.0-or-later
"""Recipes in Blender: what a click tells, and what is left of it in a file that Blender has saved again."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import PIL.Image
import pytest

from easel.client.models import ModelId
from easel.client.requests import GenerateRequest
from easel.imaging.files import sha256_of
from easel.imaging.inscription import GENERATED, KEYWORD, RECIPE, inscribe
from easel.imaging.png_chunks import insert_text
from easel.imaging.xmp import new_packet
from easel.jobs import images
from easel.jobs.job import Job, JobState
from easel.jobs.placement import Placement
from easel.jobs.recipe import read_recipe, recipe_text

if TYPE_CHECKING:
    from easel.simulator import Simulator

REQUEST = GenerateRequest(
    model=ModelId.GEMINI_3_PRO, prompt="a café <&> of “copper” 銅\n\nin two", written="x"
)


def in_a_chunk(plain: Path, path: Path, text: str) -> None:
    """As Easel writes it."""
    with path.open("w+b") as file:
        inscribe(plain, file, text, source_type=GENERATED, content=sha256_of(plain))


def in_a_packet(plain: Path, path: Path, text: str) -> None:
    """As other programs make it of a JPEG or WebP that has one."""
    packet = new_packet([(KEYWORD, RECIPE, text)])
    insert_text(plain, path, {"XML:com.adobe.xmp": packet.decode()})


@pytest.mark.parametrize("write", [in_a_chunk, in_a_packet])
@pytest.mark.parametrize("length", [0, 80_000])
def test_a_file_that_blender_saved_again_has_its_recipe(
    tmp_path: Path, write: Callable[[Path, Path, str], None], length: int
) -> None:
    plain, path, again = (tmp_path / f"{name}.png" for name in ("plain", "made", "again"))
    PIL.Image.effect_noise((32, 16), 60).convert("RGB").save(plain)
    write(plain, path, told(length))
    image = bpy.data.images.load(str(path))
    assert len(image.pixels)
    image.filepath_raw = str(again)
    image.save()
    bpy.data.images.remove(image)
    assert again.read_bytes() != path.read_bytes()
    recipe = read_recipe(again)
    assert recipe == read_recipe(path)
    assert recipe.request.prompt.startswith(REQUEST.prompt)


@pytest.mark.parametrize("is_saved", [True, False])
def test_a_click_tells_the_project_and_what_it_is_for(
    service: "Simulator",
    default_file: None,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    *,
    is_saved: bool,
) -> None:
    if is_saved:
        request.getfixturevalue("saved_file")
    cube = bpy.data.objects["Cube"]
    bpy.context.view_layer.objects.active = cube
    cube.select_set(True)
    done = bpy.ops.easel.generate(
        prompt="moss", model="GEMINI_3_PRO", output_format="jpeg", placement="TEXTURE", wait=True
    )
    assert done == {"FINISHED"}
    (path,) = (tmp_path / "library" / "images").rglob("*.jpg")
    purpose = read_recipe(path).purpose
    assert purpose.project == ("scene.blend" if is_saved else "")
    assert purpose.objects == ("Cube",)
    (row,) = images.search(tmp_path / "library", "moss cube")
    assert (row.path, row.purpose) == (path, purpose)


def told(length: int) -> str:
    job = Job(
        id="a",
        state=JobState.DONE,
        request=GenerateRequest(model=REQUEST.model, prompt=REQUEST.prompt + "x" * length, written="x"),
        placement=Placement(),
        server="s",
        price=1,
        created_at=1.0,
        updated_at=1.0,
    )
    return recipe_text(job, 0, "")
