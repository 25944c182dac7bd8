# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a batch: two hundred rows of a table, the plan before it starts, and while it runs."""

from artist import SLOW
from picture_frames import sidebar_box, take, view_box
from picture_studio import MIRROR, TALL, Studio

OPEN_BATCH = """
import sys
inside = lambda name: sys.modules["bl_ext.user_default.easel." + name]
batch = inside("scene.session.batch")
form = inside("panels.form")
panel = inside("panels.batch").EASEL_PT_batch  # as if its title had been clicked
bpy.utils.unregister_class(panel)
panel.bl_options = set()
bpy.utils.register_class(panel)
bpy.ops.wm.read_homefile()  # whose sidebar has not yet had it closed
"""

TABLE = """
import os, pathlib
props = ("barrel", "crate", "lantern", "stool", "bucket", "ladder", "wheel", "anvil", "chest", "bench")
kinds = ("oak", "rusty iron", "copper", "painted", "mossy", "burnt", "new", "old", "wet", "dusty")
path = pathlib.Path(os.environ["EASEL_LIBRARY"]).with_name("props.csv")
lines = [f"a {kind} {prop},GEMINI_2_5_FLASH,2" for prop in props for kind in kinds for _ in range(2)]
path.write_text("prompt,model,count\\n" + "\\n".join(lines))
bpy.ops.easel.batch_read(filepath=str(path))
"""

WRONG = """
import os, pathlib
path = pathlib.Path(os.environ["EASEL_LIBRARY"]).with_name("props-wrong.csv")
path.write_text("prompt,model,count\\na tub,Gemini 9,1\\na crate,,two\\na stool,,1\\n,,1\\n{size},,1\\na,,9")
bpy.ops.easel.batch_read(filepath=str(path))
"""


def batches(studio: Studio) -> None:
    """The errors of a table, a batch before it starts, its wide table, and a batch that runs."""
    with studio.regular("batches", TALL) as (artist, _service):
        blender = artist.blender
        blender.run(OPEN_BATCH)
        artist.show_panels()
        blender.wait(f"{MIRROR}.has_balance", SLOW)
        blender.run(WRONG)
        blender.wait("batch.problems() and not batch.is_reading()", SLOW)
        take(blender, "batch-errors", sidebar_box)
        blender.run("batch.put_away()")
        blender.run(TABLE)
        blender.wait("batch.run() is not None and batch.plan() is not None", SLOW)
        take(blender, "batch-plan", sidebar_box)
        blender.run("""
with bpy.context.temp_override(window=window(), area=area("VIEW_3D"), region=region("VIEW_3D", "WINDOW")):
    bpy.ops.wm.call_panel(name="EASEL_PT_batch_table", keep_open=True)
""")
        take(blender, "batch-table", view_box)
        blender.run("bpy.ops.easel.batch_start()")
        blender.wait("batch.run().counts['DONE'] >= 2", SLOW)
        take(blender, "batch-running", sidebar_box)
