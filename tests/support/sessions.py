# SPDX-License-Identifier: GPL-3.0-or-later
"""Use the session in tests: begin a fresh one, and pass an event to the pump."""

from easel.jobs.events import Event
from easel.scene import live
from easel.scene.listing import result_thumbnails, thumbnails
from easel.scene.session import news, pump, session
from easel.scene.session.pump import COURSE
from easel.scene.session.turns import Turn


def begin_afresh() -> None:
    """Stop the pump and the engine, and forget everything. The pump stays stopped."""
    for stop in (pump.stop, thumbnails.stop, result_thumbnails.stop, session.stop):
        stop()
    live.end()
    live.begin()


def take_event(event: Event) -> None:
    """Pass an event to the pump, as in a turn."""
    news.take(event, Turn(deadline=0.0, patient=False, course=COURSE))
