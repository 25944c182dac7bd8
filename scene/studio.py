# SPDX-License-Identifier: GPL-3.0-or-later
"""The studio's settings (`jobs.policy`), read on threads because its disk may be silent. Main thread."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..client import prices
from ..jobs.policy import NO_POLICY, Policy, read_policy
from ..texts.phrases import phrase
from ..threads.task import Task
from . import live

VARIABLE: Final = "EASEL_POLICY"
PRICES: Final = "EASEL_PRICES"
"""Names a file of prices, where the policy names none."""
FIRST_WAIT_S: Final = 1.0
"""How long the first who asks waits for the file, once: a library that it names is to be the first one."""
LIFE_S: Final = 60.0
"""How old what was read may get."""


class _Reading:
    """A look into the file, on a separate thread."""

    def __init__(self, named: Sequence[str]) -> None:
        self.policy: Policy | None = None
        self.began_at = time.monotonic()
        policy, told = (_path(name) if name else None for name in named)
        self.task = Task("policy", lambda _stop: self._read(policy, told))

    def _read(self, path: Path | None, told: Path | None) -> None:
        self.policy = read_policy(path, told)


@dataclass(kw_only=True)
class _State:
    named: Sequence[str] | None = None
    """The files that the environment named when it was last asked."""
    known: Policy = field(default_factory=Policy)
    reading: _Reading | None = None


def policy() -> Policy:
    """Return what the studio has set, as it was last read. What is not read yet lets nothing be sent."""
    state = live.part(_State)
    named = tuple(os.environ.get(name, "").strip() for name in (VARIABLE, PRICES))
    if named != state.named:
        state.named = named
        state.reading = _Reading(named) if any(named) else None
        _know(state, NO_POLICY)
        if state.reading is not None:
            path = ", ".join(filter(None, named))
            _know(state, Policy(problem=phrase("Your studio's rules are being read from {path}", path=path)))
            state.reading.task.wait(FIRST_WAIT_S)
    reading = state.reading
    if reading is not None and reading.policy is not None:
        if reading.policy is not state.known:
            _know(state, reading.policy)
        if time.monotonic() - reading.began_at > LIFE_S:
            state.reading = _Reading(named)
    return state.known


def _know(state: _State, policy: Policy) -> None:
    state.known = policy
    prices.use(policy.prices)


def _path(named: str) -> Path:
    return Path.home() / os.path.expanduser(named)  # noqa: PTH111 - which raises for "~nobody"
