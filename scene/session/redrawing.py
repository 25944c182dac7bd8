# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps of the pump's turn that show the current state in panels, status bars and the Info editor."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import bpy

from ...jobs.caps import NO_CAPS, Caps
from ...jobs.policy import NO_POLICY, Policy
from .. import live, settings
from ..windows import interface, reports
from . import account, advising, followed, following, mirror, session, texturings
from .foreseen import foresee
from .whereabouts import whereabouts

if TYPE_CHECKING:
    from .turns import Turn

CLOCK_S: Final = 1.0
"""How often running times are redrawn."""


@dataclass(kw_only=True)
class _State:
    clock_at: float = 0.0
    """Monotonic: when running times were last redrawn."""
    foreseen_at: float = 0.0
    """Monotonic: when the selection was last read."""
    terms: tuple[Policy, Caps] = (NO_POLICY, NO_CAPS)
    """The prices, rules and limits that panels show."""


def show_sources() -> bool:
    """Describe the sources of the visible scene. True if panels look different."""
    windows = bpy.data.window_managers[0].windows
    if not session.is_watched() or not windows:
        return False
    changed = mirror.show_sources(windows[0].scene.easel)
    state, now = live.part(_State), time.monotonic()
    if now - state.foreseen_at >= CLOCK_S / 2:
        state.foreseen_at = now
        changed |= following.follow_active(windows[0])
        changed |= mirror.show_foreseen(foresee(windows[0]))
        changed |= advising.advise(windows[0].scene)
        changed |= texturings.tell_size(windows[0])
    return changed


def show_status() -> bool:
    """Show the current state. A balance from an earlier state is outdated. True if panels look different."""
    shown = mirror.mirror()
    before = shown.obstacle
    changed = mirror.show_status()
    state, wanted = live.part(_State), settings.read()
    terms = (wanted.policy, wanted.caps)
    if state.terms != terms:  # the buttons have the prices
        state.terms, changed = terms, True
    if shown.obstacle != before:
        mirror.show_wallet_failure("", "")
        account.expire_balance()
    if session.is_watched():
        job = shown.selected_job
        has_images = job is not None and job.can_place
        changed |= mirror.show_whereabouts(whereabouts(job.name) if has_images else "")
    return changed


def refresh(turn: Turn) -> None:
    """Redraw what has changed in a turn, report how jobs ended, and keep the progress shown."""
    state, now = live.part(_State), time.monotonic()
    is_clock_due = bool(followed.ids()) and now - state.clock_at >= CLOCK_S
    if turn.has_changed or is_clock_due:
        state.clock_at = now
        interface.redraw()
    reports.show()
    if followed.ids():
        interface.keep_progress_shown()
    else:
        interface.clear_progress()
