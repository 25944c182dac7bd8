# SPDX-License-Identifier: GPL-3.0-or-later
"""The state while Easel is enabled: one session, made in `register` and dropped in `unregister`.

A module that remembers something has a class for it, and gets the session's one object here. So nothing
has to be forgotten manually, and the next session starts empty. Main thread.
"""

from __future__ import annotations

from typing import Any, TypeVar

Part = TypeVar("Part")


class Session:
    """The parts of one session, each made when it is first asked for."""

    def __init__(self) -> None:
        self._parts: dict[type, Any] = {}

    def part(self, kind: type[Part]) -> Part:
        """Return the session's one object of a class."""
        if kind not in self._parts:
            self._parts[kind] = kind()
        return self._parts[kind]

    def forget(self, kind: type) -> None:
        """Have another one made when it is asked for again."""
        self._parts.pop(kind, None)


_session: Session | None = None


def begin() -> None:
    """Make a session, unless there is one."""
    global _session
    if _session is None:
        _session = Session()


def has_begun() -> bool:
    """True while there is a session."""
    return _session is not None


def end() -> None:
    """Drop the session, with all that was remembered."""
    global _session
    _session = None


def part(kind: type[Part]) -> Part:
    """Return the one object of a class that the session has. Easel must be enabled."""
    if _session is None:
        raise RuntimeError("Easel is not enabled")
    return _session.part(kind)


def forget(kind: type) -> None:
    """Drop the one object of a class: the next that is asked for knows nothing."""
    if _session is not None:
        _session.forget(kind)
