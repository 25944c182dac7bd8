# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a batch before it starts: requests, time, credits, and where it stops."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..jobs.caps import NO_CAPS, Caps, Spent, reached
from ..jobs.limiter import WINDOW_S
from ..texts.phrases import phrase
from ..texts.wording import credits_text
from .packing import Group, pack
from .row import Row


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The inputs of a plan besides the rows."""

    per_minute: int = 3
    """Requests a minute of the key."""
    balance: float | None = None
    """Credits of the account; None: not known."""
    caps: Caps = NO_CAPS
    spent: Spent = field(default_factory=Spent)
    most: int = 0
    """Credits that this batch may cost; 0: no limit of its own."""
    used: int = 0
    """Credits that this batch has cost so far."""
    ahead: int = 0
    """Requests that wait before it."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The plan for the rows that wait."""

    rows: int
    requests: int
    images: int
    credits: int
    last_submit_s: float
    """Seconds from now until the last request goes out."""
    end_s: float
    """Seconds from now until all results should be here, by the typical times of the models."""
    balance_after: float | None
    """The balance after all rows, if known, even if the batch stops earlier."""
    fitting: int
    """How many requests are sent before it stops; all if nothing stops it."""
    fitting_rows: int
    fitting_credits: int
    stop: str = ""
    """Why it stops, or can't start; for the artist."""
    advice: str = ""
    """What the artist can do about it."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """The waiting rows of a batch at one moment. Any thread."""

    rows: tuple[Row, ...]
    """All rows of the batch, if it is not packed yet."""
    which: tuple[int, ...]
    """Places of the waiting rows, in their order."""
    shares: bool
    """As for `packing.pack`."""
    groups: tuple[Group, ...] | None
    """The groups, if they are packed already."""
    most: int
    """The batch's own limit, in credits; 0: no limit."""
    used: int
    """Credits that it has cost so far."""

    def packed(self) -> tuple[Group, ...]:
        """Return the groups to send, in their order."""
        if self.groups is not None:
            return self.groups
        return tuple(pack(self.rows, self.which, shares=self.shares))

    def plan(self, terms: Terms) -> Plan:
        """Return the plan."""
        return plan_batch(self.packed(), replace(terms, most=self.most, used=self.used))


def plan_batch(groups: Sequence[Group], terms: Terms) -> Plan:
    """Return the plan for requests in this order.

    A batch is one click: if all of it passes the limit of a click, nothing is sent. At any other limit it
    stops.

    Args:
        groups: the rows that wait (`packing.pack`).
    """
    per_minute = max(terms.per_minute, 1)
    known = {
        settings: (settings.price(1), settings.table.typical_seconds)
        for settings in {g.settings for g in groups}
    }
    prices = [known[group.settings][0] * group.count for group in groups]
    whole = sum(prices)
    at_most = min(whole, max(terms.most - terms.used, 0)) if terms.most else whole
    stop, advice = reached(replace(terms.caps, day=0, month=0, project=0), at_most, terms.spent)
    others = replace(terms.caps, click=0)
    total = fitting = 0
    end_s = 0.0
    for place, (group, price) in enumerate(zip(groups, prices, strict=True)):
        submit_s = (place + terms.ahead) // per_minute * WINDOW_S
        end_s = max(end_s, submit_s + known[group.settings][1])
        total += price
        if not stop:
            stop, advice = _stop(total, total - price, terms, others)
            fitting += not stop
    return Plan(
        rows=sum(len(group.rows) for group in groups),
        requests=len(groups),
        images=sum(group.count for group in groups),
        credits=whole,
        last_submit_s=(len(groups) - 1 + terms.ahead) // per_minute * WINDOW_S if groups else 0.0,
        end_s=end_s,
        balance_after=terms.balance - whole if terms.balance is not None else None,
        fitting=fitting,
        fitting_credits=sum(prices[:fitting]),
        fitting_rows=sum(len(group.rows) for group in itertools.islice(groups, fitting)),
        stop=stop,
        advice=advice,
    )


def _stop(total: int, before: int, terms: Terms, caps: Caps) -> tuple[str, str]:
    """Return why a batch would stop at a cost of `total`, and what to do; both empty if it would not."""
    if terms.most and terms.used + total > terms.most:
        return (
            phrase("The batch's limit of {cap} is reached", cap=credits_text(terms.most)),
            phrase("Raise the limit of the batch to go on."),
        )
    if terms.balance is not None and total > terms.balance:
        return (
            phrase("Your balance of {balance} is used up", balance=credits_text(terms.balance)),
            phrase("Buy credits to go on."),
        )
    if not caps.need_ledger:
        return "", ""
    day, month, project = (
        each + before for each in (terms.spent.day, terms.spent.month, terms.spent.project)
    )
    spent = Spent(day=day, month=month, project=project)
    return reached(caps, total - before, spent)
