# SPDX-License-Identifier: GPL-3.0-or-later
"""How long Easel waits before it repeats a GET."""

from hypothesis import given, strategies as st

from easel.client import errors
from easel.client.retry import POLICY, RetryPolicy, delay_before_retry

PASSING = errors.ConnectionFailed("gone", nothing_sent=False)


def limited(seconds: float) -> errors.RateLimited:
    return errors.RateLimited("wait", retry_after_s=seconds)


def test_delays_double_up_to_the_longest() -> None:
    policy = RetryPolicy(max_attempts=99)
    delays = [delay_before_retry(PASSING, attempt, 1.0, policy) for attempt in range(1, 9)]
    assert delays == [1, 2, 4, 8, 16, 30, 30, 30]


def test_jitter_scales_the_whole_delay_but_leaves_the_service_a_moment() -> None:
    assert delay_before_retry(PASSING, 4, 0.5) == 4
    assert delay_before_retry(PASSING, 4, 0.0) == POLICY.min_delay_s


def test_what_does_not_pass_is_not_repeated() -> None:
    assert delay_before_retry(errors.TaskNotFound("gone", status=404), 1, 1.0) is None
    assert delay_before_retry(errors.OnlineAccessOff("off"), 1, 1.0) is None


def test_giving_up_after_the_last_attempt() -> None:
    assert delay_before_retry(PASSING, POLICY.max_attempts - 1, 1.0) is not None
    assert delay_before_retry(PASSING, POLICY.max_attempts, 1.0) is None


def test_the_services_own_wish_is_obeyed_with_a_cap() -> None:
    assert delay_before_retry(limited(7), 1, 0.0) == 7
    assert delay_before_retry(limited(1e9), 1, 0.0) == POLICY.max_retry_after_s


def test_a_pause_is_no_failure() -> None:
    assert delay_before_retry(limited(7), 10_000, 0.0) == 7


@given(attempt=st.integers(1, 10**6), jitter=st.floats(0, 1), seconds=st.floats(0, 1e12))
def test_every_delay_is_positive_and_bounded(attempt: int, jitter: float, seconds: float) -> None:
    endless = RetryPolicy(max_attempts=10**9)
    for error in (PASSING, limited(seconds)):
        delay = delay_before_retry(error, attempt, jitter, endless)
        assert delay is not None
        assert 0 < delay <= POLICY.max_retry_after_s + POLICY.retry_after_spread_s
