# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the way from a concept to a model: references of a turnaround sheet."""

from artist import EXTENSION, SLOW
from model_files import body, textured, write_webp_glb
from picture_frames import look_at, sidebar_box, take, view_box
from picture_studio import WIDE, Studio
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


def references(studio: Studio) -> None:
    """The views of a sheet around a blockout, and the panel that sets them right."""
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
        look_at(blender, "references-panel", sidebar_box)


def imported_model(studio: Studio) -> None:
    """A model that was brought in beside the blockout that gave it its height, and its panel."""
    with studio.regular("imported_model", WIDE) as (artist, _service):
        blender = artist.blender
        path = write_webp_glb(studio.folder / "robot.glb", textured(body(subdivisions=4)))
        blender.run(f"""
import sys
from pathlib import Path
bring = sys.modules.get({EXTENSION + ".scene.models.bring"!r})
cube = bpy.data.objects["Cube"]
cube.location.x = -1.6
brought = bring.bring_model(
    Path({str(studio.launcher.inside(path))!r}),
    scene=bpy.context.scene,
    name="Friendly robot",
    height=2.0,
    most_faces=2000,
    making=bring.Making(job_id="0", engine="TRELLIS.2"),
)
space = area("VIEW_3D").spaces.active
space.shading.color_type = "TEXTURE"
space.region_3d.view_distance = 7
space.region_3d.view_location = (0.4, 0.2, 0.8)
""")
        blender.wait("'Friendly robot' in bpy.data.objects", SLOW)
        look_at(blender, "imported-model", view_box)
