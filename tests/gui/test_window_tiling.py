# SPDX-License-Identifier: GPL-3.0-or-later
"""In a window, a prompt becomes a tiling material with maps, 2 m wide, on a wall."""

from collections.abc import Callable

import pytest
from artist import EXTENSION, SLOW, Artist
from PIL import Image

FORM = "bpy.context.scene.easel"
MATERIAL = "bpy.data.objects['Wall'].active_material"
# An artist clicks the title of a closed panel to open it; the driver can't find the title.
OPEN = """
import sys
panel = sys.modules["bl_ext.user_default.easel.panels.tiling"].EASEL_PT_tiling
bpy.utils.unregister_class(panel)
panel.bl_options = set()
panel.bl_order = -1
bpy.utils.register_class(panel)
"""
WALL = """
bpy.data.objects.remove(bpy.data.objects["Cube"])
with bpy.context.temp_override(window=window(), area=area("VIEW_3D"), region=region("VIEW_3D", "WINDOW")):
    bpy.ops.mesh.primitive_plane_add(size=1, rotation=(1.5708, 0, 0))
    wall = bpy.context.object
wall.name = "Wall"
wall.scale = (6, 3, 1)
"""
SEEN = f"sys.modules['{EXTENSION}.scene.session.seams'].seen_of(bpy.data.images[0])"
SCALE = (
    f"[*next(it for it in {MATERIAL}.node_tree.nodes if it.type == 'MAPPING').inputs['Scale'].default_value]"
)
PARTS = (
    "sorted(node.label for node in bpy.data.objects['Wall'].active_material.node_tree.nodes"
    " if node.type == 'TEX_IMAGE')"
)
MAX_CLICKS = 6
TITLE = 1  # click on the panel's title


def test_a_wall_gets_a_material_with_maps_in_six_clicks(
    open_easel: Callable[[], Artist], report: Callable[[str], None]
) -> None:
    artist = open_easel()
    blender = artist.blender
    blender.run("bpy.ops.wm.read_homefile()")
    blender.run(OPEN)
    blender.run(WALL)
    artist.show_panels()
    clicks = TITLE

    artist.write_prompt("Old plaster, cracked")
    clicks += 1
    artist.choose(chosen_template="SEAMLESS_TEXTURE")  # in a menu; the driver can't find it
    clicks += 2  # the menu, and its entry
    assert blender.get(f"{FORM}.placement") == "TEXTURE", "the template brings the way to place along"
    artist.click("generate")
    clicks += 1
    artist.wait_until_placed()
    blender.wait(f"{SEEN} and {SEEN}.seams", SLOW)  # the measurement moves the button down
    blender.screenshot("tiling-2-placed")
    artist.click("make_material")
    clicks += 1
    blender.wait(f"{MATERIAL} is not None and {MATERIAL}.get('easel_base')", SLOW)
    blender.screenshot("tiling-3-made")
    assert clicks <= MAX_CLICKS
    report(f"clicks from the prompt to a material of 2 m on a wall: {clicks}")
    across, down, _deep = blender.get(SCALE)
    shape = blender.get("[*bpy.data.images[0].size]")
    assert abs(across - 3.0) < 0.01, "6 m of wall, 2 m of texture"
    assert abs(down - 1.5 * shape[0] / shape[1]) < 0.01
    assert blender.get(PARTS) == ["Base Color", "Height", "Normal", "Roughness"]

    # One undo step takes the material back; the new images stay.
    artist.press_in_view("Z", ctrl=True)
    blender.wait(f"not ({MATERIAL} and {MATERIAL}.get('easel_base'))", SLOW)
    works = f"sys.modules['{EXTENSION}.scene.session.works']"
    assert not blender.get(f"{works}.is_busy()")

    # The artist looks at the repetition without any change to the file.
    artist.click("show_repeated")
    blender.wait("len(bpy.context.window_manager.windows) == 2 or area('IMAGE_EDITOR') is not None", SLOW)


PREVIEWED = """
import numpy as np
image = bpy.data.images.new("Plaster", 64, 64)
image.pixels.foreach_set(np.random.default_rng(1).random(64 * 64 * 4, np.float32))
image.pack()
scene = bpy.context.scene
scene.render.engine, scene.cycles.samples = "CYCLES", 1
scene.render.resolution_x = scene.render.resolution_y = 16
with bpy.context.temp_override(window=window(), area=area("VIEW_3D"), region=region("VIEW_3D", "WINDOW")):
    scene.easel.tiling.seamless = False
    bpy.ops.easel.make_material(image="Plaster", maps={"ROUGHNESS"}, wait=True)
    bpy.ops.easel.preview_maps(image="Plaster")
"""
WATCH = """
import threading
bpy.app.driver_namespace["seen"] = seen = []
is_main = lambda: threading.current_thread() is threading.main_thread()
bpy.app.handlers.render_pre.append(lambda *_: seen.append([*ROUGH(), is_main()]))
"""
SHOWN = (
    "[node.image.name for node in bpy.data.objects['Cube'].active_material.node_tree.nodes"
    " if node.type == 'TEX_IMAGE' and node.label == 'Roughness']"
)


def test_a_render_shows_the_maps_themselves(
    open_easel: Callable[[], Artist], report: Callable[[str], None]
) -> None:
    artist = open_easel()
    blender = artist.blender
    blender.run("bpy.ops.wm.read_homefile()")
    blender.run(PREVIEWED)
    blender.wait(f"{SHOWN}[0].startswith('.')", SLOW)
    blender.run(WATCH.replace("ROUGH()", SHOWN))
    blender.run("bpy.ops.render.render('INVOKE_DEFAULT')")
    blender.wait("bpy.app.driver_namespace['seen'] and not bpy.app.is_job_running('RENDER')", SLOW)
    blender.wait("not [i for i in bpy.data.images if i.name.startswith('.')]", SLOW)
    (seen,) = blender.get("bpy.app.driver_namespace['seen']")
    report(f"render handlers on the main thread: {seen[1]}")
    assert seen[0].endswith("_Roughness")
    assert blender.get(SHOWN) == [seen[0]]


QUARTERS = """
import numpy as np
image = bpy.data.images.new("Quarters", 64, 64)
values = np.zeros((64, 64, 4), np.float32)
values[:32, :32], values[:32, 32:] = (1, 0, 0, 1), (0, 1, 0, 1)
values[32:, :32], values[32:, 32:] = (0, 0, 1, 1), (1, 1, 0, 1)
image.pixels.foreach_set(values.ravel())
image.pack()
bpy.data.objects.remove(bpy.data.objects["Cube"])
with bpy.context.temp_override(window=window(), area=area("VIEW_3D"), region=region("VIEW_3D", "WINDOW")):
    bpy.ops.mesh.primitive_plane_add(size=4, rotation=(1.5708, 0, 0))
    bpy.ops.view3d.view_axis(type="FRONT")
    bpy.ops.view3d.view_selected()
material = bpy.data.materials.new("Quarters")
material.use_nodes = True
node = material.node_tree.nodes.new("ShaderNodeTexImage")
node.image = image
material.node_tree.links.new(node.outputs[0], material.node_tree.nodes["Principled BSDF"].inputs[0])
bpy.context.object.data.materials.append(material)
"""
SHOW = """
with bpy.context.temp_override(window=window(), area=area("VIEW_3D"), region=region("VIEW_3D", "WINDOW")):
    bpy.ops.easel.repeat_on_object(image="Quarters", count={count})
"""
# The places in the window of parts of the plane, whose corners lie at -2 and 2.
COLOURS = """
from bpy_extras import view3d_utils
main, space = region("VIEW_3D", "WINDOW"), area("VIEW_3D").spaces.active.region_3d
def at(u, v):
    place = view3d_utils.location_3d_to_region_2d(main, space, (4 * u - 2, 0, 4 * v - 2))
    return [main.x + int(place[0]), main.y + int(place[1])]
PLACES = [at(u / 8, v / 8) for v in (1, 3, 5, 7) for u in (1, 3, 5)]  # the sidebar lies over the rest
"""
RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)


def seen_on_plane(artist: Artist, name: str) -> list[tuple[int, ...]]:
    """Return the colours at twelve places of the plane, row by row from the lower left."""
    artist.blender.run(COLOURS)
    with Image.open(artist.blender.screenshot(name)) as screen:
        return [
            screen.convert("RGB").getpixel((x, screen.height - 1 - y))
            for x, y in artist.blender.get("PLACES")
        ]


def are(colours: list[tuple[int, ...]], wanted: list[tuple[int, ...]]) -> bool:
    return all(
        max(abs(a - b) for a, b in zip(one, other, strict=True)) < 30
        for one, other in zip(colours, wanted, strict=True)
    )


@pytest.mark.wide
def test_a_texture_is_shown_repeated_on_its_object(
    open_easel: Callable[[], Artist], report: Callable[[str], None]
) -> None:
    artist = open_easel()
    blender = artist.blender
    blender.run("bpy.ops.wm.read_homefile()")
    blender.run(QUARTERS)
    artist.show_panels()
    before = blender.get("bpy.data.is_dirty, len(bpy.data.images), len(bpy.data.materials)")
    blender.run(SHOW.format(count=2))
    twice = [RED, GREEN, RED, BLUE, YELLOW, BLUE] * 2
    assert are(seen_on_plane(artist, "tiling-repeated"), twice)
    blender.run("bpy.context.window_manager.easel.repeat_offset = (0.5, 0)")
    moved = [GREEN, RED, GREEN, YELLOW, BLUE, YELLOW] * 2
    assert are(seen_on_plane(artist, "tiling-repeated-moved"), moved)
    assert blender.get("bpy.data.is_dirty, len(bpy.data.images), len(bpy.data.materials)") == before
    blender.run(SHOW.format(count=2))
    assert not are(seen_on_plane(artist, "tiling-repeated-off"), moved), "the same click switches it off"
