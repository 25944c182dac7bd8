# SPDX-License-Identifier: GPL-3.0-or-later
"""A window compares four images of a job side by side, stars one by its key, and wipes between two."""

from collections.abc import Callable, Sequence

from artist import EXTENSION, JOBS, SLOW, Artist
from driver import BlenderWindow
from PIL import Image

SHOWN = f"sys.modules['{EXTENSION}.scene.comparison.shown']"
COMPARING = f"sys.modules['{EXTENSION}.scene.session.comparing']"
GALLERY = "bpy.context.window_manager.easel.gallery"
HELPERS = f"""
import sys
shown, comparing = {SHOWN}, {COMPARING}

def boxes():
    "Where pictures are in the window: x, y, width, height."
    area = shown.area()
    main = shown.main_region(area)
    return [[main.x + box.x, main.y + box.y, box.width, box.height] for box in shown.boxes(area)]
"""


def seen(
    blender: BlenderWindow, name: str, points: Sequence[tuple[float, float]]
) -> list[tuple[int, int, int]]:
    """Return the colours of some points of the window."""
    screen = Image.open(blender.screenshot(name)).convert("RGB")
    left, below, width, height = blender.get("(window().x, window().y, window().width, window().height)")
    if screen.size == (width, height):
        left = below = 0
    return [screen.getpixel((int(left + x), int(screen.height - 1 - below - y))) for x, y in points]


def is_like(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) <= 6 for a, b in zip(one, other, strict=True))


def test_four_are_compared_one_is_starred_and_two_are_wiped(open_easel: Callable[[], Artist]) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    artist.choose(model="GEMINI_3_1_FLASH")
    blender.run("bpy.ops.easel.generate(prompt='Copper roof', count=4, placement='IMAGE')")
    artist.wait_until_placed()
    job = artist.job()["name"]
    colours = [(200, 40, 40), (40, 200, 40), (40, 40, 200), (200, 200, 40)]
    for colour, path in zip(colours, sorted(artist.library.glob("images/*/*")), strict=True):
        Image.new("RGB", (1024, 1024), colour).save(path)
    for path in artist.library.glob("thumbnails/**/*.png"):
        path.unlink()
    blender.run(HELPERS)
    blender.run("area('VIEW_3D').ui_type = 'IMAGE_EDITOR'")
    blender.run(f"""
with bpy.context.temp_override(window=window(), area=area("IMAGE_EDITOR")):
    bpy.ops.easel.compare_job(job_id={job!r})
""")
    blender.wait("len(shown.cells()) == 4 and not comparing.is_expecting()", SLOW)
    places = blender.get("boxes()")
    middles = [(int(x + width / 2), int(y + height / 2)) for x, y, width, height in places]
    blender.move(*middles[0])
    colours_seen = seen(blender, "compare-1-sheet", middles)
    assert all(map(is_like, colours_seen, colours)), colours_seen

    blender.key("THREE")
    blender.wait("[cell.is_starred for cell in shown.cells()] == [False, False, True, False]", SLOW)
    blender.click(*middles[2])
    blender.wait("bpy.context.window_manager.easel.selected_job.picture == 3", SLOW)
    blender.click(*middles[1], ctrl=True)
    blender.wait("shown.pair() is not None", SLOW)
    blender.show_sidebar("IMAGE_EDITOR", "Easel")
    blender.click(*blender.find_widget("bpy.ops.easel.show_comparison_as(wipes=True", area="IMAGE_EDITOR"))
    blender.wait("shown.wipes() and not comparing.is_expecting()", SLOW)
    x, y, width, height = blender.get("boxes()[0]")
    blender.drag((int(x + width / 2), int(y + height / 3)), (int(x + width / 4), int(y + height / 3)))
    blender.wait(f"abs({GALLERY}.split - 0.25) < 0.05", SLOW)
    sides = seen(
        blender, "compare-2-wipe", [(x + width / 8, y + height / 3), (x + width / 2, y + height / 3)]
    )
    assert is_like(sides[0], colours_seen[1])
    assert is_like(sides[1], colours_seen[2])

    blender.key("WHEELUPMOUSE")
    blender.wait(f"boxes()[0][2] > {width}", SLOW)
    blender.key("ESC")
    blender.wait("not shown.is_open()", SLOW)
    assert blender.get(f"len({JOBS})") == 1
    blender.key("THREE")  # the key is Blender's own again
    assert blender.get("area('IMAGE_EDITOR').spaces.active.image") is None
    assert blender.quit()[0] == 0, blender.log()
    assert "Traceback" not in blender.log()
