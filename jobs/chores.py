# SPDX-License-Identifier: GPL-3.0-or-later
"""Long work on the library that the artist has asked for: on a thread of its own, whose end is told."""

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
"""How often a chore that waits for the writer looks whether it is to stop."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a chore ended."""

    text: str
    is_whole: bool = True
    """All that was asked for was done."""


Work: TypeAlias = Callable[[Pace], Outcome]
"""Asks now and then whether it is to stop, and says how far it is. Raises Refusal, OSError where nothing was
done."""


class Chore:
    """One piece of work that has begun."""

    def __init__(
        self, name: str, title: str, work: Work, news: News, after: threading.Event, *, tells: bool
    ) -> None:
        self.title = title
        """What is being done, for the artist."""
        self.pace = Pace()
        self.outcome: Outcome | None = None
        """Once it is over; None if nothing was done."""
        self.refusal = ""
        """Why nothing was done."""
        self._work, self._news, self._after, self._tells = work, news, after, tells
        self._task = Task(name, self._run)

    @property
    def is_over(self) -> bool:
        return self._task.is_over

    @property
    def at(self) -> tuple[int, int]:
        """How much is done, and of how much; (0, 0) while that is not known."""
        return self.pace.at

    def stop(self) -> None:
        """Have it end at its next step. Returns at once."""
        self._task.stop.set()
        self.pace.stop.set()

    def wait(self, timeout_s: float | None) -> bool:
        """Stand still until it is over; False if that takes longer. Only for scripts."""
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
    """For the main thread; returns at once."""

    def __init__(self, news: News, writer: Writer) -> None:
        self._news = news
        self._writer = writer
        self._begun: list[Chore] = []

    def begin(self, name: str, title: str, work: Work, *, tells: bool) -> Chore:
        """Begin once all is written that was ordered before. `ChoreOver` follows.

        Args:
            name: of the thread.
            title: what is being done, for the artist.
            tells: what became of it is told there; else whoever waits for it tells.
        """
        is_written = threading.Event()
        self._writer.look(is_written.set)
        chore = Chore(name, title, work, self._news, is_written, tells=tells)
        self._begun = [*(each for each in self._begun if not each.is_over), chore]
        return chore

    def under_way(self) -> list[Chore]:
        """Those that are not over, in the order in which they were begun."""
        return [chore for chore in self._begun if not chore.is_over]

    def stop(self) -> None:
        """Have all of them end at their next step. Returns at once."""
        for chore in self._begun:
            chore.stop()
