# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine whose jobs the mirror shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import live
from . import followed, mirror

if TYPE_CHECKING:
    from ...jobs.engine import Engine


@dataclass(kw_only=True)
class _Shown:
    engine: Engine | None = None


def adopt(engine: Engine) -> bool:
    """Show the jobs of an engine, unless the mirror already does. True if it did not."""
    if engine is live.part(_Shown).engine:
        return False
    mirror.rebuild(engine.jobs(mirror.MAX_JOBS), followed.ids())
    live.part(_Shown).engine = engine
    return True


def forget() -> None:
    """Rebuild the mirror at the next `adopt`, for another file or language."""
    live.part(_Shown).engine = None
