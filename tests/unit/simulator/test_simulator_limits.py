# SPDX-License-Identifier: GPL-3.0-or-later
"""The rate limit allows three submits a minute, and tells the fourth to wait."""

import re

from api_user import ApiUser

from easel.simulator import Simulator


class _Clock:
    """A clock that stands still unless a test sets it."""

    now = 1000.0  # seconds

    def __call__(self) -> float:
        return self.now


def _limited(simulator: Simulator) -> _Clock:
    simulator.rate_limit = 3
    simulator.clock = clock = _Clock()
    return clock


def test_the_fourth_submit_waits_and_cost_nothing(user: ApiUser) -> None:
    _limited(user.simulator)
    for _ in range(3):
        user.submit("GEMINI_2_5_FLASH")
    refused = user.generate("GEMINI_2_5_FLASH")
    assert refused.status_code == 429
    told = re.fullmatch(
        r"Request was throttled\. Expected available in (\d+) seconds\.", refused.json()["error"]
    )
    assert told is not None
    assert told.group(1) == refused.headers["Retry-After"]
    assert told.group(1) == "60"
    assert len(user.simulator.tasks) == 3
    assert user.balance() == "985.00"


def test_the_header_can_be_missing(user: ApiUser) -> None:
    _limited(user.simulator)
    user.simulator.retry_after = False
    for _ in range(3):
        user.submit("GEMINI_2_5_FLASH")
    refused = user.generate("GEMINI_2_5_FLASH")
    assert refused.status_code == 429
    assert "Retry-After" not in refused.headers


def test_a_refused_submit_does_not_prolong_the_wait(user: ApiUser) -> None:
    clock = _limited(user.simulator)
    for _ in range(3):
        user.submit("GEMINI_2_5_FLASH")
    for seconds, wait in ((0.5, "60"), (30, "30"), (59.5, "1")):
        clock.now = 1000.0 + seconds
        refused = user.generate("GEMINI_2_5_FLASH")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, wait)
    clock.now = 1060.0
    assert user.generate("GEMINI_2_5_FLASH").status_code == 201


def test_polling_counts_only_if_told_to(user: ApiUser) -> None:
    _limited(user.simulator)
    task_id = user.submit("GEMINI_2_5_FLASH")
    assert {user.status(task_id).status_code for _ in range(5)} == {200}
    user.simulator.polling_counts = True
    assert [user.status(task_id).status_code for _ in range(3)] == [200, 200, 429]


def test_the_limit_is_per_account(simulator: Simulator, user: ApiUser) -> None:
    _limited(simulator)
    for _ in range(3):
        user.submit("GEMINI_2_5_FLASH")
    with ApiUser(simulator, "other-key") as other:
        assert other.generate("GEMINI_2_5_FLASH").status_code == 201
