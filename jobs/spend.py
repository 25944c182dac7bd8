# SPDX-License-Identifier: GPL-3.0-or-later
"""Spending by the ledger: by day, month, project and model, and with a line for each job.

The expected price is the one in the price table at the click. Refunds and uncertain jobs are listed
separately. Any thread but the main one.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import PurePath
from typing import Any, Final

from ..client.every_model import EVERY_MODEL
from ..client.models import ModelId
from .balances import LONGEST_POST_S, Balances, Conclusion
from .caps import Spent, day_start, month_start
from .job import JobState
from .ledger_steps import LedgerSteps
from .reckoning import Charge, Reckoned, reckon
from .rows import balances_of
from .spending import CHARGED, spent_of

_COLUMNS: Final = (
    "id, state, price, created_at, submitted_at, finished_at, task_id, budget, request, placement, balances"
)


class Fate(StrEnum):
    """What became of a job's credits."""

    PAID = "PAID"
    """Accepted by the service, which charges at that moment."""
    GIVEN_BACK = "GIVEN_BACK"
    """Accepted, but it failed there: the service refunds the credits."""
    UNCERTAIN = "UNCERTAIN"
    """Nobody here knows whether it was charged."""
    NOT_CHARGED = "NOT_CHARGED"
    """It was uncertain, and the balance has shown that nothing was charged."""
    ON_ITS_WAY = "ON_ITS_WAY"
    """It is being sent."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A job that was sent."""

    job_id: str
    fate: Fate
    credits: int
    """The expected credits."""
    at: float
    """When it was accepted or given up; epoch seconds."""
    project: str
    """Name of its folder, else of its .blend; empty if that was never saved."""
    budget: str
    """Path of that folder."""
    batch: str
    """Name of its batch; empty without a batch."""
    model: str
    """Label of the model."""
    size: str
    """Resolution, or name of a size."""
    count: int
    prompt: str
    """As typed."""
    task_id: str
    state: JobState
    finished_at: float
    balances: Balances | None = None


@dataclass(frozen=True, kw_only=True)
class Sums:
    """Credits of several jobs."""

    paid: int = 0
    given_back: int = 0
    uncertain: int = 0
    jobs: int = 0

    def plus(self, entry: Entry) -> Sums:
        """Return the sums with one more entry."""
        match entry.fate:
            case Fate.PAID | Fate.ON_ITS_WAY:
                return replace(self, paid=self.paid + entry.credits, jobs=self.jobs + 1)
            case Fate.GIVEN_BACK:
                return replace(self, given_back=self.given_back + entry.credits, jobs=self.jobs + 1)
            case Fate.UNCERTAIN:
                return replace(self, uncertain=self.uncertain + entry.credits, jobs=self.jobs + 1)
            case Fate.NOT_CHARGED:
                return replace(self, jobs=self.jobs + 1)


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What panels show of the spending."""

    server: str
    budget: str
    """The project of `spent.project`."""
    day: float
    """When the day of these numbers began; epoch seconds."""
    spent: Spent
    """The spending that limits are compared with, including jobs that wait for their turn."""
    today: Sums = field(default_factory=Sums)
    month: Sums = field(default_factory=Sums)
    models: Mapping[str, Sums] = field(default_factory=dict[str, Sums])
    """This month's sums by the models' labels; the most expensive first."""
    projects: Mapping[str, Sums] = field(default_factory=dict[str, Sums])
    batches: Mapping[str, Sums] = field(default_factory=dict[str, Sums])
    """This month's sums by the batches' names; only jobs of batches."""
    here: Sums = field(default_factory=Sums)
    """All sums of the project."""
    reckoned: Reckoned = field(default_factory=Reckoned)
    """What the balances of this month say."""
    seen_back: int = 0
    """Credits of this month that were refunded."""


class LedgerSpend(LedgerSteps):
    """Any thread but the main one. Raises `LedgerError`."""

    def overview(self, server: str, budget: str) -> Overview:
        """Add up what was spent at a service.

        Args:
            budget: the project that is open now (`Placement.budget`).
        """
        now = self.clock()
        day, month = day_start(now), month_start(now)
        entries = self.entries(server, month)
        reckoned = reckon_entries(entries)
        spent = spent_of(self._database.query, server, budget, now)
        return Overview(
            server=server,
            budget=budget,
            day=day,
            spent=spent,
            here=Sums(paid=self._paid_for(server, budget)),
            reckoned=reckoned,
            seen_back=sum(entry.credits for entry in entries if entry.job_id in reckoned.seen_back),
            today=_sum(entry for entry in entries if entry.at >= day),
            month=_sum(entries),
            models=_by(entries, "model"),
            projects=_by(entries, "project"),
            batches=_by([entry for entry in entries if entry.batch], "batch"),
        )

    def _paid_for(self, server: str, budget: str) -> int:
        rows = self._database.query(
            "SELECT coalesce(sum(price), 0) FROM jobs"
            f" WHERE budget = ? AND submitted_at > 0 AND server = ? AND {CHARGED}",
            (budget, server),
        )
        return rows[0][0]

    def entries(self, server: str, since: float = 0.0) -> list[Entry]:
        """Read all jobs that were sent to a service since some time, the oldest first.

        Without imported images, tasks that were added by their id, and images that this computer made.
        """
        rows = self._database.query(
            f"SELECT {_COLUMNS} FROM jobs WHERE submitted_at > 0 AND submitted_at >= ? AND server = ?"
            " AND price > 0 UNION ALL"
            f" SELECT {_COLUMNS} FROM jobs WHERE state IN ('UNCERTAIN', 'SUBMITTING') AND submitted_at = 0"
            " AND server = ? AND price > 0 AND (finished_at >= ? OR state = 'SUBMITTING')",
            (since, server, server, since),
        )
        batches = self._names_of_batches(server)
        entries: list[Entry] = []
        for row in rows:
            with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):  # another version's
                entries.append(_entry(row, self.clock(), batches))
        return sorted(entries, key=lambda entry: entry.at)

    def _names_of_batches(self, server: str) -> Mapping[str, str]:
        """Return the batches' names by their ids. Batches of a rebuilt ledger have none."""
        rows = self._database.query("SELECT id, name FROM batches WHERE server = ?", (server,))
        return {row["id"]: row["name"] for row in rows}


def reckon_entries(entries: Iterable[Entry]) -> Reckoned:
    """Compare the expected payments with the balances that were read meanwhile, each account by itself."""
    sent = [entry for entry in entries if entry.fate is not Fate.NOT_CHARGED]
    known = [entry.balances for entry in sent if entry.balances is not None]
    readings = [
        reading for balances in known for reading in (balances.before, balances.after) if reading is not None
    ]
    accounts = dict.fromkeys(reading.account for reading in readings)
    found = [
        reckon(
            [_charge(entry, account) for entry in sent if _account(entry) in (account, "")],
            [reading for reading in readings if reading.account == account],
        )
        for account in accounts
    ]
    return Reckoned(
        proven=sum(each.proven for each in found),
        seen_back=frozenset[str]().union(*(each.seen_back for each in found)),
        differences=tuple(difference for each in found for difference in each.differences),
    )


def _account(entry: Entry) -> str:
    """Return the mark of the account that paid for a job; empty if it is unknown."""
    return entry.balances.account if entry.balances is not None else ""


def _charge(entry: Entry, account: str) -> Charge:
    posted_at = entry.balances.posted_at if entry.balances is not None else 0.0
    return Charge(
        id=entry.job_id,
        label=" ".join(filter(None, (entry.model, entry.size))),
        credits=entry.credits,
        began_at=posted_at or entry.at - LONGEST_POST_S,
        ended_at=entry.at,
        is_sure=entry.fate in (Fate.PAID, Fate.GIVEN_BACK) and _account(entry) == account,
        comes_back=entry.fate is Fate.GIVEN_BACK,
    )


def _entry(row: Any, now: float, batches: Mapping[str, str]) -> Entry:
    request: dict[str, Any] = json.loads(row["request"])
    placement: dict[str, Any] = json.loads(row["placement"])
    state = JobState(row["state"])
    balances = balances_of(row["balances"])
    if balances is not None and state is JobState.UNCERTAIN:
        balances = balances.known_of(row["finished_at"])
    budget: str = row["budget"]
    of_batch: dict[str, Any] = placement.get("batch") or {}
    batch_id = str(of_batch.get("id", ""))
    return Entry(
        job_id=row["id"],
        fate=_fate(state, row["task_id"], balances),
        credits=row["price"],
        at=row["submitted_at"] or row["finished_at"] or now,
        project=PurePath(budget).name or str(placement.get("project", "")),
        budget=budget,
        batch=batches.get(batch_id, "") or batch_id[:8],
        model=EVERY_MODEL[ModelId(request["model"])].label,
        size=str(request.get("resolution") or request.get("image_size") or request.get("quality") or ""),
        count=int(request.get("count") or 0),
        prompt=str(request.get("written") or request["prompt"]),
        task_id=row["task_id"],
        state=state,
        finished_at=row["finished_at"],
        balances=balances,
    )


def _fate(state: JobState, task_id: str, balances: Balances | None) -> Fate:
    match state:
        case JobState.UNCERTAIN:
            shown = balances.conclusion if balances is not None else Conclusion.NONE
            return Fate.NOT_CHARGED if shown is Conclusion.NOT_CHARGED else Fate.UNCERTAIN
        case JobState.SUBMITTING:
            return Fate.ON_ITS_WAY
        case JobState.FAILED if task_id:
            return Fate.GIVEN_BACK
        case _:
            return Fate.PAID


def _sum(entries: Iterable[Entry]) -> Sums:
    sums = Sums()
    for entry in entries:
        sums = sums.plus(entry)
    return sums


def _by(entries: Iterable[Entry], name: str) -> Mapping[str, Sums]:
    """Add up by a field; the most expensive first."""
    sums: dict[str, Sums] = {}
    for entry in entries:
        key: str = getattr(entry, name)
        sums[key] = sums.get(key, Sums()).plus(entry)
    return dict(sorted(sums.items(), key=lambda item: -item[1].paid - item[1].uncertain))
