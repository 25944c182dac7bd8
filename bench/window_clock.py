# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m bench.window_clock [--rounds N] [CASE …]`: the artist's own clock, in a real window.

It measures the time from the ready answer at the service to the drawn picture on the object, and the longest
gap in Blender's event loop meanwhile. It compares this with opening the same file manually, with Easel
disabled. The service is the simulator at its true pace, so a round takes a minute. Needs a built zip, and
EASEL_GUI or BLENDER like the window tests.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "gui"), str(ROOT / "tests" / "support")]

import synthetic_edits as synthetic  # noqa: E402 (only now is it found)
from artist import EXTENSION, OVER_VIEW, Artist  # noqa: E402
from driver import BlenderWindow  # noqa: E402
from launcher import Launcher, install  # noqa: E402
from PIL import Image  # noqa: E402

from bench.table import Row, print_table  # noqa: E402
from easel.simulator import Simulator  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 5
LATEST_S = 300.0
FORM = "bpy.context.scene.easel"
JOBS = "bpy.context.window_manager.easel.jobs"

# A timer notes its calls, and when the condition becomes true; the next drawn view shows the result.
WATCH = """
import time
ticks, draws, came = [], [], []
is_there = lambda: False

def watch():
    ticks.append(time.time())
    if not came and is_there():
        came.append(time.time())
        area("VIEW_3D").tag_redraw()
    return 0.01

def drawn():
    if came:
        draws.append(time.time())

bpy.app.timers.register(watch)
bpy.types.SpaceView3D.draw_handler_add(drawn, (), "WINDOW", "POST_PIXEL")
"""
BEGIN = """
came.clear(), draws.clear(), ticks.clear()
is_there = lambda: {condition}
"""
LOOK = """
space = area("VIEW_3D").spaces.active
space.shading.type, space.shading.color_type = "SOLID", "TEXTURE"
space.show_region_ui = False
material = bpy.data.objects["Cube"].active_material
node = material.node_tree.nodes.new("ShaderNodeTexImage")
node.name = "Texture"
colour = material.node_tree.nodes["Principled BSDF"].inputs["Base Color"]
material.node_tree.links.new(node.outputs[0], colour)
material.node_tree.nodes.active = node

def texture():
    shader = bpy.data.objects["Cube"].active_material.node_tree.nodes["Principled BSDF"]
    return shader.inputs["Base Color"].links[0].from_node

def load(path, tiles=()):
    image = bpy.data.images.load(path, check_existing=False)
    if tiles:
        image.source = "TILED"
        image.filepath_raw = image.filepath.replace("1001", "<UDIM>")
        for number in tiles[1:]:
            if image.tiles.get(number) is None:
                image.tiles.new(number)
    return image

def edit(image, size):
    form = bpy.context.scene.easel
    form.mode, form.placement, form.sizing, form.edit_prompt = "EDIT", "TEXTURE", "KEEP_SIZE", "Mossy"
    form.gemini_3_1_flash.resolution = size
    bpy.ops.easel.edit_image(session_uid=image.session_uid)
"""
BY_HAND = """
texture().image = load({path!r}, {tiles!r})
with bpy.context.temp_override(window=window()):
    bpy.ops.ed.undo_push(message="By hand")
"""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A measurement: preparing a file and clicking, each as code for Blender."""

    name: str
    goal_s: float | None
    prepare: str
    click: str
    again: str = ""
    """Restores the source for the next round."""
    count: int = 1
    """Jobs of one click."""
    by_hand: str = ""
    """Opens the file manually; empty: the last result is loaded into the node."""


@dataclass
class Clock:
    """Seconds until the picture is in the file, until it is drawn, and of the event loop's longest gap."""

    placed: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)


TILES = (1001, 1002, 1003, 1004)
CASES = {
    "plain": Case(
        name="a 4K texture from a prompt",
        goal_s=0.5,
        prepare="",
        click=f'{FORM}.gemini_3_1_flash.resolution = "4K"\n'
        f'{FORM}.placement, {FORM}.prompt = "TEXTURE", "Rusty copper with verdigris"\n'
        "bpy.ops.easel.generate()",
    ),
    "masked": Case(
        name="a masked edit of a 4K texture",
        goal_s=2.0,
        prepare="""
original = load({big!r})
texture().image = original
edit(original, "4K")
mask = bpy.context.scene.easel.mask
mask.kind = "AREA"
box = mask.areas.add()
box.image, box.points = original, "0.1,0.1 0.6,0.1 0.6,0.6 0.1,0.6"
""",
        click="bpy.ops.easel.edit()",
        again="texture().image = original",
    ),
    "tiles": Case(
        name="an edit of four UDIM tiles of 2K",
        goal_s=None,
        prepare=f"""
original = load({{tile!r}}, {TILES})
texture().image = original
edit(original, "2K")
bpy.context.scene.easel.sources[0].tiles = {",".join(map(str, TILES))!r}
""",
        click="bpy.ops.easel.edit()",
        again="texture().image = original",
        count=len(TILES),
        by_hand=BY_HAND.replace("{path!r}", "{tile!r}").replace("{tiles!r}", repr(TILES)),
    ),
    "view": Case(
        name="an edit of the view, projected on a 2K texture",
        goal_s=None,
        prepare=f"""
texture().image = load({{tile!r}})
with {OVER_VIEW}:
    bpy.ops.object.mode_set(mode="TEXTURE_PAINT")
form = bpy.context.scene.easel
form.mode, form.edit_prompt, form.view_look = "EDIT", "Weathered", "FLAT"
""",
        click=f"with {OVER_VIEW}:\n    bpy.ops.easel.edit_view()",
        by_hand=f"""
with {OVER_VIEW}:
    known = set(bpy.data.images)
    bpy.ops.paint.image_from_view()
    (seen,) = set(bpy.data.images) - known
    bpy.ops.paint.project_image(image=seen.name)
""",
    ),
}


def main() -> int:
    """Measure all cases, or the named ones; print them, and write bench/out/window_clock.json."""
    parser = argparse.ArgumentParser(prog="bench.window_clock")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    own_root, blender = os.environ.get("EASEL_GUI"), os.environ.get("BLENDER")
    if not (own_root or blender):
        parser.error("EASEL_GUI or BLENDER must name a Blender with a window")
    work = ROOT / ".cache" / "gui"
    work.mkdir(parents=True, exist_ok=True)
    launcher = Launcher(own_root or blender or "", work, has_own_root=bool(own_root))
    raw: dict[str, dict[str, Clock]] = {}
    with tempfile.TemporaryDirectory(dir=work, ignore_cleanup_errors=True) as folder:
        names = arguments.cases or list(CASES)
        print_table("The artist's clock", _rows(launcher, Path(folder), names, arguments.rounds, raw))
    file = ROOT / "bench" / "out" / "window_clock.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(raw, default=vars, indent=2) + "\n", encoding="utf-8")
    return 0


def _rows(
    launcher: Launcher, folder: Path, names: list[str], rounds: int, raw: dict[str, dict[str, Clock]]
) -> Iterator[Row]:
    pictures = _draw_pictures(folder)
    files = {name: launcher.inside(path) for name, path in pictures.items()}
    installed = install(launcher, ROOT / "dist", folder)
    for name in names:
        case = CASES[name]
        profile = Path(shutil.copytree(installed, folder / name))
        with Simulator(rate_limit=None) as service:
            env = {
                "EASEL_API_URL": service.url,
                "EASEL_API_KEY": "window-clock-key-0123456789",
                "EASEL_LIBRARY": launcher.inside(profile / "library"),
            }
            with BlenderWindow(launcher, profile, env=env, has_light_views=True) as blender:
                artist = Artist(blender, profile / "library")
                clock, by_hand = _measured(artist, service, case, files, rounds)
        raw[name] = {"easel": clock, "by hand, Easel disabled": by_hand}
        yield from _told(case, clock, by_hand)


def _draw_pictures(folder: Path) -> dict[str, Path]:
    """Write a 4K picture and four 2K tiles. Returns the files of the picture and of the first tile."""
    big = folder / "big.png"
    Image.fromarray(synthetic.clouds(4096, 1)).save(big, compress_level=1)
    for number in TILES:
        picture = Image.fromarray(synthetic.clouds(2048, number))
        picture.save(folder / f"skin.{number}.png", compress_level=1)
    return {"big": big, "tile": folder / f"skin.{TILES[0]}.png"}


def _measured(
    artist: Artist, service: Simulator, case: Case, files: dict[str, str], rounds: int
) -> tuple[Clock, Clock]:
    blender = artist.blender
    artist.show_panels()
    blender.run(WATCH)
    blender.run(LOOK)
    blender.run(case.prepare.format(**files))
    time.sleep(2)
    clock, by_hand = Clock(), Clock()
    for number in range(1, rounds + 1):
        known = len(service.tasks)
        are_there = f"len({JOBS}) == {number * case.count} and all(job.is_placed for job in {JOBS})"
        blender.run(BEGIN.format(condition=are_there))
        blender.run(case.click)
        blender.wait("draws", LATEST_S, every=0.5)
        ready = max(task.urls_at for task in list(service.tasks.values())[known:])
        _note(blender, clock, ready)
        _say(f"{case.name}: {clock.placed[-1]:.2f} and {clock.waits[-1]:.2f} s, gap {clock.gaps[-1]:.2f} s")
        if number < rounds:
            blender.run(case.again)
    results = [*artist.library.glob("fitted/*"), *artist.library.glob("images/*/*")]
    path = blender.launcher.inside(results[0])
    blender.run(f"import addon_utils\naddon_utils.disable({EXTENSION!r})")
    time.sleep(2)
    for _ in range(rounds):
        blender.run(BEGIN.format(condition="False"))
        blender.wait("ticks", LATEST_S, every=0.1)  # the first gap begins before the code
        code = (case.by_hand or BY_HAND).format(path=path, tiles=(), **files)
        begun = blender.run(f"begun = time.time()\n{code}\nis_there = lambda: True\nresult = begun")
        blender.wait("draws", LATEST_S, every=0.5)
        _note(blender, by_hand, begun)
    return clock, by_hand


def _note(blender: BlenderWindow, clock: Clock, begun: float) -> None:
    """Note when the view was first drawn with the result, and the longest gap until a second later."""
    seen: float = blender.get("draws[0]")
    blender.wait(f"ticks[-1] > {seen + 1!r}", LATEST_S, every=0.5)
    ticks: list[float] = blender.get("list(ticks)")
    gaps = [after - before for before, after in itertools.pairwise(ticks) if after > begun - 0.2]
    clock.placed.append(blender.get("came[0]") - begun)
    clock.waits.append(seen - begun)
    clock.gaps.append(max(gaps))


def _told(case: Case, clock: Clock, by_hand: Clock) -> Iterator[Row]:
    yield Row(
        what=f"{case.name}: ready to in the file, median",
        naive=None,
        ours=statistics.median(clock.placed),
        unit="s",
        note=f"worst {max(clock.placed):.2f}",
    )
    yield Row(
        what="- to drawn on the object, median",
        naive=statistics.median(by_hand.waits),
        ours=statistics.median(clock.waits),
        promised=case.goal_s,
        unit="s",
        note=f"worst {max(clock.waits):.2f}; naive: by hand, Easel disabled, worst {max(by_hand.waits):.2f}",
    )
    yield Row(
        what="- longest gap in the event loop, median",
        naive=1000 * statistics.median(by_hand.gaps),
        ours=1000 * statistics.median(clock.gaps),
        unit="ms",
        note=f"worst {1000 * max(clock.gaps):.0f}; by hand {1000 * max(by_hand.gaps):.0f}",
    )


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
