# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on a disk that does not answer: Blender keeps running, and the panels say what they wait for."""

import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import bpy
import pytest
from PIL import Image
from recording_layout import draw
from silent_files import SilentFile
from source_facts import show_sources, wait_for_pillow

from easel.imaging.snapshot import FileSnapshot
from easel.panels.form import sources_problem
from easel.panels.sources import EASEL_PT_source, leaving_text
from easel.scene.errors import SourceUnusable
from easel.scene.listing import source_rows
from easel.scene.listing.form_sources import add_file, add_image
from easel.scene.session import mirror, pump, session
from easel.scene.sources import file_facts
from easel.scene.sources.chosen_sources import ChosenSource, take
from easel.scene.sources.snapshots import snapshot
from easel.simulator import Simulator
from easel.threads import lookout

PATIENCE_S = 10  # a busy machine needs less; a wait for a silent file never ends


class SilentFiles:
    """Files in a folder that only answer on command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.held: list[SilentFile] = []

    def make(self, name: str) -> Path:
        path = self.folder / name
        self.held.append(SilentFile(path))
        return path

    def answer(self) -> None:
        """Answer all who read one of the files."""
        for file in self.held:
            file.answer()

    @contextmanager
    def unanswered(self) -> Iterator[None]:
        """Fail if the code inside waits for one of the files; after a while they answer."""
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
    """Yield files that answer at the end of the test at the latest."""
    if sys.platform != "linux":
        pytest.skip("no file can be lent")
    files = SilentFiles(tmp_path)
    yield files
    file_facts.stop()
    until(lambda: files.answer() or not is_looking())


def is_looking() -> bool:
    """Return whether a thread that looks at files lives. After `file_facts.stop()` only hanging ones do."""
    return any(thread.name in {"easel-files", "easel-folders"} for thread in threading.enumerate())


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
    assert "Looking at the file…" in draw(EASEL_PT_source, width=600).texts("label")

    until(lambda: not file_facts.is_expecting())
    assert pump.beat() == pump.IDLE_INTERVAL_S, "turns come no faster for what hangs"
    with silent.unanswered():
        pump.stop()
    pump.start()


def test_what_is_known_is_shown_soon(
    silent: SilentFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "SLOW_S", 1000.0)  # even a slow machine gives up no file
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
        silent.answer()  # again, for threads that were not reading yet
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
    until(lambda: file_facts._files().hangs(path))
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


@pytest.fixture
def dead_folder(silent: SilentFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder on a disk that does not answer when it is asked where links lead."""
    folder, question = tmp_path / "dead", silent.make("question")
    folder.mkdir()
    follow = os.path.realpath

    def realpath(path: "os.PathLike[str]", **how: bool) -> str:
        if str(path).startswith(str(folder)):
            question.read_bytes()
        return follow(path, **how)

    monkeypatch.setattr(os.path, "realpath", realpath)
    monkeypatch.setattr(file_facts, "_LIFE_S", 1000.0)
    return folder


def wood_in(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "wood.png"
    Image.new("RGB", (32, 16)).save(path)
    return path


def click(silent: SilentFiles, picture: bpy.types.Image | Path, problem: str = "") -> None:
    """Have a source sent. With a text it must be refused with it; otherwise it must be accepted."""
    refused = pytest.raises(SourceUnusable, match=re.escape(problem)) if problem else nullcontext()
    with silent.unanswered(), refused:
        take([ChosenSource(name="it", picture=picture)], bpy.context.scene)


def test_without_a_mark_no_disk_is_asked_for_folders(
    silent: SilentFiles, dead_folder: Path, tmp_path: Path
) -> None:
    live, dead = wood_in(tmp_path / "live"), wood_in(dead_folder)
    images = [bpy.data.images.load(str(path)) for path in (live, dead)]
    bpy.data.images.new("Secret", 8, 8).easel_never_upload = True
    for picture in (live, dead, *images):
        click(silent, picture)


@pytest.mark.parametrize("is_file", [False, True])
@pytest.mark.parametrize("is_source_dead", [False, True])
def test_what_may_be_marked_stays_while_the_disk_does_not_answer(
    silent: SilentFiles, dead_folder: Path, tmp_path: Path, is_file: bool, is_source_dead: bool
) -> None:
    live, dead = wood_in(tmp_path / "live"), wood_in(dead_folder)
    file_facts.known_folder(live)
    assert file_facts.wait(20)
    source, marked = (dead, live) if is_source_dead else (live, dead)
    bpy.data.images.load(str(marked)).easel_never_upload = True
    picture = source if is_file else bpy.data.images.load(str(source), check_existing=False)
    told = f"The file does not answer: {dead}. Look whether its drive is connected."
    click(silent, picture, told)
    until(lambda: file_facts._folders().hangs(dead_folder))
    click(silent, picture, told)


def test_where_links_lead_is_known_while_the_disk_is_silent(
    silent: SilentFiles, dead_folder: Path, tmp_path: Path
) -> None:
    live, dead = wood_in(tmp_path / "live"), wood_in(dead_folder)
    linked = tmp_path / "linked"
    linked.symlink_to(dead_folder, target_is_directory=True)
    bpy.data.images.load(str(dead)).easel_never_upload = True
    for path in (dead, linked / dead.name, live):
        file_facts.known_folder(path)
    until(lambda: silent.answer() or file_facts.wait(0.05))
    click(silent, live)
    click(silent, linked / dead.name, "is marked Never Upload")
