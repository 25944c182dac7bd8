# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the ledger's payments around an uncertain job, and compute the sum of them (`balances`).

Inside a transaction of the ledger that the caller has begun.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Final

from .balances import LONGEST_POST_S, Balances, Payment, Reading, conclude
from .job import JobState
from .rows import STAMP, balances_of

_REFUNDED: Final = (JobState.FAILED, JobState.EXPIRED, JobState.RUNNING, JobState.DOWNLOADING)
"""States in which all payments may have been refunded: the service failed, or failed without our
knowledge."""


def weigh(connection: sqlite3.Connection, server: str, after: Reading, now: float) -> bool:
    """Weigh each uncertain job of a service about which this balance may tell more.

    A job whose POST was just given up gets a later balance. Returns whether any job has a new conclusion.
    """
    rows = connection.execute(
        "SELECT id, price, balances, finished_at FROM jobs WHERE state = 'UNCERTAIN' AND server = ?",
        (server,),
    ).fetchall()
    is_news = False
    for row in rows:
        ended_at: float = row["finished_at"]
        known = (balances_of(row["balances"]) or Balances()).known_of(ended_at)
        if not known.wants(after, ended_at):
            continue
        payments = _payments(connection, server, row["id"], known, after)
        balances = conclude(row["price"], known.posted_at, known.before, after, payments)
        balances = replace(balances, account=known.account)
        if balances.conclusion is known.conclusion:
            continue
        is_news = True
        connection.execute(
            f"UPDATE jobs SET balances = ?, {STAMP} WHERE id = ?",
            (json.dumps(asdict(balances)), now, row["id"]),
        )
    return is_news


def _payments(
    connection: sqlite3.Connection, server: str, job_id: str, known: Balances, after: Reading
) -> Iterator[Payment]:
    """Return what other jobs of the account cost at about that time, and what was refunded."""
    if (before := known.before) is None:
        return
    rows = connection.execute(
        "SELECT jobs.id, state, price, submitted_at, finished_at, balances, request,"
        " (SELECT count(*) FROM results WHERE job_id = jobs.id) AS images FROM jobs"
        " WHERE server = ? AND jobs.id != ? AND price > 0"
        " AND (submitted_at > ? OR finished_at > ? OR state IN ('SUBMITTING', 'RUNNING', 'DOWNLOADING'))"
        " AND (submitted_at > 0 OR state IN ('SUBMITTING', 'UNCERTAIN'))",
        (server, job_id, before.asked_at, before.asked_at),
    )
    for row in rows:
        is_unsure = row["state"] in (JobState.SUBMITTING, JobState.UNCERTAIN)
        ended_at = row["submitted_at"] or row["finished_at"] or after.read_at
        others = balances_of(row["balances"]) or Balances()
        if known.account and others.account and known.account != others.account:
            continue
        yield Payment(
            credits=row["price"],
            began_at=others.posted_at or ended_at - LONGEST_POST_S,
            ended_at=ended_at,
            is_sure=not is_unsure and known.account == others.account,
        )
        if refund := _refund(row):
            yield Payment(
                credits=-refund,
                began_at=row["submitted_at"],
                ended_at=row["finished_at"] or after.read_at,
                is_sure=False,
            )


def _refund(row: sqlite3.Row) -> float:
    """Return the credits that were refunded, or may have been, for a job that brought too few images."""
    if row["state"] in _REFUNDED:
        return row["price"]
    if row["state"] != JobState.PARTIAL:
        return 0.0
    asked = json.loads(row["request"]).get("count") or 1
    return row["price"] * max(asked - row["images"], 0) / asked
