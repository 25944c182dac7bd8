# SPDX-License-Identifier: GPL-3.0-or-later
"""The nouns of the index of images: what is asked for (`Search`), and what is found (`ImageRow`)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Any

from ..client.edit_mask import tell_markers
from ..client.every_model import EVERY_MODEL
from ..client.requests import EditRequest, tell_roles
from .image_dates import date_words
from .image_words import words_of
from .job import Job
from .library import Library
from .purpose import Purpose, purpose_of
from .recipe import parent_of


class Order(Enum):
    """How what is found is sorted."""

    NEWEST = auto()
    OLDEST = auto()
    RATING = auto()
    """The best first; of the same rating the newest."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """What is asked for. What is left at its default asks for nothing."""

    text: str = ""
    """Words, or their beginnings, of prompts, model, object, material, project, sources, tags, day and month;
    and "today", "last week" … All of them have to be there."""
    is_starred: bool = False
    rating: int = 0
    """At least so many."""
    tags: tuple[str, ...] = ()
    """All of them."""
    project: str | None = None
    """Name of the .blend, empty for one that was never saved; or of Blender's own project."""
    model: str = ""
    """`ModelId`'s value."""
    is_edit: bool | None = None
    has_mask: bool | None = None
    is_placed: bool | None = None
    edits_of: str = ""
    """`ImageRow.content` of the image that was edited."""
    job_id: str = ""
    """What came of one job."""
    in_bin: bool = False
    """What was deleted, instead of what was not."""
    order: Order = Order.NEWEST
    limit: int = 100
    offset: int = 0


@dataclass(frozen=True, kw_only=True)
class RowsWanted:
    """Which images are asked for, without a search: none that were deleted."""

    ids: tuple[int, ...] = ()
    """Ids of `ImageRow`; they come in this order."""
    job_ids: tuple[str, ...] = ()
    """All images of these jobs, besides."""


@dataclass(frozen=True, kw_only=True)
class ImageRow:
    """One image of the library. Times are epoch seconds, 0 for never."""

    id: int
    """Grows with the time at which images were made; the same as long as the ledger is."""
    job_id: str
    index: int
    """The image's index in its job, from 0."""
    folder: Path
    """The library's."""
    file: str
    """Where it lies in that; so `fitted_file`."""
    fitted_file: str
    """The same brought back to the size and place of the source that was edited; empty if that is not."""
    content: str
    """SHA-256 of the image as the service sent it."""
    width: int  # pixels; 0 where it can't be read
    height: int  # pixels
    written: str
    """The prompt as it was typed; of a script's job, as that gave it."""
    sent: str
    """The prompt as it was sent."""
    template: str
    """Id; empty if there was none."""
    model: str
    """`ModelId`'s value; empty for an image that another tool or this computer made."""
    is_edit: bool
    has_mask: bool
    purpose: Purpose
    parent: str
    """Content of the image that was edited; empty if it was none, or that is not known."""
    made_at: float
    placed_at: float
    price: int
    """Credits expected, of the whole job."""
    is_starred: bool
    rating: int
    """0 to 5; 0 where it has none."""
    tags: tuple[str, ...]
    deleted_at: float

    @property
    def path(self) -> Path:
        return self.folder / self.file

    @property
    def fitted(self) -> Path | None:
        return self.folder / self.fitted_file if self.fitted_file else None

    @property
    def thumbnail(self) -> Path:
        """It may be missing."""
        return Library(self.folder).thumbnail_path(self.job_id, self.index)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What is written of an image into the index: all that its job tells."""

    columns: Mapping[str, Any] = field(default_factory=dict[str, Any])
    words: str = ""
    dates: str = ""


def entry_of(job: Job) -> Entry:
    """Tell of a job what is the same of all its images."""
    request, purpose = job.request, purpose_of(job.placement)
    origins = job.preparation.origins if job.preparation is not None else ()
    texts = [request.written, request.prompt, request.template]
    has_model = not (job.is_imported or job.is_local)
    texts += [EVERY_MODEL[request.model].label, request.model] if has_model else []
    texts += [*purpose.projects, *purpose.objects, *purpose.materials]
    if isinstance(request, EditRequest):
        texts += [source.name for source in request.sources]
        texts += [marker.text for marker in request.mask.markers]
    columns = {
        "made_at": job.created_at,
        "placed_at": job.placed_at,
        "model": request.model.value if has_model else "",
        "is_edit": isinstance(request, EditRequest),
        "has_mask": isinstance(request, EditRequest) and request.mask.is_set,
        "project": storable("\n".join(purpose.projects)),
        "objects": storable("\n".join(purpose.objects)),
        "materials": storable("\n".join(purpose.materials)),
        "parent": parent_of(request, origins),
    }
    if request.written and request.prompt.startswith(request.written):  # the template comes behind it
        texts.pop(0)
    return Entry(columns=columns, words=words_of(texts), dates=date_words(job.created_at))


def storable(text: str) -> str:
    """Return a text as SQLite takes it: of a file's name that is no UTF-8, Python keeps halves."""
    return text.encode("utf-8", "replace").decode()


def row_of(row: sqlite3.Row, folder: Path, tags: tuple[str, ...]) -> ImageRow:
    """An image as the ledger has it; its request is read no further than for this: there are many.

    Args:
        folder: the library's.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: it is of another version.
    """
    request: dict[str, Any] = json.loads(row["request"])
    prompt = str(request["prompt"])
    mask: dict[str, Any] = request.get("mask") or {}
    sent = prompt
    if sources := request.get("sources", ()):
        told = tell_markers(prompt, [str(marker["text"]) for marker in mask.get("markers", ())])
        sent = tell_roles(told, [str(source.get("role", "")) for source in sources])
    return ImageRow(
        id=row["id"],
        job_id=row["job_id"],
        index=row["position"],
        folder=folder,
        file=row["path"],
        fitted_file=row["fitted"],
        content=row["content"],
        width=row["width"],
        height=row["height"],
        written=str(request.get("written", "")) or prompt,
        sent=sent,
        template=str(request.get("template", "")),
        model=row["model"],
        is_edit=bool(row["is_edit"]),
        has_mask=bool(row["has_mask"]),
        purpose=_purpose(row),
        parent=row["parent"],
        made_at=row["made_at"],
        placed_at=row["placed_at"],
        price=row["price"],
        is_starred=bool(row["is_starred"]),
        rating=row["rating"],
        tags=tags,
        deleted_at=row["deleted_at"],
    )


def _purpose(row: sqlite3.Row) -> Purpose:
    project, _newline, blender_project = row["project"].partition("\n")
    return Purpose(
        project=project,
        blender_project=blender_project,
        objects=_names(row["objects"]),
        materials=_names(row["materials"]),
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n")) if text else ()
