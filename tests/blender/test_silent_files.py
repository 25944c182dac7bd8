# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on a disk that does not answer: Blender goes on, and the panels say what they wait for.

Reading a FIFO that nobody writes to takes for ever, as a file on a dead network share does.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy
import pytest
from PIL import Image
from recording_layout import draw
from source_facts import show_sources, wait_for_pillow

from easel.imaging.snapshot import FileSnapshot
from easel.jobs import lookout
from easel.panels.form import EASEL_PT_generate, sources_problem
from easel.panels.sources import leaving_text
from easel.scene import file_facts, mirror, pump, session, source_rows
from easel.scene.errors import SourceUnusable
from easel.scene.form_sources import add_file, add_image
from easel.scene.sources import snapshot
from easel.simulator import Simulator

PATIENCE_S = 10  # a busy machine needs less, and what waits for a silent file would wait for ever


class SilentFiles:
    """Files in a folder that answer when they are told to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.held: list[Path] = []

    def make(self, name: str) -> Path:
        path = self.folder / name
        os.mkfifo(path)
        held = self.folder / f"{name}.held"
        os.link(path, held)
        self.held.append(held)
        return path

    def answer(self) -> None:
        """Whoever is reading one comes to its end."""
        for path in self.held:
            os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))

    @contextmanager
    def unanswered(self) -> Iterator[None]:
        """Fail where what is done meanwhile waits for one of them; in the end they answer."""
        is_over = threading.Event()
        waited_for: list[bool] = []

        def answer_at_last() -> None:
            while not is_over.wait(0.05 if waited_for else PATIENCE_S):
                waited_for.append(True)
                self.answer()

        thread = threading.Thread(target=answer_at_last)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()
        assert not waited_for, "Blender stood still"


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[SilentFiles]:
    """Files that answer at the end of the test at the latest."""
    if sys.platform == "win32":
        pytest.skip("there is no FIFO")
    files = SilentFiles(tmp_path)
    yield files
    file_facts.stop()
    until(lambda: files.answer() or not is_looking())


def is_looking() -> bool:
    """True while a thread lives that looks at files: once all is forgotten, while one hangs."""
    return any(thread.name == "easel-files" for thread in threading.enumerate())


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)


def row(source: object) -> object:
    return bpy.context.window_manager.easel.sources[source_rows.key_of(source)]


def test_a_file_that_does_not_answer_holds_up_neither_turns_nor_others(
    service: Simulator, silent: SilentFiles, tmp_path: Path
) -> None:
    good = tmp_path / "good.png"
    Image.new("RGB", (32, 16)).save(good)
    form = bpy.context.scene.easel
    form.mode, form.edit_prompt = "EDIT", "older"
    add_file(form, good)
    session.note_drawn()
    pump.tick()  # the engine starts
    show_sources(form)
    for number in range(4):
        add_file(form, silent.make(f"silent{number}.png"))
    late = tmp_path / "late.png"
    Image.new("RGB", (20, 10)).save(late)
    add_image(form, bpy.data.images.load(str(late)))

    def turn() -> bool:
        session.note_drawn()
        with silent.unanswered():
            pump.tick()
        return bool(row(form.sources[5]).text)

    until(turn)
    assert row(form.sources[0]).text.startswith("32 × 16")
    assert row(form.sources[5]).text.startswith("20 × 10")
    for source in form.sources[1:5]:
        assert (row(source).state, row(source).text, row(source).problem) == ("Looking at the file…", "", "")
    assert not sources_problem(form, mirror.mirror()), "it may be sent all the same"
    assert leaving_text(list(map(row, form.sources)), has_mask=False) == "Uploads 6 images, at most 80.0 MB"
    form.active_source = 2
    assert "Looking at the file…" in draw(EASEL_PT_generate, width=600).texts("label")

    until(lambda: not file_facts.is_expecting())
    assert pump.beat() == pump.IDLE_INTERVAL_S, "turns come no faster for what hangs"
    with silent.unanswered():
        pump.stop()
    pump.start()


def test_what_is_known_is_shown_soon(
    silent: SilentFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "SLOW_S", 1000.0)  # none is given up, however slow the machine
    wait_for_pillow()
    path = silent.make("slow.png")
    form = bpy.context.scene.easel
    form.mode = "EDIT"
    add_file(form, path)
    mirror.show_sources(form)
    assert row(form.sources[0]).state == "Looking at the file…"
    assert file_facts.is_expecting()
    Image.new("RGB", (32, 16)).save(tmp_path / "there.png")
    (tmp_path / "there.png").replace(path)

    def is_shown() -> bool:
        silent.answer()  # again, for who was not yet reading
        mirror.show_sources(form)
        shown = row(form.sources[0])
        return shown.state == "File" and shown.text.startswith("32 × 16 → ")

    until(is_shown)


def test_a_click_on_what_does_not_answer_says_so(silent: SilentFiles, tmp_path: Path) -> None:
    path = tmp_path / "texture.png"
    Image.new("RGB", (32, 16)).save(path)
    image = bpy.data.images.load(str(path))
    path.unlink()
    silent.make(path.name)
    assert file_facts.known(path) is None
    until(lambda: file_facts._files.hangs(path))
    with silent.unanswered(), pytest.raises(SourceUnusable, match="does not answer"):
        snapshot(image)


def test_a_click_goes_by_what_is_known(
    silent: SilentFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_facts, "_LIFE_S", 1000.0)
    path = tmp_path / "texture.png"
    Image.new("RGB", (32, 16)).save(path)
    image = bpy.data.images.load(str(path))
    file_facts.known(path)
    assert file_facts.wait(20)
    path.unlink()
    silent.make(path.name)
    with silent.unanswered():
        assert snapshot(image) == FileSnapshot(path=path)
