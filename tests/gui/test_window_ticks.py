# SPDX-License-Identifier: GPL-3.0-or-later
"""No turn of Easel's timer holds the interface for long; the test measures its main-thread time per turn."""

from collections.abc import Callable

import pytest
from artist import EXTENSION, JOBS, SLOW, Artist

from easel.simulator import Simulator, catalogue

# These limits hold on a machine that runs PIECE in PIECE_MS; on a slower one they are longer in proportion.
TICK_MS = 10
TICK_WITH_PAINTED_4K_MS = 50
PIECE_MS = 4.0
NOISE = 1.5
"""Other processes take memory bandwidth and caches, which PIECE hardly feels; the test reports figures."""
TRIES = 5
# The first image that Blender loads costs 96 ms, whoever asks, so this is not Easel's time.
FIRST_IMAGE = """
import os
path = os.path.join(bpy.app.tempdir, "first.png")
image = bpy.data.images.new("First", 8, 8)
image.filepath_raw, image.file_format = path, "PNG"
image.save()
bpy.data.images.remove(image)
bpy.data.images.remove(bpy.data.images.load(path))
"""
WATCH = f"""
import importlib, time
pump = importlib.import_module({EXTENSION!r} + ".scene.session.pump")
turns = []
whole = pump.tick

def timed(*args, **kwargs):
    begun, worked = time.perf_counter(), time.thread_time()
    try:
        return whole(*args, **kwargs)
    finally:
        turns.append(((time.thread_time() - worked) * 1000, (time.perf_counter() - begun) * 1000))

pump.tick = timed
"""
# A fixed amount of work of the kind that a turn does: small objects, texts, calls.
PIECE = """
import time

def piece():
    begun = time.thread_time()
    rows = [{"name": f"job {n}", "state": "DONE", "price": n % 7} for n in range(4000)]
    rows.sort(key=lambda row: (row["price"], row["name"]))
    found = {row["name"]: row for row in rows if row["state"] == "DONE"}
    assert sum(found[row["name"]]["price"] for row in rows) > 0
    return (time.thread_time() - begun) * 1000

result = sorted(piece() for _ in range(15))[7]
"""
READ_ALONE = """
import numpy
buffer = numpy.zeros(4096 * 4096 * 4, "float32")
begun = time.thread_time()
bpy.data.images["Painted"].pixels.foreach_get(buffer)
result = (time.thread_time() - begun) * 1000
"""
PAINTED = """
image = bpy.data.images.new("Painted", 4096, 4096)
image.generated_type = "COLOR_GRID"
pixels = __import__("numpy").random.default_rng(5).random(4096 * 4096 * 4, "float32")
image.pixels.foreach_set(pixels)
image.update()
source = bpy.context.scene.easel.sources.add()
source.image = image
bpy.context.scene.easel.mode = "EDIT"
"""


def longest(artist: Artist) -> tuple[float, float, int]:
    """Return the longest turn in ms of thread time, the longest by the clock, and the number of turns."""
    return artist.blender.get("(max(t[0] for t in turns), max(t[1] for t in turns), len(turns))")


def slowness(artist: Artist) -> float:
    """Return how many times PIECE_MS this machine now needs for PIECE; 1 if it is quicker."""
    return max(1.0, artist.blender.run(PIECE) / PIECE_MS)


@pytest.mark.long(28)
def test_no_turn_holds_the_interface_up(
    open_easel: Callable[[], Artist], service: Simulator, report: Callable[[str], None]
) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    artist.choose(placement="TEXTURE", prompt="Slate")
    blender.run(FIRST_IMAGE)
    blender.run(WATCH)
    works = []
    for number in range(1, TRIES + 1):  # the best counts: other work of the machine can only add
        before = slowness(artist)
        blender.run("turns.clear()")
        service.script(catalogue.takes(3))
        artist.click("generate")
        blender.wait(f"len({JOBS}) == {number} and {JOBS}[0].is_placed", SLOW)
        worked, waited, count = longest(artist)
        slow = (before + slowness(artist)) / 2
        report(f"a job from a prompt: {count} turns, longest {worked:.1f} ms, {waited:.1f} ms by the clock")
        report(f"on a machine that takes {slow:.2f} times as long as it may")
        works.append(worked / slow)
        if works[-1] <= TICK_MS:
            break
    assert min(works) <= TICK_MS * NOISE

    blender.run(PAINTED)
    artist.choose(edit_prompt="Older", placement="IMAGE")
    blender.run("turns.clear()")
    service.script(catalogue.takes(4))
    blender.click(*blender.find_widget("bpy.ops.easel.edit"))
    blender.wait(f"len({JOBS}) == {len(works) + 1} and {JOBS}[0].is_placed", SLOW)
    worked, waited, count = longest(artist)
    report(
        f"an edit of a painted 4K image: {count} turns, longest {worked:.1f} ms, {waited:.1f} ms by the clock"
    )
    alone = blender.run(READ_ALONE)
    report(f"of which Blender takes {alone:.1f} ms to hand over the pixels")
    slow = slowness(artist)
    assert worked <= max(TICK_WITH_PAINTED_4K_MS * slow * NOISE, alone * 1.25 + TICK_MS * slow)
    assert "Traceback" not in blender.log()
