# SPDX-License-Identifier: GPL-3.0-or-later
"""The library folder: names that last, and no litter."""

import os
import time
from pathlib import Path

from easel.jobs.library import Library


def test_only_old_leftovers_are_swept(tmp_path: Path) -> None:
    library = Library(tmp_path)
    old = [tmp_path / "images" / "2026-11" / ".abc.part", tmp_path / "incoming" / ".abc.part"]
    kept = [
        tmp_path / "images" / "2026-11" / "wood_1.png",
        tmp_path / "images" / "2026-11" / "wood.part",
        tmp_path / "sources" / "job" / "source-1.png",
        tmp_path / "of another program" / ".abc.part",
    ]
    fresh = tmp_path / "images" / "2026-11" / ".def.part"
    for path in (*old, *kept, fresh):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        if path is not fresh:
            os.utime(path, (time.time() - 90_000,) * 2)
    library.sweep()
    assert [path.exists() for path in old] == [False, False]
    assert all(path.exists() for path in (*kept, fresh))


def test_sweeping_nothing(tmp_path: Path) -> None:
    Library(tmp_path / "not-there").sweep()
