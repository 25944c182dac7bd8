# SPDX-License-Identifier: GPL-3.0-or-later
"""What was expected against what the wallet shows: each balance that was read before a job was sent is
compared with the next one, where it can be told which payments lie between the two.

Other machines may spend from the same account, and it may be topped up: where the two differ, that is shown,
and nothing is concluded but of credits that came back.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from .balances import MOST_IN_DOUBT, Reading

_SAME: Final = 0.5
"""Credits by which a balance may differ from the sum of prices: cents of other tools."""


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
    """The service has failed: it gives the credits back, some time after `ended_at`."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A balance that has changed by something else than what was expected."""

    labels: tuple[str, ...]
    """The labels of the jobs between the two readings."""
    expected: float
    charged: float


@dataclass(frozen=True, kw_only=True)
class Reckoned:
    """What the balances tell."""

    proven: int = 0
    """Credits of jobs that the balance has gone down by as expected."""
    seen_back: frozenset[str] = frozenset()
    """Ids of the jobs whose credits came back, as the balance shows."""
    differences: tuple[Difference, ...] = ()
    """The oldest first."""


def reckon(charges: Sequence[Charge], readings: Iterable[Reading]) -> Reckoned:
    """Compare each balance with the next one that no payment was under way at."""
    charges = sorted(charges, key=lambda each: each.began_at)
    starts = [each.began_at for each in charges]
    ends = list(itertools.accumulate((each.ended_at for each in charges), max))
    clean: list[tuple[Reading, int]] = []  # with how many payments came before it
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
    """Return which of what is awaited make a sum together, the oldest first; None if none do."""
    oldest = sorted(awaited, key=lambda each: each.ended_at)[:MOST_IN_DOUBT]
    for count in range(len(oldest) + 1):
        for some in itertools.combinations(oldest, count):
            if abs(sum(each.credits for each in some) - amount) < _SAME:
                return some
    return None
