# SPDX-License-Identifier: GPL-3.0-or-later
"""The polling schedule asks few questions, and hardly waits once the image is ready."""

import random
import statistics

import numpy as np
import pytest
from hypothesis import given, strategies as st

from easel.client.models import MODELS
from easel.jobs.schedule import SCHEDULE, first_poll_after, link_delay, poll_delay

SECONDS = st.sampled_from([model.seconds for model in MODELS.values()])


def follow(seconds: tuple[int, int], ready_at: float, *, tells_progress: bool) -> tuple[float, int]:
    """Poll a task that is ready at `ready_at`; return the seconds of delay after that, and how many polls."""
    now, polls = first_poll_after(seconds), 1
    while now < ready_at:
        progress = int(100 * now / ready_at) if tells_progress else 0
        now += poll_delay(now, seconds, progress)
        polls += 1
    return now - ready_at, polls


@pytest.mark.parametrize("tells_progress", [True, False])
@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.id)
def test_typical_jobs_wait_under_a_second_with_few_questions(model: object, tells_progress: bool) -> None:
    seconds = model.seconds  # type: ignore[attr-defined]
    chance = random.Random(7)
    runs = [follow(seconds, chance.uniform(*seconds), tells_progress=tells_progress) for _ in range(300)]
    assert statistics.median(wait for wait, _ in runs) < 0.7
    assert max(polls for _, polls in runs) <= (20 if tells_progress else 75)


@given(SECONDS, st.floats(0, 5000), st.integers(0, 100))
def test_delays_are_bounded(seconds: tuple[int, int], elapsed_s: float, progress: int) -> None:
    delay_s = poll_delay(elapsed_s, seconds, progress)
    assert SCHEDULE.near_s <= delay_s <= SCHEDULE.late_s
    assert first_poll_after(seconds) < seconds[0]


def test_links_that_come_late_are_found_soon_with_few_questions() -> None:
    asked_at = [0.0]
    while asked_at[-1] < SCHEDULE.finished_grace_s:
        asked_at.append(asked_at[-1] + link_delay(asked_at[-1]))
    assert len(asked_at) < 40
    waits = [min(at for at in asked_at if at >= here) - here for here in np.linspace(0.01, 4, 400)]
    assert statistics.median(waits) < 0.3
    assert max(waits) < 0.8
