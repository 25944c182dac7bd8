# SPDX-License-Identifier: GPL-3.0-or-later
"""The requests of the last click, for callers of operators, which can't return them. Main thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import live

if TYPE_CHECKING:
    from ...client.requests import GenerateRequest


@dataclass(frozen=True, kw_only=True)
class Click:
    """One click that spends, or that only asked for its price."""

    requests: Sequence[GenerateRequest]
    job_ids: Sequence[str]
    """In their order; empty if nothing was to be sent."""

    @property
    def price(self) -> int:
        """The credits of all together."""
        return sum(request.price for request in self.requests)


@dataclass(kw_only=True)
class _State:
    last: Click | None = None


def note(click: Click) -> None:
    """Record a click."""
    live.part(_State).last = click


def take() -> Click | None:
    """Return what was recorded since the last call; None if nothing was."""
    state = live.part(_State)
    click, state.last = state.last, None
    return click
