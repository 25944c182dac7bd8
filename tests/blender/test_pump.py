# SPDX-License-Identifier: GPL-3.0-or-later
"""The pump, run manually: events reach the mirror, images reach the file, nothing is lost."""

import time
from pathlib import Path

import bpy
import pytest
from pumping import pump_until
from sessions import begin_afresh

from easel.jobs import keeper
from easel.jobs.engine import Engine
from easel.scene import settings
from easel.scene.session import followed, mirror, pump, session
from easel.simulator import Simulator, catalogue


def run_without_end(service: Simulator) -> None:
    """Start a job that does not end; wait for its drawn image, so that no work continues after the test."""
    service.script(catalogue.takes(600))
    bpy.ops.easel.generate(prompt="endless", placement="IMAGE")
    pump_until(lambda: jobs()[0].state == "RUNNING" and all(task.drawn for task in service.tasks.values()))


def jobs() -> list:
    """Return the rows of the mirror."""
    return list(bpy.context.window_manager.easel.jobs)


def test_a_job_is_mirrored_from_the_click_to_the_image(service: Simulator) -> None:
    assert bpy.ops.easel.generate(prompt="copper", placement="IMAGE") == {"FINISHED"}
    assert jobs()[0].is_followed
    assert followed.is_busy()
    pump_until(lambda: jobs()[0].is_placed)
    assert not followed.is_busy()
    assert (jobs()[0].state, jobs()[0].image_count) == ("DONE", 1)
    assert jobs()[0].placement_text


def test_what_was_done_with_images_stays_when_the_list_is_filled_anew(service: Simulator) -> None:
    bpy.ops.easel.generate(prompt="copper", placement="IMAGE", wait=True)
    told, placed_as = jobs()[0].placement_text, jobs()[0].placed_as
    assert (told, placed_as) == ("Image added", "IMAGE")
    mirror.rebuild(session.engine().jobs(mirror.MAX_JOBS))  # a change of language does this
    assert (jobs()[0].placement_text, jobs()[0].placed_as) == (told, placed_as)


def test_newest_first_and_the_new_one_is_selected(service: Simulator) -> None:
    bpy.ops.easel.generate(prompt="one", placement="IMAGE", wait=True)
    bpy.ops.easel.generate(prompt="two", placement="IMAGE", wait=True)
    assert [job.prompt for job in jobs()] == ["two", "one"]
    assert bpy.context.window_manager.easel.selected_job.prompt == "two"


def test_another_file_gets_no_image_but_keeps_the_job(service: Simulator) -> None:
    bpy.ops.easel.generate(prompt="copper", placement="IMAGE")
    bpy.ops.wm.read_homefile(use_empty=True)
    pump_until(lambda: jobs() and jobs()[0].state == "DONE" and not jobs()[0].is_followed)
    assert not bpy.data.images
    assert "another file" in jobs()[0].placement_text
    assert bpy.ops.easel.place(job_id=jobs()[0].name, kind="IMAGE") == {"FINISHED"}
    assert len(bpy.data.images) == 1
    assert jobs()[0].is_placed


def test_the_list_is_there_again_after_a_restart(service: Simulator) -> None:
    bpy.ops.easel.generate(prompt="copper", placement="IMAGE", wait=True)
    begin_afresh()
    bpy.context.window_manager.easel.jobs.clear()
    session.note_drawn()
    pump_until(jobs)
    assert [job.prompt for job in jobs()] == ["copper"]


def test_a_running_job_is_collected_by_the_next_session(service: Simulator) -> None:
    bpy.ops.easel.generate(prompt="copper", placement="IMAGE")
    pump_until(lambda: jobs()[0].task_id)
    begin_afresh()
    bpy.context.window_manager.easel.jobs.clear()
    pump_until(lambda: jobs() and jobs()[0].state == "DONE")
    assert len(service.tasks) == 1


def test_the_engine_starts_only_for_a_reason(service: Simulator, tmp_path: Path) -> None:
    begin_afresh()
    session._state().drawn_at = 0.0
    pump.tick()
    assert session.find_engine() is None
    assert not (tmp_path / "library").exists()
    session.note_drawn()
    pump.tick()
    assert session.find_engine() is not None


def test_the_balance_is_read_while_somebody_looks(service: Simulator) -> None:
    shown = bpy.context.window_manager.easel
    shown.has_balance = False
    session.note_drawn()
    pump_until(lambda: shown.has_balance)
    assert shown.balance == pytest.approx(10_000)
    bpy.ops.easel.generate(prompt="copper", placement="IMAGE", wait=True)
    pump_until(lambda: shown.balance == pytest.approx(9_985))


def test_stopping_to_watch_leaves_the_job_to_be_collected(service: Simulator) -> None:
    service.speed = 2.0
    bpy.ops.easel.generate(prompt="copper", placement="IMAGE")
    pump_until(lambda: jobs()[0].task_id)
    bpy.ops.easel.stop_watching(job_id=jobs()[0].name)
    pump_until(lambda: jobs()[0].is_parked)
    assert not followed.is_busy()
    assert jobs()[0].can_look_again


def test_what_another_blender_collects_is_shown_and_placed_where_it_was_made_for(
    service: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "BEAT_S", 0.05)
    run_without_end(service)
    job_id, ours = jobs()[0].name, session.engine()
    bpy.ops.easel.stop_watching(job_id=job_id)
    pump_until(lambda: jobs()[0].is_parked)
    other = Engine(
        library=ours.library,
        server=ours.server,
        key=lambda: "test-key-0123456789",
        may_go_online=lambda: False,
    )
    other.start()
    service.finish(ours.job(job_id).task_id)
    pump_until(lambda: jobs()[0].is_placed)
    other.stop()
    assert jobs()[0].state == "DONE"
    assert not jobs()[0].is_followed
    assert len(bpy.data.images) == 1


def test_an_impossible_placement_is_told_at_the_job(service: Simulator, default_file: None) -> None:
    bpy.ops.easel.generate(prompt="copper", placement="TEXTURE")
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    pump_until(lambda: jobs()[0].state == "DONE" and jobs()[0].placement_text)
    assert not jobs()[0].is_placed


def test_a_library_that_cannot_be_opened_is_told_and_works_when_it_can(
    service: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "BEAT_S", 0.1)
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    monkeypatch.setenv("EASEL_LIBRARY", str(blocked))
    shown = bpy.context.window_manager.easel
    session.note_drawn()
    pump_until(lambda: "can't be opened" in shown.trouble)
    with pytest.raises(RuntimeError, match="Nothing was sent"):
        bpy.ops.easel.generate(prompt="copper", wait=True)
    assert not service.tasks
    blocked.unlink()
    pump_until(lambda: not shown.trouble)
    assert bpy.ops.easel.generate(prompt="copper", placement="IMAGE", wait=True) == {"FINISHED"}


def test_changed_settings_restart_the_engine(
    service: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bpy.ops.easel.generate(prompt="copper", placement="IMAGE", wait=True)
    first = session.find_engine()
    monkeypatch.setenv("EASEL_LIBRARY", str(tmp_path / "other"))
    pump.tick()
    assert session.find_engine() is first, "it waits for the artist to settle"
    pump.tick()
    assert session.find_engine() is not first
    assert not jobs()


def test_a_quiet_turn_is_cheap(service: Simulator) -> None:
    bpy.ops.easel.generate(prompt="copper", placement="IMAGE", wait=True)
    session._state().drawn_at = 0.0
    pump.tick()
    took, waited = [], []
    for _ in range(50):
        began, began_to_work = time.perf_counter(), time.thread_time()
        pump.tick()
        took.append(time.thread_time() - began_to_work)
        waited.append(time.perf_counter() - began)
    assert sorted(took)[25] < 0.005  # seconds; the bench measures it precisely
    assert sorted(waited)[25] < 0.1, "it waits for something"


def test_a_click_right_after_a_change_of_settings_goes_by_the_new_ones(
    service: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bpy.ops.easel.generate(prompt="one", placement="IMAGE", wait=True)
    monkeypatch.setenv("EASEL_LIBRARY", str(tmp_path / "another"))
    bpy.ops.easel.generate(prompt="two", placement="IMAGE", wait=True)
    assert [job.prompt for job in jobs()] == ["two"]
    assert list((tmp_path / "another" / "images").rglob("*.png"))


def test_running_jobs_are_not_left_behind_by_a_change_of_settings(
    service: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    service.script(catalogue.takes(600))
    bpy.ops.easel.generate(prompt="one", placement="IMAGE")
    pump_until(lambda: jobs()[0].state == "RUNNING")
    monkeypatch.setenv("EASEL_LIBRARY", str(tmp_path / "another"))
    with pytest.raises(RuntimeError, match="still run"):
        bpy.ops.easel.generate(prompt="two", placement="IMAGE")
    (task_id,) = service.tasks
    service.finish(task_id)
    pump_until(lambda: not followed.is_busy())
    assert jobs()[0].is_placed
    assert len(service.tasks) == 1


def test_a_job_of_another_service_can_not_be_sent_from_here(service: Simulator) -> None:
    bpy.ops.easel.generate(prompt="one", placement="IMAGE", wait=True)
    with session.engine()._ledger.transaction() as connection:
        connection.execute("UPDATE jobs SET state = 'QUEUED', server = 'another', task_id = ''")
    with pytest.raises(RuntimeError, match="another Blender or service"):
        bpy.ops.easel.resume(job_id=jobs()[0].name)
    assert len(service.tasks) == 1


@pytest.mark.parametrize("is_unsent", [False, True])
def test_send_again_and_send_now_go_by_the_settings_of_now(
    service: Simulator, monkeypatch: pytest.MonkeyPatch, *, is_unsent: bool
) -> None:
    bpy.ops.easel.generate(prompt="one", placement="IMAGE", wait=True)
    old = jobs()[0].name
    if is_unsent:
        with session.engine()._ledger.transaction() as connection:
            connection.execute("UPDATE jobs SET state = 'QUEUED', task_id = '', owner = ''")
    run_without_end(service)
    with Simulator(speed=200, rate_limit=None) as other:
        monkeypatch.setenv("EASEL_API_URL", other.url)
        send = bpy.ops.easel.resume if is_unsent else bpy.ops.easel.send_again
        with pytest.raises(RuntimeError, match="still run"):
            send(job_id=old)
        assert (len(service.tasks), len(other.tasks)) == (2, 0)
        begin_afresh()


def test_a_job_of_another_library_is_not_sent_again_from_here(
    service: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bpy.ops.easel.generate(prompt="one", placement="IMAGE", wait=True)
    monkeypatch.setenv("EASEL_LIBRARY", str(tmp_path / "another"))
    with pytest.raises(RuntimeError, match="a different library"):
        bpy.ops.easel.send_again(job_id=jobs()[0].name)
    assert len(service.tasks) == 1


def test_the_price_of_a_new_try_is_that_of_now(service: Simulator) -> None:
    bpy.ops.easel.generate(prompt="one", model="GEMINI_3_PRO", placement="IMAGE", wait=True)
    price = jobs()[0].price
    with session.engine()._ledger.transaction() as connection:
        connection.execute("UPDATE jobs SET price = 3")
    mirror.show(session.engine()._ledger.job(jobs()[0].name))
    assert (jobs()[0].price, jobs()[0].price_now) == (3, price)


def test_settings_that_are_changed_back_are_nothing_to_wait_for(service: Simulator) -> None:
    run_without_end(service)
    shown = bpy.context.window_manager.easel
    settings.preferences().answer_timeout += 1
    pump_until(lambda: "take effect when" in shown.trouble)
    settings.preferences().property_unset("answer_timeout")
    pump_until(lambda: not shown.trouble)
    assert followed.is_busy()
