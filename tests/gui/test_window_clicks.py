# SPDX-License-Identifier: GPL-3.0-or-later
"""The most frequent tasks of artists take few clicks, and nothing moves away under the mouse meanwhile.

Looking and typing are free. The tests choose in popups by data, and count these clicks, too.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from artist import JOBS, LOOK, SLOW, Artist
from PIL import Image

SHOWN = "bpy.data.objects['Cube'].active_material.node_tree.nodes['Texture'].image.name"
TEXTURE_THE_CUBE = """
cube = bpy.data.objects["Cube"]
tree = cube.active_material.node_tree
node = tree.nodes.new("ShaderNodeTexImage")
node.name, node.image = "Texture", bpy.data.images.load({path!r})
tree.links.new(node.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
area("VIEW_3D").spaces.active.shading.color_type = "TEXTURE"
bpy.ops.ed.undo_push(message="Textured")
"""
SCROLL_TO_END = """
with bpy.context.temp_override(window=window(), area=area("VIEW_3D"), region=region("VIEW_3D", "UI")):
    bpy.ops.view2d.scroll_down(deltay=2000)
"""
PLACED = (
    "[node.image.get('easel_index') for node in bpy.data.objects['Cube'].active_material.node_tree.nodes"
    " if node.type == 'TEX_IMAGE' and node.image] == [{index}]"
)


class Count:
    """The clicks of one task: those of the driver, and those in popups (`more`)."""

    def __init__(self, artist: Artist) -> None:
        self._blender = artist.blender
        self._before = artist.blender.clicks
        self.more = 0

    @property
    def clicks(self) -> int:
        """Return the clicks so far."""
        return self._blender.clicks - self._before + self.more


@contextmanager
def at_most(artist: Artist, clicks: int, what: str, report: Callable[[str], None]) -> Iterator[Count]:
    """Count the clicks inside; report them, and assert that they are at most `clicks`."""
    count = Count(artist)
    yield count
    report(f"{what}: {count.clicks} clicks")
    assert count.clicks <= clicks, what


def choose_job(artist: Artist, index: int) -> None:
    """Choose a row of the list, whose rows the driver can't find as widgets."""
    artist.blender.run(f"bpy.context.window_manager.easel.active_job = {index}")


@pytest.mark.long(22)
def test_what_is_done_most_often_takes_few_clicks(
    open_easel: Callable[[], Artist], profile: Path, report: Callable[[str], None]
) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()

    with at_most(artist, 8, "of four variations one on the cube", report) as count:
        artist.write_prompt("Copper robot")
        artist.choose(**{"gemini_3_1_flash.count": 4})
        count.more += 3  # the options' line, and a double-click into its field
        artist.click("generate")
        artist.wait_until_placed()
        job = artist.job()["name"]
        blender.click(*blender.find_widget(f'bpy.ops.easel.choose_picture(job_id="{job}", picture=3'))
        blender.click(*blender.find_widget('bpy.ops.easel.place(job_id="' + job + "\", kind='TEXTURE'"))
        blender.wait(PLACED.format(index=2), SLOW)

    blender.run("bpy.ops.wm.read_homefile()")
    artist.show_panels()
    blender.wait(f"len({JOBS}) == 1", SLOW)
    with at_most(artist, 6, "last week's image in a new file", report) as count:
        count.more += 1  # Easel's tab
        choose_job(artist, 0)
        count.more += 1
        blender.click(*blender.find_widget(f'bpy.ops.easel.choose_picture(job_id="{job}", picture=4'))
        blender.click(*blender.find_widget('bpy.ops.easel.place(job_id="' + job + "\", kind='TEXTURE'"))
        blender.wait(PLACED.format(index=3), SLOW)

    blender.run("bpy.ops.wm.read_homefile()")
    picture = profile / "bricks.png"
    Image.radial_gradient("L").convert("RGB").save(picture)
    blender.run(TEXTURE_THE_CUBE.format(path=blender.launcher.inside(picture)))
    artist.show_panels()
    blender.run(LOOK)
    seen = blender.get("look('Cube', 16)")
    artist.press_in_view("TAB")
    blender.wait("bpy.context.mode == 'EDIT_MESH'", SLOW)
    artist.press_in_view("THREE")
    blender.run("bpy.ops.mesh.select_all(action='DESELECT')")
    with at_most(artist, 9, "an edit of selected faces, compared with what was", report) as count:
        blender.click(*seen[len(seen) // 2][:2])
        artist.choose(mode="EDIT", placement="TEXTURE")
        count.more += 1  # Edit; the way to place is the last one used
        blender.wait("len(bpy.context.scene.easel.sources) == 1", SLOW)  # the texture of the active object
        artist.choose(**{"mask.kind": "FACES"})
        count.more += 3  # Mask, its kind, Selected Faces
        artist.write_prompt("Mossy", of="edit_prompt")
        artist.click("edit")
        artist.wait_until_placed()
        blender.wait(f"{SHOWN} == 'Mossy'", SLOW)
        blender.run(SCROLL_TO_END)
        place = blender.find_widget("bpy.ops.easel.compare_versions")
        blender.click(*place)
        blender.wait(f"{SHOWN} == 'bricks.png'", SLOW)
        blender.screenshot("clicks-comparing")
        blender.click(*place)
        blender.wait(f"{SHOWN} == 'Mossy'", SLOW)  # a click at the same place did it
    blender.screenshot("clicks-faces")
    assert blender.quit()[0] == 0, blender.log()
    assert "Traceback" not in blender.log()
