# SPDX-License-Identifier: GPL-3.0-or-later
"""Long tasks of the artist, as panels show them: name, progress, and a way to stop."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from .. import live
from . import assets, file_report, keeping, placing, session


class Work(Protocol):
    """Current work."""

    @property
    def title(self) -> str:
        """The work's title, for the artist."""
        ...

    @property
    def at(self) -> tuple[int, int]:
        """The progress: how much is done, of how much; (0, 0) while unknown."""
        ...

    def stop(self) -> None:
        """End it at its next step. Returns at once."""


@dataclass(kw_only=True)
class _Shown:
    at: list[tuple[str, tuple[int, int]]] = field(default_factory=list[tuple[str, tuple[int, int]]])


def under_way() -> list[Work]:
    """Return all current work. Memory only."""
    engine = session.find_engine()
    own = [
        each
        for each in (placing.current(), keeping.current(), file_report.current(), assets.current())
        if each is not None
    ]
    return [*own, *(engine.gallery.under_way() if engine is not None else ())]


def has_moved() -> bool:
    """Return whether work or its progress has changed since the last call. For the pump."""
    now = [(work.title, work.at) for work in under_way()]
    shown = live.part(_Shown)
    changed, shown.at = now != shown.at, now
    return changed
