# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn a search into a query of SQLite.

Everything that narrows a search is in the word index. Properties and marks of images are words there too, in
separate columns. So SQLite intersects lists of words, and never looks at an image that is not shown. With
ordinary columns it would look at each image that has a frequent word.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from .image_dates import bounds_of, numbered_dates, take_periods
from .image_rows import Entry, Search, storable
from .image_words import MOST_TERMS, fold, match_of, terms_of, words_of

TABLE: Final = (
    # `image_words` makes its words; here they are only split at spaces.
    "CREATE VIRTUAL TABLE IF NOT EXISTS image_words"
    " USING fts5 (words, dates, tags, facts, marks, tokenize = 'ascii', prefix = '1 2 3')"
)
"""Not in the schema, because a Python whose SQLite lacks FTS5 must open the ledger too."""
RATED: Final = "r1"
_DELETED: Final = "deleted"
_GONE: Final = "gone"
_LATEST: Final = 9e9
"""Epoch seconds; a later clock is wrong."""
PER_MOMENT: Final = 1000
"""Ids available for images of the same millisecond."""


@dataclass(frozen=True)
class Condition:
    """The SQL after FROM, and its values."""

    text: str
    values: tuple[Any, ...]
    number: str
    """The column of the image's id. Sorting by it needs no look at the images."""


def condition_of(wanted: Search, now: float, *, is_rated: bool | None = None) -> Condition:
    """Return the condition of a search.

    Args:
        now: epoch seconds.
        is_rated: only images with a rating, or only those without.
    """
    rest, dates = numbered_dates(wanted.text)
    left, periods = take_periods(terms_of(rest))
    typed = [*(f'"{date}"*' for date in dates[:MOST_TERMS]), *filter(None, [match_of(left)])]
    parts = [f"{{words dates tags}} : ({' AND '.join(typed)})"] if typed else []
    parts += [f'facts : "{fact}"' for fact in _facts_wanted(wanted)]
    parts += [f'marks : "{mark}"' for mark in _marks_wanted(wanted, is_rated=is_rated)]
    conditions: list[str] = []
    values: list[Any] = []
    number = "images.id"
    if parts:
        number = "image_words.rowid"
        conditions.append("image_words MATCH ?")
        without = [_GONE if wanted.in_bin else _DELETED]
        without += [RATED] if is_rated is False else []
        values.append(f"({' AND '.join(parts)})" + "".join(f' NOT marks : "{mark}"' for mark in without))
    else:
        conditions.append("images.deleted_at = 0")
        conditions += ["images.rating = 0"] if is_rated is False else []
    for period in periods:
        first, end = bounds_of(period, now)
        conditions.append(f"{number} BETWEEN ? AND ?")
        values += [id_at(first), id_at(end) - 1]
    if wanted.is_placed is not None:
        conditions.append("(images.placed_at != 0) = ?")
        values.append(int(wanted.is_placed))
    if wanted.edits_of:
        conditions.append("images.parent = ?")
        values.append(wanted.edits_of)
    if wanted.job_id:
        conditions.append("images.job_id = ?")
        values.append(wanted.job_id)
    for tag in wanted.tags:
        conditions.append("images.id IN (SELECT image FROM image_tags WHERE folded = ?)")
        values.append(fold(tag))
    tables = "image_words CROSS JOIN images ON images.id = image_words.rowid" if parts else "images"
    return Condition(f"{tables} WHERE {' AND '.join(conditions)}", tuple(values), number)


def words_columns(entry: Entry) -> dict[str, str]:
    """Return an image's words for the word index, without the artist's marks."""
    columns = entry.columns
    facts = [_model_fact(columns["model"]), _edit_fact(is_edit=columns["is_edit"])]
    facts += [_mask_fact(has_mask=columns["has_mask"])]
    facts += [_project_fact(name) for name in columns["project"].split("\n")]
    return {"words": entry.words, "dates": entry.dates, "facts": " ".join(facts)}


def marks_columns(
    is_starred: bool, rating: int, tags: Iterable[str], deleted_at: float, *, is_gone: bool
) -> dict[str, str]:
    """Return the words of the artist's marks for the word index."""
    marks = [*(["starred"] if is_starred else []), *(f"r{number + 1}" for number in range(rating))]
    marks += [_DELETED] if deleted_at else []
    marks += [_GONE] if is_gone else []
    return {"tags": words_of(tags), "marks": " ".join(marks)}


def id_at(moment: float) -> int:
    """Return the first id of images made at a moment, in epoch seconds."""
    return int(min(max(moment, 0.0), _LATEST) * 1000) * PER_MOMENT


def _facts_wanted(wanted: Search) -> Iterator[str]:
    if wanted.model:
        yield _model_fact(wanted.model)
    if wanted.is_edit is not None:
        yield _edit_fact(is_edit=wanted.is_edit)
    if wanted.has_mask is not None:
        yield _mask_fact(has_mask=wanted.has_mask)
    if wanted.project is not None:
        yield _project_fact(wanted.project)


def _marks_wanted(wanted: Search, *, is_rated: bool | None) -> Iterator[str]:
    if wanted.is_starred:
        yield "starred"
    if wanted.rating or is_rated:
        yield f"r{max(wanted.rating, 1)}"
    if wanted.in_bin:
        yield _DELETED


def _model_fact(model: str) -> str:
    return "model" + "".join(filter(str.isalnum, fold(model)))


def _edit_fact(*, is_edit: bool) -> str:
    return "edited" if is_edit else "generated"


def _mask_fact(*, has_mask: bool) -> str:
    return "masked" if has_mask else "unmasked"


def _project_fact(project: str) -> str:
    return "project" + hashlib.sha256(storable(project).encode()).hexdigest()[:16]
