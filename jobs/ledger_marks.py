# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist's marks of images in the library: star, rate, tag, delete to the bin, and empty the bin."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

from . import marks as marks_file
from .image_rows import storable
from .image_words import fold
from .ledger_images import LedgerImages
from .library import Library
from .marks import BEST, Marks, marks_of, write_marks

BATCH: Final = 200
"""Images that are marked in one transaction, so that other writers wait only briefly."""


class LedgerMarks(LedgerImages):
    """Any thread but the main one. Raises `LedgerError`. Ids are those of `ImageRow`.

    Each verb returns how many images it changed. What another Blender has changed meanwhile is not done
    again.
    """

    def star(self, ids: Iterable[int], *, is_on: bool = True) -> int:
        """Star images, or take the star from them."""
        return self._mark(ids, lambda marks: replace(marks, is_starred=is_on))

    def rate(self, ids: Iterable[int], rating: int) -> int:
        """Give images 1 to 5, or 0 for no rating."""
        if not 0 <= rating <= BEST:
            raise ValueError(f"no rating: {rating}")
        return self._mark(ids, lambda marks: replace(marks, rating=rating))

    def tag(self, ids: Iterable[int], tag: str) -> int:
        """Give images a tag. A tag that differs only in case and accents is the same, and stays unchanged."""
        tag = storable(" ".join(tag.split()))
        if not fold(tag):
            raise ValueError("an empty tag")

        def add(marks: Marks) -> Marks:
            return marks if _has(marks, tag) else replace(marks, tags=(*marks.tags, tag))

        return self._mark(ids, add)

    def untag(self, ids: Iterable[int], tag: str) -> int:
        """Take a tag from images."""
        folded = fold(storable(" ".join(tag.split())))
        return self._mark(
            ids, lambda marks: replace(marks, tags=tuple(t for t in marks.tags if fold(t) != folded))
        )

    def retag(self, ids: Iterable[int], added: Iterable[str], taken: Iterable[str]) -> int:
        """Give images some tags, and remove others from them. Case and accents make no difference."""
        new = [tag for tag in (storable(" ".join(tag.split())) for tag in added) if fold(tag)]
        gone = {fold(storable(" ".join(tag.split()))) for tag in taken}

        def change(marks: Marks) -> Marks:
            left = [tag for tag in marks.tags if fold(tag) not in gone]
            for tag in new:
                if fold(tag) not in map(fold, left):
                    left.append(tag)
            return marks if set(left) == set(marks.tags) else replace(marks, tags=tuple(left))

        return self._mark(ids, change)

    def keep_starred(self, *job_ids: str) -> tuple[int, int]:
        """Delete the images of jobs without a star, if the job has another image with one.

        Returns how many have a star, and how many were deleted.
        """
        rows = self._database.query(
            "SELECT id, is_starred FROM images"
            f" WHERE job_id IN ({', '.join('?' * len(job_ids))}) AND deleted_at = 0",
            job_ids,
        )
        kept = sum(bool(row["is_starred"]) for row in rows)
        if not kept:
            return 0, 0
        now = self.clock()

        def delete(marks: Marks) -> Marks:
            return marks if marks.is_starred or marks.deleted_at else replace(marks, deleted_at=now)

        return kept, self._mark([row["id"] for row in rows], delete)

    def put_in_bin(self, ids: Iterable[int]) -> int:
        """Delete images: their files stay until the bin is emptied."""
        now = self.clock()
        return self._mark(ids, lambda marks: marks if marks.deleted_at else replace(marks, deleted_at=now))

    def restore(self, ids: Iterable[int]) -> int:
        """Take images out of the bin. If the file was removed, the image stays deleted."""
        return self._mark(ids, lambda marks: marks if marks.is_gone else replace(marks, deleted_at=0.0))

    def empty_bin(self) -> int:
        """Remove the files of all images in the bin, for good. Returns how many images there were.

        First the removal is recorded, so that no other Blender restores an image while its file is removed.
        Files that a crash or another program keeps are removed the next time.
        """
        rows = self._database.query("SELECT id FROM images WHERE deleted_at != 0 AND NOT is_gone", ())
        count = self._mark(
            [row["id"] for row in rows], lambda marks: replace(marks, is_gone=bool(marks.deleted_at))
        )
        self.remove_gone_files()
        return count

    def remove_gone_files(self) -> None:
        """Remove the files of removed images, also those that a crash left or another program had open."""
        left = self._database.query(
            "SELECT images.id, images.job_id, images.position, images.path, results.fitted FROM images"
            " LEFT JOIN results USING (job_id, position) WHERE is_gone = 1",
            (),
        )
        library = Library(self.path.parent)
        removed: list[int] = []
        for row in left:
            files = [_inside(library.root, name) for name in (row["path"], row["fitted"]) if name]
            files.append(library.thumbnail_path(row["job_id"], row["position"]))
            files.append(library.fitted_thumbnail_path(row["job_id"], row["position"]))
            kept = [file for file in files if file is not None and not _is_removed(file)]
            if not kept:
                removed.append(row["id"])
        if removed:
            with self.transaction() as connection:
                connection.executemany(
                    "UPDATE images SET is_gone = 2 WHERE id = ?", [(image_id,) for image_id in removed]
                )

    # -- inside --------------------------------------------------------------------------------------

    def _mark(self, ids: Iterable[int], change: Callable[[Marks], Marks]) -> int:
        count = 0
        todo = iter(ids)
        while part := list(itertools.islice(todo, BATCH)):
            changed: list[Marks] = []
            with self.transaction() as connection:
                for image_id in part:
                    known = marks_of(connection, image_id)
                    if known is None or (new := change(known)) == known:
                        continue
                    write_marks(connection, image_id, new)
                    changed.append(new)
            if changed:
                marks_file.append(Library(self.path.parent).marks_path, changed)
            count += len(changed)
        return count


def _has(marks: Marks, tag: str) -> bool:
    return fold(tag) in map(fold, marks.tags)


def _inside(folder: Path, name: str) -> Path | None:
    """Return the path of a name in the library; None if it is outside, where nothing is ever touched."""
    parts = PurePosixPath(name).parts
    path = folder.joinpath(*parts)
    return path if ".." not in parts and path.is_relative_to(folder) else None


def _is_removed(path: Path) -> bool:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
        return True
    return False
