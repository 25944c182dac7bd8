# SPDX-License-Identifier: GPL-3.0-or-later
"""The library's wall stays right whatever the artist does in random order, even with very many images.

WALL_IMAGES=25000   uses so many images
WALL_S=120          runs for so many seconds
WALL_SEED=7         repeats one run: the same acts in the same order
"""

import logging
import os
import random
import time
from collections.abc import Callable

import pytest
from artist import EXTENSION, SLOW, Artist
from old_libraries import METALS, SIDE, THINGS, add_done_job
from PIL import Image
from test_window_previews import HELPERS, AtRandom

from easel.client.models import ModelId
from easel.jobs.ledger import Ledger
from easel.jobs.library import Library
from easel.simulator import Simulator

SECONDS = float(os.environ.get("WALL_S") or 8)
IMAGES = int(os.environ.get("WALL_IMAGES") or 600)
EACH, FILES = 4, 160
"""Images per job, and a seventh of the number of files; each file has a colour of its own."""
AT_ONCE = 100
"""Jobs that are written in one transaction."""
logger = logging.getLogger(__name__)

OWN_HELPERS = f"""
import random
inside = lambda name: sys.modules[{EXTENSION!r} + "." + name]
GALLERY = lambda: bpy.context.window_manager.easel.gallery

def colour_of(key):
    "The colour of an image that was there at first; None of others."
    job, number = key.split("/")
    at = int(job, 16)
    return colour(at * {EACH} + int(number) - 1) if at < {IMAGES // EACH} else None

def colour(number):
    return (number % {FILES}, 255 - number % {FILES}, number % 7 * 30)

def open_library():
    "As if the panel's title had been clicked; also after Easel was switched off and on."
    for panel in inside("panels.gallery").CLASSES:
        if issubclass(panel, bpy.types.Panel) and "DEFAULT_CLOSED" in getattr(panel, "bl_options", set()):
            bpy.utils.unregister_class(panel)
            panel.bl_options, panel.bl_order = set(), -1
            bpy.utils.register_class(panel)

def total():
    return inside("scene.session.wall").total()

def missing():
    "Images of the page that have no thumbnail."
    wall, thumbnails = inside("scene.session.wall"), inside("scene.listing.result_thumbnails")
    return [row.id for row in wall.rows() if not thumbnails.icon_of(row.job_id, row.index + 1)]

def click(chance, **how):
    "Choose an image of the page."
    rows = inside("scene.session.wall").rows()
    if rows:
        bpy.ops.easel.choose_from_library(image=str(rows[int(chance * len(rows))].id), **how)
"""


def colour(number: int) -> tuple[int, int, int]:
    """Return the colour of an image; the helpers inside Blender compute the same."""
    return (number % FILES, 255 - number % FILES, number % 7 * 30)


class AtTheWall(AtRandom):
    """An artist who looks through the library, and does everything else, too."""

    def __init__(self, artist: Artist, chance: random.Random) -> None:
        super().__init__(artist, chance)
        often = (self.scroll, self.turn_page, self.click_image, self.search_library, self.narrow)
        seldom = (self.resize, self.mark, self.compare, self.place_chosen, self.undo, self.redo, self.restore)
        rare = (self.change_workspace, self.render, self.save, self.open_file, self.begin_file, self.switch)
        self._acts = (*often, *often, *often, *seldom, *rare)

    def act(self) -> None:
        super().act()
        self._run("open_library()")

    def turn_page(self) -> None:
        self._do(f"bpy.ops.easel.turn_page(step={self.chance.choice((1, 1, 3, 50, -1, -50))})")

    def click_image(self) -> None:
        how = self.chance.choice(("", "", "adds=True", "extends=True"))
        self._do(f"click({self.chance.random()}, {how})")

    def search_library(self) -> None:
        words = ("", "", self.chance.choice(METALS), self.chance.choice(THINGS), "last week", "nothing")
        self._run(f"GALLERY().search = {self.chance.choice(words)!r}")

    def narrow(self) -> None:
        name, values = self.chance.choice(
            (
                ("scope", ("ALL", "ALL", "NOT_PLACED", "EDITS", "BIN")),
                ("order", ("NEWEST", "OLDEST", "RATING")),
                ("rating", (0, 0, 3)),
                ("is_starred", (False, False, True)),
                ("model", ("ANY", "ANY", "GEMINI_3_PRO")),
            )
        )
        self._run(f"GALLERY().{name} = {self.chance.choice(values)!r}")

    def resize(self) -> None:
        self._run(f"GALLERY().size = {self.chance.choice(('SMALL', 'MEDIUM', 'LARGE'))!r}")

    def mark(self) -> None:
        tag = f"GALLERY().chosen_tags = {self.chance.choice(METALS)!r}"
        verbs = ("bpy.ops.easel.star_images()", "bpy.ops.easel.rate_images(rating=4)", tag)
        self._do(self.chance.choice((*verbs, "bpy.ops.easel.delete_images()")))

    def restore(self) -> None:
        self._do("GALLERY().scope = 'BIN'\nbpy.ops.easel.restore_images()")

    def compare(self) -> None:
        self._do(f"click({self.chance.random()}, extends=True)\nbpy.ops.easel.compare()")
        if self.chance.random() < 0.5:
            self._do("bpy.ops.easel.end_comparison()")

    def place_chosen(self) -> None:
        kind = self.chance.choice(("PLANE", "REFERENCE_EMPTY", "IMAGE"))
        self._do(f"bpy.ops.easel.place_chosen(kind={kind!r}, columns=0)")
        self._do("bpy.ops.ed.undo_push(message='Place')")


def fill_library(library: Library, server: str) -> None:
    """Store images of a year; the colour identifies the file, and some images share a file."""
    ledger = Ledger(library.ledger_path)
    library.images_folder.mkdir(parents=True, exist_ok=True)
    files = [library.root / f"{number}.png" for number in range(FILES * 7)]
    for number, path in enumerate(files):
        Image.new("RGB", (SIDE, SIDE), colour(number)).save(path)
    models = (ModelId.GEMINI_3_1_FLASH, ModelId.GEMINI_3_PRO)

    def add_job(number: int) -> None:
        add_done_job(
            ledger,
            library,
            server,
            number,
            model=models[number % 2],
            prompt=f"{METALS[number % 3]} {THINGS[number % 4]} {number}",
            count=EACH,
            age_s=4000 * number,
            # The index has one image per file.
            write=lambda index, path: os.link(files[(number * EACH + index) % len(files)], path),
        )

    for start in range(0, IMAGES // EACH, AT_ONCE):
        with ledger.together():  # Blender's own Easel waits meanwhile
            for number in range(start, min(start + AT_ONCE, IMAGES // EACH)):
                add_job(number)
    ledger.bring_in_images(IMAGES)
    ledger.close()


def test_the_wall_lives_through_whatever_the_artist_does(
    open_easel: Callable[[], Artist],
    service: Simulator,
    report: Callable[[str], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    seed = int(os.environ.get("WALL_SEED") or random.SystemRandom().randrange(1_000_000))
    caplog.set_level(logging.INFO)
    logger.info("WALL_SEED=%d", seed)  # the log of a failure shows it
    artist = open_easel()
    blender = artist.blender
    fill_library(Library(artist.library), service.url)
    blender.run(HELPERS)
    blender.run(OWN_HELPERS)
    blender.run("open_library()")
    artist.show_panels()
    blender.wait(f"total() == {IMAGES}", SLOW)
    at_the_wall = AtTheWall(artist, random.Random(seed))
    ends_at = time.monotonic() + SECONDS
    while time.monotonic() < ends_at:
        at_the_wall.act()
        assert blender.get("wrong()") == []
        assert blender.get("len(previews()) <= inside('scene.listing.result_thumbnails').MOST")

    blender.wait("not bpy.app.is_job_running('RENDER')", SLOW)
    blender.run("window().workspace = bpy.data.workspaces['Layout']")
    artist.show_panels()
    blender.run("open_library()")
    for name in ("search", "scope", "order", "rating", "is_starred", "model", "tags", "page", "size"):
        blender.run(f"GALLERY().property_unset({name!r})")
    blender.run("inside('scene.session.wall').touch(); region('VIEW_3D').tag_redraw()")
    blender.wait("total() and missing() == []", SLOW)
    assert blender.get("wrong()") == []
    artist.move_to_view()
    blender.screenshot("wall")
    told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in at_the_wall.done.most_common())
    report(f"wall of {IMAGES:,} images, {SECONDS:g} s at random, WALL_SEED={seed}: {told}")
    assert blender.quit()[0] == 0, blender.log()
    assert "Traceback" not in blender.log()
