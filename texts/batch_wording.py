# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts about batches for the artist. Pure functions, no bpy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from .phrases import joined, phrase
from .wording import credits_text, remaining_text

_MINUTE: Final = 60  # s

_STATES: Final[Mapping[str, str]] = {
    "WAITING": phrase("Waiting"),
    "SENT": phrase("On its way"),
    "DONE": phrase("Done"),
    "SHORT": phrase("Partly done"),
    "FAILED": phrase("Failed"),
    "LEFT": phrase("With the service"),
    "UNCERTAIN": phrase("Uncertain: send it again from the list of jobs"),
    "REFUSED": phrase("Can't be sent"),
    "SKIPPED": phrase("There already"),
    "CANCELLED": phrase("Cancelled"),
}


def row_state_text(state: str) -> str:
    """Say the state of a row. `state`: value of a `jobs.batch.RowState`."""
    return _STATES[state]


def rows_text(count: int) -> str:
    """Say how many rows."""
    return phrase("1 row") if count == 1 else phrase("{count:,} rows", count=count)


def requests_text(count: int) -> str:
    """Say how many requests."""
    return phrase("1 request") if count == 1 else phrase("{count:,} requests", count=count)


class PlanLike(Protocol):
    """What these texts need of a `batches.plan.Plan`."""

    @property
    def rows(self) -> int: ...
    @property
    def requests(self) -> int: ...
    @property
    def images(self) -> int: ...
    @property
    def credits(self) -> int: ...
    @property
    def last_submit_s(self) -> float: ...
    @property
    def end_s(self) -> float: ...
    @property
    def balance_after(self) -> float | None: ...
    @property
    def fitting(self) -> int: ...
    @property
    def fitting_rows(self) -> int: ...
    @property
    def stop(self) -> str: ...
    @property
    def advice(self) -> str: ...


def plan_lines(plan: PlanLike) -> list[str]:
    """Say what a batch will do, a line each; the last says where it stops, if it does."""
    made = phrase("1 image") if plan.images == 1 else phrase("{count:,} images", count=plan.images)
    cost = credits_text(plan.credits)
    if plan.balance_after is not None and plan.balance_after >= 0:
        cost = joined(cost, phrase("{credits} left then", credits=credits_text(plan.balance_after)), by=" · ")
    return [
        joined(rows_text(plan.rows), made, requests_text(plan.requests), by=" · "),
        cost,
        _time_text(plan),
        *([stop_text(plan)] if plan.stop else []),
    ]


def stop_text(plan: PlanLike) -> str:
    """Say after which rows a batch stops, why, and what to do."""
    if not plan.fitting:
        return joined(plan.stop, plan.advice, by=". ")
    text = phrase("Stops after {rows}: {why}", rows=rows_text(plan.fitting_rows), why=plan.stop)
    return joined(text, plan.advice, by=". ")


def _time_text(plan: PlanLike) -> str:
    if plan.end_s < _MINUTE:
        return phrase("All images are here in less than a minute")
    return phrase(
        "The last request is sent in {last}, the last image is here in about {end}",
        last=remaining_text(max(plan.last_submit_s, 1.0)),
        end=remaining_text(plan.end_s),
    )
