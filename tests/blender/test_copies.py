# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of results beside a saved .blend: one for each, also during the copying, and never half of one."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import pytest

from easel.scene.placement import copies
from easel.scene.placement.copies import Copies
from easel.scene.placement.images import file_name
from easel.scene.session import arrivals, pump, session

if TYPE_CHECKING:
    from easel.simulator import Simulator


class HalfMade(Copies):
    """Copies of one file; the disk stops in the middle, until the test lets it go on."""

    def __init__(self, source: Path, target: Path) -> None:
        self.may_go_on = threading.Event()
        self.is_half_made = threading.Event()
        self.was_stopped = False
        super().__init__(target.parent, {source: target.name})

    def _run(self, stop: threading.Event) -> None:
        (source, name), *_ = self.names.items()
        data, target = source.read_bytes(), self.folder / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data[: len(data) // 2])
        self.is_half_made.set()
        while not self.may_go_on.wait(0.01):
            if stop.is_set():
                self.was_stopped = True
                target.unlink()
                return
        target.write_bytes(data)
        self.made[source] = target


@pytest.fixture
def unfinished(service: "Simulator", saved_file: Path, tmp_path: Path) -> Iterator[tuple[str, HalfMade]]:
    """Yield a job that waits in the list, with its copy half made."""
    bpy.ops.easel.generate(prompt="moss", placement="IMAGE")
    job_id = bpy.context.window_manager.easel.jobs[0].name
    bpy.ops.wm.open_mainfile(filepath=str(saved_file))  # so that it waits in the list
    pump.run_until_settled(job_id)
    job = session.engine().job(job_id)
    (result,) = job.results_to_place
    files = HalfMade(result.path, tmp_path / "textures" / file_name(job, result))
    assert files.is_half_made.wait(10)
    with arrivals._deliveries().of(job) as delivery:
        delivery.waiting[job_id] = time.monotonic()
        delivery.files = files
    yield job_id, files
    files.may_go_on.set()


def test_by_hand_an_unfinished_copy_is_waited_for(unfinished: tuple[str, HalfMade], tmp_path: Path) -> None:
    job_id, files = unfinished
    threading.Timer(0.3, files.may_go_on.set).start()
    bpy.ops.easel.place(job_id=job_id, kind="IMAGE")
    assert [path.name for path in (tmp_path / "textures").iterdir()] == ["moss.png"]
    (image,) = bpy.data.images
    assert image.filepath == "//textures/moss.png"
    assert tuple(image.size) > (1, 1), "it was whole when it was placed"
    assert not arrivals._deliveries()


def test_by_hand_the_wait_for_a_copy_has_an_end(unfinished: tuple[str, HalfMade], tmp_path: Path) -> None:
    job_id, files = unfinished
    with pytest.raises(RuntimeError, match="The waiting time is over, but files are still being written"):
        bpy.ops.easel.place(job_id=job_id, kind="IMAGE", wait=True, timeout=1)
    assert not bpy.data.images
    assert not arrivals._deliveries()
    arrivals.finish(10)
    assert files.was_stopped
    assert bpy.ops.easel.place(job_id=job_id, kind="IMAGE", wait=True, timeout=30) == {"FINISHED"}
    assert [path.name for path in (tmp_path / "textures").iterdir()] == ["moss.png"]


def test_after_save_as_a_copy_for_the_old_file_is_given_up(
    unfinished: tuple[str, HalfMade], tmp_path: Path
) -> None:
    job_id, files = unfinished
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(elsewhere / "scene.blend"))
    bpy.ops.easel.place(job_id=job_id, kind="IMAGE")
    assert [path.name for path in (elsewhere / "textures").iterdir()] == ["moss.png"]
    arrivals.finish(10)
    assert files.was_stopped
    assert not list((tmp_path / "textures").iterdir())


def test_another_file_gives_up_what_is_being_copied(
    unfinished: tuple[str, HalfMade], saved_file: Path, tmp_path: Path
) -> None:
    _job_id, files = unfinished
    bpy.ops.wm.open_mainfile(filepath=str(saved_file))
    assert not arrivals._deliveries()
    arrivals.finish(10)
    assert files.was_stopped
    assert not list((tmp_path / "textures").iterdir())


def test_a_copy_that_is_given_up_leaves_no_half_file(tmp_path: Path) -> None:
    source, stop = tmp_path / "moss.png", threading.Event()
    source.write_bytes(b"moss")
    stop.set()
    with pytest.raises(OSError, match="nobody wants"):
        copies.copy(source, tmp_path / "textures" / "moss.png", stop)
    assert not list((tmp_path / "textures").iterdir())
    assert copies.copy(source, tmp_path / "textures" / "moss.png").read_bytes() == b"moss"
