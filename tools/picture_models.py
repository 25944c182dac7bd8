# SPDX-License-Identifier: GPL-3.0-or-later
"""Take pictures of the way from a concept to a model: references of a turnaround sheet."""

import contextlib

from artist import EXTENSION, SLOW, Artist
from driver import BlenderWindow
from picture_frames import look_at, sidebar_box, take, view_box
from picture_studio import MIRROR, TALL, WIDE, Studio
from PIL import Image
from turnaround_sheets import draw_sheet

_SHEET = "Friendly robot"
_OPEN_PANEL = f"""
import sys
for panel in sys.modules[{EXTENSION + ".panels.references"!r}].CLASSES:  # before it is first drawn
    bpy.utils.unregister_class(panel)
    panel.bl_options = set()
    bpy.utils.register_class(panel)
"""
_OPEN_MODEL_PANELS = f"""
import sys
for module in ("model", "texture_model"):  # before they are first drawn
    for panel in sys.modules[{EXTENSION + ".panels."!r} + module].CLASSES:
        if panel.__name__ in ("EASEL_PT_model", "EASEL_PT_texture_model"):
            bpy.utils.unregister_class(panel)
            panel.bl_options = set()
            bpy.utils.register_class(panel)
"""


def references(studio: Studio) -> None:
    """Take the views of a sheet around a blockout, the panel that adjusts them, and their model."""
    with studio.regular("references", WIDE) as (artist, _service):
        blender = artist.blender
        drawn = draw_sheet(4, backdrop="grey", shadow=True, widths=(1.2, 1.0, 0.6, 1.2))
        path = studio.folder / "sheet.png"
        Image.fromarray(drawn.pixels).save(path)
        sheet = studio.launcher.inside(path)
        blender.run(_OPEN_PANEL)
        blender.run(f"""
image = bpy.data.images.load({str(sheet)!r})
image.name = {_SHEET!r}
cube = bpy.data.objects["Cube"]
cube.scale = (0.2, 0.2, 0.9)
cube.location.z = 0.9
space = area("VIEW_3D").spaces.active
space.region_3d.view_distance = 6
space.region_3d.view_location = (0.4, 0.2, 0.8)
bpy.ops.easel.split_turnaround(image={_SHEET!r})
""")
        blender.wait("'References' in bpy.data.collections", SLOW)
        take(blender, "references", view_box)
        _through_a_camera(blender)
        look_at(blender, "references-panel", sidebar_box)
        _make_model(blender)
        take(blender, "imported-model", view_box)
        look_at(blender, "imported-model-panel", sidebar_box)


def concept_to_model(studio: Studio) -> None:
    """Take the whole way from a prompt to a model by the panels, and count its clicks."""
    with studio.regular("concept", TALL) as (artist, _service):
        blender = artist.blender
        blender.run(_OPEN_PANEL)
        blender.run('bpy.data.objects.remove(bpy.data.objects["Cube"])')
        blender.clicks = 0
        _choose(artist, chosen_template="CONCEPT")
        artist.write_prompt("Friendly robot")
        artist.click("generate")
        artist.wait_until_placed()
        blender.wait(f"len({MIRROR}.jobs[0].pictures) == 4", SLOW)
        steps = [("four concepts", blender.clicks)]
        blender.click(*blender.find_widget("bpy.ops.easel.choose_picture(job_id="))
        look_at(blender, "way-concepts", sidebar_box)
        artist.click("edit_picture")
        blender.wait("bpy.context.scene.easel.mode == 'EDIT'", SLOW)
        _choose(artist, chosen_template="TURNAROUND_SHEET")
        artist.write_prompt("The same robot", of="edit_prompt")
        steps.append(("one chosen, its turnaround asked for", blender.clicks))
        artist.click("edit")
        blender.wait(f"{MIRROR}.jobs[0].is_sheet and {MIRROR}.jobs[0].is_placed", 2 * SLOW)
        steps.append(("the turnaround", blender.clicks))
        look_at(blender, "way-turnaround", sidebar_box)
        artist.click("split_picture")
        blender.wait("'References' in bpy.data.collections", SLOW)
        steps.append(("references", blender.clicks))
        artist.click("references_to_model")
        _choose(artist, **{"to_model.engine": "HUNYUAN_PRO"})
        _open_model_panel(blender)
        artist.click("make_model")
        blender.wait("any(obj.type == 'MESH' for obj in bpy.data.objects)", 3 * SLOW)
        steps.append(("the model", blender.clicks))
        blender.run("""
bpy.data.objects.remove(bpy.data.objects["The same robot"])  # the sheet itself, which stands before the model
space = area("VIEW_3D").spaces.active
space.shading.color_type = "TEXTURE"
space.region_3d.view_distance, space.region_3d.view_location = 4, (0.4, 0, 0.5)
""")
        take(blender, "concept-to-model", view_box)
        print("\n".join(f"{clicks:3} clicks: {step}" for step, clicks in steps))


def textured(studio: Studio) -> None:
    """Take the forms of a model and of textures for an object, before and after."""
    with studio.regular("textured", TALL) as (artist, _service):
        blender = artist.blender
        path = studio.folder / "copper.png"
        Image.linear_gradient("L").convert("RGB").resize((512, 512)).save(path)
        picture = studio.launcher.inside(path)
        blender.run(_OPEN_MODEL_PANELS)
        blender.run("bpy.ops.wm.read_homefile()")  # whose sidebar has not yet had them closed
        artist.show_panels()
        blender.run(f"""
form = bpy.context.scene.easel
form.to_texture.image = form.to_model.image = bpy.data.images.load({str(picture)!r})
""")
        blender.wait(f"{MIRROR}.texture_faces == 12", SLOW)
        look_at(blender, "texture-model", sidebar_box)
        blender.run("bpy.ops.easel.texture_model()")
        artist.wait_until_placed()
        look_at(blender, "texture-model-done", sidebar_box)


def _open_model_panel(blender: BlenderWindow) -> None:
    """Click the title of Make Model, some titles above that of References. Counts as one click."""
    clicks = blender.clicks
    x, y = blender.find_widget("bpy.ops.easel.toggle_references")
    for rise in (54, 27, 81):
        blender.click(x - 100, y + rise)
        blender.run("region('VIEW_3D').tag_redraw()")
        with contextlib.suppress(LookupError):
            blender.find_widget("bpy.ops.easel.make_model")
            blender.clicks = clicks + 1
            return
        blender.click(x - 100, y + rise)  # another panel: close it again
    raise LookupError("Make Model")


def _choose(artist: Artist, **values: str) -> None:
    """Choose from lists: one click opens each list, one chooses."""
    artist.choose(**values)
    artist.blender.clicks += 2 * len(values)


def _through_a_camera(blender: BlenderWindow) -> None:
    """Show the views as backgrounds of cameras, and look through the front one."""
    settings = "bpy.data.collections['References'].easel_references"
    blender.run(f"{settings}.shape = 'CAMERAS'")
    blender.click(*blender.find_widget('bpy.ops.easel.look_from_reference(object="Reference Front"'))
    blender.wait("area('VIEW_3D').spaces.active.region_3d.view_perspective == 'CAMERA'")
    take(blender, "reference-camera", view_box)
    blender.click(*blender.find_widget('bpy.ops.easel.look_from_reference(object="Reference Front"'))
    blender.wait("area('VIEW_3D').spaces.active.region_3d.view_perspective == 'PERSP'")
    blender.run(f"{settings}.shape = 'EMPTIES'")


def _make_model(blender: BlenderWindow) -> None:
    """Make a model of the views, in the blockout's place."""
    blender.run("""
bpy.ops.easel.references_to_model()
bpy.data.objects.remove(bpy.data.objects["Cube"])
bpy.ops.easel.make_model(engine="HUNYUAN_PRO")
""")
    made = "next((obj for obj in bpy.data.objects if obj.type == 'MESH'), None)"
    blender.wait(made, 3 * SLOW)
    blender.run("""
space = area("VIEW_3D").spaces.active
space.shading.color_type = "TEXTURE"
space.overlay.show_outline_selected = False
""")
    blender.run("bpy.context.window_manager.easel.active_job = 99")  # only panels about the object
