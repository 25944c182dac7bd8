# SPDX-License-Identifier: GPL-3.0-or-later
"""A turn of the pump: its steps, and how an exception in one is handled."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ...texts.phrases import phrase
from . import troubles
from .troubles import Cause

DEFECT_NEWS_S: Final = 30.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of a turn, or of the handling of a job's end."""

    run: Callable[..., object]
    """Called with the `Turn`, or with the job. Returns True if panels look different now."""
    give_up: Callable[[], None] = lambda: None
    """Ends work that waits for this step, after it has raised."""


@dataclass(frozen=True, kw_only=True)
class Course:
    """All steps in order."""

    of_a_turn: Sequence[Step]
    of_an_end: Sequence[Step]


@dataclass(kw_only=True)
class Turn:
    """One turn of the pump."""

    deadline: float  # monotonic
    patient: bool
    course: Course
    has_changed: bool = False
    """Panels look different now."""

    def do(self, step: Step, *values: object) -> None:
        """Do a step. If it raises, that is reported, and work that waits for the step ends."""
        try:
            has_changed = step.run(*values) is True  # first, because it may do steps itself
            self.has_changed = self.has_changed or has_changed
        except Exception:
            self.has_changed = True
            if _tell_defect():  # not each turn
                logger.exception("The pump stumbled")
            step.give_up()


def _tell_defect() -> bool:
    """Tell the artist about an exception. True if that is new."""
    text = phrase("Something went wrong in Easel; the rest goes on. Copy Diagnostics says what happened")
    return troubles.tell(Cause.DEFECT, text, life_s=DEFECT_NEWS_S)
