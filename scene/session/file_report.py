# SPDX-License-Identifier: GPL-3.0-or-later
"""Report the open file's images: the pump searches a few datablocks a turn, a thread writes the report."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ...jobs.file_report import FORMATS, HeldImage
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from .. import live
from ..history.image_users import Users
from . import audit, session

if TYPE_CHECKING:
    from ...jobs.chores import Chore


@dataclass(kw_only=True)
class Report:
    """A requested report."""

    path: Path
    words: Mapping[str, str]
    tells: bool
    look: Iterator[bool]
    images: list[HeldImage] = field(default_factory=list[HeldImage])
    chore: Chore | None = None
    """Writes it."""
    text: str = ""
    is_whole: bool = True
    is_given_up: bool = False

    title = phrase("Looking through the file")
    at = 0, 0

    @property
    def is_over(self) -> bool:
        """Whether it is written, or was given up."""
        return self.is_given_up or (self.chore is not None and self.chore.is_over)

    def stop(self) -> None:
        """End it at its next step."""
        self.is_given_up = True
        if self.chore is not None:
            self.chore.stop()


@dataclass(kw_only=True)
class _State:
    report: Report | None = None


def _state() -> _State:
    return live.part(_State)


def current() -> Report | None:
    """Return the report for which the file is being searched."""
    return _state().report


def begin(path: Path, words: Mapping[str, str], *, tells: bool) -> Report:
    """Begin a report of the open file.

    Args:
        path: its suffix is the format: .csv or .md.
        words: as for `write_report`.
        tells: the engine reports the outcome; else the caller, who waits for it, does.

    Raises:
        Refusal: another one is being made, or there is no such format.
    """
    if _state().report is not None:
        raise Refusal(phrase("Wait until the previous report is written."))
    if path.suffix.lower() not in FORMATS:
        raise Refusal(phrase("A report's name ends with .csv or .md: {name}.", name=path.name))
    images: list[HeldImage] = []
    look = audit.look(images, Users())
    _state().report = report = Report(path=path, words=words, tells=tells, look=look, images=images)
    return report


def go_on(deadline: float) -> None:
    """Continue the search. For the pump.

    Args:
        deadline: monotonic.
    """
    report = _state().report
    if report is None:
        return
    if not report.is_given_up:
        for is_waiting in report.look:
            if is_waiting or time.monotonic() > deadline:
                return
        gallery = session.engine().gallery
        report.chore = gallery.report(report.images, report.path, report.words, tells=report.tells)
    _state().report = None


def give_up() -> None:
    """Don't write the report, because another file is open or a step has raised."""
    report, _state().report = _state().report, None
    if report is not None:
        report.stop()
