# SPDX-License-Identifier: GPL-3.0-or-later
"""Provide a quick simulator without limits, and a user of it."""

from collections.abc import Iterator

import pytest
from api_user import ApiUser

from easel.simulator import Simulator


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(speed=1000, rate_limit=None, refuse_unknown=True) as running:
        yield running


@pytest.fixture
def user(simulator: Simulator) -> Iterator[ApiUser]:
    with ApiUser(simulator) as someone:
        yield someone
