# SPDX-License-Identifier: GPL-3.0-or-later
"""Edit the View: what comes back is projected to where it was seen, though the artist has turned the view."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from artist import LOOK, SLOW, Artist
from PIL import Image, ImageDraw

from easel.simulator import Simulator, catalogue

FORM = "bpy.context.scene.easel"
OVER_VIEW = (
    "bpy.context.temp_override(window=window(), area=area('VIEW_3D'), region=region('VIEW_3D', 'WINDOW'))"
)
SIDE = 1024  # pixels of the texture
RADIUS = 7  # pixels of a mark
MAX_ERROR = 2.0  # pixels of the screen

# The cube with a texture of dark marks, in Texture Paint mode, framed.
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
    seen.view_distance *= 1.8  # so that all of it is seen, beside what lies over the view
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
    marks = draw_marks(profile / "marks.png")
    path = blender.launcher.inside(profile / "marks.png")
    artist.show_panels()
    blender.run(PREPARE.format(path=path, perspective=perspective, over=OVER_VIEW))
    artist.ensure_brush()
    artist.choose(mode="EDIT", edit_prompt="Weathered blue paint", view_look="FLAT")
    blender.run(LOOK)
    seen = np.array(blender.get("look('Cube', 6)"))
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
    assert np.median(errors) < MAX_ERROR / 6  # nothing creeps, however often a view is edited
    assert hidden.mean() > 0.3  # three of six sides
    assert np.array_equal(after[hidden], before[hidden])

    artist.press_in_view("Z", ctrl=True)
    blender.wait("bpy.data.objects['Cube'].mode == 'TEXTURE_PAINT'", SLOW)
    assert np.array_equal(pixels_of(artist, profile), before)
    artist.click("project")
    blender.wait("bpy.data.images['Marks'].is_dirty", SLOW)
    assert np.array_equal(pixels_of(artist, profile), after)
    assert "Traceback" not in blender.log()


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
    """The texture as it is in Blender: height × width × RGB as bytes, bottom row first."""
    copy = profile / "texture.npy"
    artist.blender.run(f"""
import numpy
marks = bpy.data.images["Marks"]
pixels = numpy.empty(len(marks.pixels), numpy.float32)
marks.pixels.foreach_get(pixels)
numpy.save({artist.blender.launcher.inside(copy)!r}, (pixels * 255.5).astype(numpy.uint8))
""")
    return np.load(copy).reshape(SIDE, SIDE, 4)[..., :3]


def marks_moved(
    marks: np.ndarray, seen: np.ndarray, before: np.ndarray, after: np.ndarray
) -> tuple[list[float], np.ndarray]:
    """Tell how far each mark that was in view has moved, in pixels of the screen; and what was hidden.

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
    """Find a dark mark near where it should be, as u and v."""
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
    """The view is written down as `paint.image_from_view` does."""
    ours, theirs = artist.blender.run(f"""
import sys
view_edit = sys.modules["bl_ext.user_default.easel.scene.view_edit"]
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


SNAPSHOT_SCENE = """
scene = bpy.data.scenes[0]
scene.view_settings.view_transform = "Standard"
scene.world.node_tree.nodes["Background"].inputs["Color"].default_value = (0, 0, 1, 1)
material = bpy.data.objects["Cube"].active_material
emission = material.node_tree.nodes.new("ShaderNodeEmission")
emission.inputs["Color"].default_value = (0, 1, 0, 1)
output = material.node_tree.get_output_node("ALL")
material.node_tree.links.new(emission.outputs[0], output.inputs["Surface"])
camera = scene.camera
camera.location, camera.rotation_euler = (0.5, 0, 10), (0, 0, 0)
camera.data.lens, camera.data.sensor_width, camera.data.dof.use_dof = 50, 36, False
scene.render.resolution_x, scene.render.resolution_y = 640, 360
with {over}:
    bpy.ops.view3d.view_axis(type="TOP")
    bpy.ops.view3d.view_selected()
shading = area("VIEW_3D").spaces.active.shading
shading.color_type, shading.single_color = "SINGLE", (1, 0, 0)
def settings():
    return [shading.type, shading.light, shading.studio_light, shading.color_type, *shading.single_color]
before = settings()
"""
LOOKS = ("SHOWN", "SOLID", "FLAT", "MATERIAL", "RENDERED", "DEPTH", "NORMALS", "CLAY")


def test_snapshots_show_what_is_chosen(open_easel: Callable[[], Artist], service: Simulator) -> None:
    """From above, the cube's top faces the view: known normals, depths and colours."""
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    blender.run(SNAPSHOT_SCENE.format(over=OVER_VIEW))
    pictures: dict[str, Image.Image] = {}

    def take(verb: str, look: str) -> Image.Image:
        blender.run(f"with {OVER_VIEW}:\n    bpy.ops.easel.{verb}(look={look!r})")
        path = max((artist.library / "snapshots").glob("*/*"), key=lambda file: file.stat().st_mtime_ns)
        return Image.open(path).convert("RGB")

    for look in LOOKS:
        pictures[look] = take("add_viewport", look)
    assert blender.get("settings() == before")
    middle = {look: shown.getpixel((shown.width // 2, shown.height // 2)) for look, shown in pictures.items()}
    corner = {look: shown.getpixel((3, 3)) for look, shown in pictures.items()}
    assert middle["NORMALS"] == pytest.approx((128, 128, 255), abs=2)
    assert corner["NORMALS"] == (128, 128, 255)
    assert middle["DEPTH"] == (255, 255, 255)
    assert corner["DEPTH"] == (0, 0, 0)
    for look in ("SHOWN", "SOLID"):
        assert middle[look][0] > middle[look][1] + 60  # red
    for look in ("MATERIAL", "RENDERED"):
        assert middle[look] == pytest.approx((0, 255, 0), abs=2)
    assert corner["RENDERED"] == pytest.approx((0, 0, 255), abs=2)
    assert max(corner["MATERIAL"]) - min(corner["MATERIAL"]) < 40, "no world of the scene"
    assert max(middle["CLAY"]) - min(middle["CLAY"]) < 8
    assert max(corner["CLAY"]) - min(corner["CLAY"]) < 8
    seen = np.asarray(take("add_camera", "RENDERED")).astype(int)
    assert seen.shape == (360, 640, 3)
    assert_cube_from_above(seen[..., 1] - seen[..., 2] > 0)
    seen = np.asarray(take("add_camera", "DEPTH")).astype(int)
    assert_cube_from_above(seen[..., 0] > 200)
    assert "Traceback" not in blender.log()


def assert_cube_from_above(is_cube: np.ndarray) -> None:
    """Its top is 9 m away from a camera half a metre beside it, whose lens shows 36 mm at 50 mm."""
    scale = 640 / (9 * 36 / 50)  # pixels of a metre
    rows, columns = np.flatnonzero(is_cube.any(1)), np.flatnonzero(is_cube.any(0))
    # Its sides are behind its top.
    edges = (columns[0], columns[-1] + 1, rows[0], rows[-1] + 1)
    expected = (320 - 1.5 * scale, 320 + 0.5 * scale, 180 - scale, 180 + scale)
    assert edges == pytest.approx(expected, abs=1.5)
