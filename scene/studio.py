# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist's studio has set (`jobs.policy`), read on threads: its disk may be silent. Main thread."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..jobs.policy import NO_POLICY, Policy, read_policy
from ..texts.phrases import phrase
from ..threads.task import Task
from . import live

VARIABLE: Final = "EASEL_POLICY"
FIRST_WAIT_S: Final = 1.0
"""How long the first who asks waits for the file, once: a library that it names is to be the first one."""
LIFE_S: Final = 60.0
"""How old what was read may get."""


class _Reading:
    """A look into the file, on a thread of its own."""

    def __init__(self, path: Path) -> None:
        self.policy: Policy | None = None
        self.began_at = time.monotonic()
        self.task = Task("policy", lambda _stop: self._read(path))

    def _read(self, path: Path) -> None:
        self.policy = read_policy(path)


@dataclass
class _State:
    named: str = ""
    """What the environment named when it was last asked."""
    known: Policy = field(default_factory=Policy)
    reading: _Reading | None = None


def policy() -> Policy:
    """Return what the studio has set, as it was last read. What is not read yet lets nothing be sent."""
    state, named = live.part(_State), os.environ.get(VARIABLE, "").strip()
    if named != state.named:
        state.named = named
        state.reading = _Reading(_path(named)) if named else None
        state.known = NO_POLICY
        if state.reading is not None:
            state.known = Policy(problem=phrase("Your studio's rules are being read from {path}", path=named))
            state.reading.task.wait(FIRST_WAIT_S)
    reading = state.reading
    if reading is not None and reading.policy is not None:
        state.known = reading.policy
        if time.monotonic() - reading.began_at > LIFE_S:
            state.reading = _Reading(_path(named))
    return state.known


def _path(named: str) -> Path:
    return Path.home() / os.path.expanduser(named)  # noqa: PTH111 - which raises for "~nobody"
