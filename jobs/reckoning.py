# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare expected with actual payments: each balance before a job with the next balance.

Only balances are compared for which the payments between the two are known. Other machines may spend from the
same account, and it may be topped up: a difference is shown, and nothing is concluded from it except refunds.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from .balances import MOST_IN_DOUBT, Reading

_SAME: Final = 0.5
"""Credits by which a balance may differ from the sum of prices, because of other tools' cents."""


@dataclass(frozen=True, kw_only=True)
class Charge:
    """A job that was charged, or may have been."""

    id: str
    label: str
    """The name of model and size."""
    credits: int
    began_at: float
    """When its POST began; epoch seconds."""
    ended_at: float
    is_sure: bool = True
    comes_back: bool = False
    """The job failed at the service, which refunds the credits some time after `ended_at`."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A balance that changed by another amount than expected."""

    labels: tuple[str, ...]
    """The labels of the jobs between the two readings."""
    expected: float
    charged: float


@dataclass(frozen=True, kw_only=True)
class Reckoned:
    """What the balances say."""

    proven: int = 0
    """Credits of jobs that the balance went down by as expected."""
    seen_back: frozenset[str] = frozenset()
    """Ids of the jobs whose credits were refunded, as the balance shows."""
    differences: tuple[Difference, ...] = ()
    """The oldest first."""


def reckon(charges: Sequence[Charge], readings: Iterable[Reading]) -> Reckoned:
    """Compare each balance with the next one at which no payment was under way."""
    charges = sorted(charges, key=lambda each: each.began_at)
    starts = [each.began_at for each in charges]
    ends = list(itertools.accumulate((each.ended_at for each in charges), max))
    clean: list[tuple[Reading, int]] = []  # with the number of payments before it
    for reading in sorted(set(readings), key=lambda reading: (reading.read_at, reading.asked_at)):
        count = bisect.bisect_left(starts, reading.read_at)
        if not count or ends[count - 1] <= reading.asked_at:
            clean.append((reading, count))
    refunds = [each for each in charges if each.comes_back]
    proven, seen, differences = 0, set[str](), list[Difference]()
    for (before, first), (after, last) in itertools.pairwise(clean):
        inside = charges[first:last]
        if not all(each.is_sure for each in inside):
            continue
        expected = sum(each.credits for each in inside)
        back = expected - (before.balance - after.balance)
        came: Sequence[Charge] | None = ()
        if abs(back) >= _SAME:
            awaited = [each for each in refunds if each.id not in seen and each.ended_at <= after.read_at]
            came = _making(awaited, back)
        if came is not None:
            proven += expected
            seen |= {each.id for each in came}
        elif inside:
            labels = tuple(sorted({each.label for each in inside}))
            differences.append(Difference(labels=labels, expected=expected, charged=expected - back))
    return Reckoned(proven=proven, seen_back=frozenset(seen), differences=tuple(differences))


def _making(awaited: Sequence[Charge], amount: float) -> Sequence[Charge] | None:
    """Return the expected refunds that add up to a sum, the oldest first; None if none do."""
    oldest = sorted(awaited, key=lambda each: each.ended_at)[:MOST_IN_DOUBT]
    for count in range(len(oldest) + 1):
        for some in itertools.combinations(oldest, count):
            if abs(sum(each.credits for each in some) - amount) < _SAME:
                return some
    return None
