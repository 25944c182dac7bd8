# SPDX-License-Identifier: GPL-3.0-or-later
"""Any value that is stored is read back unchanged, and rows of old ledgers can be read."""

import dataclasses
import json
import shutil
import sqlite3
import types
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, strategies as st

from easel.client.edit_mask import EditMask, Marker, MaskKind
from easel.client.model_requests import ModelRequest
from easel.client.models import ModelId
from easel.client.requests import EditRequest, GenerateRequest, Source, ToolRequest, Upload
from easel.jobs.job import Job, JobState, Result
from easel.jobs.ledger import Ledger
from easel.jobs.placement import Placement
from easel.jobs.plain import record_of
from easel.jobs.preparation import Preparation
from easel.jobs.recipe import recipe_text
from easel.jobs.rows import columns_of, columns_of_result, job_of, request_of, result_of, values_of
from easel.jobs.schema import MIGRATIONS
from easel.jobs.targets import PlacementKind
from easel.texts.phrases import Phrase, phrase

OLD_LEDGER = Path(__file__).parent / "ledgers" / "2026-11.sqlite3"
"""A ledger of five jobs, one of each kind of placement; Easel of commit f03a427 wrote it."""
LIBRARY = Path("/library")

TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs")))
NUMBERS = st.integers(-(2**31), 2**31 - 1)
TIMES = st.floats(allow_nan=False, allow_infinity=False)


def any_record(kind: Any, **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return a strategy of dataclasses with any value in each field, also in those with a default."""
    hints = get_type_hints(kind)
    fields = {name: any_value(hint) for name, hint in hints.items() if name not in given}
    return st.builds(kind, **fields, **given)


def any_value(hint: Any) -> st.SearchStrategy[Any]:
    """Return a strategy of values of a type that the ledger's records use."""
    origin, members = get_origin(hint), get_args(hint)
    if origin in (types.UnionType, Union):
        return st.one_of(*map(any_value, members))
    if origin is tuple and members[-1] is Ellipsis:
        return st.lists(any_value(members[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(any_value, members))
    if origin is Mapping:
        return st.dictionaries(TEXTS, TEXTS | NUMBERS, max_size=2)
    if dataclasses.is_dataclass(hint):
        return any_record(hint)
    if issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    plain = {str: TEXTS, bool: st.booleans(), int: NUMBERS, float: TIMES, type(None): st.none()}
    return plain[hint]


REQUESTS = st.one_of(*map(any_record, (GenerateRequest, EditRequest, ToolRequest, ModelRequest)))
PLACEMENTS = st.sampled_from([Placement(), Placement(session="s", as_it_came=True)])
"""`test_placement` tests all others."""
PATHS = st.from_regex(r"[a-zä /]{0,8}[a-z]", fullmatch=True).map(
    lambda name: LIBRARY / "images" / name.strip("/")
)
RESULTS = any_record(Result, path=PATHS, fitted=st.none() | PATHS)
JOBS = any_record(
    Job,
    request=REQUESTS,
    placement=PLACEMENTS,
    message=TEXTS | TEXTS.map(lambda text: phrase("{text} of {count}", text=text, count=3)),
    results=st.just(()),
)


def row_of(table: str, columns: Mapping[str, Any]) -> sqlite3.Row:
    """Write columns to a table of the ledger, and return the row; other columns have their defaults."""
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    for script in MIGRATIONS:
        connection.executescript(script)
    marks = ", ".join("?" * len(columns))
    names = ", ".join(columns)
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(columns.values()))  # noqa: S608
    row = connection.execute(f"SELECT * FROM {table}").fetchone()  # noqa: S608
    connection.close()
    return row


@given(JOBS)
def test_a_job_comes_back_as_it_was(job: Job) -> None:
    read = job_of(row_of("jobs", columns_of(job)), ())
    assert read == job
    assert isinstance(read.message, Phrase) == isinstance(job.message, Phrase)


@given(RESULTS)
def test_an_image_comes_back_as_it_was(result: Result) -> None:
    columns = {**columns_of_result(result, LIBRARY), "job_id": "a", "saved_at": 0.0}
    assert result_of(row_of("results", columns), LIBRARY) == result


@given(REQUESTS)
def test_what_a_newer_easel_adds_to_a_request_is_passed_over(request: GenerateRequest) -> None:
    values = json.loads(json.dumps(values_of(request)))
    values["style"] = ["noir"]
    for source in values.get("sources", ()):
        source["style"] = "noir"
    assert request_of(values) == request


@given(any_record(Preparation))
def test_what_a_record_lacks_is_as_if_it_had_never_been_set(made: Preparation) -> None:
    values = dataclasses.asdict(made)
    for field in dataclasses.fields(Preparation):
        left = {name: value for name, value in values.items() if name != field.name}
        default = getattr(Preparation(), field.name)
        assert record_of(Preparation, left) == dataclasses.replace(made, **{field.name: default})


@pytest.mark.parametrize(
    "values",
    [
        {"prompt": "not a model"},
        {"model": "GEMINI_9", "prompt": "x"},
        {"model": "GEMINI_3_PRO", "prompt": 7},
        {"model": "GEMINI_3_PRO", "prompt": "x", "verb": "edit"},
        {"model": "GEMINI_3_PRO", "prompt": "x", "verb": "edit", "sources": ["wall"]},
    ],
)
def test_what_is_no_request_is_refused(values: Mapping[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        request_of(values)


@given(any_record(EditRequest), any_record(Preparation))
def test_a_recipe_tells_what_was_wanted_and_no_more(request: EditRequest, made: Preparation) -> None:
    job = Job(
        id="a",
        state=JobState.DONE,
        request=request,
        placement=Placement(),
        preparation=made,
        server="s",
        price=1,
        created_at=1.0,
        updated_at=1.0,
    )
    told = recipe_text(job, 0, "")
    contents = Preparation(origins=made.origins, mask_content=made.mask_content)
    assert told == recipe_text(dataclasses.replace(job, preparation=contents), 0, ""), "no file's place"
    assert request_of(json.loads(told)["request"]) == request


# -- a ledger of before ------------------------------------------------------------------------------


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Ledger]:
    path = tmp_path / "ledger.sqlite3"
    shutil.copyfile(OLD_LEDGER, path)
    ledger = Ledger(path)
    yield ledger
    ledger.close()


def test_all_jobs_of_an_old_ledger_are_read(old: Ledger) -> None:
    states = {name: job.state for name, job in old.all_jobs() if job is not None}
    assert states == {
        "generated": JobState.DONE,
        "edited": JobState.PARTIAL,
        "unsent": JobState.QUEUED,
        "parked": JobState.RUNNING,
        "cut": JobState.UNCERTAIN,
    }
    kinds = {job.placement.kind for _name, job in old.all_jobs() if job is not None}
    assert kinds == {PlacementKind.PLANE, PlacementKind.TEXTURE, PlacementKind.NODE, PlacementKind.VIEW}


def test_a_generated_image_of_an_old_ledger(old: Ledger) -> None:
    job = old.job("generated")
    assert job.request == GenerateRequest(
        model=ModelId.GEMINI_3_PRO,
        prompt="copper\n\nphotograph",
        count=2,
        resolution="2K",
        aspect_ratio="16:9",
        output_format="png",
        written="copper",
        template="PHOTO",
    )
    assert (job.task_id, job.server, job.placed_at > 0) == ("task-generated", "https://api.example", True)
    assert [result.path.name for result in job.results] == ["generated_0.png", "generated_1.png"]
    assert job.preparation is None


def test_a_masked_edit_of_an_old_ledger_knows_its_files(old: Ledger) -> None:
    job = old.job("edited")
    mask = EditMask(
        kind=MaskKind.AREA,
        feather=8,
        bleed=2,
        inverts=True,
        markers=(Marker(place=(0.25, 0.5), text="here"),),
    )
    assert job.request == EditRequest(
        model=ModelId.SEEDREAM_V5_LITE,
        prompt="rust",
        image_size="square_hd",
        seed=0,
        safety_checker=False,
        sources=(Source(name="Metal", role="the image to edit"), Source(name="Mask", role="the marked copy")),
        keeps_place=True,
        alpha_mode="CHANNEL_PACKED",
        mask=mask,
    )
    made = job.preparation
    assert made is not None
    folder = "/library/sources/edited"
    assert made.uploads == (
        Upload(name="Metal", path=f"{folder}/sent-1.jpg", media_type="image/jpeg"),
        Upload(name="Mask", path=f"{folder}/sent-2.png", media_type="image/png"),
    )
    assert (made.original, made.original_floats) == (f"{folder}/original.png", f"{folder}/original.npy")
    assert made.mask == f"{folder}/mask.png"
    assert made.fit["source"] == [1000, 700]
    assert made.floats_space["name"] == "Linear Rec.2020"
    assert (job.results_to_place[0].width, job.results_to_place[0].path.name) == (1000, "edited_0.exr")
    assert job.message == "The service made 1 of 2"
    assert job.placement.tile is not None
    assert (job.placement.tile.number, job.placement.sent_files) == (1002, ("/home/me/metal.exr",))


def test_an_edit_that_an_old_easel_left_unprepared_is_unprepared(old: Ledger) -> None:
    assert old.job("unsent").preparation is None
    assert old.job("cut").preparation is not None


def test_an_old_ledger_goes_on(old: Ledger) -> None:
    made = Preparation(uploads=(Upload(name="wall", path="/wall.png", media_type="image/png"),))
    assert old.set_preparation("unsent", "", made)
    assert old.job("unsent").preparation == made
