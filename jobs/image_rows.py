# SPDX-License-Identifier: GPL-3.0-or-later
"""The nouns of the index of images: a search (`Search`), and a found image (`ImageRow`)."""

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
    """How found images are sorted."""

    NEWEST = auto()
    OLDEST = auto()
    RATING = auto()
    """The highest rating first; the newest first among equals."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """The criteria of a search. A default value is no criterion."""

    text: str = ""
    """Words, or their beginnings, of prompts, model, object, material, project, sources, tags, day and month;
    and "today", "last week" … All of them must match."""
    is_starred: bool = False
    rating: int = 0
    """The lowest rating."""
    tags: tuple[str, ...] = ()
    """The image must have all of them."""
    project: str | None = None
    """Name of the .blend (empty: never saved), or of Blender's own project."""
    model: str = ""
    """`ModelId`'s value."""
    is_edit: bool | None = None
    has_mask: bool | None = None
    is_placed: bool | None = None
    edits_of: str = ""
    """`ImageRow.content` of the edited image."""
    job_id: str = ""
    """Only images of this job."""
    in_bin: bool = False
    """Only deleted images, instead of those not deleted."""
    order: Order = Order.NEWEST
    limit: int = 100
    offset: int = 0


@dataclass(frozen=True, kw_only=True)
class RowsWanted:
    """The images to read without a search. Deleted images are left out."""

    ids: tuple[int, ...] = ()
    """Ids of `ImageRow`; the images come in this order."""
    job_ids: tuple[str, ...] = ()
    """In addition, all images of these jobs."""


@dataclass(frozen=True, kw_only=True)
class ImageRow:
    """One image of the library. Times are epoch seconds, 0 for never."""

    id: int
    """Grows with the time at which images were made. Stable as long as the ledger exists."""
    job_id: str
    index: int
    """The image's index in its job, from 0."""
    folder: Path
    """The library's folder."""
    file: str
    """The file's path in that folder; likewise `fitted_file`."""
    fitted_file: str
    """The image at the size and place of the edited source; empty if there is none."""
    content: str
    """SHA-256 of the image as the service sent it."""
    width: int  # pixels; 0 if it can't be read
    height: int  # pixels
    written: str
    """The prompt as typed, or as a script passed it."""
    sent: str
    """The prompt as it was sent."""
    template: str
    """The template's id; empty without a template."""
    model: str
    """`ModelId`'s value; empty for an image that another tool or this computer made."""
    is_edit: bool
    has_mask: bool
    purpose: Purpose
    parent: str
    """Content of the edited image; empty if there was none, or it is unknown."""
    made_at: float
    placed_at: float
    price: int
    """Expected credits of the whole job."""
    is_starred: bool
    rating: int
    """1 to 5; 0 for none."""
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
        """The path of the thumbnail, which may be missing."""
        return Library(self.folder).thumbnail_path(self.job_id, self.index)

    def thumbnail_files(self) -> tuple[Path, ...]:
        """Return where a thumbnail is read: the file made for it, else the image itself."""
        if not self.width:
            return (self.thumbnail,)
        return Library(self.folder).thumbnail_files(self.job_id, self.index, self.path, self.fitted)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What the index stores of an image: everything that its job tells."""

    columns: Mapping[str, Any] = field(default_factory=dict[str, Any])
    words: str = ""
    dates: str = ""


def entry_of(job: Job) -> Entry:
    """Return what a job tells of all its images."""
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
        "parent": storable(parent_of(request, origins)),
    }
    if request.written and request.prompt.startswith(request.written):  # the template's words come after it
        texts.pop(0)
    return Entry(columns=columns, words=words_of(texts), dates=date_words(job.created_at))


def storable(text: str) -> str:
    """Return a text that SQLite accepts.

    Names of files that are not UTF-8 contain lone surrogates in Python.
    """
    return text.encode("utf-8", "replace").decode()


def row_of(row: sqlite3.Row, folder: Path, tags: tuple[str, ...]) -> ImageRow:
    """Return an image from a row of the ledger. It parses as little of the request as possible, for speed.

    Args:
        folder: the library's.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: another version wrote it.
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
