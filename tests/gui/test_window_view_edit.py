# SPDX-License-Identifier: GPL-3.0-or-later
"""Edit the View projects its result to the seen surface, even after the artist has turned the view.

It obeys the artist's own settings of Texture Paint: fall-off, occlusion and culling.
"""

import math
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from artist import LOOK, OVER_VIEW, SLOW, Artist
from PIL import Image, ImageDraw

from easel.simulator import Simulator, catalogue

pytestmark = pytest.mark.wide

SIDE = 1024  # pixels of the texture
RADIUS = 7  # pixels of a mark
MAX_ERROR = 2.0  # pixels of the screen

# Frame the cube, with a texture of dark marks, in Texture Paint mode.
PREPARE = """
cube = bpy.data.objects["Cube"]
material = cube.active_material
texture = bpy.data.images.load({path!r})
texture.name = "Marks"
texture.pack()
node = material.node_tree.nodes.new("ShaderNodeTexImage")
node.image = texture
material.node_tree.links.new(node.outputs[0], material.node_tree.nodes["Principled BSDF"].inputs[0])
material.node_tree.nodes.active = node
seen = area("VIEW_3D").spaces.active.region_3d
seen.view_perspective = {perspective!r}
with {over}:
    bpy.ops.view3d.view_selected(use_all_regions=True)
    seen.view_distance *= 2.4  # so that all of it is seen, beside what lies over the view
    bpy.ops.object.mode_set(mode="TEXTURE_PAINT")
    bpy.ops.ed.undo_push(message="Prepared")
"""
TURN = """
from mathutils import Quaternion
seen.view_rotation = Quaternion((0, 0, 1), 1.1) @ seen.view_rotation
seen.view_distance *= 0.8
"""


@pytest.mark.parametrize("perspective", [pytest.param("PERSP", marks=pytest.mark.smoke), "ORTHO"])
def test_what_comes_back_lands_where_it_was_seen(
    open_easel: Callable[[], Artist],
    service: Simulator,
    profile: Path,
    report: Callable[[str], None],
    perspective: str,
) -> None:
    artist = open_easel()
    blender = artist.blender
    marks = prepare(artist, profile, perspective)
    blender.run(LOOK)
    seen = np.array(blender.get("look('Cube', 5)"))
    before = pixels_of(artist, profile)
    artist.move_to_view()
    blender.screenshot(f"view-edit-1-{perspective.lower()}")
    assert_stored_as_blender_does(artist)

    service.script(catalogue.takes(5))
    artist.click("edit_view")
    blender.wait("len(bpy.context.window_manager.easel.jobs) == 1", SLOW)
    blender.run(TURN)
    if perspective == "ORTHO":
        blender.run("bpy.data.objects['Cube'].location = (0.4, -0.3, 0.2)")
    artist.wait_until_placed()
    text = "bpy.context.window_manager.easel.jobs[0].placement_text"
    blender.wait(f"{text} == 'Projected onto “Marks” of Cube'", SLOW)
    blender.screenshot(f"view-edit-2-{perspective.lower()}")

    after = pixels_of(artist, profile)
    errors, hidden = marks_moved(marks, seen, before, after)
    report(
        f"{perspective}: {len(errors)} marks, off by {np.median(errors):.2f} px in the middle, "
        f"{max(errors):.2f} px at most"
    )
    assert len(errors) > 20
    assert max(errors) < MAX_ERROR
    assert np.median(errors) < MAX_ERROR / 6  # so nothing creeps, however often the artist edits a view
    assert hidden.mean() > 0.3  # three of six sides
    assert np.array_equal(after[hidden], before[hidden])

    artist.press_in_view("Z", ctrl=True)
    blender.wait("bpy.data.objects['Cube'].mode == 'TEXTURE_PAINT'", SLOW)
    assert np.array_equal(pixels_of(artist, profile), before)
    artist.click("project")
    blender.wait("bpy.data.images['Marks'].is_dirty", SLOW)
    assert np.array_equal(pixels_of(artist, profile), after)
    assert "Traceback" not in blender.log()


# How far the sides of the cube are turned away from the view, in degrees. With a fall-off from 50°, Blender's
# own fall-off ends halfway between that and 90°, at 70°.
FULL, HALF, AWAY = 35, 60, math.degrees(math.acos(math.sqrt(0.75 - math.cos(math.radians(35)) ** 2)))
SIDES = {"full": (0, -1, 0), "half": (1, 0, 0), "away": (0, 0, 1), "hidden": (0, 1, 0)}
"""The normals of four sides of the cube."""
TURN_SIDES = f"""
from math import cos, radians
from mathutils import Vector
toward = Vector((cos(radians({HALF})), -cos(radians({FULL})), cos(radians({AWAY}))))
seen.view_rotation = toward.to_track_quat("Z", "Y")
"""
GREY_STENCIL = """
painting = bpy.context.scene.tool_settings.image_paint
painting.stencil_image = bpy.data.images.new("Grey", 8, 8)
painting.stencil_image.pixels.foreach_set([0.5, 0.5, 0.5, 1] * 64)
painting.use_stencil_layer = True
"""
PAINTING = "bpy.context.scene.tool_settings.image_paint"
SETTINGS = ("use_normal_falloff", "normal_angle", "use_occlude", "use_backface_culling")


@pytest.mark.long(20)
def test_what_is_turned_away_gets_as_much_as_the_artist_has_set(
    open_easel: Callable[[], Artist], service: Simulator, profile: Path, report: Callable[[str], None]
) -> None:
    artist = open_easel()
    blender = artist.blender
    prepare(artist, profile, "ORTHO")
    blender.run(TURN_SIDES)
    before = pixels_of(artist, profile)

    def paint(*settings: object, by: Callable[[], None]) -> np.ndarray:
        """Set `SETTINGS`, project as the artist does, and undo; return the change of the pixels."""
        values = dict(zip(SETTINGS, settings, strict=True))
        blender.run("\n".join(f"{PAINTING}.{name} = {value!r}" for name, value in values.items()))
        artist.move_to_view()
        by()
        after = wait_for_other_pixels(artist, profile, before)
        assert {name: blender.get(f"{PAINTING}.{name}") for name in values} == values, "they are the artist's"
        blender.screenshot(f"view-edit-falloff-{'-'.join(map(str, settings)).lower()}")
        artist.press_in_view("Z", ctrl=True)
        assert np.array_equal(wait_for_other_pixels(artist, profile, after), before)
        return after.astype(float) - before

    project = partial(artist.click, "project")
    changes = {
        "fall-off": paint(True, 50, True, True, by=partial(artist.click, "edit_view")),
        "none": paint(False, 50, True, True, by=project),
        "no culling": paint(False, 50, True, False, by=project),
        "no occlusion": paint(False, 50, False, False, by=project),
        "fall-off again": paint(True, 50, True, True, by=project),
    }
    blender.run(GREY_STENCIL)
    changes["grey stencil"] = paint(False, 50, True, True, by=project)
    middles = {side: middle_of_side(artist, normal) for side, normal in SIDES.items()}
    shares = {
        name: {side: share(change[area], changes["no occlusion"][area]) for side, area in middles.items()}
        for name, change in changes.items()
    }
    for name, found in shares.items():
        report(f"{name}: " + ", ".join(f"{side} {value:.2f}" for side, value in found.items()))
    seen = pytest.approx({"full": 1, "half": 1, "away": 1, "hidden": 0}, abs=0.01)
    graded = pytest.approx({"full": 1, "half": 0.5, "away": 0, "hidden": 0}, abs=0.03)  # bytes are rounded
    assert shares["fall-off"] == graded
    assert shares["fall-off again"] == graded
    assert shares["none"] == seen
    assert shares["no culling"] == seen, "what is behind is occluded"
    assert [shares["grey stencil"][side] for side in SIDES] == pytest.approx([0.5, 0.5, 0.5, 0], abs=0.03)
    for side in ("away", "hidden"):
        assert not changes["fall-off"][middles[side]].any(), "to the last bit"
        assert np.abs(changes["no occlusion"][middles[side]]).mean() > 10, "else nothing is seen of it here"
    assert "Traceback" not in blender.log()


ADD_EMPTY_SLOT = """
bpy.data.objects["Cube"].data.materials.append(None)
bpy.data.objects["Cube"].active_material_index = 1
region("VIEW_3D", "UI").tag_redraw()
"""
PAINT_WHAT_IS_LOST = f"""
lost = bpy.data.images.new("Lost", 8, 8)
lost.source, lost.filepath = "FILE", "/nowhere/lost.png"
{PAINTING}.mode, {PAINTING}.canvas = "IMAGE", lost
result = ""
try:
    with {OVER_VIEW}:
        bpy.ops.easel.project("EXEC_DEFAULT")
except RuntimeError as error:
    result = str(error)
"""


def test_odd_settings_neither_end_blender_nor_are_hidden(
    open_easel: Callable[[], Artist], service: Simulator, profile: Path
) -> None:
    """With *Cavity Mask*, projecting before the first stroke would end Blender."""
    artist = open_easel()
    blender = artist.blender
    prepare(artist, profile, "PERSP")
    blender.run(f"{PAINTING}.use_cavity = True")
    blender.run(ADD_EMPTY_SLOT)
    before = pixels_of(artist, profile)
    artist.move_to_view()
    artist.click("edit_view")
    artist.wait_until_placed()
    wait_for_other_pixels(artist, profile, before)
    assert "“Lost” has no pixels to paint" in blender.run(PAINT_WHAT_IS_LOST)
    assert "Traceback" not in blender.log()


def prepare(artist: Artist, profile: Path, perspective: str) -> np.ndarray:
    """Prepare the form for an edit of a view of the cube with marks; return their middles as u and v."""
    marks = draw_marks(profile / "marks.png")
    path = artist.blender.launcher.inside(profile / "marks.png")
    artist.show_panels()
    artist.blender.run(PREPARE.format(path=path, perspective=perspective, over=OVER_VIEW))
    artist.ensure_brush()
    artist.choose(mode="EDIT", edit_prompt="Weathered blue paint", view_look="FLAT")
    return marks


def draw_marks(path: Path) -> np.ndarray:
    """Write a pale texture with dark dots; return their middles as u and v."""
    random = np.random.default_rng(7)
    step = 64
    grid = np.stack(np.meshgrid(np.arange(step // 2, SIDE, step), np.arange(step // 2, SIDE, step)), -1)
    middles = grid.reshape(-1, 2) + random.uniform(-14, 14, (grid.size // 2, 2))
    picture = Image.new("RGB", (SIDE * 4, SIDE * 4), (226, 220, 206))
    pen = ImageDraw.Draw(picture)
    for x, y in middles * 4:
        pen.ellipse((x - RADIUS * 4, y - RADIUS * 4, x + RADIUS * 4, y + RADIUS * 4), (24, 20, 30))
    picture.resize((SIDE, SIDE), Image.Resampling.BOX).save(path)
    return np.stack([middles[:, 0] / SIDE, 1 - middles[:, 1] / SIDE], 1)


def pixels_of(artist: Artist, profile: Path) -> np.ndarray:
    """Return the texture in Blender: height × width × RGB as bytes, bottom row first."""
    copy = profile / "texture.npy"
    artist.blender.run(f"""
import numpy
marks = bpy.data.images["Marks"]
pixels = numpy.empty(len(marks.pixels), numpy.float32)
marks.pixels.foreach_get(pixels)
numpy.save({artist.blender.launcher.inside(copy)!r}, (pixels * 255.5).astype(numpy.uint8))
""")
    return np.load(copy).reshape(SIDE, SIDE, 4)[..., :3]


def wait_for_other_pixels(artist: Artist, profile: Path, known: np.ndarray) -> np.ndarray:
    """Return the texture's pixels as soon as they differ from the known ones."""
    deadline = time.monotonic() + SLOW
    while np.array_equal(pixels := pixels_of(artist, profile), known):
        assert time.monotonic() < deadline, "nothing was painted"
        time.sleep(0.1)
    return pixels


def middle_of_side(artist: Artist, normal: tuple[int, int, int]) -> tuple[slice, slice]:
    """Return the rows and columns of the texture in the middle of one of the cube's sides."""
    corners = artist.blender.run(f"""
mesh = bpy.data.objects["Cube"].data
side = next(side for side in mesh.polygons if side.normal.dot({normal!r}) > 0.9)
result = [list(mesh.uv_layers.active.data[corner].uv) for corner in side.loop_indices]
""")
    low, high = np.min(corners, 0) * SIDE, np.max(corners, 0) * SIDE
    (left, bottom), (right, top) = (low * 3 + high) / 4, (low + high * 3) / 4
    return slice(round(bottom), round(top)), slice(round(left), round(right))


def share(change: np.ndarray, whole: np.ndarray) -> float:
    """Return which part of a whole change was made, 0 to 1."""
    return float((change * whole).sum() / (whole * whole).sum())


def marks_moved(
    marks: np.ndarray, seen: np.ndarray, before: np.ndarray, after: np.ndarray
) -> tuple[list[float], np.ndarray]:
    """Return how far each visible mark has moved, in pixels of the screen, and a mask of what was hidden.

    Args:
        seen: rows of x, y (screen) and u, v, of points that were in view.
    """
    errors: list[float] = []
    for mark in marks:
        near = seen[np.abs(seen[:, 2:] - mark).max(1) < 0.03]
        around = near[:, 2:] - mark
        is_inside = len(near) >= 6 and (around.min(0) < -0.015).all() and (around.max(0) > 0.015).all()
        if not is_inside:
            continue
        design = np.column_stack([near[:, 2:], np.ones(len(near))])
        fitted, *_ = np.linalg.lstsq(design, near[:, :2], rcond=None)
        moved = middle_of(after, mark) - middle_of(before, mark)
        errors.append(float(np.hypot(*(moved @ fitted[:2]))))
    size = 0.03 * SIDE
    hidden = np.ones((SIDE, SIDE), bool)
    for u, v in seen[:, 2:]:
        x, y = u * SIDE, v * SIDE
        hidden[max(0, int(y - size)) : int(y + size) + 1, max(0, int(x - size)) : int(x + size) + 1] = False
    return errors, hidden


def middle_of(pixels: np.ndarray, mark: np.ndarray) -> np.ndarray:
    """Find a dark mark near its expected place; return its middle as u and v."""
    reach = 16
    x, y = (mark * SIDE).astype(int)
    left, low = max(0, x - reach), max(0, y - reach)
    patch = pixels[low : y + reach, left : x + reach].astype(float).mean(2)
    darkness = np.clip((patch.max() + patch.min()) / 2 - patch, 0, None)
    rows, columns = np.mgrid[: patch.shape[0], : patch.shape[1]]
    return (
        np.array(
            [
                left + 0.5 + (columns * darkness).sum() / darkness.sum(),
                low + 0.5 + (rows * darkness).sum() / darkness.sum(),
            ]
        )
        / SIDE
    )


def assert_stored_as_blender_does(artist: Artist) -> None:
    """Check that Easel stores the view as `paint.image_from_view` does."""
    ours, theirs = artist.blender.run(f"""
import sys
view_edit = sys.modules["bl_ext.user_default.easel.scene.placement.view_edit"]
with {OVER_VIEW}:
    main = region("VIEW_3D", "WINDOW")
    bpy.context.tool_settings.image_paint.screen_grab_size = (main.width, main.height)
    ours = view_edit.view_data(bpy.context.space_data)
    bpy.ops.paint.image_from_view()
theirs = next(image for image in bpy.data.images if view_edit.VIEW_KEY in image.keys())
result = [list(ours), list(theirs[view_edit.VIEW_KEY])]
bpy.data.images.remove(theirs)
""")
    assert ours == pytest.approx(theirs, rel=1e-2, abs=1e-5)
