# SPDX-License-Identifier: GPL-3.0-or-later
"""A batch from a table (CSV): every error by its line and column, before anything is sent.

The first line names columns of `COLUMNS` in any order; only `prompt` is required. An empty cell takes the
form's value. Columns of `TOLD`, which Easel writes itself, are ignored. Spreadsheets write commas,
semicolons or tabs, a byte order mark or none, and a line such as `sep=;` before: all are read.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from ..client.models import MODELS, ModelId
from ..client.options import MAX_SEED, OPTIONS, Choice
from ..client.requests import Sizing
from ..jobs.policy import NO_POLICY, Policy
from ..jobs.targets import PlacementKind
from ..prompting.templates import TEMPLATES
from ..texts.phrases import phrase
from ..texts.tables import FORMULAS
from .check import Checker, Known, Problem
from .row import MOST_ROWS, OPTION_NAMES, PLACES, Row, Settings, settings_of

COLUMNS: Final = (
    *("name", "prompt", "template", "object", "material", "sources", "sizing", "model"),
    *OPTION_NAMES,
    *("count", "place"),
)
TOLD: Final = ("state", "images", "credits", "files", "note", "job")
"""Columns with the outcome of a row: Easel writes them, and ignores them when it reads."""

MOST_BYTES: Final = 200_000_000
"""The largest table. A larger file is something else."""

_COMMON: Final = ("model", *OPTION_NAMES, "count", "template", "sizing", "place")
"""Columns that have the same values in many rows: each value is read once."""

_CHOICES: Final = tuple(option for option in OPTIONS if isinstance(option, Choice))
_TIME: Final = re.compile(r"0*(\d+):0*(\d+)(?::00)?")
"""Matches 16:9 after a spreadsheet turned it into a time of day."""

FORMULA: Final = re.compile(rf"'*[{re.escape(FORMULAS)}]")
"""Matches text that a spreadsheet would read as a formula without a mark in front. It may have marks
already."""

_LINE: Final = re.compile(r"[^\r\n]+")
_SEPARATOR: Final = re.compile(r'"?sep=([,;\t])"?[,;\t]*', re.IGNORECASE)
"""Matches the line that some programs write first, so that Excel in any country reads the table."""

_YES: Final = frozenset({"true", "yes", "1", "on", "x"})
_NO: Final = frozenset({"false", "no", "0", "off"})
_MODELS: Final[Mapping[str, ModelId]] = {
    re.sub(r"[\W_]+", "", name).casefold(): model.id
    for model in MODELS.values()
    for name in (model.id.value, model.label)
}
_PLACES: Final = {place.value.casefold(): place for place in PLACES}
_SIZINGS: Final = {sizing.value.casefold(): sizing for sizing in Sizing}
_TEMPLATES: Final = {name.casefold(): name for name in TEMPLATES} | {
    template.label.casefold(): template.id for template in TEMPLATES.values()
}


@dataclass(frozen=True, kw_only=True)
class Table:
    """The rows without problems. If there are problems, nothing may be sent."""

    rows: tuple[Row, ...]
    lines: tuple[int, ...]
    """The line of the file in which each row begins, from 1."""
    problems: tuple[Problem, ...]


def read_table(data: bytes, defaults: Row, known: Known | None = None, policy: Policy = NO_POLICY) -> Table:
    """Read and check a table. Not on the main thread: it looks for the files of sources.

    Args:
        data: of the file.
        defaults: the values of empty cells. Its place is only used for rows with a target.
        known: the names that rows may use.
        policy: what a studio allows.
    """
    try:
        text = _decoded(data)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        told = phrase("this is not UTF-8: save the table as “CSV UTF-8”")
        return Table(rows=(), lines=(), problems=(Problem(line=line, column="", text=told),))
    return _Reading(defaults, known or Known(), policy).read(text)


def _decoded(data: bytes) -> str:
    """Decode a file. Raises UnicodeDecodeError."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    return data.decode("utf-8-sig")


def read_states(data: bytes) -> dict[int, str]:
    """Return the outcomes in a table of results, by the line in which each row begins (`Table.lines`).

    Raises:
        UnicodeDecodeError: it is not UTF-8.
    """
    records = _records(_decoded(data), _pass_over)
    first = next(records, None)
    names = first[1] if first is not None else []
    place = next((place for place, name in enumerate(names) if name.strip().casefold() == "state"), None)
    if place is None:
        return {}
    return {line: cells[place].strip().casefold() for line, cells in records if place < len(cells)}


def _pass_over(line: int, column: str, text: str) -> None:
    """Ignore a problem."""


def _records(text: str, tell: Callable[[int, str, str], None]) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that are not empty, with the line in which each begins."""
    first = _LINE.search(text)
    head = first[0] if first is not None else ""
    told = _SEPARATOR.fullmatch(head)
    delimiter = told[1] if told else max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while told and not any(next(reader)):
        pass
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            tell(line, "", phrase("a quotation mark is not closed, or stands within a cell"))
            continue
        if "".join(cells).strip():
            yield line, cells


@dataclass(frozen=True, kw_only=True)
class _Common:
    """The values that rows share."""

    settings: Settings
    count: int
    template: str
    sizing: Sizing
    place: PlacementKind
    problems: tuple[tuple[str, str], ...]


class _Reading:
    """Reads one table."""

    def __init__(self, defaults: Row, known: Known, policy: Policy) -> None:
        self._defaults = defaults
        self._folder = known.folder
        self._images = known.images or ()
        self._checker = Checker(known, policy)
        self._problems: list[Problem] = []
        self._width = 0
        """The number of columns."""
        self._common: dict[tuple[str, ...], _Common] = {}

    def read(self, text: str) -> Table:
        """Read all of it."""
        records = _records(text, self._tell)
        first = next(records, None)
        rows: list[Row] = []
        lines: list[int] = []
        if first is None:
            self._tell(1, "", phrase("the table is empty: its first line names the columns"))
        elif columns := self._columns(*first):
            for line, cells in records:
                if len(rows) == MOST_ROWS:
                    self._tell(line, "", phrase("a batch has {most:,} rows at most", most=MOST_ROWS))
                    break
                if (row := self._row(line, cells, columns)) is not None:
                    rows.append(row)
                    lines.append(line)
            if not rows and not self._problems:
                self._tell(2, "", phrase("there is no row below the names of the columns"))
        return Table(rows=tuple(rows), lines=tuple(lines), problems=tuple(self._problems))

    def _tell(self, line: int, column: str, text: str) -> None:
        self._problems.append(Problem(line=line, column=column, text=text))

    def _columns(self, line: int, cells: list[str]) -> dict[str, int]:
        """Return where each column is; empty if the table can't be read."""
        columns: dict[str, int] = {}
        before = len(self._problems)
        self._width = len(cells)
        for place, cell in enumerate(cells):
            name = cell.strip().casefold().replace(" ", "_")
            if name in columns:
                self._tell(line, name, phrase("the column is there twice"))
            elif name in COLUMNS:
                columns[name] = place
            elif name and name not in TOLD:
                known = ", ".join(COLUMNS)
                self._tell(
                    line, cell.strip(), phrase("there is no such column. There are: {known}", known=known)
                )
        if "prompt" not in columns:
            self._tell(line, "prompt", phrase("this column is missing"))
        return columns if len(self._problems) == before else {}

    def _row(self, line: int, cells: list[str], columns: dict[str, int]) -> Row | None:
        """Make a row; None if something is wrong with it, which is noted."""
        count = len(cells)
        told = {name: cells[place].strip() for name, place in columns.items() if place < count}
        get = told.get
        common = self._common_of(tuple([get(name, "") for name in _COMMON]))
        defaults = self._defaults
        prompt, sources = _text_of(get("prompt", "")), get("sources", "")
        row = Row(
            prompt=prompt or defaults.prompt,
            settings=common.settings,
            count=common.count,
            template=common.template,
            object=_text_of(get("object", "")),
            material=_text_of(get("material", "")),
            sources=self._sources(_text_of(sources)) if sources else defaults.sources,
            sizing=common.sizing,
            place=common.place,
            name=_text_of(get("name", "")),
        )
        if row.place is PlacementKind.TEXTURE and not get("place") and not (row.object or row.material):
            row = replace(row, place=PlacementKind.IMAGE)  # the form's choice has nothing to be placed on
        found = list(common.problems)
        known = {column for column, _text in found}
        if "model" not in known:  # else all that follows from it
            found += [each for each in self._checker.problems(row) if each[0] not in known]
        if count > self._width and any(cells[self._width :]):
            found.append(("", phrase("the line has more cells than there are columns")))
        for column, text in found:
            self._tell(line, column, text)
        return None if found else row

    def _sources(self, cell: str) -> tuple[str, ...]:
        """Return names of images unchanged, and files by their whole paths."""
        names = [name.strip() for name in cell.split(";")]
        return tuple(self._whole(name) for name in names if name)

    def _whole(self, name: str) -> str:
        if self._folder is None or name in self._images or "\0" in name:
            return name
        return str(Path(self._folder, name))

    def _common_of(self, cells: tuple[str, ...]) -> _Common:
        known = self._common.get(cells)
        if known is None:
            known = self._common[cells] = _make_common(cells, self._defaults)
        return known


def _make_common(cells: tuple[str, ...], defaults: Row) -> _Common:
    """Return the meaning of the cells of `_COMMON`, and what is wrong with them by column."""
    told = dict(zip(_COMMON, map(_text_of, cells), strict=True))
    found: list[tuple[str, str]] = []
    return _Common(
        settings=_make_settings(told, defaults.settings, found),
        count=_read("count", told["count"], _number, defaults.count, found),
        template=_read("template", told["template"], _template, defaults.template, found),
        sizing=_read("sizing", told["sizing"], _sizing, defaults.sizing, found),
        place=_read("place", told["place"], _place, defaults.place, found),
        problems=tuple(found),
    )


def _make_settings(told: Mapping[str, str], defaults: Settings, found: list[tuple[str, str]]) -> Settings:
    model_id = _read("model", told["model"], _model, defaults.model, found)
    model, settings = MODELS[model_id], settings_of(model_id, defaults)
    values: dict[str, Any] = {
        option.name: _among(cell, option.values(model)) for option in _CHOICES if (cell := told[option.name])
    }
    values["seed"] = _read("seed", told["seed"], _seed, settings.seed, found)
    checks = _read("safety_checker", told["safety_checker"], _yes, settings.safety_checker, found)
    return replace(settings, **values, safety_checker=checks)


def _among(cell: str, allowed: Sequence[str]) -> str:
    """Return the allowed value that a cell means; the cell itself if it means none."""
    if cell in allowed:
        return cell
    folded = cell.casefold()
    time = _TIME.fullmatch(folded)
    folded = f"{time[1]}:{time[2]}" if time else folded
    return next((value for value in allowed if value.casefold() == folded), cell)


def _text_of(cell: str) -> str:
    """Return a cell without the mark that keeps spreadsheets from reading it as a formula (`csv_out`)."""
    return cell[1:] if cell[:1] == "'" and FORMULA.match(cell) else cell


def _read(
    column: str, cell: str, read: Callable[[str], Any], default: Any, found: list[tuple[str, str]]
) -> Any:
    """Read a cell. An unreadable cell is reported in `found`, and counts as empty."""
    if not cell:
        return default
    try:
        return read(cell)
    except _CellError as error:
        found.append((column, error.args[0]))
        return default


class _CellError(Exception):
    """A cell can't be read: `args[0]` says why."""


def _number(cell: str) -> int:
    digits = cell.removesuffix(".0")
    if not re.fullmatch(r"-?\d{1,12}", digits, re.ASCII):
        raise _CellError(phrase("“{cell}” is not a whole number", cell=cell))
    return int(digits)


def _seed(cell: str) -> int:
    seed = _number(cell)
    if not 0 <= seed <= MAX_SEED:
        text = phrase("The seed must be from 0 to {max_seed}, not {seed}.", max_seed=MAX_SEED, seed=seed)
        raise _CellError(text)
    return seed


def _yes(cell: str) -> bool:
    if (folded := cell.casefold()) in _YES or folded in _NO:
        return folded in _YES
    raise _CellError(phrase("write yes or no, not “{cell}”", cell=cell))


def _model(cell: str) -> ModelId:
    return _one_of(
        _MODELS, re.sub(r"[\W_]+", "", cell).casefold(), cell, [model.label for model in MODELS.values()]
    )


def _template(cell: str) -> str:
    return _one_of(_TEMPLATES, cell.casefold(), cell, list(TEMPLATES))


def _place(cell: str) -> PlacementKind:
    return _one_of(_PLACES, cell.casefold().replace(" ", "_"), cell, list(_PLACES))


def _sizing(cell: str) -> Sizing:
    return _one_of(_SIZINGS, cell.casefold().replace(" ", "_"), cell, list(_SIZINGS))


def _one_of(known: Mapping[str, Any], key: str, cell: str, allowed: Sequence[str]) -> Any:
    if key in known:
        return known[key]
    raise _CellError(
        phrase("“{cell}” is not known here. Allowed: {allowed}", cell=cell, allowed=", ".join(allowed))
    )
