# SPDX-License-Identifier: GPL-3.0-or-later
"""Was an uncertain job charged? The balance before its POST, the balance after it, and what else was paid.

When the service charges, and when it reads its wallet, can't be told to the second: what may or may not lie
between the two readings makes a sum that could be either, and then nothing is concluded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SETTLE_S: Final = 10.0
"""How long after a POST was given up a balance is read for it: the service may still be at it."""
LONGEST_POST_S: Final = 3600.0
"""How long a POST may have taken in an older Easel, which stored only its end.

This is no strict bound. An upload may take `Server.submit_timeout_s` and the time that its bytes earn
(`client.body.SLOWEST_UPLOAD`), and its answer may take the first again."""
REVISED_S: Final = 3600.0
"""How long after a POST was given up a sum that could be either is made again, with later balances."""
MOST_IN_DOUBT: Final = 8
"""Payments that may lie between two readings, beyond which no sum tells anything."""
_SAME: Final = 0.5
"""Credits by which a balance may differ from the sum of prices: cents of other tools."""


class Conclusion(StrEnum):
    """What the sum says about a job of which it is unknown whether it was charged."""

    NONE = ""
    """Nothing yet: no balance was read since."""
    CHARGED = "CHARGED"
    """The balance has gone down by its price more than by all else that was paid for."""
    NOT_CHARGED = "NOT_CHARGED"
    """It has gone down by no more than all else that was paid for."""
    OTHERS = "OTHERS"
    """Other jobs of ours were paid for or refunded about that time: it could be either."""
    ODD = "ODD"
    """It has changed by what no job of ours explains."""
    UNKNOWN = "UNKNOWN"
    """No balance was read before it was sent."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A balance as the service told it, in credits; times are seconds since the epoch."""

    balance: float
    asked_at: float
    read_at: float

    def is_good_for(self, ended_at: float) -> bool:
        """Whether it was asked for late enough to tell of a POST that was given up then."""
        return self.asked_at >= ended_at + SETTLE_S


@dataclass(frozen=True, kw_only=True)
class Balances:
    """What is known of the wallet around a job's POST."""

    posted_at: float = 0.0
    """When the POST began."""
    before: Reading | None = None
    """The last one that was read before it."""
    after: Reading | None = None
    """The one that was read after its fate was found to be unknown, and made the sum."""
    others: float = 0.0
    """Credits that other jobs of ours have certainly cost between the two."""
    conclusion: Conclusion = Conclusion.NONE

    @property
    def spent(self) -> float:
        """Credits by which the balance has gone down."""
        return self.before.balance - self.after.balance if self.before and self.after else 0.0

    def known_of(self, ended_at: float) -> Balances:
        """What of this holds for a POST that was given up then.

        It may go on after its engine was thought dead: what was concluded from a balance of that moment says
        nothing about it.
        """
        if self.after is None or self.after.is_good_for(ended_at):
            return self
        return Balances(posted_at=self.posted_at, before=self.before)

    def wants(self, after: Reading, ended_at: float) -> bool:
        """Whether a later balance may tell more about a POST that was given up then.

        Where it could be either, others may have been on their way that the service keeps, or refunds.
        """
        if not after.is_good_for(ended_at):
            return False
        conclusion = self.known_of(ended_at).conclusion
        may_clear_up = conclusion is Conclusion.OTHERS and after.asked_at < ended_at + REVISED_S
        return not conclusion or may_clear_up


@dataclass(frozen=True, kw_only=True)
class Payment:
    """What another job of ours has cost, at some time between the two."""

    credits: float
    """Negative: it came back."""
    began_at: float
    ended_at: float
    is_sure: bool = True
    """False: it may not have happened."""


def conclude(
    price: float, posted_at: float, before: Reading | None, after: Reading, payments: Iterable[Payment]
) -> Balances:
    """Do the sum for one job."""
    if before is None:
        return Balances(posted_at=posted_at, after=after, conclusion=Conclusion.UNKNOWN)
    sure, doubtful = _between(before, after, payments)
    others = sum(sure)
    spent = before.balance - after.balance
    possible = _sums(doubtful) if len(doubtful) <= MOST_IN_DOUBT else None
    if possible is None:
        conclusion = Conclusion.OTHERS
    else:
        without = any(abs(spent - others - each) < _SAME for each in possible)
        with_it = any(abs(spent - others - each - price) < _SAME for each in possible)
        conclusion = _conclusion(without, with_it, has_doubts=bool(doubtful))
    return Balances(posted_at=posted_at, before=before, after=after, others=others, conclusion=conclusion)


def _conclusion(without: bool, with_it: bool, *, has_doubts: bool) -> Conclusion:
    if with_it and not without:
        return Conclusion.CHARGED
    if without and not with_it:
        return Conclusion.NOT_CHARGED
    return Conclusion.OTHERS if without or has_doubts else Conclusion.ODD


def _between(
    before: Reading, after: Reading, payments: Iterable[Payment]
) -> tuple[Sequence[float], Sequence[float]]:
    """Return what was paid for certainly and perhaps between two readings, in credits."""
    sure: list[float] = []
    doubtful: list[float] = []
    for payment in payments:
        if payment.ended_at <= before.asked_at or payment.began_at >= after.read_at:
            continue
        is_inside = before.read_at <= payment.began_at and payment.ended_at <= after.asked_at
        (sure if is_inside and payment.is_sure else doubtful).append(payment.credits)
    return sure, doubtful


def _sums(amounts: Sequence[float]) -> set[float]:
    """Return what some of the amounts make together, none and all of them too."""
    sums = {0.0}
    for amount in amounts:
        sums |= {each + amount for each in sums}
    return sums
