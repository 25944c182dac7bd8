# SPDX-License-Identifier: GPL-3.0-or-later
"""The index of images in the ledger: search by words and by the artist's marks.

Triggers note each written image, whoever writes it. Searches and the upkeep index its words afterwards. So
the index can't prevent a paid image from being recorded.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterable
from typing import Final

from .image_index import bring_in
from .image_query import TABLE, condition_of
from .image_rows import ImageRow, Order, RowsWanted, Search, row_of
from .ledger_file import LedgerError
from .ledger_steps import LedgerSteps

logger = logging.getLogger(__name__)

BATCH: Final = 100
"""Images that are indexed at a time, so that other writers wait only briefly."""
AT_A_SEARCH: Final = 300
"""Images that are indexed before a search. If more are new, a later search finds the rest."""

REST_S: Final = 10.0
"""After a failed write, searches try no other for this long, because the artist is still typing."""


class LedgerImages(LedgerSteps):
    """Any thread but the main one. Raises `LedgerError`."""

    _rests_until = 0.0
    """Monotonic: until then no search indexes new images, because the last try had waited long and failed."""

    def bring_in_images(self, most: int) -> int:
        """Index images that were written since, the newest first. Returns how many there were."""
        count = 0
        while count < most:
            if not self.has_new_images():
                break
            with self.transaction() as connection:
                count += bring_in(connection, min(BATCH, most - count))
        return count

    def search(self, wanted: Search) -> list[ImageRow]:
        """Return one page of the images that a search finds."""
        self._bring_in_before_search()
        return self._search(wanted)

    def search_and_count(self, wanted: Search) -> tuple[list[ImageRow], int]:
        """Return one page of the images that a search finds, and the number on all pages."""
        self._bring_in_before_search()
        return self._search(wanted), self._count(wanted)

    def has_new_images(self) -> bool:
        """Return whether some images are not indexed yet, so that no search finds them."""
        return bool(self._database.query("SELECT 1 FROM images_todo LIMIT 1", ()))

    def count_images(self, wanted: Search) -> int:
        """Count the images that a search finds, on all pages."""
        self._bring_in_before_search()
        return self._count(wanted)

    def image_rows(self, ids: Iterable[int]) -> list[ImageRow]:
        """Read images by their ids, in that order. Missing ones are left out."""
        wanted, folder = list(ids), self.path.parent
        found: dict[int, ImageRow] = {}
        for at in range(0, len(wanted), 500):
            part = wanted[at : at + 500]
            marks = ", ".join("?" * len(part))
            tags: dict[int, list[str]] = {}
            for row in self._database.query(
                f"SELECT image, tag FROM image_tags WHERE image IN ({marks}) ORDER BY folded", tuple(part)
            ):
                tags.setdefault(row["image"], []).append(row["tag"])
            for row in self._database.query(
                "SELECT images.*, results.fitted, results.width, results.height,"
                " jobs.request, jobs.price FROM images JOIN jobs ON jobs.id = images.job_id JOIN results"
                " ON results.job_id = images.job_id AND results.position = images.position"
                f" WHERE images.id IN ({marks})",
                tuple(part),
            ):
                with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
                    found[row["id"]] = row_of(row, folder, tuple(tags.get(row["id"], ())))
        return [found[image_id] for image_id in wanted if image_id in found]

    def rows_wanted(self, wanted: RowsWanted) -> list[ImageRow]:
        """Read images by their ids and jobs, without deleted ones. Those of one job come in their order."""
        self._bring_in_before_search()
        ids = dict.fromkeys(wanted.ids)
        for job_id in wanted.job_ids:
            rows = self._database.query("SELECT id FROM images WHERE job_id = ? ORDER BY position", (job_id,))
            ids |= dict.fromkeys(row["id"] for row in rows)
        return [row for row in self.image_rows(ids) if not row.deleted_at]

    def binned(self) -> frozenset[tuple[str, int]]:
        """Return job ids and image indices of all deleted images."""
        rows = self._database.query("SELECT job_id, position FROM images WHERE deleted_at != 0", ())
        return frozenset((row["job_id"], row["position"]) for row in rows)

    def tags(self) -> list[tuple[str, int]]:
        """Return all tags, with the number of images for each."""
        rows = self._database.query(
            "SELECT min(tag) AS tag, count(*) AS count FROM image_tags GROUP BY folded ORDER BY folded", ()
        )
        return [(row["tag"], row["count"]) for row in rows]

    # -- inside --------------------------------------------------------------------------------------

    def _search(self, wanted: Search) -> list[ImageRow]:
        if wanted.order is not Order.RATING:
            return self.image_rows(self._ids(wanted, wanted.limit, wanted.offset))
        # Only few images have a rating, and these must be sorted; the others are stored in order.
        rated = self._count(wanted, is_rated=True)
        ids = self._ids(wanted, wanted.limit, wanted.offset, is_rated=True) if wanted.offset < rated else []
        if not wanted.rating and len(ids) < wanted.limit:
            rest = max(wanted.offset - rated, 0)
            ids += self._ids(wanted, wanted.limit - len(ids), rest, is_rated=False)
        return self.image_rows(ids)

    def _bring_in_before_search(self) -> None:
        if time.monotonic() < self._rests_until:
            return
        try:
            if not self._database.query("SELECT 1 FROM sqlite_master WHERE name = 'image_words'", ()):
                with self.transaction() as connection:
                    connection.execute(TABLE)
            self.bring_in_images(AT_A_SEARCH)
        except LedgerError as error:  # on a read-only or full disk, search what was indexed before
            logger.warning("new images are not in the index yet: %s", error)
            self._rests_until = time.monotonic() + REST_S

    def _count(self, wanted: Search, *, is_rated: bool | None = None) -> int:
        found = condition_of(wanted, self.clock(), is_rated=is_rated)
        return self._database.query(f"SELECT count(*) FROM {found.text}", found.values)[0][0]

    def _ids(self, wanted: Search, limit: int, offset: int, *, is_rated: bool | None = None) -> list[int]:
        found = condition_of(wanted, self.clock(), is_rated=is_rated)
        order = f"{found.number}{'' if wanted.order is Order.OLDEST else ' DESC'}"
        if is_rated:
            order = f"images.rating DESC, {order}"
        rows = self._database.query(
            f"SELECT images.id FROM {found.text} ORDER BY {order} LIMIT ? OFFSET ?",
            (*found.values, limit, offset),
        )
        return [row["id"] for row in rows]
