# SPDX-License-Identifier: GPL-3.0-or-later
"""Check limits of spending in the transaction that writes an intent.

So two Blenders can't pass a limit together. It counts jobs that are charged, on their way, uncertain, or
waiting for their turn in a Blender that runs. It does not count failed and cancelled jobs, or an uncertain
job if the balance has shown that nothing was charged.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final

from .balances import Conclusion
from .caps import Caps, Spent, day_start, month_start, refuse
from .job import Job
from .ledger_steps import LEASE_S, ORPHANED
from .rows import balances_of

CHARGED: Final = (
    # "+": otherwise SQLite would use the index of states, and visit all finished jobs
    "(+state IN ('RUNNING', 'DOWNLOADING', 'DONE', 'PARTIAL', 'EXPIRED')"
    # another job in the list has its task, without a known price (`Ledger.accept`)
    " OR (+state = 'FAILED' AND task_id = ''))"
)
"""Condition of jobs that were accepted, and not refunded."""

Query = Callable[[str, tuple[Any, ...]], Sequence[sqlite3.Row]]
"""Reads rows, in a transaction or not."""


def spent_of(
    query: Query,
    server: str,
    budget: str,
    now: float,
    *,
    but: str = "",
    has_waiting: bool = True,
) -> Spent:
    """Add up what was spent at a service.

    Args:
        budget: the project (`Placement.budget`).
        but: id of a waiting job that is left out.
        has_waiting: count jobs that were not sent yet.
    """
    day, month = day_start(now), month_start(now)
    on_its_way = f"(state = 'SUBMITTING' OR (state = 'QUEUED' AND ? AND NOT {ORPHANED}))"
    ((waiting, waiting_here),) = query(
        "SELECT coalesce(sum(price), 0), coalesce(sum(CASE WHEN budget = ? THEN price END), 0) FROM jobs"
        f" WHERE state IN ('QUEUED', 'SUBMITTING') AND server = ? AND id != ? AND {on_its_way}",
        (budget, server, but, has_waiting, now, now + 2 * LEASE_S),
    )
    ((today, this_month),) = query(
        "SELECT coalesce(sum(CASE WHEN submitted_at >= ? THEN price END), 0), coalesce(sum(price), 0)"
        f" FROM jobs WHERE submitted_at > 0 AND submitted_at >= ? AND server = ? AND {CHARGED}",
        (day, month, server),
    )
    ((here,),) = query(
        "SELECT coalesce(sum(price), 0) FROM jobs"
        f" WHERE budget = ? AND submitted_at > 0 AND server = ? AND {CHARGED}",
        (budget, server),
    )
    for row in query(
        "SELECT price, budget, finished_at, balances FROM jobs WHERE state = 'UNCERTAIN' AND server = ?",
        (server,),
    ):
        balances = balances_of(row["balances"])
        if balances is not None:
            balances = balances.known_of(row["finished_at"])
        if balances is not None and balances.conclusion is Conclusion.NOT_CHARGED:
            continue
        today += row["price"] * (row["finished_at"] >= day)
        this_month += row["price"] * (row["finished_at"] >= month)
        here += row["price"] * (row["budget"] == budget)
    return Spent(day=today + waiting, month=this_month + waiting, project=here + waiting_here)


def judge(connection: sqlite3.Connection, jobs: Sequence[Job], caps: Caps, now: float) -> None:
    """Raise `CapReached` if the jobs of one click would pass a limit together."""
    if jobs:
        price = sum(job.price for job in jobs)
        _judge(connection, "", jobs[0].server, price, jobs[0].placement.budget, caps, now)


def judge_known(
    connection: sqlite3.Connection, job_id: str, caps: Caps, now: float, *, has_waiting: bool = True
) -> None:
    """Raise `CapReached` if a job that is already written would pass a limit.

    Args:
        has_waiting: count jobs that were not sent yet; False when this one is about to be sent.
    """
    row = connection.execute("SELECT server, price, budget FROM jobs WHERE id = ?", (job_id,)).fetchone()
    server, price, budget = row
    _judge(connection, job_id, server, price, budget, caps, now, has_waiting=has_waiting)


def _judge(
    connection: sqlite3.Connection,
    job_id: str,
    server: str,
    price: int,
    budget: str,
    caps: Caps,
    now: float,
    *,
    has_waiting: bool = True,
) -> None:
    spent = Spent()
    if caps.need_ledger:

        def query(sql: str, values: tuple[Any, ...]) -> Sequence[sqlite3.Row]:
            return connection.execute(sql, values).fetchall()

        spent = spent_of(query, server, budget, now, but=job_id, has_waiting=has_waiting)
    refuse(caps, price, spent)
