# SPDX-License-Identifier: GPL-3.0-or-later
"""Crop pictures from the screen, in different looks, and keep their files small."""

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
NARROW = 220  # pixels: the default width of sidebars before Blender 5
PATIENCE_S = 90.0


class Look(NamedTuple):
    """How the window looks."""

    theme: str = "Blender_Dark"
    scale: float = 1.0
    language: str = "en_US"
    width: int = 0
    """The sidebar's width, pixels; 0: unchanged."""


DEFAULT_LOOK = Look()
LOOKS = {
    "dark-1.5": Look(scale=1.5),
    "light-1.5": Look("Blender_Light", 1.5),
    "light-1": Look("Blender_Light"),
    "german-1": Look(language="de_DE"),  # the longest words
    "german-narrow": Look(language="de_DE", width=NARROW),
    "japanese-narrow": Look(language="ja_JP", width=NARROW),
}
"""Looks other than the handbook's default."""
SIDEBAR = (
    "next(found for area in window().screen.areas for found in area.regions"
    " if found.type == 'UI' and found.width > 1 and found.active_panel_category == 'Easel')"
)

Box = tuple[int, int, int, int]
FindBox = Callable[[BlenderWindow, Image.Image], Box]


def take(blender: BlenderWindow, name: str, find_box: FindBox) -> None:
    """Take a picture for the handbook; with LOOKS in the environment, also in other looks for review."""
    park_mouse(blender)
    screen = settled_screen(blender, name)
    save_small(screen.crop(find_box(blender, screen)), PICTURES / f"{name}.png")
    (OUT / f"{name}.png").unlink()
    if find_box is view_box or not os.environ.get("LOOKS"):
        return
    look_at(blender, name, find_box)


def look_at(blender: BlenderWindow, name: str, find_box: FindBox) -> None:
    """Take pictures in other looks for review; they are not in the handbook.

    LOOKS in the environment names the wanted ones ("german-1,light-1"); "1" means all, and nothing none.
    """
    wanted = os.environ.get("LOOKS", "").split(",")
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
    """Take a picture of a dialog or pop-up panel for the handbook. Escape closes it."""
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
    """Move the mouse to a place without highlights and tooltips."""
    width, height = blender.get("(window().width, window().height)")
    blender.move(width // 4, height // 3)


def set_look(blender: BlenderWindow, look: Look) -> None:
    """Set one of Blender's themes, the interface scale and the language."""
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
    """Drag the edge of Easel's sidebar to a width. Returns the earlier width. Pixels."""
    x, y, before = blender.get(f"[{SIDEBAR}.x, {SIDEBAR}.y + {SIDEBAR}.height // 2, {SIDEBAR}.width]")
    blender.drag_edge((x, y), (x + before - width, y))
    blender.wait(f"abs({SIDEBAR}.width - {width}) < 5")
    park_mouse(blender)
    return before


def settled_screen(blender: BlenderWindow, name: str) -> Image.Image:
    """Return the screen once only numbers change: then all is drawn, and shaders are compiled."""
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
    """Return whether two screens differ in a few words at most, such as a clock."""
    changed = ImageChops.difference(one, other).convert("L").point(lambda value: 255 if value > 12 else 0)
    return changed.histogram()[255] < 0.005 * one.width * one.height


def sidebar_box(blender: BlenderWindow, screen: Image.Image, editor: str = "VIEW_3D") -> Box:
    """Return the box of the sidebar on the screen, down to the end of its panels."""
    return filled(box_of(blender, f"region({editor!r}, 'UI')", screen), screen)


def preferences_box(blender: BlenderWindow, screen: Image.Image) -> Box:
    """Return the box of Easel's preferences on the screen, without Blender's facts about the add-on above."""
    left, top, right, bottom = box_of(blender, "region('PREFERENCES', 'WINDOW')", screen)
    scale = blender.get("bpy.context.preferences.view.ui_scale")
    return filled((left, top + round(ABOVE_PREFERENCES * scale), right, bottom), screen)


def filled(box: Box, screen: Image.Image) -> Box:
    """Return the upper part of a box, down to its last content."""
    left, top, right, bottom = box
    edge = 12  # pixels: rounded corners and the area's border
    inside = screen.crop((left + edge, top, right - edge, bottom - edge))
    last_row = inside.crop((0, inside.height - 1, inside.width, inside.height))
    empty = last_row.resize(inside.size)
    found = ImageChops.difference(inside, empty).point(lambda value: 255 if value > 8 else 0).getbbox()
    return (left, top, right, min(bottom, top + found[3] + edge) if found else bottom)


def view_box(blender: BlenderWindow, screen: Image.Image) -> Box:
    """Return the box of the 3D View, with its header and sidebar."""
    return box_of(blender, "area('VIEW_3D')", screen)


def box_of(blender: BlenderWindow, thing: str, screen: Image.Image) -> Box:
    """Return the box of a region or area on the screen."""
    x, y, width, height = blender.get(f"(lambda r: (r.x, r.y, r.width, r.height))({thing})")
    left, below, window_width, window_height = blender.get(
        "(window().x, window().y, window().width, window().height)"
    )
    if screen.size == (window_width, window_height):  # a picture of only the window
        left = below = 0
    top = screen.height - below - y - height
    return (left + x, top, left + x + width, top + height)


def save_small(image: Image.Image, path: Path) -> None:
    """Write a PNG of `BIGGEST` bytes at most, with as many colours as fit."""
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
    """Return an image with a background of one colour: EEVEE's dithering compresses badly."""
    _count, colour = max(image.getcolors(image.width * image.height))
    background = Image.new("RGB", image.size, colour)
    difference = ImageChops.difference(image, background)
    is_near = difference.point(lambda value: 255 if value <= 3 else 0)
    red, green, blue = is_near.split()
    return Image.composite(background, image, ImageChops.darker(ImageChops.darker(red, green), blue))
