# SPDX-License-Identifier: GPL-3.0-or-later
"""A ledger that was read too early does not undo what the main thread has said."""

from dataclasses import replace

import pytest

from easel.jobs.events import JobChanged, JobSeen
from easel.jobs.job import Job, JobState
from easel.jobs.news import News
from easel.jobs.placement import Placement
from easel.jobs.shelf import Shelf

from .conftest import DRAFT

DONE = Job(
    id="a" * 32,
    state=JobState.DONE,
    request=DRAFT,
    placement=Placement(),
    server="test",
    price=5,
    created_at=1.0,
    updated_at=1.0,
)


@pytest.mark.parametrize("kind", [JobSeen, JobChanged])
def test_what_was_placed_is_not_told_as_unplaced(kind: type[JobSeen] | type[JobChanged]) -> None:
    shelf = Shelf()
    news = News(shelf)
    shelf.put(DONE)
    shelf.put(replace(DONE, placed_at=2.0))
    news.emit(kind(job=DONE))  # it was read before the placing was recorded
    (event,) = news.drain()
    assert isinstance(event, kind)
    assert event.job.placed_at == 2.0
    assert shelf.job(DONE.id).placed_at == 2.0


def test_what_is_hidden_is_known_and_not_listed() -> None:
    shelf = Shelf()
    shelf.put(DONE)
    shelf.put(replace(DONE, hidden=True))
    assert (shelf.jobs(9), shelf.find_task("test", "")) == ([], None)
    assert [job.id for job in shelf.all()] == [DONE.id]
    assert [job.hidden for job in shelf.add([DONE])] == [True], "what was told is newer"
    shelf.put(DONE)
    assert [job.hidden for job in shelf.jobs(9)] == [False]
