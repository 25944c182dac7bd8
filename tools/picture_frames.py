# SPDX-License-Identifier: GPL-3.0-or-later
"""What is cut out of the screen for a picture, in which look, and how it is kept small."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from driver import OUT, BlenderWindow
from PIL import Image, ImageChops

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
ABOVE_PREFERENCES = 218  # pixels at interface scale 1
BIGGEST = 150_000  # bytes of a picture
NARROW = 220  # pixels; sidebars were made as wide until Blender 5
PATIENCE_S = 90.0


class Look(NamedTuple):
    """How the window looks."""

    theme: str = "Blender_Dark"
    scale: float = 1.0
    language: str = "en_US"
    width: int = 0
    """Pixels that the sidebar is dragged to; 0 leaves it as it is."""


DEFAULT_LOOK = Look()
LOOKS = {
    "dark-1.5": Look(scale=1.5),
    "light-1.5": Look("Blender_Light", 1.5),
    "light-1": Look("Blender_Light"),
    "german-1": Look(language="de_DE"),  # it has the longest words
    "german-narrow": Look(language="de_DE", width=NARROW),
    "japanese-narrow": Look(language="ja_JP", width=NARROW),
}
"""Looks besides the default, which the handbook has."""
SIDEBAR = (
    "next(found for area in window().screen.areas for found in area.regions"
    " if found.type == 'UI' and found.width > 1 and found.active_panel_category == 'Easel')"
)

Box = tuple[int, int, int, int]
FindBox = Callable[[BlenderWindow, Image.Image], Box]


def take(blender: BlenderWindow, name: str, find_box: FindBox) -> None:
    """Take a picture for the handbook; with LOOKS in the environment, in other looks too, to be looked at."""
    park_mouse(blender)
    screen = settled_screen(blender, name)
    save_small(screen.crop(find_box(blender, screen)), PICTURES / f"{name}.png")
    (OUT / f"{name}.png").unlink()
    if find_box is view_box or not os.environ.get("LOOKS"):
        return
    look_at(blender, name, find_box)


def look_at(blender: BlenderWindow, name: str, find_box: FindBox) -> None:
    """Take pictures in other looks, to be looked at; the handbook has none of them.

    LOOKS in the environment names those that are wanted ("german-1,light-1"); "1" means all.
    """
    wanted = os.environ.get("LOOKS", "1").split(",")
    for label, look in LOOKS.items():
        if label not in wanted and wanted != ["1"]:
            continue
        set_look(blender, look)
        before = drag_sidebar(blender, look.width) if look.width else 0
        screen = settled_screen(blender, f"{name}-{label}")
        screen.crop(find_box(blender, screen)).save(OUT / f"{name}-{label}.png")
        if before:
            drag_sidebar(blender, before)
    set_look(blender, DEFAULT_LOOK)


def take_popup(blender: BlenderWindow, name: str, open_it: Callable[[], None]) -> None:
    """Take a picture of a dialog, or of a panel that pops up, for the handbook. Escape closes it."""
    blender.run("bpy.context.preferences.view.show_tooltips = False")
    width, height = blender.get("(window().width, window().height)")
    blender.move(width // 3, height // 2)
    before = settled_screen(blender, name)
    open_it()
    screen = settled_screen(blender, name)
    changed = ImageChops.difference(before, screen).convert("L").point(lambda value: 255 if value > 12 else 0)
    left, top, right, bottom = box_of(blender, "area('VIEW_3D')", screen)  # the status bar changes too
    found = changed.crop((left, top, right, bottom)).getbbox()
    if found is None:
        sys.exit(f"{name}: nothing has opened")
    box = (left + found[0], top + found[1], left + found[2], top + found[3])
    save_small(screen.crop(box), PICTURES / f"{name}.png")
    (OUT / f"{name}.png").unlink()
    blender.key("ESC")
    blender.run("bpy.context.preferences.view.show_tooltips = True")


def park_mouse(blender: BlenderWindow) -> None:
    """Move the mouse where it highlights nothing, and no tooltip comes."""
    width, height = blender.get("(window().width, window().height)")
    blender.move(width // 4, height // 3)


def set_look(blender: BlenderWindow, look: Look) -> None:
    """Choose a theme of Blender's own, the interface scale and the language."""
    blender.run(f"""
from pathlib import Path
(folder,) = bpy.utils.preset_paths("interface_theme")[:1]
with bpy.context.temp_override(window=window()):
    bpy.ops.script.execute_preset(
        filepath=str(Path(folder) / "{look.theme}.xml"), menu_idname="USERPREF_MT_interface_theme_presets"
    )
bpy.context.preferences.view.ui_scale = {look.scale}
bpy.context.preferences.view.language = {look.language!r}
""")


def drag_sidebar(blender: BlenderWindow, width: int) -> int:
    """Drag the edge of Easel's sidebar until it is that wide; return how wide it was, in pixels."""
    x, y, before = blender.get(f"[{SIDEBAR}.x, {SIDEBAR}.y + {SIDEBAR}.height // 2, {SIDEBAR}.width]")
    blender.drag((x, y), (x + before - width, y))
    park_mouse(blender)
    return before


def settled_screen(blender: BlenderWindow, name: str) -> Image.Image:
    """Return the screen once it rests except numbers: then all is drawn, and shaders are compiled."""
    deadline = time.monotonic() + PATIENCE_S
    before = None
    while True:
        blender.run("""
for found in window().screen.areas:
    found.tag_redraw()
""")
        time.sleep(0.4)
        screen = Image.open(blender.screenshot(name)).convert("RGB")
        if before is not None and is_same(before, screen):
            return screen
        if time.monotonic() > deadline:
            sys.exit(f"{name}: the window does not come to rest")
        before = screen


def is_same(one: Image.Image, other: Image.Image) -> bool:
    """Say whether two screens differ at most in a few words, such as seconds that pass."""
    changed = ImageChops.difference(one, other).convert("L").point(lambda value: 255 if value > 12 else 0)
    return changed.histogram()[255] < 0.005 * one.width * one.height


def sidebar_box(blender: BlenderWindow, screen: Image.Image, editor: str = "VIEW_3D") -> Box:
    """Return where the sidebar is on the screen, down to the end of its panels."""
    return filled(box_of(blender, f"region({editor!r}, 'UI')", screen), screen)


def preferences_box(blender: BlenderWindow, screen: Image.Image) -> Box:
    """Return where the preferences are on the screen, without what Blender says of the add-on above them."""
    left, top, right, bottom = box_of(blender, "region('PREFERENCES', 'WINDOW')", screen)
    scale = blender.get("bpy.context.preferences.view.ui_scale")
    return filled((left, top + round(ABOVE_PREFERENCES * scale), right, bottom), screen)


def filled(box: Box, screen: Image.Image) -> Box:
    """Return the upper part of a box, down to the last thing in it."""
    left, top, right, bottom = box
    edge = 12  # pixels: rounded corners, and the border of the area
    inside = screen.crop((left + edge, top, right - edge, bottom - edge))
    last_row = inside.crop((0, inside.height - 1, inside.width, inside.height))
    empty = last_row.resize(inside.size)
    found = ImageChops.difference(inside, empty).point(lambda value: 255 if value > 8 else 0).getbbox()
    return (left, top, right, min(bottom, top + found[3] + edge) if found else bottom)


def view_box(blender: BlenderWindow, screen: Image.Image) -> Box:
    """Return where the 3D View is, with its header and its sidebar."""
    return box_of(blender, "area('VIEW_3D')", screen)


def box_of(blender: BlenderWindow, thing: str, screen: Image.Image) -> Box:
    """Return the box on the screen of a region or an area."""
    x, y, width, height = blender.get(f"(lambda r: (r.x, r.y, r.width, r.height))({thing})")
    left, below, window_width, window_height = blender.get(
        "(window().x, window().y, window().width, window().height)"
    )
    if screen.size == (window_width, window_height):  # a picture of the window alone
        left = below = 0
    top = screen.height - below - y - height
    return (left + x, top, left + x + width, top + height)


def save_small(image: Image.Image, path: Path) -> None:
    """Write a PNG of at most `BIGGEST` bytes, with as many colours as fit."""
    calm = without_noise(image)
    for colours in (256, 128, 64, 32):
        # K-means keeps rare colours, such as that of the line around a mask.
        few = calm.quantize(colours, kmeans=2, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
        if path.stat().st_size <= BIGGEST:
            break
    kilobytes = path.stat().st_size / 1000
    print(f"{path.relative_to(PICTURES.parents[1])}  {image.width} × {image.height}  {kilobytes:.0f} KB")


def without_noise(image: Image.Image) -> Image.Image:
    """Return an image whose background is of one colour: EEVEE dithers it, which no PNG packs well."""
    _count, colour = max(image.getcolors(image.width * image.height))
    background = Image.new("RGB", image.size, colour)
    difference = ImageChops.difference(image, background)
    is_near = difference.point(lambda value: 255 if value <= 3 else 0)
    red, green, blue = is_near.split()
    return Image.composite(background, image, ImageChops.darker(ImageChops.darker(red, green), blue))
