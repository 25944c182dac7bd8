# SPDX-License-Identifier: GPL-3.0-or-later
"""The tiles of one click are placed together, also manually or later; otherwise one by one."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
from edits import new_material
from sessions import begin_afresh, take_event
from tiled import NUMBERS, edit, picture, shown

from easel.jobs.job import Job, JobState
from easel.jobs.placement import Placement
from easel.jobs.targets import DatablockRef, NewNode, PlacementKind
from easel.scene.errors import PlacementImpossible
from easel.scene.placement import assembly
from easel.scene.placement.delivery import Delivery
from easel.scene.placement.tile_files import placeable_with
from easel.scene.session import arrivals, followed, pump, session
from easel.simulator import catalogue

if TYPE_CHECKING:
    from easel.simulator import Simulator

LoadUdim = Callable[..., bpy.types.Image]


def turn_until(condition: Callable[[], object], timeout_s: float = 30) -> None:
    """Turn the pump until a condition holds."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        session.engine().wait(0.05)
        pump.tick(patient=False)


def files_in_work() -> bool:
    """Return whether a thread writes the files of a click, or has written them."""
    return any(delivery.files for delivery in arrivals._deliveries().values())


def rows() -> list:
    return list(bpy.context.window_manager.easel.jobs)


def start(image: bpy.types.Image, tiles: str) -> list[str]:
    """Send an edit of tiles; return the ids of its jobs."""
    bpy.ops.easel.edit(
        prompt="older", sources=[{"name": image.name}], tiles=tiles, placement="IMAGE", sizing="KEEP_SIZE"
    )
    return [row.name for row in rows()]


def restart(path: Path) -> None:
    """Do what happens if Blender is closed and opened again with a file."""
    begin_afresh()
    bpy.context.window_manager.easel.jobs.clear()
    bpy.ops.wm.open_mainfile(filepath=str(path))
    assert session.engine().wait_until_read(20)
    pump.tick()


@pytest.fixture
def late_jobs(service: "Simulator", saved_file: Path, load_udim: LoadUdim) -> list[str]:
    """Return the jobs of one click on the tiles 1002 and 1011. They ended in another session, not placed."""
    image = load_udim()
    image.use_fake_user = True
    bpy.ops.wm.save_mainfile()
    jobs = start(image, "1002,1011")
    bpy.ops.wm.open_mainfile(filepath=str(saved_file))
    turn_until(
        lambda: len(rows()) == 2 and all(row.state == "DONE" and not row.is_followed for row in rows())
    )
    assert not any(row.is_placed for row in rows())
    restart(saved_file)
    assert {row.name for row in rows()} == set(jobs)
    return jobs


def test_by_hand_the_tiles_of_an_older_session_come_together(late_jobs: list[str]) -> None:
    (image,) = bpy.data.images
    bpy.ops.easel.place(job_id=late_jobs[0], kind="IMAGE")
    (result,) = set(bpy.data.images) - {image}
    assert [tile.number for tile in result.tiles] == list(NUMBERS)
    np.testing.assert_array_equal(shown(result, 1001), picture(1001))
    for number in (1002, 1011):
        assert (shown(result, number) != picture(number)).any(), number
    assert all(row.is_placed and "Tiles 1002, 1011 replaced" in row.placement_text for row in rows())


def test_by_hand_the_pump_waits_for_the_files_of_tiles(late_jobs: list[str]) -> None:
    (image,) = bpy.data.images
    plan = Placement(kind=PlacementKind.IMAGE, session=session.session_id())
    with assembly._one_at_a_time:  # the thread waits
        begun = time.monotonic()
        assert arrivals.place_now(session.engine(), late_jobs[0], plan, later=plan) == ()
        assert time.monotonic() - begun < 5, "it stood still"
        for _ in range(3):
            pump.tick(patient=False)
        assert set(bpy.data.images) == {image}
        assert followed.is_busy()
        row = bpy.context.window_manager.easel.jobs[late_jobs[0]]
        assert row.placement_text == str(arrivals.TILES_IN_WORK)
    pump.run_until_settled(late_jobs[0])
    (result,) = set(bpy.data.images) - {image}
    assert [tile.number for tile in result.tiles] == list(NUMBERS)
    assert all(row.is_placed and "Tiles 1002, 1011 replaced" in row.placement_text for row in rows())
    assert not followed.is_busy()


def test_the_wait_for_tiles_by_hand_has_an_end(late_jobs: list[str]) -> None:
    (image,) = bpy.data.images
    with (
        assembly._one_at_a_time,  # the thread waits
        pytest.raises(RuntimeError, match="The waiting time is over, but files are still being written"),
    ):
        bpy.ops.easel.place(job_id=late_jobs[0], kind="IMAGE", wait=True, timeout=1)
    assert set(bpy.data.images) == {image}
    assert not any(row.is_placed for row in rows())
    assert not files_in_work()
    assert bpy.ops.easel.place(job_id=late_jobs[0], kind="IMAGE", wait=True, timeout=60) == {"FINISHED"}
    (result,) = set(bpy.data.images) - {image}
    assert [tile.number for tile in result.tiles] == list(NUMBERS)


def test_others_are_placed_while_tiles_by_hand_wait_for_their_files(late_jobs: list[str]) -> None:
    plan = Placement(kind=PlacementKind.IMAGE, session=session.session_id())
    before = set(bpy.data.images)
    with assembly._one_at_a_time:  # the thread waits
        arrivals.place_now(session.engine(), late_jobs[0], plan, later=plan)
        assert bpy.ops.easel.generate(prompt="copper", placement="IMAGE", wait=True) == {"FINISHED"}
        (other,) = set(bpy.data.images) - before
        assert other.source == "FILE"
    pump.run_until_settled(late_jobs[0])
    assert len(set(bpy.data.images) - before) == 2


@pytest.fixture
def waiting_jobs(service: "Simulator", saved_file: Path, load_udim: LoadUdim) -> list[str]:
    """Return the jobs of one click on the tiles 1002 and 1011. They just ended, and wait for their turn."""
    jobs = start(load_udim(), "1002,1011")
    deadline = time.monotonic() + 30
    while not all(map(arrivals.is_waiting, jobs)):
        assert time.monotonic() < deadline
        session.engine().wait(0.05)
        for event in session.engine().drain():
            take_event(event)
    return jobs


def plan_node() -> Placement:
    """Return a plan to place images as a new node of a material."""
    material = new_material("skin")
    tree = DatablockRef(name=material.name, session_uid=material.session_uid)
    place = NewNode(tree=tree, is_group=False, location=(10.0, 20.0))
    return Placement(kind=PlacementKind.NODE, session=session.session_id(), target=place)


@pytest.mark.parametrize("index", [0, 1])
def test_by_hand_tiles_do_not_follow_those_that_wait_by_themselves(
    waiting_jobs: list[str], index: int
) -> None:
    (image,) = bpy.data.images
    plan = plan_node()
    with assembly._one_at_a_time:  # the thread waits
        assert arrivals.place_now(session.engine(), waiting_jobs[index], plan, later=plan) == ()
        for _ in range(3):
            pump.tick(patient=False)
    for job in waiting_jobs:
        pump.run_until_settled(job)
    assert [row.placed_as for row in rows()] == ["NODE", "NODE"]
    (result,) = set(bpy.data.images) - {image}
    (node,) = [node for node in bpy.data.materials[0].node_tree.nodes if node.type == "TEX_IMAGE"]
    assert node.image == result


def test_of_a_click_that_is_placed_by_hand_at_two_of_its_jobs_the_last_word_counts(
    late_jobs: list[str],
) -> None:
    (image,) = bpy.data.images
    said, last = plan_node(), Placement(kind=PlacementKind.IMAGE, session=session.session_id())
    with assembly._one_at_a_time:
        arrivals.place_now(session.engine(), late_jobs[0], said, later=said)
        arrivals.place_now(session.engine(), late_jobs[1], last, later=last)
    for job in late_jobs:
        pump.run_until_settled(job)
    assert [row.placed_as for row in rows()] == ["IMAGE", "IMAGE"]
    assert len(set(bpy.data.images) - {image}) == 1


def test_why_tiles_could_not_be_placed_by_hand_is_said_at_each(late_jobs: list[str]) -> None:
    plan = plan_node()
    with assembly._one_at_a_time:
        arrivals.place_now(session.engine(), late_jobs[0], plan, later=plan)
        bpy.data.materials.remove(bpy.data.materials[0])
    pump.run_until_settled(late_jobs[0])
    texts = {row.placement_text for row in rows()}
    assert len(texts) == 1, texts
    assert texts != {str(arrivals.TILES_IN_WORK)}
    assert not followed.is_busy()


def test_what_waits_for_its_tiles_is_placed_as_was_said_last(late_jobs: list[str]) -> None:
    plan = Placement(kind=PlacementKind.IMAGE, session=session.session_id())
    with assembly._one_at_a_time:
        arrivals.place_now(session.engine(), late_jobs[0], plan, later=plan)
        bpy.ops.easel.place(job_id=late_jobs[0], kind="PLANE")
        assert not followed.is_busy()
    assert [row.name for row in rows() if row.is_placed] == late_jobs[:1]
    assert bpy.context.window_manager.easel.jobs[late_jobs[0]].placed_as == "PLANE"


def test_by_hand_a_tile_whose_file_is_gone_stays_behind(late_jobs: list[str]) -> None:
    (image,) = bpy.data.images
    session.engine().job(late_jobs[1]).results_to_place[0].path.unlink()
    bpy.ops.easel.place(job_id=late_jobs[0], kind="IMAGE")
    assert len(set(bpy.data.images) - {image}) == 1
    placed = {row.name: row.is_placed for row in rows()}
    assert placed == {late_jobs[0]: True, late_jobs[1]: False}
    with pytest.raises(RuntimeError, match="gone from the library"):
        bpy.ops.easel.place(job_id=late_jobs[1], kind="IMAGE")


def test_by_hand_the_tiles_become_a_node(late_jobs: list[str]) -> None:
    (name,) = arrivals.place_now(session.engine(), late_jobs[0], plan_node())
    (node,) = [node for node in bpy.data.materials[0].node_tree.nodes if node.type == "TEX_IMAGE"]
    assert (node.image.name, node.image.source) == (name, "TILED")


def test_as_a_plane_a_tile_is_placed_by_itself(late_jobs: list[str]) -> None:
    bpy.ops.easel.place(job_id=late_jobs[0], kind="PLANE")
    assert [row.name for row in rows() if row.is_placed] == late_jobs[:1]


def test_of_a_tile_that_was_sent_again_the_newest_is_placed_with_the_others(
    service: "Simulator", saved_file: Path, load_udim: LoadUdim
) -> None:
    service.script(catalogue.failed())
    with pytest.raises(RuntimeError, match="could not make it"):
        edit(load_udim(), "1002,1011")
    jobs = [session.engine().job(row.name) for row in rows()]
    failed, done = sorted(jobs, key=lambda job: job.state is JobState.DONE)
    again = session.engine().again.send(failed.id, session.session_id())
    pump.follow(again)
    pump.run_until_settled(again)
    assert failed.placement.tile is not None
    others = session.engine().jobs_of_click(failed.placement.tile.batch)
    assert len(others) == 3
    assert [job.id for job in placeable_with(done, others)] == [again]
    again_done = session.engine().job(again)
    assert [job.id for job in placeable_with(again_done, others)] == [done.id]


@pytest.fixture
def not_combinable(service: "Simulator", saved_file: Path, load_udim: LoadUdim, tmp_path: Path) -> list[Job]:
    """Return jobs on tiles that can't be put together; the file has only the image that was edited."""
    image = load_udim()
    edit(image, "1001,1002")
    for known in set(bpy.data.images) - {image}:
        bpy.data.images.remove(known)
    (tmp_path / "source/skin.1011.png").write_bytes(b"no image")
    return [session.engine().job(row.name) for row in rows()]


def test_each_that_is_placed_by_itself_is_marked_at_once(not_combinable: list[Job]) -> None:
    marked: list[tuple[str, int]] = []

    def note(job: Job, text: str) -> None:
        assert "can't be one image" in text
        marked.append((job.id, len(bpy.data.images)))

    delivery = Delivery(given_up=[])
    delivery.place(not_combinable, pack=False, note=note)
    assert delivery.files is None
    first, second = not_combinable
    assert marked == [(first.id, 2), (second.id, 3)]


def test_none_is_placed_by_itself_where_a_file_is_missing(not_combinable: list[Job]) -> None:
    not_combinable[1].results_to_place[0].path.unlink()
    with pytest.raises(PlacementImpossible, match="gone from the library"):
        Delivery(given_up=[]).place(not_combinable, pack=False, note=pytest.fail)
    assert len(bpy.data.images) == 1


def test_after_save_as_the_tiles_lie_beside_the_new_file(
    service: "Simulator", saved_file: Path, load_udim: LoadUdim, tmp_path: Path
) -> None:
    image = load_udim()
    (job,) = start(image, "1002")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with assembly._one_at_a_time:  # the thread waits
        turn_until(files_in_work)
        bpy.ops.wm.save_as_mainfile(filepath=str(elsewhere / "scene.blend"))
    pump.run_until_settled(job)
    (result,) = set(bpy.data.images) - {image}
    assert result.filepath == "//textures/older.<UDIM>.png"
    made = sorted(path.name for path in (elsewhere / "textures").iterdir())
    assert made == [f"older.{number}.png" for number in NUMBERS]
    np.testing.assert_array_equal(shown(result, 1011), picture(1011))
    arrivals.finish(10)
    assert not list((tmp_path / "textures").glob("*")), "nothing of it is left beside the old one"


def test_another_file_does_not_wait_for_a_thread_that_writes_tiles(
    service: "Simulator", saved_file: Path, load_udim: LoadUdim, tmp_path: Path
) -> None:
    start(load_udim(), "1002")
    lock = assembly._one_at_a_time
    lock.acquire()  # the thread waits
    turn_until(files_in_work)
    let_go = threading.Timer(30, lock.release)
    let_go.start()
    begun = time.monotonic()
    bpy.ops.wm.open_mainfile(filepath=str(saved_file))
    assert let_go.is_alive(), f"it stood still for {time.monotonic() - begun:.1f} s"
    let_go.cancel()
    lock.release()
    arrivals.finish(10)
    assert not list((tmp_path / "textures").glob("*"))
