# SPDX-License-Identifier: GPL-3.0-or-later
"""Find out whether an uncertain job was charged, from the balances before and after its POST.

Other payments may lie between the two readings. Nobody knows to the second when the service charges and when
it reads its wallet. If a payment may or may not lie between the readings, and the sum allows both outcomes,
nothing is concluded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SETTLE_S: Final = 10.0
"""A balance counts only if it was requested at least this long after the POST was given up: the service may
still be charging."""
LONGEST_POST_S: Final = 3600.0
"""The longest time that a POST may have taken in an older Easel, which stored only the end of a POST.

This is no strict bound. An upload may take `Server.submit_timeout_s` and the time that its bytes earn
(`client.body.SLOWEST_UPLOAD`), and its answer may take `submit_timeout_s` once more."""
REVISED_S: Final = 3600.0
"""An ambiguous sum is computed again with later balances, until this long after the POST was given up."""
MOST_IN_DOUBT: Final = 8
"""With more payments than this between two readings, the sum can't tell anything."""
_SAME: Final = 0.5
"""Credits by which a balance may differ from the sum of prices, because of other tools' cents."""


class Conclusion(StrEnum):
    """What the balances say about a job that may have been charged."""

    NONE = ""
    """Nothing yet: no balance was read since."""
    CHARGED = "CHARGED"
    """Charged: the balance went down by the job's price, beyond all other payments."""
    NOT_CHARGED = "NOT_CHARGED"
    """Not charged: the balance went down by no more than the other payments."""
    OTHERS = "OTHERS"
    """Ambiguous: other jobs of ours were paid for or refunded at about that time."""
    ODD = "ODD"
    """Unexplained: the balance changed by an amount that no job of ours explains."""
    UNKNOWN = "UNKNOWN"
    """No balance was read before the job was sent."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A balance as the service reported it, in credits. Times are in seconds since the epoch."""

    balance: float
    asked_at: float
    read_at: float
    account: str = ""
    """Mark of the account (`client.key.account_mark`); empty if an older Easel read it."""

    def is_good_for(self, ended_at: float) -> bool:
        """Whether the balance was read late enough to count for a POST given up at this time."""
        return self.asked_at >= ended_at + SETTLE_S


@dataclass(frozen=True, kw_only=True)
class Balances:
    """The balances around a job's POST."""

    posted_at: float = 0.0
    """When the POST began."""
    account: str = ""
    """Mark of the account that pays for it; empty if an older Easel sent it."""
    before: Reading | None = None
    """The last reading before it."""
    after: Reading | None = None
    """The reading that the sum was computed with, taken after the job became uncertain."""
    others: float = 0.0
    """Credits that other jobs of ours certainly cost between the two readings."""
    conclusion: Conclusion = Conclusion.NONE

    @property
    def spent(self) -> float:
        """Credits by which the balance went down."""
        return self.before.balance - self.after.balance if self.before and self.after else 0.0

    def known_of(self, ended_at: float) -> Balances:
        """Return what still holds for a POST that was given up at this time.

        A POST may go on after its engine was thought dead. Then a conclusion from a balance of that moment
        says nothing about the POST.
        """
        if self.after is None or self.after.is_good_for(ended_at):
            return self
        return Balances(posted_at=self.posted_at, account=self.account, before=self.before)

    def wants(self, after: Reading, ended_at: float) -> bool:
        """Whether a later balance may tell more about a POST that was given up at this time.

        If the sum was ambiguous, other jobs may have been on their way then. The service may keep or refund
        their price later. Another account's balance tells nothing.
        """
        is_foreign = self.account and after.account and self.account != after.account
        if is_foreign or not after.is_good_for(ended_at):
            return False
        conclusion = self.known_of(ended_at).conclusion
        may_clear_up = conclusion is Conclusion.OTHERS and after.asked_at < ended_at + REVISED_S
        return not conclusion or may_clear_up


@dataclass(frozen=True, kw_only=True)
class Payment:
    """The cost of another job of ours, paid at some time between the two readings."""

    credits: float
    """Negative for a refund."""
    began_at: float
    ended_at: float
    is_sure: bool = True
    """False if the payment may not have happened."""


def conclude(
    price: float, posted_at: float, before: Reading | None, after: Reading, payments: Iterable[Payment]
) -> Balances:
    """Compute the sum for one job."""
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
    """Return the certain and the possible payments between two readings, in credits."""
    sure: list[float] = []
    doubtful: list[float] = []
    for payment in payments:
        if payment.ended_at <= before.asked_at or payment.began_at >= after.read_at:
            continue
        is_inside = before.read_at <= payment.began_at and payment.ended_at <= after.asked_at
        (sure if is_inside and payment.is_sure else doubtful).append(payment.credits)
    return sure, doubtful


def _sums(amounts: Sequence[float]) -> set[float]:
    """Return all sums that any subset of the amounts makes, with the empty and the full subset."""
    sums = {0.0}
    for amount in amounts:
        sums |= {each + amount for each in sums}
    return sums
