# SPDX-License-Identifier: GPL-3.0-or-later
"""A job's text about its images survives a change of language, and in another file as long as it is true.

A Blender without a window is built without languages. Here Easel's own dictionaries answer the two calls
that ask for them; tests/gui tests a real change of Blender's language.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy
import pytest
from sessions import take_event

from easel import languages
from easel.scene import language
from easel.scene.session import arrivals, followed, mirror, pump, session
from easel.simulator import Simulator
from easel.texts.phrases import Phrase

Speak = Callable[[str], None]
ELSEWHERE = "Made in another file or session"


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch) -> Iterator[Speak]:
    """Yield a function that sets the language of Blender's interface: `speak("de")`, "" for English."""

    def change(name: str) -> None:
        words = languages.dictionary(name) if name else {}
        monkeypatch.setattr(language, "current", lambda: name)
        monkeypatch.setattr(language, "_translate", lambda text: words.get(text, text))
        pump.tick()

    yield change
    monkeypatch.undo()
    pump.tick()


def generate(prompt: str, placement: str = "IMAGE") -> str:
    """Have a job made and placed; return its id."""
    bpy.ops.easel.generate(prompt=prompt, placement=placement)
    job_id = row().name
    pump.run_until_settled(job_id)
    return job_id


def row(index: int = 0):  # noqa: ANN201
    """Return a row of the list of jobs, newest first."""
    return bpy.context.window_manager.easel.jobs[index]


def texts() -> list[str]:
    """Return what the rows say about their images."""
    return [job.placement_text for job in bpy.context.window_manager.easel.jobs]


def test_what_was_done_with_the_images_is_said_in_the_language_of_now(
    service: Simulator, speak: Speak, default_file: None
) -> None:
    generate("Copper")
    bpy.ops.easel.generate(prompt="Brass", placement="TEXTURE")
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    pump.run_until_settled(row().name)
    bpy.context.window_manager.easel.active_job = 1
    refused, placed = english = texts()
    assert (placed, row(1).placed_as) == ("Image added", "IMAGE")
    assert refused

    words = languages.dictionary("de")
    reason = mirror.placement_text(row().name)
    assert isinstance(reason, Phrase)
    speak("de")
    assert texts() == [reason.said(words.__getitem__), words[placed]]
    assert refused not in texts()
    assert row(1).placed_as == "IMAGE"
    assert bpy.context.window_manager.easel.selected_job.prompt == "Copper"
    speak("fr")
    assert row(1).placement_text == languages.dictionary("fr")["Image added"]
    speak("")
    assert texts() == english


def test_where_the_images_are_in_the_file_it_is_still_said_what_was_done(
    service: Simulator, tmp_path: Path
) -> None:
    generate("Copper")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "copper.blend"))
    generate("Brass")
    bpy.ops.wm.revert_mainfile()
    pump.tick()
    assert [job.prompt for job in bpy.context.window_manager.easel.jobs] == ["Brass", "Copper"]
    assert texts() == ["", "Image added"]
    assert [job.placed_as for job in bpy.context.window_manager.easel.jobs] == ["", "IMAGE"]
    bpy.ops.wm.read_homefile(use_empty=True)
    pump.tick()
    assert texts() == ["", ""]


def test_why_nothing_was_placed_is_in_another_file_that_it_is_another(
    service: Simulator, default_file: None
) -> None:
    bpy.ops.easel.generate(prompt="Brass", placement="TEXTURE")
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    pump.run_until_settled(row().name)
    assert texts() != [ELSEWHERE]
    for _file in range(2):
        bpy.ops.wm.read_homefile(use_empty=True)
        pump.tick()
        assert texts() == [ELSEWHERE]


def test_images_that_waited_when_another_file_was_opened_say_why_they_are_not_in_it(
    service: Simulator,
) -> None:
    bpy.ops.easel.generate(prompt="Copper", placement="IMAGE")
    job_id = row().name
    engine = session.engine()
    deadline = time.monotonic() + 60
    while not arrivals.is_waiting(job_id):
        assert time.monotonic() < deadline
        engine.wait(0.05)
        for event in engine.drain():
            take_event(event)
    bpy.ops.wm.read_homefile(use_empty=True)
    pump.tick()
    assert followed.is_settled(job_id)
    assert (texts(), len(bpy.data.images)) == ([ELSEWHERE], 0)


def test_no_more_is_kept_than_the_list_has_rows(
    service: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(mirror, "MAX_JOBS", 2)
    for prompt in ("one", "two", "three"):
        generate(prompt)
    rows = bpy.context.window_manager.easel.jobs
    assert set(mirror._placings()) == set(rows.keys())
    assert len(rows) == 2
    bpy.ops.easel.hide(job_id=rows[0].name)
    assert set(mirror._placings()) == set(rows.keys())
    monkeypatch.setenv("EASEL_LIBRARY", str(tmp_path / "another"))
    pump.tick()
    pump.tick()
    assert not mirror._placings()
