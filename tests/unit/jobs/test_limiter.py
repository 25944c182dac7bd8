# SPDX-License-Identifier: GPL-3.0-or-later
"""The limiter gives turns in order, and never more than the service allows, whoever asks."""

import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings, strategies as st

from easel.jobs.ledger import Ledger
from easel.jobs.limiter import MAX_PAUSE_S, SOON_S, WINDOW_S, RateLimiter

from .conftest import Clock


def take_alone(limiter: RateLimiter) -> float:
    limiter.join_line("job")
    wait_s = limiter.take("job")
    limiter.leave_line("job")
    return wait_s


def test_three_a_minute(ledger: Ledger, clock: Clock) -> None:
    limiter = RateLimiter(ledger, "server", 3, steady=clock)
    for _ in range(3):
        assert take_alone(limiter) == 0.0
        clock.now += 5
    assert take_alone(limiter) == pytest.approx(WINDOW_S - 15)
    assert limiter.next_turn_at == pytest.approx(clock.now + WINDOW_S - 15)
    clock.now += WINDOW_S - 15
    assert take_alone(limiter) == 0.0


def test_two_blenders_share_the_turns(ledger: Ledger, clock: Clock) -> None:
    ours, theirs = (
        RateLimiter(ledger, "server", 3, steady=clock),
        RateLimiter(Ledger(ledger.path, clock=clock), "server", 3, steady=clock),
    )
    assert [take_alone(ours), take_alone(theirs), take_alone(ours)] == [0.0, 0.0, 0.0]
    assert take_alone(theirs) > 0


def test_services_do_not_share_turns(ledger: Ledger) -> None:
    assert take_alone(RateLimiter(ledger, "a", 1)) == 0.0
    assert take_alone(RateLimiter(ledger, "b", 1)) == 0.0


def test_a_pause_holds_everybody_back(ledger: Ledger, clock: Clock) -> None:
    limiter = RateLimiter(ledger, "server", 3, steady=clock)
    limiter.pause(20)
    limiter.pause(5)
    assert take_alone(limiter) == pytest.approx(20)
    clock.now += 20
    assert take_alone(limiter) == 0.0


def test_the_line_is_kept(ledger: Ledger, clock: Clock) -> None:
    limiter = RateLimiter(ledger, "server", 1, steady=clock)
    for job in ("first", "second", "third"):
        limiter.join_line(job)
    assert 0 < limiter.take("second") <= SOON_S, "not its turn, though one is free"
    assert limiter.take("first") == 0.0
    limiter.join_line("first", first=True)
    second, third = limiter.take("second"), limiter.take("third")
    assert WINDOW_S <= second < third, "each place behind costs one more turn"
    limiter.leave_line("first")
    assert limiter.take("second") == pytest.approx(WINDOW_S, abs=1)


def test_turns_are_told_while_others_are_taken(ledger: Ledger) -> None:
    """The main thread can ask for turns while workers take them; neither fails."""
    limiter = RateLimiter(ledger, "server", 10**6)
    limiter._sent_at.extend([limiter._steady()] * 50_000)  # counting so many takes a while
    is_over = threading.Event()

    def tell() -> int:
        count = 0
        while not is_over.is_set():
            limiter.turns_ahead(1)
            count += 1
        return count

    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(tell)
        for _ in range(60):
            take_alone(limiter)
        is_over.set()
        assert told.result(20) > 0


DAY_S = 24 * 3600.0


@pytest.mark.parametrize("jump_s", [-7 * DAY_S, -3600, 61, 3600, DAY_S])
def test_a_clock_that_is_set_neither_floods_the_service_nor_blocks_anybody(
    ledger: Ledger, clock: Clock, jump_s: float
) -> None:
    steady = Clock()
    limiter = RateLimiter(ledger, "server", 2, steady=steady)
    assert [take_alone(limiter), take_alone(limiter)] == [0.0, 0.0]
    clock.now += jump_s
    assert take_alone(limiter) == pytest.approx(WINDOW_S), "not one more, and none is taken away"
    limiter.pause(100)
    clock.now -= jump_s
    assert 100 <= take_alone(limiter) <= MAX_PAUSE_S
    clock.now += MAX_PAUSE_S
    steady.now += MAX_PAUSE_S
    assert take_alone(limiter) == 0.0


def test_no_pause_is_believed_beyond_its_cap(ledger: Ledger, clock: Clock) -> None:
    limiter = RateLimiter(ledger, "server", 1, steady=clock)
    limiter.pause(1e9)
    assert take_alone(limiter) == pytest.approx(MAX_PAUSE_S)


@settings(max_examples=25)  # each turn waits for the disk
@given(st.integers(1, 10), st.lists(st.floats(0, 90), max_size=60))
def test_never_more_than_allowed_in_any_minute(
    tmp_path_factory: pytest.TempPathFactory, limit: int, gaps: list[float]
) -> None:
    clock = Clock()
    ledger = Ledger(tmp_path_factory.mktemp("limiter") / "ledger.sqlite3", clock=clock)
    limiter = RateLimiter(ledger, "server", limit, steady=clock)
    window: deque[float] = deque()
    for gap in gaps:
        clock.now += gap
        if take_alone(limiter) == 0.0:
            window.append(clock.now)
            while window[0] <= clock.now - WINDOW_S:
                window.popleft()
            assert len(window) <= limit
    ledger.close()
