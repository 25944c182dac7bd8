# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of results beside a saved .blend: one for each, also while it is being made; none half made."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import pytest

from easel.scene.placement import copies
from easel.scene.placement.images import file_name
from easel.scene.session import pump, session

if TYPE_CHECKING:
    from easel.simulator import Simulator


@pytest.fixture
def unfinished(
    service: "Simulator", saved_file: Path, tmp_path: Path
) -> tuple[str, copies._Copying, Callable[[], None]]:
    """A job whose copy is half made, and what a thread does to finish it."""
    bpy.ops.easel.generate(prompt="moss", placement="IMAGE")
    job_id = bpy.context.window_manager.easel.jobs[0].name
    bpy.ops.wm.open_mainfile(filepath=str(saved_file))  # so that it waits in the list
    pump.run_until_settled(job_id)
    job = session.engine().job(job_id)
    (result,) = job.results_to_place
    data, target = result.path.read_bytes(), tmp_path / "textures" / file_name(job, result)
    target.parent.mkdir()
    target.write_bytes(data[: len(data) // 2])
    work = copies._Copying(target.parent, {result.path: target.name})

    def finish() -> None:
        target.write_bytes(data)
        work.made[result.path] = target
        work.is_done.set()

    copies._copying[job_id] = work
    return job_id, work, finish


def test_by_hand_an_unfinished_copy_is_waited_for(
    unfinished: tuple[str, copies._Copying, Callable[[], None]], tmp_path: Path
) -> None:
    job_id, _work, finish = unfinished
    threading.Timer(0.3, finish).start()
    bpy.ops.easel.place(job_id=job_id, kind="IMAGE")
    assert [path.name for path in (tmp_path / "textures").iterdir()] == ["moss.png"]
    (image,) = bpy.data.images
    assert image.filepath == "//textures/moss.png"
    assert tuple(image.size) > (1, 1), "it was whole when it was placed"


def test_after_save_as_a_copy_for_the_old_file_is_given_up(
    unfinished: tuple[str, copies._Copying, Callable[[], None]], tmp_path: Path
) -> None:
    job_id, work, _finish = unfinished
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(elsewhere / "scene.blend"))
    bpy.ops.easel.place(job_id=job_id, kind="IMAGE")
    assert work.stop.is_set()
    assert [path.name for path in (elsewhere / "textures").iterdir()] == ["moss.png"]


def test_another_file_gives_up_what_is_being_copied(
    unfinished: tuple[str, copies._Copying, Callable[[], None]], saved_file: Path
) -> None:
    _job_id, work, _finish = unfinished
    bpy.ops.wm.open_mainfile(filepath=str(saved_file))
    assert work.stop.is_set()


def test_a_copy_that_is_given_up_leaves_no_half_file(tmp_path: Path) -> None:
    source, stop = tmp_path / "moss.png", threading.Event()
    source.write_bytes(b"moss")
    stop.set()
    with pytest.raises(OSError, match="nobody wants"):
        copies.copy(source, tmp_path / "textures" / "moss.png", stop)
    assert not list((tmp_path / "textures").iterdir())
    assert copies.copy(source, tmp_path / "textures" / "moss.png").read_bytes() == b"moss"
