# SPDX-License-Identifier: GPL-3.0-or-later
"""Recipes in Blender: what a click reports, and what remains in a file after Blender has saved it again."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import PIL.Image
import pytest

from easel.client.models import ModelId
from easel.client.requests import GenerateRequest
from easel.imaging.files import sha256_of
from easel.imaging.inscription import GENERATED, KEYWORD, RECIPE, content_of, inscribe, read_told
from easel.imaging.png_chunks import insert_text
from easel.imaging.xmp import DESCRIPTION, SUBJECT, new_packet
from easel.jobs import images
from easel.jobs.job import Job, JobState
from easel.jobs.placement import Placement
from easel.jobs.recipe import NoRecipe, read_recipe, recipe_text
from easel.scene import settings
from easel.scene.session import session

if TYPE_CHECKING:
    from easel.simulator import Simulator

REQUEST = GenerateRequest(
    model=ModelId.GEMINI_3_PRO, prompt="a café <&> of “copper” 銅\n\nin two", written="x"
)


def in_a_chunk(plain: Path, path: Path, text: str) -> None:
    """Write a recipe as Easel does."""
    with path.open("w+b") as file:
        inscribe(plain, file, text, source_type=GENERATED, content=sha256_of(plain))


def in_a_packet(plain: Path, path: Path, text: str) -> None:
    """Write a recipe as other programs do, if they convert a JPEG or WebP that has one."""
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


@pytest.mark.parametrize("output", ["png", "jpeg"])
def test_an_image_datablock_tells_what_a_file_has_lost(
    service: "Simulator", saved_file: Path, output: str
) -> None:
    bpy.ops.easel.generate(
        prompt="Oak – floor", model="GEMINI_3_1_FLASH", output_format=output, placement="IMAGE", wait=True
    )
    image = bpy.data.images["Oak – floor"]
    path = Path(bpy.path.abspath(image.filepath))
    assert path.suffix == {"png": ".png", "jpeg": ".jpg"}[output]
    assert len(image.pixels)
    image.pixels[0] = 0.5
    image.save()
    if output == "jpeg":
        with pytest.raises(NoRecipe):
            read_recipe(path)
    else:
        assert read_recipe(path).request.prompt == "Oak – floor"
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=str(saved_file))
    form = bpy.context.scene.easel
    for asked in ({"image": "Oak – floor"}, {"filepath": str(path)}):
        form.prompt = ""
        assert bpy.ops.easel.reuse_settings(**asked) == {"FINISHED"}
        assert form.prompt == "Oak – floor"
    assert str(saved_file.parent) not in bpy.data.images["Oak – floor"]["easel_recipe"]
    with pytest.raises(RuntimeError, match="does not contain"):
        bpy.ops.easel.reuse_settings(image="gone")


@pytest.mark.parametrize("output", ["png", "jpeg"])
def test_other_programs_read_the_prompt_where_the_artist_allows_it(service: "Simulator", output: str) -> None:
    settings.preferences().tells_others = True
    try:
        bpy.ops.easel.generate(
            prompt="Mossy wall, 50 % wet",
            model="GEMINI_3_1_FLASH",
            output_format=output,
            placement="IMAGE",
            wait=True,
        )
    finally:
        settings.preferences().tells_others = False
    image = bpy.data.images["Mossy wall, 50 % wet"]
    job = engine_job(image)
    (result,) = job.results
    told = read_told(result.path)
    assert told.packet.text(*DESCRIPTION) == "Mossy wall, 50 % wet"
    assert told.packet.properties[SUBJECT] == ("mossy", "wall")
    assert read_recipe(result.path).request.prompt == "Mossy wall, 50 % wet"
    assert content_of(result.path) == result.content, "all of it can be taken out again"
    if output == "png":
        with PIL.Image.open(result.path) as opened:
            parameters = opened.info["parameters"]
        prompt, _, facts = parameters.rpartition("\n")
        assert prompt == "Mossy wall, 50 % wet"
        assert facts.startswith(
            f"Size: {result.width}x{result.height}, Model: Gemini 3.1 Flash, Version: Easel"
        )


def engine_job(image: bpy.types.Image) -> Any:
    return session.engine().job(image["easel_job"])
