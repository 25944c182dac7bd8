# SPDX-License-Identifier: GPL-3.0-or-later
"""Long work on the library that the artist ordered. Each runs on its own thread, and its end is reported."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from ..client.errors import DEFECT
from ..texts.refusal import Refusal
from ..threads.pace import Pace
from ..threads.task import Task
from .events import ChoreOver
from .news import News
from .writer import Writer

logger = logging.getLogger(__name__)

_LOOK_S: Final = 0.2
"""How often a waiting chore checks whether it should stop."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a chore ended."""

    text: str
    is_whole: bool = True
    """True if everything was done."""


Work: TypeAlias = Callable[[Pace], Outcome]
"""The work. It regularly checks whether to stop, and reports its progress. It raises Refusal or OSError if
nothing was done."""


class Chore:
    """One chore that has begun."""

    def __init__(
        self, name: str, title: str, work: Work, news: News, after: threading.Event, *, tells: bool
    ) -> None:
        self.title = title
        """A title of the work, for the artist."""
        self.pace = Pace()
        self.outcome: Outcome | None = None
        """Set when the chore is over; None if nothing was done."""
        self.refusal = ""
        """Why nothing was done."""
        self._work, self._news, self._after, self._tells = work, news, after, tells
        self._task = Task(name, self._run)

    @property
    def is_over(self) -> bool:
        return self._task.is_over

    @property
    def at(self) -> tuple[int, int]:
        """Return the progress: how much is done, of how much; (0, 0) while unknown."""
        return self.pace.at

    def stop(self) -> None:
        """Tell it to end at its next step. Returns at once."""
        self._task.stop.set()
        self.pace.stop.set()

    def wait(self, timeout_s: float | None) -> bool:
        """Block until it is over; False if that takes longer. Only for scripts."""
        return self._task.wait(timeout_s)

    def _run(self, stop: threading.Event) -> None:
        while not self._after.wait(_LOOK_S):
            if stop.is_set():
                return
        try:
            self.outcome = self._work(self.pace)
        except (Refusal, OSError) as error:
            self.refusal = str(error)
        except Exception:
            logger.exception("a chore of the library")
            self.refusal = DEFECT
        told = self.outcome or Outcome(text=self.refusal, is_whole=False)
        self._news.emit(ChoreOver(text=told.text if self._tells else "", is_whole=told.is_whole))


class Chores:
    """Call its methods on the main thread; they return at once."""

    def __init__(self, news: News, writer: Writer) -> None:
        self._news = news
        self._writer = writer
        self._begun: list[Chore] = []

    def begin(self, name: str, title: str, work: Work, *, tells: bool) -> Chore:
        """Begin a chore after all earlier orders are written. `ChoreOver` follows.

        Args:
            name: of the thread.
            title: of the work, for the artist.
            tells: `ChoreOver` reports the outcome to the artist; else the caller reports it.
        """
        is_written = threading.Event()
        self._writer.look(is_written.set)
        chore = Chore(name, title, work, self._news, is_written, tells=tells)
        self._begun = [*(each for each in self._begun if not each.is_over), chore]
        return chore

    def under_way(self) -> list[Chore]:
        """The chores that are not over, in the order in which they began."""
        return [chore for chore in self._begun if not chore.is_over]

    def stop(self) -> None:
        """Tell all of them to end at their next step. Returns at once."""
        for chore in self._begun:
            chore.stop()
