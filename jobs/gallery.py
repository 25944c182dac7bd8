# SPDX-License-Identifier: GPL-3.0-or-later
"""The library for browsing: searches in the background, marks, and finding jobs again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

from ..client.errors import DEFECT
from ..imaging.saved_copy import save_copy
from ..texts.phrases import joined, phrase
from ..texts.refusal import Refusal
from ..threads.pace import Pace
from .chores import Chore, Chores, Outcome, Work
from .events import (
    BinRead,
    ImagesFound,
    ImagesMarked,
    JobBrought,
    JobFactsRead,
    LibraryIsElsewhere,
    PrunePlanned,
    RowsRead,
)
from .export import Wanted, export
from .file_report import HeldImage, write_report
from .image_rows import RowsWanted, Search
from .import_images import import_images
from .ledger import Ledger
from .ledger_file import LedgerError
from .library_files import is_own
from .move_library import move_library
from .news import News
from .prune import plan, prune
from .pruning import Here, Plan, Rule
from .rebuild_library import rebuild
from .relink import Finder
from .shelf import Shelf
from .spend_file import write_spend
from .writer import Writer

FACTS_AT_A_TIME: Final = 200
"""Jobs at a time, so that other orders wait only briefly."""

T = TypeVar("T")
logger = logging.getLogger(__name__)


class Gallery:
    """Call its methods on the main thread; they return at once."""

    def __init__(self, ledger: Ledger, shelf: Shelf, news: News, writer: Writer) -> None:
        self._ledger = ledger
        self._shelf = shelf
        self._news = news
        self._writer = writer
        self._chores = Chores(news, writer)
        self._wanted: Search | None = None

    def search(self, wanted: Search) -> None:
        """Find images. `ImagesFound` follows, unless a newer search replaces this one before its turn."""
        self._wanted = wanted
        self._writer.look(lambda: self._search(wanted))

    def bring(self, job_id: str) -> None:
        """Load a job, however old it is. `JobBrought` follows."""
        self._writer.look(lambda: self._bring(job_id))

    def star(self, ids: Sequence[int], *, is_on: bool) -> None:
        """Star images, or take the star from them. `ImagesMarked` follows."""
        self._mark(lambda: self._ledger.star(ids, is_on=is_on))

    def rate(self, ids: Sequence[int], rating: int) -> None:
        """Give images 1 to 5, or 0 for no rating. `ImagesMarked` follows."""
        self._mark(lambda: self._ledger.rate(ids, rating))

    def retag(self, ids: Sequence[int], added: Sequence[str], taken: Sequence[str]) -> None:
        """Give images some tags, and remove others from them. `ImagesMarked` follows."""
        self._mark(lambda: self._ledger.retag(ids, added, taken))

    def keep_starred(self, *job_ids: str) -> None:
        """Delete the images of jobs that have no star. `ImagesMarked` follows, and tells how many."""
        self._writer.order(
            lambda: self._ledger.keep_starred(*job_ids),
            done=lambda counts: self._news.emit(_kept(*counts)),
            failed=lambda error: self._news.emit(ImagesMarked(message=str(error))),
        )

    def look_up(self, wanted: RowsWanted) -> None:
        """Read images without a search. `RowsRead` follows."""
        self._writer.look(lambda: self._look_up(wanted))

    def read_bin(self) -> None:
        """Find out which images were deleted, here or by another Blender. `BinRead` follows."""
        self._writer.look(self._read_bin)

    def put_in_bin(self, ids: Sequence[int]) -> None:
        """Delete images: their files stay until the bin is emptied. `ImagesMarked` follows."""
        self._mark(lambda: self._ledger.put_in_bin(ids))

    def restore(self, ids: Sequence[int]) -> None:
        """Take images out of the bin. `ImagesMarked` follows."""
        self._mark(lambda: self._ledger.restore(ids))

    def empty_bin(self) -> None:
        """Remove the files in the bin, for good. `ImagesMarked` follows."""
        # Not an order: the removal must be recorded in its own commit before files are removed.
        self._writer.look(self._empty_bin)

    def export(self, wanted: Wanted, *, tells: bool) -> Chore:
        """Copy images to another folder, with lists of how they were made. As `Chores.begin`."""
        return self._chores.begin(
            "export",
            phrase("Exporting images"),
            lambda pace: export(self._ledger, wanted, pace),
            tells=tells,
        )

    def save_copy(self, source: Path, target: Path, *, is_data: bool, tells: bool) -> Chore:
        """Save a copy of an image's file, as `saved_copy.save_copy`. As `Chores.begin`."""

        def work(_pace: Pace) -> Outcome:
            if is_own(self._ledger.path.parent, target) and target.exists():  # perhaps a paid image
                raise Refusal(phrase("{path} exists already: choose another name", path=target))
            loss = save_copy(source, target, is_data=is_data)
            return Outcome(text=joined(phrase("Saved as {path}", path=target), loss, by=". "))

        return self._chores.begin("save", phrase("Saving a copy"), work, tells=tells)

    def do(self, name: str, title: str, work: Work, *, tells: bool) -> Chore:
        """Run other long work. As `Chores.begin`."""
        return self._chores.begin(name, title, work, tells=tells)

    def export_spend(self, server: str, path: Path, *, tells: bool) -> Chore:
        """Write what was spent at a service as a table. As `Chores.begin`."""
        return self._chores.begin(
            "spend",
            phrase("Writing the spending"),
            lambda pace: write_spend(self._ledger, server, path, pace),
            tells=tells,
        )

    def import_images(self, paths: Sequence[Path], *, tells: bool) -> Chore:
        """Copy images from other folders into the library. As `Chores.begin`."""
        wanted = tuple(paths)
        return self._chores.begin(
            "import",
            phrase("Importing images"),
            lambda pace: import_images(self._ledger, wanted, pace),
            tells=tells,
        )

    def rebuild(self, *, tells: bool) -> Chore:
        """Add what files tell and the ledger lacks, and rebuild the index. As `Chores.begin`."""
        return self._chores.begin(
            "rebuild",
            phrase("Looking through the library"),
            lambda pace: rebuild(self._ledger, pace),
            tells=tells,
        )

    def report(
        self, images: Sequence[HeldImage], path: Path, words: Mapping[str, str], *, tells: bool
    ) -> Chore:
        """Write a report of the images in a .blend. As `Chores.begin`, and `write_report`."""
        return self._chores.begin(
            "report",
            phrase("Writing the report"),
            lambda pace: write_report(self._ledger, images, path, words, pace),
            tells=tells,
        )

    def finder(self) -> Finder:
        """Return a finder of lost files in the library, for one worker."""
        return Finder(self._ledger)

    def move(self, target: Path, *, removes_old: bool, tells: bool) -> Chore:
        """Move the library to another folder. As `Chores.begin`; `LibraryIsElsewhere` follows."""

        def work(pace: Pace) -> Outcome:
            outcome = move_library(self._ledger, target, pace, removes_old=removes_old)
            self._news.emit(LibraryIsElsewhere(old=self._ledger.path.parent, new=target))
            return outcome

        return self._chores.begin("move", phrase("Moving the library"), work, tells=tells)

    def plan_pruning(self, rule: Rule, here: Here) -> None:
        """Find the images that would be removed; `PrunePlanned` follows.

        Args:
            here: the images in the open file.
        """
        self._writer.look(lambda: self._plan_pruning(rule, here))

    def prune(self, planned: Plan | Rule, here: Here, *, for_good: bool, tells: bool) -> Chore:
        """Put the planned images, or those that a rule names now, into the bin, or remove them.

        As `Chores.begin`.
        """

        def work(pace: Pace) -> Outcome:
            found = plan(self._ledger, planned, here) if isinstance(planned, Rule) else planned
            return prune(self._ledger, found, here, for_good=for_good, pace=pace)

        return self._chores.begin("prune", phrase("Tidying up the library"), work, tells=tells)

    def tell_facts(self, jobs: Sequence[str]) -> None:
        """Read facts of jobs, however old they are. `JobFactsRead` follows, more than once for many jobs."""
        for start in range(0, len(jobs), FACTS_AT_A_TIME):
            part = jobs[start : start + FACTS_AT_A_TIME]
            self._writer.look(lambda part=part: self._tell_facts(part))

    def under_way(self) -> list[Chore]:
        """The work in the background, in the order in which it began."""
        return self._chores.under_way()

    def stop(self) -> None:
        """Tell the work in the background to end at its next step. Returns at once."""
        self._chores.stop()

    def _mark(self, write: Callable[[], int]) -> None:
        self._writer.order(
            write,
            done=lambda _count: self._news.emit(ImagesMarked()),
            failed=lambda error: self._news.emit(ImagesMarked(message=str(error))),
        )

    # -- on the writer's thread ---------------------------------------------------------------------

    def _empty_bin(self) -> None:
        _count, message = _tried(self._ledger.empty_bin)
        self._news.emit(ImagesMarked(message=message))

    def _search(self, wanted: Search) -> None:
        if wanted is not self._wanted:  # the artist kept typing: a newer search replaced this one
            return
        ledger = self._ledger
        found, message = _tried(lambda: (*ledger.search_and_count(wanted), ledger.has_new_images()))
        rows, total, is_partial = found or ([], 0, False)
        self._news.emit(
            ImagesFound(wanted=wanted, rows=tuple(rows), total=total, message=message, is_partial=is_partial)
        )

    def _look_up(self, wanted: RowsWanted) -> None:
        rows, message = _tried(lambda: self._ledger.rows_wanted(wanted))
        self._news.emit(RowsRead(wanted=wanted, rows=tuple(rows or ()), message=message))

    def _read_bin(self) -> None:
        images, _message = _tried(self._ledger.binned)
        if images is not None:
            self._news.emit(BinRead(images=images))

    def _plan_pruning(self, rule: Rule, here: Here) -> None:
        planned, message = _tried(lambda: plan(self._ledger, rule, here))
        self._news.emit(PrunePlanned(rule=rule, plan=planned, message=message))

    def _tell_facts(self, jobs: Sequence[str]) -> None:
        facts, _message = _tried(lambda: self._ledger.job_facts(jobs))
        self._news.emit(JobFactsRead(facts=facts or {}))

    def _bring(self, job_id: str) -> None:
        jobs, message = _tried(lambda: self._shelf.add([self._ledger.job(job_id)]))
        self._news.emit(JobBrought(job_id=job_id, job=jobs[0] if jobs else None, message=message))


def _kept(kept: int, deleted: int) -> ImagesMarked:
    """Return what became of a job's images."""
    if not kept:
        return ImagesMarked(text=phrase("None of them has a star: star the ones to keep first"))
    if not deleted:
        return ImagesMarked(text=phrase("All of them have a star: nothing was deleted"))
    text = phrase("1 image is in the library's bin, where Restore brings it back")
    if deleted > 1:
        text = phrase(
            "{count} images are in the library's bin, where Restore brings them back", count=deleted
        )
    return ImagesMarked(text=text)


def _tried(act: Callable[[], T]) -> tuple[T | None, str]:
    """Do something. Returns the result, or the reason of its failure: whoever waits gets an answer."""
    try:
        return act(), ""
    except LedgerError as error:
        logger.warning("the library: %s", error)
        return None, str(error)
    except KeyError:
        return None, phrase("The job of this image can't be read: a newer Easel may have written it.")
    except Exception:
        logger.exception("the library")
        return None, DEFECT
