# SPDX-License-Identifier: GPL-3.0-or-later
"""Take pictures of a batch: two hundred rows of a table, its plan, and its run."""

from functools import partial

from artist import SLOW
from driver import BlenderWindow
from picture_frames import sidebar_box, take, take_popup
from picture_studio import MIRROR, TALL, Studio

PANEL = "wm.call_panel(name='{}', keep_open=True)"
OPEN_BATCH = """
import sys
inside = lambda name: sys.modules["bl_ext.user_default.easel." + name]
batch = inside("scene.session.batch")
tables = inside("scene.session.batch_table")
plans = inside("scene.session.batch_plan")
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
lines = [f"{kind} {prop},GEMINI_2_5_FLASH,2" for prop in props for kind in kinds for _ in range(2)]
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
    """Take pictures of a batch from its table's errors to its cost."""
    with studio.regular("batches", TALL) as (artist, _service):
        blender = artist.blender
        blender.run(OPEN_BATCH)
        artist.show_panels()
        blender.wait(f"{MIRROR}.has_balance", SLOW)
        blender.run(WRONG)
        blender.wait("tables.problems() and not batch.is_reading()", SLOW)
        take(blender, "batch-errors", sidebar_box)
        blender.run("batch.put_away()")
        blender.run(TABLE)
        blender.wait("batch.run() is not None and plans.plan() is not None", SLOW)
        take(blender, "batch-plan", sidebar_box)
        take_popup(blender, "batch-table", partial(pop_up, blender, PANEL.format("EASEL_PT_batch_table")))
        take_popup(
            blender, "batch-edit", partial(pop_up, blender, "easel.batch_edit('INVOKE_DEFAULT', row=3)")
        )
        blender.run("bpy.ops.easel.batch_start()")
        blender.wait("batch.run().counts['DONE'] >= 2", SLOW)
        take(blender, "batch-running", sidebar_box)
        blender.run("bpy.ops.easel.batch_pause()")
        blender.wait("not batch.run().is_under_way()", SLOW)
        take_popup(blender, "spend", partial(pop_up, blender, PANEL.format("EASEL_PT_spend")))


def pop_up(blender: BlenderWindow, call: str) -> None:
    """Open a panel or dialog over the 3D View by calling an operator."""
    blender.run(f"""
with bpy.context.temp_override(window=window(), area=area("VIEW_3D"), region=region("VIEW_3D", "WINDOW")):
    bpy.ops.{call}
""")
