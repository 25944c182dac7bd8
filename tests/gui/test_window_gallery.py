# SPDX-License-Identifier: GPL-3.0-or-later
"""The library in a window finds last week's image by a word and puts it on the cube in a few clicks."""

from collections.abc import Callable

from artist import EXTENSION, SLOW, Artist

GALLERY = "bpy.context.window_manager.easel.gallery"
WALL = f"sys.modules['{EXTENSION}.scene.session.wall']"
THUMBNAILS = f"sys.modules['{EXTENSION}.scene.listing.result_thumbnails']"
FOUND = f"[row.written for row in {WALL}.rows()]"
ARE_SEEN = f"all({THUMBNAILS}.icon_of(row.job_id, row.index + 1) for row in {WALL}.rows())"
# An artist clicks the title of a closed panel to open it; the driver can't find the title.
OPEN = """
import sys
panels = sys.modules["bl_ext.user_default.easel.panels.gallery"]
for panel in panels.CLASSES:
    bpy.utils.unregister_class(panel)
    panel.bl_options = set()
    panel.bl_order = -1
    bpy.utils.register_class(panel)
for name in ("file_images", "tidying"):  # their panels stand in that one, and have lost it
    for panel in sys.modules["bl_ext.user_default.easel.panels." + name].CLASSES:
        bpy.utils.unregister_class(panel)
        bpy.utils.register_class(panel)
"""
PROMPTS = (
    "Copper roof, weathered and green",
    "Oak floor",
    "Copper pipe, polished",
    "Mossy stone wall",
    "Blue glass",
    "Linen, coarse",
    "Rusty iron door with a handle",
)
SCROLL = """
with bpy.context.temp_override(window=window(), area=area("VIEW_3D"), region=region("VIEW_3D", "UI")):
    for _row in range(8):
        bpy.ops.view2d.scroll_down()
"""
CHOOSE_ALL = f"""
for row in {WALL}.rows():
    if not {WALL}.is_chosen(row.id):
        {WALL}.choose(row.id, adds=True)
"""
CLOSE_IN_NEW_SIDEBARS = """
for panel in panels.CLASSES:
    bpy.utils.unregister_class(panel)
    panel.bl_options = {"DEFAULT_CLOSED"} if hasattr(panel, "draw_header_preset") else set()
    bpy.utils.register_class(panel)

def can_delete(kind):
    with bpy.context.temp_override(window=window(), area=area(kind), region=region(kind)):
        return bpy.ops.easel.delete_by_key.poll()
"""
CLICKS = 4  # of six; the other two are on the sidebar's tab and the panel's title


def test_an_image_of_last_week_is_found_and_used(
    open_easel: Callable[[], Artist], report: Callable[[str], None]
) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    blender.run(f"bpy.context.preferences.addons[{EXTENSION!r}].preferences.rate_limit = 600")
    for prompt in PROMPTS:
        blender.run(f"bpy.ops.easel.generate(prompt={prompt!r}, placement='IMAGE')")
    blender.wait(
        "len(bpy.context.window_manager.easel.jobs) == 7"
        " and all(job.is_placed for job in bpy.context.window_manager.easel.jobs)",
        SLOW,
    )
    blender.run("bpy.ops.wm.read_homefile()")
    blender.run(OPEN)
    artist.show_panels()
    blender.wait(f"len({FOUND}) == 7 and {ARE_SEEN}", SLOW)
    artist.move_to_view()
    blender.screenshot("gallery-1-all")

    before = blender.clicks
    blender.click(*blender.find_widget("easel.gallery.search"))
    blender.type_text("copp")
    blender.wait(f"{FOUND} == {[PROMPTS[2], PROMPTS[0]]!r}", SLOW)
    blender.key("RET")
    roof = blender.get(f"{WALL}.rows()[1].id")
    blender.click(*blender.find_widget(f'bpy.ops.easel.choose_from_library(image="{roof}"'))
    blender.wait(f"bpy.context.window_manager.easel.selected_job.prompt == {PROMPTS[0]!r}", SLOW)
    artist.move_to_view()
    blender.screenshot("gallery-2-found")
    blender.run(SCROLL)
    blender.click(
        *blender.find_widget(
            'bpy.ops.easel.place(job_id="'
            + blender.get("bpy.context.window_manager.easel.selected_job.name")
            + "\", kind='TEXTURE'"
        )
    )
    node = "bpy.data.objects['Cube'].active_material.node_tree.nodes"
    blender.wait(f"any(it.type == 'TEX_IMAGE' and it.image for it in {node})", SLOW)
    clicks = blender.clicks - before
    report(f"last week's image found by a word and placed: {clicks} clicks besides the tab and the title")
    assert clicks <= CLICKS

    # In a wide Image Editor, two clicks show it large.
    blender.run("area('VIEW_3D').ui_type = 'IMAGE_EDITOR'")
    blender.show_sidebar("IMAGE_EDITOR", "Easel")
    blender.run(f"{GALLERY}.search = ''")
    blender.wait(f"len({FOUND}) == 7", SLOW)
    glass = blender.get(f"next(row.id for row in {WALL}.rows() if row.written == {PROMPTS[4]!r})")
    place = blender.find_widget(f'bpy.ops.easel.choose_from_library(image="{glass}"', area="IMAGE_EDITOR")
    blender.run(f"{WALL}.DOUBLE_S = {SLOW}")  # a slow machine takes longer to click
    blender.click(*place)
    blender.click(*place)
    blender.wait("area('IMAGE_EDITOR').spaces.active.image is not None", SLOW)
    assert blender.get("area('IMAGE_EDITOR').spaces.active.image.name") == PROMPTS[4]
    blender.screenshot("gallery-3-image-editor")

    # A right-click on another image, whose job is of an earlier session; the last entry copies the prompt.
    kettle = blender.get(f"next(row.id for row in {WALL}.rows() if row.written == {PROMPTS[1]!r})")
    blender.run("bpy.context.window_manager.clipboard = ''")
    place = blender.find_widget(f'bpy.ops.easel.choose_from_library(image="{kettle}"', area="IMAGE_EDITOR")
    blender.click(*place, button="RIGHTMOUSE")
    blender.screenshot("gallery-4-right-click")
    blender.key("UP_ARROW")
    blender.key("RET")
    blender.wait(f"bpy.context.window_manager.clipboard == {PROMPTS[1]!r}", SLOW)
    blender.wait(f"[row.written for row in {WALL}.chosen()] == [{PROMPTS[1]!r}]", SLOW)
    blender.screenshot("gallery-5-chosen")

    # With the mouse over the tab, arrow keys move on from that image to the newer ones.
    blender.move(*place)
    blender.key("LEFT_ARROW")
    blender.wait(f"[row.written for row in {WALL}.chosen()] == [{PROMPTS[2]!r}]", SLOW)
    blender.key("LEFT_ARROW", shift=True)
    blender.wait(f"{{row.written for row in {WALL}.chosen()}} == {{{PROMPTS[2]!r}, {PROMPTS[3]!r}}}", SLOW)

    # In a second sidebar, where the library is closed, Delete is not about its images.
    blender.run(CLOSE_IN_NEW_SIDEBARS)
    blender.run("area('DOPESHEET_EDITOR').ui_type = 'VIEW_3D'")
    blender.show_sidebar("VIEW_3D", "Easel")
    blender.run("[one.tag_redraw() for one in window().screen.areas]")
    blender.wait("can_delete('IMAGE_EDITOR')", SLOW)
    assert not blender.get("can_delete('VIEW_3D')")
    left, bottom, width, height = blender.get("(lambda r: (r.x, r.y, r.width, r.height))(region('VIEW_3D'))")
    blender.move(left + width // 2, bottom + height // 2)
    blender.key("DEL")
    blender.screenshot("gallery-6-two-sidebars")
    blender.move(*place)
    blender.key("LEFT_ARROW")
    blender.wait(f"[row.written for row in {WALL}.chosen()] == [{PROMPTS[4]!r}]", SLOW)
    assert len(blender.get(FOUND)) == 7

    # Several images are placed while Blender goes on, in one undo step.
    blender.run(CHOOSE_ALL)
    blender.wait(f"all({WALL}.job_of(row) is not None for row in {WALL}.chosen())", SLOW)
    objects = blender.get("len(bpy.data.objects)")
    blender.run("bpy.ops.easel.place_chosen(kind='PLANE', columns=0)")
    blender.wait(f"len(bpy.data.objects) == {objects + 7}", SLOW)
    blender.wait("sys.modules['" + EXTENSION + ".scene.session.placing'].current() is None", SLOW)
    blender.run("bpy.ops.ed.undo()")
    assert blender.get("len(bpy.data.objects)") == objects
    assert blender.quit()[0] == 0, blender.log()
    assert "Traceback" not in blender.log()
