# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables are read and written without loss, and every error names its line and column."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from easel.batches.check import Checker, Known
from easel.batches.csv_in import COLUMNS, Table, read_table
from easel.batches.csv_out import write_table
from easel.batches.edited import edited_row, typed_values
from easel.batches.row import OPTION_NAMES, PLACES, Row, RowReader, Settings, row_of, values_of
from easel.client.models import MODELS, Model, ModelId
from easel.client.requests import Sizing
from easel.jobs.export import cell
from easel.jobs.policy import Policy
from easel.jobs.targets import PlacementKind
from easel.prompting.templates import TEMPLATES
from easel.prompting.tokens import escape
from easel.texts.phrases import unpack
from easel.texts.tables import FORMULAS

DEFAULTS = Row(prompt="", settings=Settings(model=ModelId.GEMINI_2_5_FLASH, aspect_ratio="1:1"))

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=40)
NAMES = TEXTS.map(lambda text: text.replace(";", "").strip().lstrip(f"'{FORMULAS} ").strip())


@pytest.mark.parametrize("first", FORMULAS)
def test_no_cell_of_a_table_is_a_formula(first: str) -> None:
    prompt = f"{first}1+1"
    assert cell(prompt) == f"'{prompt}"
    row = replace(DEFAULTS, prompt=prompt)
    written = list(csv.DictReader(io.StringIO(write_table([row]).decode("utf-8-sig"), newline="")))
    assert [line["prompt"] for line in written] == [f"'{prompt}"]


@st.composite
def some_settings(draw: st.DrawFn) -> Settings:
    model: Model = draw(st.sampled_from(list(MODELS.values())))

    def one_of(values: tuple[str, ...]) -> str:
        return draw(st.sampled_from(values)) if values else ""

    return Settings(
        model=model.id,
        aspect_ratio=one_of(model.aspect_ratios),
        resolution=one_of(model.resolutions),
        image_size=one_of(model.image_sizes),
        output_format=one_of(model.output_formats),
        seed=draw(st.none() | st.integers(0, 2**31 - 1)) if model.has_seed else None,
        safety_checker=draw(st.none() | st.booleans()) if model.has_safety_checker else None,
    )


@st.composite
def some_row(draw: st.DrawFn) -> Row:
    chosen = draw(some_settings())
    sources = tuple(draw(st.lists(NAMES.filter(bool), max_size=2)))
    named = draw(NAMES)
    return Row(
        prompt=escape(draw(TEXTS.map(str.strip).filter(bool))),
        settings=chosen,
        count=draw(st.integers(1, chosen.table.max_images)),
        template=draw(st.sampled_from(list(TEMPLATES))),
        object=named,
        material=draw(NAMES),
        sources=sources,
        sizing=draw(st.sampled_from(Sizing)) if sources else Sizing.KEEP_SIZE,
        place=draw(st.sampled_from(PLACES if named else (PlacementKind.IMAGE, PlacementKind.PLANE))),
        name=draw(NAMES),
    )


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(some_row(), min_size=1, max_size=6))
def test_rows_come_back_as_they_were(rows: list[Row]) -> None:
    table = read_table(write_table(rows), DEFAULTS)
    assert not table.problems
    assert list(table.rows) == rows
    stored = [json.loads(json.dumps(values_of(row))) for row in rows]
    assert [row_of(values) for values in stored] == rows
    reader = RowReader()
    assert [reader.read(values) for values in stored * 2] == rows * 2


def told(table: Table) -> str:
    """Return all of a table's problems, one a line."""
    return "\n".join(problem.told for problem in table.problems)


def test_all_twenty_errors_of_ten_thousand_rows_are_named() -> None:
    wrong = {
        "prompt": "",
        "model": "Gemini 9",
        "resolution": "8K",
        "aspect_ratio": "2:7",
        "count": "40",
        "seed": "5",
        "object": "Nobody",
        "place": "moon",
        "template": "Poem",
        "sources": "gone.png",
    }
    lines = {100 + 431 * number: name for number, name in enumerate([*wrong, *wrong])}
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    for line in range(2, 10_002):
        row = {"prompt": f"prop {line}", "model": "gemini 3 pro", "object": "Cube", "count": "1"}
        name = lines.get(line)
        writer.writerow({**row, name: wrong[name]} if name else row)
    known = Known(objects={"Cube"}, images=(), folder=Path("/nowhere"))
    table = read_table(file.getvalue().encode(), DEFAULTS, known)
    assert {problem.line: problem.column for problem in table.problems} == lines
    assert len(table.problems) == 20
    assert len(table.rows) == 10_000 - 20
    assert all(f"{line}, {name}: " in told(table) for line, name in lines.items())


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, ""),
        ("prompt\n", 2, ""),
        ("promt,model\nbark,\n", 1, "promt"),
        ("model\nGEMINI_3_PRO\n", 1, "prompt"),
        ("prompt,prompt\na,b\n", 1, "prompt"),
        ("prompt,count\nbark,two\n", 2, "count"),
        ('prompt\n"a\nb"\n{size}\n', 4, "prompt"),
        ("prompt\nbark,and more\n", 2, ""),
        ('prompt\nbark\n"open\n', 3, ""),
        ("prompt,place\nbark,texture\n", 2, "place"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(text: str, line: int, column: str) -> None:
    table = read_table(text.encode(), DEFAULTS)
    assert (line, column) in {(problem.line, problem.column) for problem in table.problems}


def test_another_encoding_is_told_by_its_line() -> None:
    (problem,) = read_table("prompt\nbark\nmoosgrün\n".encode("latin-1"), DEFAULTS).problems
    assert problem.line == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_tables_of_spreadsheets_are_read(encoding: str, delimiter: str) -> None:
    lines = [
        ["Prompt", "Model", "Aspect Ratio", "Resolution"],
        ["moosgrün, alt", "Gemini 3 Pro", "16:09:00", "2k"],
    ]
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows([*lines, ["", "", "", ""]])
    table = read_table(file.getvalue().encode(encoding), DEFAULTS)
    assert not table.problems
    (row,) = table.rows
    assert (row.prompt, row.settings.aspect_ratio, row.settings.resolution) == ("moosgrün, alt", "16:9", "2K")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("before", ["", "\n\n", "sep={0}\n", '"sep={0}"\n', "\nSEP={0}{0}\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_stands_before_the_names_of_the_columns_is_no_column(
    delimiter: str, before: str, end: str
) -> None:
    rows = f'prompt{delimiter}count\n"bark, old; wet"{delimiter}2\n{delimiter}x\n'
    table = read_table((before.format(delimiter) + rows).replace("\n", end).encode(), DEFAULTS)
    assert [(row.prompt, row.count) for row in table.rows] == [("bark, old; wet", 2)]
    line = before.count("\n") + 3
    assert {(problem.line, problem.column) for problem in table.problems} == {
        (line, "prompt"),
        (line, "count"),
    }


def test_what_a_studio_refuses_is_told_by_its_line() -> None:
    policy = Policy(models=frozenset({ModelId.GEMINI_2_5_FLASH}), largest_resolution="1K")
    table = read_table(b"prompt,model\nbark,\nbark,GEMINI_3_PRO\n", DEFAULTS, policy=policy)
    assert [(problem.line, problem.column) for problem in table.problems] == [(3, "model")]
    assert "Your studio" in unpack(told(table))


def test_sources_are_found_beside_the_table(tmp_path: Path) -> None:
    (tmp_path / "bark.png").write_bytes(b"")
    known = Known(images=("Copper",), folder=tmp_path)
    table = read_table(b"prompt,sources\nred,bark.png; Copper\nred,other.png\n", DEFAULTS, known)
    assert table.rows[0].sources == (str(tmp_path / "bark.png"), "Copper")
    assert [problem.line for problem in table.problems] == [3]


@settings(deadline=None, max_examples=60)
@given(some_row(), st.sampled_from(list(MODELS)))
def test_an_edited_row_is_as_it_was_but_for_what_was_typed(row: Row, model: ModelId) -> None:
    assert edited_row(row, {}) == row
    assert edited_row(row, typed_values(row)) == row
    other = edited_row(row, {"model": model.value, "prompt": "a chair"})
    assert (other.settings.model, other.prompt) == (model, "a chair")
    assert not [text for column, text in Checker().problems(other) if column in OPTION_NAMES]
    assert replace(other, settings=row.settings, prompt=row.prompt) == row


def test_a_row_that_gets_a_target_becomes_its_texture_and_one_that_loses_it_an_image() -> None:
    row = replace(DEFAULTS, prompt="bark")
    textured = edited_row(row, {"object": "Tree"})
    assert (textured.object, textured.place) == ("Tree", PlacementKind.TEXTURE)
    assert edited_row(textured, {"object": ""}) == row
    plane = replace(row, place=PlacementKind.PLANE)
    assert edited_row(plane, {"object": "Tree"}).place is PlacementKind.PLANE
