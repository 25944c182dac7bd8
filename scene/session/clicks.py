# SPDX-License-Identifier: GPL-3.0-or-later
"""The requests of the last click, for a caller of an operator, which can't return them. Main thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import live

if TYPE_CHECKING:
    from ...client.requests import GenerateRequest


@dataclass(frozen=True, kw_only=True)
class Click:
    """One click that spends, or that only asked what it would."""

    requests: Sequence[GenerateRequest]
    job_ids: Sequence[str]
    """In their order; empty if nothing was to be sent."""

    @property
    def price(self) -> int:
        """Credits, of all together."""
        return sum(request.price for request in self.requests)


@dataclass
class _State:
    last: Click | None = None


def note(click: Click) -> None:
    """A click was carried out."""
    live.part(_State).last = click


def take() -> Click | None:
    """Return what was noted since the last call; None if nothing was."""
    state = live.part(_State)
    click, state.last = state.last, None
    return click
