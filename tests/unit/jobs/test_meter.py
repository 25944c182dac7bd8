# SPDX-License-Identifier: GPL-3.0-or-later
"""A meter measures a folder in the background."""

import time
from pathlib import Path

import pytest

from easel.jobs.meter import FolderMeter, FolderSize


def measure(folder: Path) -> FolderSize | None:
    meter = FolderMeter()
    meter.start(folder)
    wait_for_its_thread(meter)
    return meter.size


def wait_for_its_thread(meter: FolderMeter) -> None:
    deadline = time.monotonic() + 30
    while meter.is_measuring:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_all_files_below_are_counted(tmp_path: Path) -> None:
    for number in range(30):
        folder = tmp_path / f"2026-{number % 4}" / "deep"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.png").write_bytes(b"x" * number)
    assert measure(tmp_path) == FolderSize(folder=tmp_path, file_count=30, byte_count=sum(range(30)))


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert measure(tmp_path / "none") == FolderSize(folder=tmp_path / "none", file_count=0, byte_count=0)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    size = measure(tmp_path)
    assert size is not None
    assert size.file_count == 1


@pytest.mark.parametrize("file_count", [0, 300])  # with 0 files, the thread notes a size even after the stop
def test_what_was_stopped_says_nothing(tmp_path: Path, file_count: int) -> None:
    for number in range(file_count):
        (tmp_path / f"{number}.png").touch()
    meter = FolderMeter()
    for _ in range(20):
        meter.start(tmp_path)
        meter.stop()
        wait_for_its_thread(meter)
        assert meter.size is None
