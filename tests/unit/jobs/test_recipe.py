# SPDX-License-Identifier: GPL-3.0-or-later
"""A recipe says how an image was made and nothing about the machine, and can be read even if damaged."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from easel.client.edit_mask import EditMask, MaskKind
from easel.client.models import ModelId
from easel.client.requests import EditRequest, GenerateRequest, Source
from easel.imaging.files import sha256_of
from easel.imaging.inscription import (
    EDITED,
    GENERATED,
    SOURCE_TYPE,
    content_of,
    copy_as_it_came,
    read_told,
)
from easel.imaging.png_chunks import insert_text
from easel.imaging.snapshot import MASK_INDEX, FileSnapshot, UVShapes
from easel.jobs.job import Job, JobState
from easel.jobs.ledger import Ledger
from easel.jobs.origins import Origin
from easel.jobs.placement import Placement
from easel.jobs.preparation import Preparation
from easel.jobs.recipe import RecipeUnreadable, read_recipe, recipe_text
from easel.jobs.targets import DatablockRef, PlacementKind, Surfaces, TextureTarget
from easel.jobs.version import own_version

from .conftest import DRAFT, Bench

REQUEST = replace(DRAFT, prompt="moss\n\nseamless", written="moss", template="SEAMLESS_TEXTURE")


def job(request: GenerateRequest = REQUEST, **values: Any) -> Job:
    return Job(
        id="a" * 32,
        state=JobState.DONE,
        request=request,
        placement=Placement(),
        server="s",
        price=1,
        created_at=1.0,
        updated_at=1.0,
        **values,
    )


def picture(path: Path) -> Path:
    PIL.Image.effect_noise((64, 48), 60).convert("RGB").save(path)
    return path


def with_text(folder: Path, text: str) -> Path:
    path = picture(folder / "old.png")
    insert_text(path, path, {"easel": text})
    return path


@pytest.mark.parametrize("output_format", ["png", "jpeg", "webp"])
def test_a_result_of_any_format_says_how_it_was_made(bench: Bench, output_format: str) -> None:
    request = replace(REQUEST, model=ModelId.GEMINI_3_PRO, output_format=output_format, resolution="2K")
    wall = TextureTarget(object=DatablockRef(name="Wall", session_uid=1), slot=0)
    placement = Placement(
        kind=PlacementKind.TEXTURE,
        target=Surfaces(objects=(wall,)),
        project="street.blend",
        blender_project="Film",
    )
    engine = bench.engine()
    done = bench.end_of(engine, engine.submit(request, placement))
    (result,) = done.results
    recipe = read_recipe(result.path)
    assert (recipe.request, recipe.sent) == (request, request.prompt)
    assert (recipe.job_id, recipe.task_id, recipe.server) == (done.id, done.task_id, done.server)
    assert (recipe.created_at, recipe.made_at) == (done.created_at, done.submitted_at)
    assert recipe.saved_at >= recipe.made_at
    assert (recipe.price, recipe.charged, recipe.version) == (done.price, None, own_version())
    assert recipe.purpose.projects == ("street.blend", "Film")
    assert recipe.purpose.objects == ("Wall",)
    assert recipe.content == result.content == content_of(result.path)
    assert read_told(result.path).packet.text(*SOURCE_TYPE) == GENERATED
    as_it_came = io.BytesIO()
    copy_as_it_came(result.path, as_it_came)
    with PIL.Image.open(as_it_came) as old, PIL.Image.open(result.path) as new:
        assert old.tobytes() == new.tobytes()


def test_an_edit_says_what_it_was_made_of(bench: Bench, tmp_path: Path) -> None:
    engine = bench.engine()
    (parent,) = bench.run(engine).results
    style = picture(tmp_path / "style.png")
    mask = EditMask(kind=MaskKind.AREA)
    request = EditRequest(
        model=ModelId.GEMINI_3_1_FLASH,
        prompt="older",
        keeps_place=True,
        mask=mask,
        sources=(Source(name="Moss"), Source(name="Style"), Source(name="Mask", role=mask.role)),
    )
    half = UVShapes(polygons=(((0, 0), (0.5, 0), (0.5, 1), (0, 1)),))
    taken = {0: FileSnapshot(path=parent.path), 1: FileSnapshot(path=style), MASK_INDEX: half}
    edit = bench.run(engine, request, taken)
    recipe = read_recipe(edit.results[0].path)
    assert [(origin.name, origin.content) for origin in recipe.sources] == [
        ("Moss", parent.content),
        ("Style", sha256_of(style)),
    ]
    assert recipe.parent == parent.content
    assert edit.preparation is not None
    assert recipe.mask == sha256_of(Path(edit.preparation.mask))
    assert read_told(edit.results[0].path).packet.text(*SOURCE_TYPE) == EDITED
    fitted = edit.results[0].fitted
    assert fitted is not None
    assert read_recipe(fitted).content == edit.results[0].content, "what was made of it says the same"
    text = read_told(edit.results[0].path).recipe
    for secret in (str(tmp_path), bench.library.root.name, "test-key", str(Path.home())):
        assert secret not in text


def test_a_ledger_that_is_lost_is_made_of_what_recipes_say(bench: Bench) -> None:
    engine = bench.engine()
    placement = Placement(project="street.blend", objects=("Wall",))
    request = replace(REQUEST, model=ModelId.GEMINI_3_PRO, output_format="jpeg")
    done = bench.end_of(engine, engine.submit(request, placement))
    engine.stop()
    for path in [*bench.library.root.glob("ledger*"), *bench.library.tasks_folder.iterdir()]:
        path.unlink()
    ledger = Ledger(bench.library.ledger_path)
    again = ledger.job(done.id)
    ledger.close()
    assert (again.state, again.request, again.created_at) == (JobState.DONE, request, done.created_at)
    assert (again.placement.project, again.placement.objects) == ("street.blend", ("Wall",))
    assert [result.content for result in again.results] == [result.content for result in done.results]


def test_an_edit_of_which_only_a_recipe_tells_is_not_sent_without_its_sources(bench: Bench) -> None:
    request = EditRequest(model=ModelId.GEMINI_3_1_FLASH, prompt="older", sources=(Source(name="Moss"),))
    known = Preparation(origins=(Origin(name="Moss", content="1" * 64),))
    lost = replace(job(request, preparation=known), state=JobState.EXPIRED, server="test", task_id="t")
    bench.library.root.mkdir(parents=True)
    ledger = Ledger(bench.library.ledger_path)
    ledger.add(lost, "")
    ledger.close()
    engine = bench.engine()
    again = bench.end_of(engine, engine.again.send(lost.id, ""))
    assert (again.state, bench.posts()) == (JobState.FAILED, 0)
    assert "Nothing was sent" in again.message or "nothing was sent" in again.message


def test_a_recipe_of_before_is_read(tmp_path: Path) -> None:
    told = json.loads(recipe_text(job(), 0, ""))
    old = {"request": told["request"], "index": 0, "task_id": "t", "server": "s", "made_at": 12}
    recipe = read_recipe(with_text(tmp_path, json.dumps(old)))
    assert (recipe.request, recipe.made_at, recipe.sources, recipe.parent) == (REQUEST, 12.0, (), "")


def test_one_of_a_newer_easel_asks_for_an_update(tmp_path: Path) -> None:
    told = json.loads(recipe_text(job(), 0, ""))
    path = with_text(tmp_path, json.dumps({**told, "format": 3, "request": "something else"}))
    with pytest.raises(RecipeUnreadable, match="newer Easel"):
        read_recipe(path)
    path = with_text(tmp_path, json.dumps({**told, "licence": "CC0"}))
    assert read_recipe(path).request == REQUEST, "what only adds is passed over"


WRONG: dict[str, Callable[[dict[str, Any]], object]] = {
    "a list": lambda told: [told],
    "nothing": lambda _told: None,
    "no request": lambda told: {**told, "request": None},
    "a tool as the model of a prompt": lambda told: {
        **told,
        "request": {**told["request"], "model": "ENHANCE"},
    },
    "sources of text": lambda told: {**told, "sources": ["wall"]},
    "a source without content": lambda told: {**told, "sources": [{"name": "wall"}]},
    "objects as one text": lambda told: {**told, "objects": 3},
    "a time of never": lambda told: {**told, "made_at": float("nan")},
    "a time beyond all": lambda told: {**told, "made_at": 1e300},
    "a time before all": lambda told: {**told, "created_at": -1e9},
    "a price of text": lambda told: {**told, "price": "much"},
    "a price without end": lambda told: {**told, "price": float("inf")},
    "a price beyond all": lambda told: {**told, "price": 10**30},
    "an index before all": lambda told: {**told, "index": -1},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_recipe_is_refused_in_words(tmp_path: Path, wrong: str) -> None:
    text = json.dumps(WRONG[wrong](json.loads(recipe_text(job(), 0, ""))))
    with pytest.raises(RecipeUnreadable, match=r"can.t read the settings in old\.png"):
        read_recipe(with_text(tmp_path, text))


@pytest.mark.parametrize(
    "text", ["{", "[" * 100_000, "9" * 9999, "\0", '{"request": {"prompt": "x"'], ids=lambda text: text[:5]
)
def test_what_is_no_json_is_refused_in_words(tmp_path: Path, text: str) -> None:
    with pytest.raises(RecipeUnreadable):
        read_recipe(with_text(tmp_path, text))


def test_a_recipe_of_five_megabytes_is_refused_in_words(tmp_path: Path) -> None:
    text = recipe_text(job(replace(REQUEST, written="x" * (5 << 20))), 0, "")
    with pytest.raises(RecipeUnreadable, match="can't read"):
        read_recipe(with_text(tmp_path, text))
