# SPDX-License-Identifier: GPL-3.0-or-later
"""If a step of the pump raises an error, jobs still end, the artist is told, and the other steps run."""

import time
from collections.abc import Iterator
from dataclasses import replace

import bpy
import pytest

from easel.jobs.job import JobState
from easel.scene import settings
from easel.scene.errors import UNREAD
from easel.scene.session import arrivals, followed, pump, session, troubles
from easel.scene.session.pump import COURSE
from easel.scene.session.turns import Course, Step
from easel.scene.sources import pixels
from easel.simulator import Simulator

A_TURN, AN_END = range(len(COURSE.of_a_turn)), range(len(COURSE.of_an_end))


class Odd(Exception):
    """An unforeseen error."""


def broken(step: Step) -> Step:
    def run(*_values: object) -> object:
        raise Odd("by the test")

    return replace(step, run=run)


def without(steps: tuple[Step, ...], index: int) -> tuple[Step, ...]:
    return (*steps[:index], broken(steps[index]), *steps[index + 1 :])


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    yield
    troubles.settle_all()


def told() -> str:
    return bpy.context.window_manager.easel.trouble


def turn_until_settled(job_id: str, course: Course) -> None:
    engine = session.engine()
    for _ in range(600):
        if followed.is_settled(job_id):
            return
        engine.wait(0.05)
        pump.tick(patient=False, course=course)
    pytest.fail("the job never comes to its end")


def sent() -> str:
    bpy.ops.easel.generate(prompt="copper", placement="IMAGE")
    return bpy.context.window_manager.easel.jobs[0].name


@pytest.mark.parametrize("index", A_TURN)
def test_a_step_that_raises_leaves_no_job_without_an_end(service: Simulator, index: int) -> None:
    job_id = sent()
    is_intake = COURSE.of_a_turn[index].run is pump._take_events
    course = replace(COURSE, of_a_turn=without(COURSE.of_a_turn, index))
    if is_intake:  # without this step no news arrives, so it only fails for a while
        for _ in range(5):
            session.engine().wait(0.05)
            pump.tick(patient=False, course=course)
        assert "Something went wrong" in told()
        course = COURSE
    turn_until_settled(job_id, course)
    assert session.engine().job(job_id).state is JobState.DONE
    pump.tick(course=replace(COURSE, of_a_turn=without(COURSE.of_a_turn, index)))
    assert "Something went wrong" in told()
    is_placing = COURSE.of_a_turn[index].run is pump._place_next
    row = bpy.context.window_manager.easel.jobs[job_id]
    assert row.is_placed != is_placing
    assert row.placement_text == (arrivals.FAILED if is_placing else "Image added")
    assert bpy.ops.easel.place(job_id=job_id, kind="IMAGE") == {"FINISHED"}


@pytest.mark.parametrize("index", AN_END)
def test_what_is_done_at_an_end_is_done_but_for_what_raises(service: Simulator, index: int) -> None:
    job_id = sent()
    course = replace(COURSE, of_an_end=without(COURSE.of_an_end, index))
    engine = session.engine()
    while not engine.job(job_id).state.is_final:
        time.sleep(0.005)  # `wait` returns at once while nobody takes the events
    for _ in range(5):
        engine.wait(0.05)
        pump.tick(patient=False, course=course)
    assert "Something went wrong" in told()
    assert followed.is_settled(job_id)
    expects = COURSE.of_an_end[index].run is arrivals.expect
    assert bool(bpy.data.images) != expects
    assert bpy.ops.easel.place(job_id=job_id, kind="IMAGE") == {"FINISHED"}


def test_the_other_steps_are_done_and_it_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []
    steps = tuple(Step(run=lambda _turn, number=number: done.append(number)) for number in range(4))
    course = Course(of_a_turn=without(steps, 1), of_an_end=())
    for _ in range(3):
        pump.tick(course=course)
    assert done == [0, 2, 3] * 3
    assert caplog.text.count("The pump stumbled") == 1


@pytest.mark.parametrize("is_patient", [True, False], ids=["pump", "script"])
def test_what_can_wait_is_left_out_of_a_late_turn_but_not_of_two_running(is_patient: bool) -> None:
    done: list[str] = []
    course = Course(
        of_a_turn=(
            Step(run=lambda _turn: done.append("early"), can_wait=True),
            Step(run=lambda _turn: time.sleep(pump.BUDGET_S)),
            Step(run=lambda _turn: done.append("late"), can_wait=True),
            Step(run=lambda _turn: done.append("always")),
        ),
        of_an_end=(),
    )
    for _ in range(4):
        pump.tick(60.0 if not done else pump.BUDGET_S, patient=is_patient, course=course)
        done.append("|")
    turns = "".join(done).replace("early", "").strip("|").split("|")
    whole, late = "latealways", "always" if is_patient else "latealways"
    assert turns == [whole, late, whole, late]


def test_settings_are_read_once_in_a_turn_and_are_the_artists_in_the_next() -> None:
    read: list[settings.Settings] = []
    chosen = settings.preferences()

    def change(_turn: object) -> None:
        read.append(settings.read())
        chosen.rate_limit = 1 + len(read)
        read.append(settings.read())

    course = Course(of_a_turn=(Step(run=change),), of_an_end=())
    pump.tick(course=course)
    assert read[0] is read[1]
    assert settings.read().rate_limit == 2
    pump.tick(course=course)
    assert read[2].rate_limit == 2


def test_pixels_that_wait_when_reading_raises_are_given_up() -> None:
    image = bpy.data.images.new("wood", 4, 4)
    promises = [pixels.promise(image) for _ in range(3)]
    index = next(i for i in A_TURN if COURSE.of_a_turn[i].run is pump._read_pixels)
    pump.tick(course=replace(COURSE, of_a_turn=without(COURSE.of_a_turn, index)))
    for pending in promises:
        assert pending.is_settled
        assert pending._failure == UNREAD


def test_a_wait_of_a_script_comes_to_its_end(service: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """All steps that may fail do so at once, for good."""
    steps = tuple(step if step.run is pump._take_events else broken(step) for step in COURSE.of_a_turn)
    monkeypatch.setattr(pump, "COURSE", replace(COURSE, of_a_turn=steps))
    with pytest.raises(RuntimeError, match="An error in Easel"):
        bpy.ops.easel.generate(prompt="copper", placement="IMAGE", wait=True)
    assert not bpy.data.images
