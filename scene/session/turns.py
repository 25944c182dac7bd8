# SPDX-License-Identifier: GPL-3.0-or-later
"""A turn of the pump: its steps, and how an exception in one is handled."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
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
    can_wait: bool = False
    """It is left out of a turn that has used half of its time, but never of two running."""


@dataclass(frozen=True, kw_only=True)
class Course:
    """All steps in order."""

    of_a_turn: Sequence[Step]
    of_an_end: Sequence[Step]


@dataclass(kw_only=True)
class Turn:
    """One turn of the pump."""

    deadline: float  # monotonic
    began_at: float = 0.0  # monotonic
    patient: bool
    course: Course
    left_out_before: Container[Step] = ()
    """The steps that the turn before left out."""
    left_out: list[Step] = field(default_factory=list[Step])
    has_changed: bool = False
    """Panels look different now."""

    @property
    def half_at(self) -> float:
        """Monotonic: from then on the turn is late, and what can wait does. Scripts wait for all."""
        return (self.began_at + self.deadline) / 2 if self.patient else math.inf

    def run(self) -> None:
        """Do the steps, except those that can wait if the turn is late."""
        for step in self.course.of_a_turn:
            is_late = time.monotonic() > self.half_at
            if step.can_wait and is_late and step not in self.left_out_before:
                self.left_out.append(step)
            else:
                self.do(step, self)

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
