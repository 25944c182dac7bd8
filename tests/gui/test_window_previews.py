# SPDX-License-Identifier: GPL-3.0-or-later
"""Thumbnails of results stay right whatever the artist does in random order: none shows another's picture.

PREVIEWS_S=120      runs for so many seconds
PREVIEWS_SEED=7     repeats one run: the same acts in the same order
"""

import logging
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from artist import EXTENSION, JOBS, OVER_VIEW, SLOW, Artist
from old_libraries import METALS, SIDE, THINGS, add_done_job
from PIL import Image

from easel.client.models import ModelId
from easel.jobs.ledger import Ledger
from easel.jobs.library import Library
from easel.simulator import Simulator

SECONDS = float(os.environ.get("PREVIEWS_S") or 20)
COUNT, EACH = 40, 4
"""The number of jobs, and of pictures per job: more than Easel keeps thumbnails of."""
MOST_SENT = 3
logger = logging.getLogger(__name__)

WORKSPACES = ("Layout", "Modeling", "Sculpting", "UV Editing", "Texture Paint")

HELPERS = f"""
import contextlib, sys

def previews():
    thumbnails = sys.modules[{EXTENSION!r} + ".scene.listing.result_thumbnails"]
    return thumbnails._state().previews or {{}}

def colour_of(key):
    "The colour of a picture that was there at first; None of others."
    job, number = key.split("/")
    return (int(job, 16) * 6, int(number) * 60, 128) if int(job, 16) < {COUNT} else None

def wrong():
    "What is shown and is another's picture, or none."
    return [
        (key, list(preview.image_pixels_float[0:3]))
        for key, preview in previews().items()
        if (colour := colour_of(key)) is not None
        and any(abs(255 * seen - value) > 2 for seen, value in zip(preview.image_pixels_float[0:3], colour))
    ]

def missing():
    "Numbers of the selected job's pictures that have no thumbnail."
    job = bpy.context.window_manager.easel.selected_job
    thumbnails = sys.modules[{EXTENSION!r} + ".scene.listing.result_thumbnails"]
    return [number for number in job.pictures if not thumbnails.icon_of(job.name, number)]

def show_tab():
    "As far as it can be done now: a sidebar has tabs only once it was drawn."
    area("VIEW_3D").spaces.active.show_region_ui = True
    with contextlib.suppress(TypeError, AttributeError):
        region("VIEW_3D").active_panel_category = "Easel"
    region("VIEW_3D").tag_redraw()
    sidebar = region("VIEW_3D")
    return sidebar.x, sidebar.y, sidebar.width, sidebar.height

def render():
    scene = window().scene
    scene.render.engine = "CYCLES"
    scene.cycles.device, scene.cycles.samples, scene.cycles.use_denoising = "CPU", 16, False
    scene.render.resolution_x = scene.render.resolution_y = 64
    bpy.context.preferences.view.render_display_type = "NONE"
    if not bpy.app.is_job_running("RENDER"):
        bpy.ops.render.render("INVOKE_DEFAULT")
"""


class AtRandom:
    """An artist who does unrelated things one after the other."""

    def __init__(self, artist: Artist, chance: random.Random) -> None:
        self.artist = artist
        self.blender = artist.blender
        self.chance = chance
        self.file = artist.library.parent / "scene.blend"
        self.done: Counter[str] = Counter()
        often = (self.scroll, self.choose_by_key, self.select, self.search)
        seldom = (self.place, self.undo, self.redo, self.move_cube, self.change_workspace, self.render)
        rare = (self.save, self.open_file, self.begin_file, self.switch, self.send)
        self._acts = (*often, *often, *often, *seldom, *rare)
        self._left: list[Callable[[], None]] = []
        """The acts still to do, in random order, so that none is left out for long."""
        self._without = (self.scroll, self.choose_by_key, self.undo, self.change_workspace, self.begin_file)
        """Acts that are possible while Easel is switched off."""

    def act(self) -> None:
        """Do one thing, and then wait a moment or not at all."""
        if not self._left:
            self._left = self.chance.sample(self._acts, len(self._acts))
        act = self._left.pop()
        if self.chance.random() < 0.3:
            self.blender.run("show_tab()")
        logger.info("%s", act.__name__)
        act()
        self.done[act.__name__] += 1
        time.sleep(self.chance.choice((0, 0, 0.05, 0.2, 0.6)))

    def scroll(self) -> None:
        self._move_over_tab()
        way = self.chance.choice(("WHEELDOWNMOUSE", "WHEELUPMOUSE"))
        for _ in range(self.chance.randint(1, 6)):
            self.blender.key(way, ctrl=self.chance.random() < 0.2)

    def choose_by_key(self) -> None:
        self._move_over_tab()
        for _ in range(self.chance.randint(1, 3)):
            self.blender.key(self.chance.choice(("ONE", "TWO", "THREE", "FOUR")))

    def select(self) -> None:
        index = self.chance.randrange(COUNT)
        self._run(f"bpy.context.window_manager.easel.active_job = {index}")

    def search(self) -> None:
        words = self.chance.choice(
            ("", "", self.chance.choice(METALS), self.chance.choice(THINGS), "nothing")
        )
        self._run(f"bpy.context.window_manager.easel.search = {words!r}")

    def place(self) -> None:
        number, kind = self.chance.randint(1, EACH), self.chance.choice(("IMAGE", "TEXTURE"))
        self._do(f"""
job = bpy.context.window_manager.easel.selected_job
if job is not None:
    bpy.ops.easel.place(job_id=job.name, kind={kind!r}, picture={number})
    bpy.ops.ed.undo_push(message="Place")
""")

    def send(self) -> None:
        if self.done["send"] < MOST_SENT:
            self._do("bpy.ops.easel.generate(prompt='copper thing', placement='IMAGE')")

    def undo(self) -> None:
        for _ in range(self.chance.randint(1, 3)):
            self.artist.press_in_view("Z", ctrl=True)

    def redo(self) -> None:
        self.artist.press_in_view("Z", ctrl=True, shift=True)

    def move_cube(self) -> None:
        self._do("""
for obj in bpy.context.scene.objects:
    obj.location.x += 0.1
bpy.ops.ed.undo_push(message="Move")
""")

    def change_workspace(self) -> None:
        self._run(f"window().workspace = bpy.data.workspaces[{self.chance.choice(WORKSPACES)!r}]")

    def render(self) -> None:
        self._do("render()")

    def save(self) -> None:
        self._do(f"bpy.ops.wm.save_as_mainfile(filepath={self.blender.launcher.inside(self.file)!r})")

    def open_file(self) -> None:
        load_ui = self.chance.random() < 0.5
        if self.file.exists():
            path = self.blender.launcher.inside(self.file)
            self._run(f"bpy.ops.wm.open_mainfile(filepath={path!r}, load_ui={load_ui})")

    def begin_file(self) -> None:
        self._run(f"bpy.ops.wm.read_homefile(load_ui={self.chance.random() < 0.5})")

    def switch(self) -> None:
        """Switch Easel off and on again, perhaps with other acts in between."""
        self.blender.run(f"bpy.ops.preferences.addon_disable(module={EXTENSION!r})")
        for _ in range(self.chance.randint(0, 3)):
            self.chance.choice(self._without)()
        self.blender.run(f"bpy.ops.preferences.addon_enable(module={EXTENSION!r})")

    def _move_over_tab(self) -> None:
        x, y, width, height = self.blender.get("show_tab()")
        self.blender.move(x + width // 2, y + int(height * self.chance.uniform(0.05, 0.95)))

    def _run(self, code: str) -> None:
        self.blender.run(code)
        self.blender.run("region('VIEW_3D').tag_redraw()")

    def _do(self, code: str) -> None:
        """Call an operator that may refuse, for example during a render."""
        lines = "\n".join(f"    {line}" for line in code.strip().splitlines())
        self._run(f"with contextlib.suppress(RuntimeError), {OVER_VIEW}:\n{lines}")


def fill_library(library: Library, server: str) -> None:
    """Store jobs with pictures in different colours, as earlier sessions would."""
    ledger = Ledger(library.ledger_path)
    library.images_folder.mkdir(parents=True, exist_ok=True)
    for number in range(COUNT):

        def write(index: int, path: Path, number: int = number) -> None:
            Image.new("RGB", (SIDE, SIDE), (number * 6, (index + 1) * 60, 128)).save(path)

        add_done_job(
            ledger,
            library,
            server,
            number,
            model=ModelId.GEMINI_3_1_FLASH,
            prompt=f"{METALS[number % 3]} {THINGS[number % 4]}",
            count=EACH,
            age_s=60 * number,
            write=write,
        )
    ledger.close()


@pytest.mark.long(45)
def test_thumbnails_live_through_whatever_the_artist_does(
    open_easel: Callable[[], Artist],
    service: Simulator,
    report: Callable[[str], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    seed = int(os.environ.get("PREVIEWS_SEED") or random.SystemRandom().randrange(1_000_000))
    caplog.set_level(logging.INFO)
    logger.info("PREVIEWS_SEED=%d", seed)  # the log of a failure shows it
    artist = open_easel()
    blender = artist.blender
    fill_library(Library(artist.library), service.url)
    artist.show_panels()
    blender.wait(f"len({JOBS}) == {COUNT}", SLOW)
    blender.run(HELPERS)
    at_random = AtRandom(artist, random.Random(seed))
    ends_at = time.monotonic() + SECONDS
    while time.monotonic() < ends_at:
        at_random.act()
        assert blender.get("wrong()") == []
        assert blender.get("len(previews())") <= 64

    blender.wait("not bpy.app.is_job_running('RENDER')", SLOW)
    blender.run("window().workspace = bpy.data.workspaces['Layout']")
    artist.show_panels()
    blender.wait(f"len({JOBS}) >= {COUNT}", SLOW)
    blender.run("bpy.context.window_manager.easel.search = ''")
    for index in random.Random(seed).sample(range(COUNT), 3):
        blender.run(f"bpy.context.window_manager.easel.active_job = {index}; region('VIEW_3D').tag_redraw()")
        blender.wait("missing() == []", SLOW)
    assert blender.get("wrong()") == []
    artist.move_to_view()
    blender.screenshot("previews")
    told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in at_random.done.most_common())
    report(f"thumbnails, {SECONDS:g} s at random, PREVIEWS_SEED={seed}: {told}")
    assert blender.quit()[0] == 0, blender.log()
    assert "Traceback" not in blender.log()
