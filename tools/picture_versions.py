# SPDX-License-Identifier: GPL-3.0-or-later
"""Take pictures of an edit beside its original, and of an edit that is painted in manually."""

import os
from functools import partial

from artist import EXTENSION, SLOW, Artist
from driver import BlenderWindow
from picture_frames import (
    PICTURES,
    Box,
    box_of,
    look_at,
    save_small,
    settled_screen,
    sidebar_box,
    take,
    view_box,
)
from picture_studio import COPPER, MIRROR, SQUARE, Studio, make_copper
from PIL import Image

LOW = (1180, 640)  # pixels
MOSS = "Let moss grow on it"
STARS = "Paint a magenta star on each side"
GAP = 6  # pixels between two pictures
ROW = 20  # pixels: a row of the sidebar, which would be cut in half
STENCIL_SWITCHES = 2 * 23  # pixels: a switch in the form and another in the panel History
TO_HISTORY = 676  # pixels of the 3D View, down to the end of the panel History
VIEW = """
space = area("VIEW_3D").spaces.active
space.overlay.show_overlays = space.show_gizmo = space.show_region_toolbar = False
space.shading.color_type = "TEXTURE"
space.region_3d.view_distance *= {zoom}
space.region_3d.view_location = (0.4, 0.4, 0)  # the sidebar covers the right
"""
SCROLL = """
with bpy.context.temp_override(window=window(), area=area("VIEW_3D"), region=region("VIEW_3D", "UI")):
    for _step in range(max(0, {end} - region("VIEW_3D", "UI").height) // 40):  # as far as a step goes
        bpy.ops.view2d.scroll_down()
"""
ONLY_STENCIL = """
with bpy.context.temp_override(window=window(), area=area("VIEW_3D"), region=region("VIEW_3D", "UI")):
    for _step in range(20):
        bpy.ops.view2d.scroll_up()
overlay = area("VIEW_3D").spaces.active.overlay
overlay.show_overlays = True
overlay.show_floor = overlay.show_axis_x = overlay.show_axis_y = overlay.show_text = False
overlay.show_cursor = overlay.show_object_origins = overlay.show_extras = False
"""
"""Shows the stencil over the cube without other overlays, and scrolls the sidebar to its beginning."""
ON_SCREEN = """
from bpy_extras import view3d_utils
main = region("VIEW_3D", "WINDOW")
space = area("VIEW_3D").spaces.active.region_3d
result = []
for place in {places!r}:
    x, y = view3d_utils.location_3d_to_region_2d(main, space, place)
    result.append([main.x + round(x), main.y + round(y)])
"""
MASK_STARS = """
import math
from {extension}.scene.masks.masks import packed_points
obj = bpy.context.object
mask = bpy.context.scene.easel.mask
mask.kind = "AREA"
for face in obj.data.polygons:
    uvs = [obj.data.uv_layers.active.data[index].uv for index in face.loop_indices]
    middle, half = sum((uv.copy() for uv in uvs[1:]), uvs[0].copy()) / 4, (uvs[1] - uvs[0]).length / 2
    area_of_face = mask.areas.add()
    area_of_face.image = bpy.data.images[{image!r}]
    corners = [(size * half, turn * math.pi / 5) for turn, size in enumerate((0.85, 0.35) * 5)]
    area_of_face.points = packed_points(
        [(middle.x + size * math.cos(turn), middle.y + size * math.sin(turn)) for size, turn in corners]
    )
"""
"""A star in the middle of each face, as the mask of an edit."""
TOP = ((-0.9, 0.8), (0.9, 0.8), (0.9, 0.4), (-0.9, 0.4), (-0.9, 0.0), (0.9, 0.0), (0.9, -0.4), (-0.9, -0.4))
"""Places of the strokes on the cube's upper side, X and Y, and along its front edge."""
DRIPS = ((-0.75, 0.4), (-0.3, -0.1), (0.2, 0.3), (0.75, -0.2))
"""Ends of the hanging moss: the place along an edge, and Z."""


def comparing(studio: Studio) -> None:
    """Take the cube with its edit, and with the original after a click on Compare."""
    with studio.regular("comparing", LOW) as (artist, _service):
        blender = artist.blender
        make_edit(artist, zoom=0.45)
        scroll_to(blender, 900)
        edit = settled_screen(blender, "compare")
        artist.click("compare_versions")
        artist.move_to_view()
        original = settled_screen(blender, "compare")
        sidebar_left, top, right, bottom = box_of(blender, "region('VIEW_3D', 'UI')", original)
        top += ROW
        corners = on_screen(blender, [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
        middle = box_of(blender, "area('VIEW_3D')", original)[0] - blender.get("area('VIEW_3D').x")
        middle += (min(corners)[0] + max(corners)[0]) // 2
        left = 2 * middle - sidebar_left  # as wide on both sides of the cube
        width = sidebar_left - left
        side_by_side = Image.new("RGB", (width + GAP + right - left, bottom - top))
        side_by_side.paste(edit.crop((left, top, sidebar_left, bottom)))
        side_by_side.paste(original.crop((left, top, right, bottom)), (width + GAP, 0))
        save_small(side_by_side, PICTURES / "compare.png")


def painting_in(studio: Studio) -> None:
    """Paint parts of the edit into its original."""
    with studio.regular("painting_in", SQUARE) as (artist, _service):
        blender = artist.blender
        make_edit(artist, zoom=0.33)
        artist.click("paint_with_edit")
        blender.wait("bpy.context.object.mode == 'TEXTURE_PAINT'", SLOW)
        artist.ensure_brush()
        set_brush(blender, 45)
        blender.stroke(on_screen(blender, [(x, y, 1) for x, y in TOP]))
        for place, low in DRIPS:
            blender.stroke(on_screen(blender, [(place, -1, 1), (place, -1, low)]))
            blender.stroke(on_screen(blender, [(1, place, 1), (1, place, low)]))
        artist.move_to_view()
        take(blender, "paint-edit", upper_view_box)
        if os.environ.get("LOOKS"):
            look_at(blender, "paint-edit", sidebar_box)


def painting_through(studio: Studio) -> None:
    """Paint one star of an edit with a large brush; the veil shows where the next would appear."""
    with studio.regular("painting_through", SQUARE) as (artist, _service):
        blender = artist.blender
        make_edit(artist, zoom=0.33, prompt=STARS)
        scroll_to(blender, 1040)
        artist.click("paint_changes")
        blender.wait("bpy.context.object.mode == 'TEXTURE_PAINT'", SLOW)
        artist.ensure_brush()
        set_brush(blender, 120)
        blender.run(ONLY_STENCIL)
        blender.stroke(on_screen(blender, [(x, y, 1) for x, y in TOP]))
        artist.move_to_view()
        take(blender, "paint-stencil", partial(upper_view_box, height=TO_HISTORY + STENCIL_SWITCHES))


def set_brush(blender: BlenderWindow, size: int) -> None:
    """Set the brush's size in pixels, and show the tools instead of the shelf of brushes."""
    blender.run(f"""
painting = bpy.context.tool_settings.image_paint
owner = painting if hasattr(painting, "unified_paint_settings") else bpy.context.tool_settings
owner.unified_paint_settings.size = painting.brush.size = {size}
space = area("VIEW_3D").spaces.active
space.show_region_asset_shelf = False
space.show_region_toolbar = True
""")


def upper_view_box(blender: BlenderWindow, screen: Image.Image, height: int = TO_HISTORY) -> Box:
    """Return the box of the 3D View, without the list of jobs at its end."""
    left, top, right, _bottom = view_box(blender, screen)
    return left, top, right, top + height


def make_edit(artist: Artist, zoom: float, prompt: str = MOSS) -> None:
    """Edit the cube's copper, close up, with the panel History in the sidebar."""
    blender = artist.blender
    make_copper(artist)
    blender.run(VIEW.format(zoom=zoom))
    artist.choose(mode="EDIT", edit_prompt=prompt)
    if prompt == STARS:
        blender.run(MASK_STARS.format(extension=EXTENSION, image=COPPER))
    blender.run("""
with bpy.context.temp_override(window=window(), area=area("VIEW_3D"), region=region("VIEW_3D", "UI")):
    bpy.ops.easel.add_object_textures()
""")
    blender.wait(f"any(row.text for row in {MIRROR}.sources)", SLOW)
    blender.run("""
with bpy.context.temp_override(window=window(), area=area("VIEW_3D"), region=region("VIEW_3D", "WINDOW")):
    bpy.ops.easel.edit()
""")
    blender.wait(f"len({MIRROR}.jobs) == 2", SLOW)
    artist.wait_until_placed()
    blender.run("region('VIEW_3D').tag_redraw()")
    artist.move_to_view()


def scroll_to(blender: BlenderWindow, end: int) -> None:
    """Scroll the sidebar until the place `end` pixels below its beginning is at its lower edge."""
    blender.run(SCROLL.format(end=end))


def on_screen(blender: BlenderWindow, places: list[tuple[float, float, float]]) -> list[tuple[int, int]]:
    """Return where places of the scene are in the window."""
    return [(x, y) for x, y in blender.run(ON_SCREEN.format(places=places))]
