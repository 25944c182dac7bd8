# SPDX-License-Identifier: GPL-3.0-or-later
"""When to repeat a failed GET: the policy as data, and one pure function.

A submit is never repeated by these rules, because it may have been charged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .errors import ClientError, RateLimited


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How long to wait. Delays are in seconds."""

    max_attempts: int = 6
    """Give up after so many failures in a row. A 429 is not a failure: it is waited for without limit."""
    base_delay_s: float = 1.0
    """Longest delay after the first failure; it doubles with each further one."""
    max_delay_s: float = 30.0
    min_delay_s: float = 0.2
    """The shortest delay, whatever the jitter."""
    max_retry_after_s: float = 300.0
    """The service's `Retry-After` is obeyed up to here."""
    retry_after_spread_s: float = 2.0
    """Random extra delay, so that several Blenders don't come back at the same moment."""


POLICY: Final = RetryPolicy()


def delay_before_retry(
    error: ClientError, attempt: int, jitter: float, policy: RetryPolicy = POLICY
) -> float | None:
    """Return how many seconds to wait before asking again, or None to give up.

    `attempt` counts the failures in a row, 1 for the first; `jitter` is a random number from 0 to 1
    ("full jitter": the whole delay is scaled by it).
    """
    if isinstance(error, RateLimited):
        wait_s = min(max(error.retry_after_s, policy.min_delay_s), policy.max_retry_after_s)
        return wait_s + jitter * policy.retry_after_spread_s
    if not error.passing or attempt >= policy.max_attempts:
        return None
    doublings = min(max(attempt, 1) - 1, 30)  # a float can't hold 2 to the power of everything
    longest_s = min(policy.base_delay_s * 2**doublings, policy.max_delay_s)
    return max(jitter * longest_s, policy.min_delay_s)
