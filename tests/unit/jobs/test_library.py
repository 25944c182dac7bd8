# SPDX-License-Identifier: GPL-3.0-or-later
"""The library folder has names that last, and no litter."""

import dataclasses
import os
import time
from pathlib import Path

import pytest

from easel.jobs.job import Job, JobState
from easel.jobs.library import Library
from easel.jobs.placement import Placement

from .conftest import DRAFT


def a_job(prompt: str = "moss") -> Job:
    return Job(
        id="a" * 32,
        state=JobState.DONE,
        request=dataclasses.replace(DRAFT, prompt=prompt),
        placement=Placement(),
        server="test",
        price=1,
        created_at=time.time(),
        updated_at=0,
    )


def test_only_old_leftovers_are_swept(tmp_path: Path) -> None:
    library = Library(tmp_path)
    month = library.image_path(a_job(), 0, ".png").parent
    old = [month / ".abc.part", tmp_path / "incoming" / ".abc.part"]
    named = library.image_path(a_job(), 0, ".png")
    empty = [named, named.with_name(f"{named.stem}-2.png")]
    kept = [
        library.image_path(a_job(), 1, ".png"),
        month / "wood.part",
        tmp_path / "sources" / "job" / "source-1.png",
        tmp_path / "of another program" / ".abc.part",
    ]
    not_ours = [
        month / "Icon\r" if os.name != "nt" else month / "Icon",
        month / ".gitkeep",
        month / "moss_1.png",
        tmp_path / "sources" / "job" / ".nosync",
        tmp_path / "thumbnails" / named.name,
    ]
    fresh = month / ".def.part"
    for path in (*old, *empty, *kept, *not_ours, fresh):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"" if path in (*empty, *not_ours) else b"x")
        if path is not fresh:
            os.utime(path, (time.time() - 90_000,) * 2)
    library.sweep(should_stop=lambda: True)
    assert all(path.exists() for path in (*old, *empty))
    library.sweep()
    assert not any(path.exists() for path in (*old, *empty))
    assert all(path.exists() for path in (*kept, *not_ours, fresh))


def test_sweeping_nothing(tmp_path: Path) -> None:
    Library(tmp_path / "not-there").sweep()


@pytest.mark.parametrize(
    "prompt",
    ["苔むした古い石垣と濡れた石畳の継ぎ目のないテクスチャ高精細な木漏れ日の差す森の中の小道", "word " * 40],
)
def test_a_name_is_short_enough_for_every_disk(prompt: str) -> None:
    name = Library(Path("library")).image_path(a_job(prompt), 9, ".webp").name
    assert len(name.encode()) <= 143  # the limit in a home encrypted by eCryptfs
