# SPDX-License-Identifier: GPL-3.0-or-later
"""Copy images from elsewhere into the library, where searches find them like all others. Worker only."""

from __future__ import annotations

import contextlib
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from ..imaging.check import check_image
from ..imaging.errors import FileNotWritten
from ..imaging.files import create_private, make_private_folder, open_regular, sha256_of, write_atomically
from ..imaging.inscription import content_of
from ..texts.phrases import joined, phrase
from ..texts.refusal import Refusal
from ..threads.pace import Pace
from . import marks
from .chores import Outcome
from .image_rows import storable
from .imported import imported_job
from .job import Job, Result
from .ledger import Ledger
from .ledger_file import LedgerError
from .library import Library
from .making import Making, read_making
from .recipe import NoRecipe, RecipeUnreadable
from .rows import insert_job, write_result

logger = logging.getLogger(__name__)

SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp"})
"""Suffixes of files that are imported from a folder. For a file named directly, its contents decide."""
_MOST_NAMED: Final = 3
"""The most refusals that are quoted in full."""


@dataclass(kw_only=True)
class _Done:
    new: int = 0
    known: int = 0
    refused: list[str] = field(default_factory=list[str])
    trouble: str = ""
    """Why the rest was skipped."""


def import_images(ledger: Ledger, paths: tuple[Path, ...], pace: Pace) -> Outcome:
    """Copy images into the library, with one job for each. The original files stay unchanged.

    Args:
        paths: files, and folders whose images are imported, without their subfolders.

    Raises:
        Refusal, OSError: none was imported.
    """
    library, done = Library(ledger.path.parent), _Done()
    files = list(_files(paths))
    for number, path in enumerate(files):
        pace.tell(number, len(files))
        if pace():
            done.trouble = phrase("It was stopped.")
            break
        try:
            if _import(ledger, library, path):
                done.new += 1
            else:
                done.known += 1
        except (FileNotWritten, LedgerError) as error:
            done.trouble = str(error)
            break
        except (Refusal, OSError) as error:
            reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
            done.refused.append(joined(storable(path.name), reason, by=": "))
    return _told(done)


def _files(paths: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(each for each in path.iterdir() if each.suffix.lower() in SUFFIXES)
        else:
            yield path


def _import(ledger: Ledger, library: Library, path: Path) -> bool:
    """Import one file. False: the library has it.

    Raises:
        FileNotWritten, LedgerError: no other can be imported either.
        Refusal, OSError: it is no complete image, or can't be read.
    """
    incoming, thumbnail = library.new_incoming_path(), library.new_incoming_path()
    make_private_folder(incoming.parent)
    try:
        with open_regular(path) as source, create_private(incoming) as copy:
            shutil.copyfileobj(source, copy)
        info = check_image(incoming, thumbnail=thumbnail)
        content = content_of(incoming)
        if _is_here(ledger, library, content):
            return False
        job = imported_job(content, storable(path.stem), _making_of(incoming), now=ledger.clock())
        target = library.imported_path(job, info.format.suffix)
        make_private_folder(target.parent)
        with incoming.open("rb") as whole, write_atomically(target, exclusive=True) as file:
            shutil.copyfileobj(whole, file)
        result = Result(
            index=0,
            path=file.path,
            sha256=sha256_of(file.path),
            byte_count=file.path.stat().st_size,
            width=info.width,
            height=info.height,
            content=content,
        )
        if not _write_down(ledger, library, job, result):
            file.path.unlink(missing_ok=True)
            return False
        with contextlib.suppress(OSError):  # the image is fine without a thumbnail
            make_private_folder(library.thumbnail_path(job.id, 0).parent)
            thumbnail.replace(library.thumbnail_path(job.id, 0))
        return True
    finally:
        incoming.unlink(missing_ok=True)
        thumbnail.unlink(missing_ok=True)


def _making_of(path: Path) -> Making | None:
    """Return what a file says about how it was made; None if nothing, or if it can't be read."""
    try:
        return read_making(path)
    except NoRecipe:
        return None
    except RecipeUnreadable as error:
        logger.warning("imported without its recipe: %s", error)
        return None


def _is_here(ledger: Ledger, library: Library, content: str) -> bool:
    """Return whether the library has an image. If the image is in the bin, restore it."""
    with ledger.transaction() as connection:
        rows = connection.execute(
            "SELECT results.path, images.id FROM results LEFT JOIN images USING (job_id, position)"
            " WHERE results.content = ?",
            (content,),
        ).fetchall()
    here = [row for row in rows if (library.root / row["path"]).is_file()]
    ledger.restore([row["id"] for row in here if row["id"] is not None])
    return bool(here)


def _write_down(ledger: Ledger, library: Library, job: Job, result: Result) -> bool:
    """Write the job with its image. False: another Blender has just imported the same image."""
    changed: list[marks.Marks] = []
    with ledger.transaction() as connection:
        row = connection.execute("SELECT path FROM results WHERE job_id = ?", (job.id,)).fetchone()
        if (
            row is not None
            and row["path"] != _stored(library, result)
            and (library.root / row["path"]).is_file()
        ):
            return False
        if connection.execute("SELECT 1 FROM jobs WHERE id = ?", (job.id,)).fetchone() is None:
            insert_job(connection, job, "", 0.0)
        write_result(connection, job.id, result, library.root, ledger.clock())
        # Its file may have been removed with the bin, under this very name.
        known = connection.execute(
            "SELECT id FROM images WHERE path = ?", (_stored(library, result),)
        ).fetchone()
        if known is not None and (marked := marks.marks_of(connection, known["id"])) is not None:
            changed = [replace(marked, deleted_at=0.0, is_gone=False)]
            marks.write_marks(connection, known["id"], changed[0])
    if changed:
        marks.append(library.marks_path, changed)
    return True


def _stored(library: Library, result: Result) -> str:
    return result.path.relative_to(library.root).as_posix()


def _told(done: _Done) -> Outcome:
    """Return a text of what was imported. Raises Refusal if nothing was imported or found here."""
    refused = ""
    if done.refused:
        names = joined(*done.refused[:_MOST_NAMED], by=", ")
        more = len(done.refused) - _MOST_NAMED
        refused = (
            phrase("Not imported: {names} and {count:,} more", names=names, count=more)
            if more > 0
            else phrase("Not imported: {names}", names=names)
        )
    if not done.new and not done.known:
        raise Refusal(joined(done.trouble, refused) or phrase("There are no images to import."))
    if not done.new:
        text = phrase("No image is new.")
    elif done.new == 1:
        text = phrase("1 image was imported.")
    else:
        text = phrase("{count:,} images were imported.", count=done.new)
    known = phrase("In the library already: {count:,}.", count=done.known) if done.known else ""
    is_whole = not (done.trouble or refused)
    return Outcome(text=joined(text, known, done.trouble, refused), is_whole=is_whole)
