# SPDX-License-Identifier: GPL-3.0-or-later
"""Copy images of the library to another folder, with lists of how they were made. Worker only."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

from ..client.options import OPTIONS
from ..imaging.errors import FileNotWritten
from ..imaging.files import open_regular, write_atomically
from ..imaging.inscription import copy_as_it_came
from ..texts.phrases import joined, phrase
from ..texts.refusal import Refusal
from ..texts.tables import FORMULAS
from ..threads.pace import Pace
from .chores import Outcome
from .image_rows import ImageRow, Search, storable
from .job import Job
from .ledger import Ledger
from .ledger_file import LedgerError
from .ledger_images import BATCH
from .recipe import recipe_text
from .version import own_version

FORMAT: Final = 1
"""The version of the JSON format."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The images to export, and how."""

    folder: Path
    ids: tuple[int, ...] = ()
    """Ids of `ImageRow`; empty: all images that `search` finds."""
    search: Search = field(default_factory=Search)
    """`limit` and `offset` are ignored."""
    with_recipes: bool = True
    """Write into the files how they were made; else they are the service's bytes, unchanged."""


@dataclass(kw_only=True)
class _Done:
    records: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    left_out: list[str] = field(default_factory=list[str])
    """Names of files that were left out."""
    trouble: str = ""
    """Why the export stopped early."""


def export(ledger: Ledger, wanted: Wanted, pace: Pace) -> Outcome:
    """Copy images and write `library.csv` and `library.json` beside them. Never overwrite a file.

    Raises:
        Refusal, OSError: nothing was exported.
    """
    folder, root = wanted.folder, ledger.path.parent
    if folder.resolve().is_relative_to(root.resolve()):
        raise Refusal(
            phrase("{folder} is inside the library: choose another folder.", folder=storable(str(folder)))
        )
    rows = _rows(ledger, wanted, pace)
    if not rows:
        raise Refusal(phrase("There are no such images in the library."))
    folder.mkdir(parents=True, exist_ok=True)
    done = _Done()
    try:
        _copy_all(ledger, rows, wanted, done, pace)
    except (FileNotWritten, LedgerError) as error:  # what was copied is listed
        done.trouble = str(error)
    if done.records:
        try:
            _write(folder / "library.json", _json(done.records).encode())
            _write(folder / "library.csv", _csv(done.records).encode("utf-8-sig"))  # with a BOM
        except FileNotWritten as error:
            done.trouble = done.trouble or str(error)
    return _told(done, folder)


def _copy_all(ledger: Ledger, rows: Sequence[ImageRow], wanted: Wanted, done: _Done, pace: Pace) -> None:
    """Copy images. Raises FileNotWritten, LedgerError: the rest can't be copied."""
    for number, (row, job) in enumerate(_with_jobs(ledger, rows)):
        pace.tell(number, len(rows))
        if pace():
            done.trouble = phrase("It was stopped.")
            return
        if job is None:
            done.left_out.append(row.path.name)
            continue
        try:
            path = _copy(row.path, wanted.folder, with_recipe=wanted.with_recipes)
        except FileNotWritten:
            raise
        except (Refusal, OSError):
            done.left_out.append(row.path.name)
        else:
            done.records.append(_record(row, job, path.name))


def _rows(ledger: Ledger, wanted: Wanted, pace: Pace) -> list[ImageRow]:
    if wanted.ids:
        return ledger.image_rows(wanted.ids)
    while ledger.bring_in_images(BATCH) and not pace():  # a search alone leaves the rest for later
        pass
    return ledger.search(replace(wanted.search, limit=ledger.count_images(wanted.search), offset=0))


def _with_jobs(ledger: Ledger, rows: Iterable[ImageRow]) -> Iterator[tuple[ImageRow, Job | None]]:
    """Return each image with its job; None if this Easel can't read the job."""
    job: Job | None = None
    for row in rows:
        if job is None or job.id != row.job_id:
            try:
                job = ledger.job(row.job_id)
            except KeyError:
                job = None
        yield row, job


def _copy(source: Path, folder: Path, *, with_recipe: bool) -> Path:
    """Copy a file under its name, or under the next free one. Returns the copy's path.

    Raises:
        FileNotWritten: no other file can be written either.
        ImagingError, OSError: the source can't be read.
    """
    with (
        open_regular(source) as file,
        write_atomically(folder / source.name, exclusive=True, shared=True) as to,
    ):
        if with_recipe:
            shutil.copyfileobj(file, to)
        else:
            copy_as_it_came(source, to)
    return to.path


def _write(path: Path, data: bytes) -> None:
    with write_atomically(path, exclusive=True, shared=True) as file:
        file.write(data)


def _record(row: ImageRow, job: Job, name: str) -> dict[str, Any]:
    """Return everything known of an image, as values for JSON."""
    recipe: dict[str, Any] = json.loads(recipe_text(job, row.index, row.content))
    recipe.pop("saved_at")  # the job is no longer known
    return {
        "file": name,
        "prompt": row.written,
        "sent": recipe.pop("sent"),
        "template": row.template,
        "model": row.model,
        "options": {
            option.name: value
            for option in OPTIONS
            if (value := getattr(job.request, option.name)) not in ("", None)
        },
        "sources": recipe.pop("sources"),
        "mask": recipe.pop("mask"),
        "parent": row.parent,
        "content": row.content,
        "width": row.width,
        "height": row.height,
        "credits_expected": recipe.pop("price"),
        "credits_charged": recipe.pop("charged"),
        "clicked": _time(job.created_at),
        "sent_at": _time(job.submitted_at),
        "finished": _time(job.finished_at),
        "placed": _time(row.placed_at),
        "task_id": job.task_id,
        "job": job.id,
        "index": row.index,
        "project": row.purpose.project,
        "blender_project": row.purpose.blender_project,
        "objects": list(row.purpose.objects),
        "materials": list(row.purpose.materials),
        "is_starred": row.is_starred,
        "rating": row.rating,
        "tags": list(row.tags),
        "request": recipe["request"],
        "server": job.server,
    }


def _time(seconds: float) -> str:
    """Return a time in ISO 8601, in UTC; empty for never."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else ""


def _json(records: list[dict[str, Any]]) -> str:
    told = {"format": FORMAT, "easel": own_version(), "images": records}
    return storable(json.dumps(told, ensure_ascii=False, indent=1) + "\n")


def _csv(records: list[dict[str, Any]]) -> str:
    lines = [_line(record) for record in records]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(lines[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: cell(value) for name, value in line.items()} for line in lines)
    return storable(text.getvalue())


def _line(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record as a line of the table."""
    line = {name: value for name, value in record.items() if name not in ("request", "server")}
    at = list(line).index("options")
    options = {option.name: line["options"].get(option.name, "") for option in OPTIONS}
    del line["options"]
    line = dict([*list(line.items())[:at], *options.items(), *list(line.items())[at:]])
    line["sources"] = [f"{source['name']} {source['content']}" for source in record["sources"]]
    return line


def cell(value: Any) -> Any:
    """Return a value as a cell of a table; a text never becomes a formula."""
    text = "; ".join(map(str, cast("list[Any]", value))) if isinstance(value, list) else value
    if isinstance(text, str) and text.startswith(tuple(FORMULAS)):
        return f"'{text}"  # prompts must not become formulas
    return "" if text is None else text


def _told(done: _Done, folder: Path) -> Outcome:
    """Return a text of what was exported. Raises Refusal if nothing was."""
    count, place = len(done.records), storable(str(folder))
    left_out = (
        phrase("Left out because missing or damaged: {names}.", names=_names(done.left_out))
        if done.left_out
        else ""
    )
    if not count:
        raise Refusal(joined(done.trouble, left_out))
    text = (
        phrase("1 image was exported to {folder}.", folder=place)
        if count == 1
        else phrase("{count:,} images were exported to {folder}.", count=count, folder=place)
    )
    return Outcome(text=joined(text, done.trouble, left_out), is_whole=not (done.trouble or left_out))


def _names(names: list[str]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
