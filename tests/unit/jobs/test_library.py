# SPDX-License-Identifier: GPL-3.0-or-later
"""The library folder: names that last, and no litter."""

import dataclasses
import os
import time
from pathlib import Path

import pytest

from easel.jobs.job import Job, JobState
from easel.jobs.library import Library
from easel.jobs.placement import Placement

from .conftest import DRAFT


def test_only_old_leftovers_are_swept(tmp_path: Path) -> None:
    library = Library(tmp_path)
    old = [tmp_path / "images" / "2026-11" / ".abc.part", tmp_path / "incoming" / ".abc.part"]
    empty = tmp_path / "images" / "2026-11" / "moss_1.png"
    kept = [
        tmp_path / "images" / "2026-11" / "wood_1.png",
        tmp_path / "images" / "2026-11" / "wood.part",
        tmp_path / "sources" / "job" / "source-1.png",
        tmp_path / "of another program" / ".abc.part",
    ]
    fresh = tmp_path / "images" / "2026-11" / ".def.part"
    for path in (*old, empty, *kept, fresh):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"" if path is empty else b"x")
        if path is not fresh:
            os.utime(path, (time.time() - 90_000,) * 2)
    library.sweep()
    assert not any(path.exists() for path in (*old, empty))
    assert all(path.exists() for path in (*kept, fresh))


def test_sweeping_nothing(tmp_path: Path) -> None:
    Library(tmp_path / "not-there").sweep()


@pytest.mark.parametrize(
    "prompt",
    ["苔むした古い石垣と濡れた石畳の継ぎ目のないテクスチャ高精細な木漏れ日の差す森の中の小道", "word " * 40],
)
def test_a_name_is_short_enough_for_every_disk(prompt: str) -> None:
    job = Job(
        id="a" * 32,
        state=JobState.DONE,
        request=dataclasses.replace(DRAFT, prompt=prompt),
        placement=Placement(),
        server="test",
        price=1,
        created_at=time.time(),
        updated_at=0,
    )
    name = Library(Path("library")).image_path(job, 9, ".webp").name
    assert len(name.encode()) <= 143  # where a home is encrypted by eCryptfs
