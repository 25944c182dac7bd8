# SPDX-License-Identifier: GPL-3.0-or-later
"""`make pictures`: take the pictures of README and handbook from a real window, with the built zip.

They go to docs/pictures. With LOOKS=1, the same panels at interface scale 1.5, in the light theme, in German
and in narrow sidebars go to tests/gui/out, for review after a change. The service is the simulator.
"""

import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "gui"), str(ROOT / "tests" / "support")]

from artist import EXTENSION, SLOW, Artist  # noqa: E402 (only now is it found)
from driver import BlenderWindow  # noqa: E402
from launcher import Launcher  # noqa: E402
from picture_batch import batches  # noqa: E402
from picture_frames import (  # noqa: E402
    PICTURES,
    drag_sidebar,
    look_at,
    preferences_box,
    sidebar_box,
    take,
    view_box,
)
from picture_library import newest, side_by_side  # noqa: E402
from picture_masks import face_mask, masks  # noqa: E402
from picture_models import concept_to_model, references, textured  # noqa: E402
from picture_painting import painting  # noqa: E402
from picture_repository import from_repository  # noqa: E402
from picture_studio import (  # noqa: E402
    COPPER,
    MIRROR,
    TALL,
    WIDE,
    Studio,
    make_copper,
    set_mode,
    show_editor,
)
from picture_tiling import tiling  # noqa: E402
from picture_versions import comparing, painting_in, painting_through  # noqa: E402
from picture_ways import ways  # noqa: E402

from easel.simulator import catalogue  # noqa: E402
from easel.simulator.faults import On, Spoilt, When  # noqa: E402

SCREEN = "1440x1800"  # fits windows of both sizes


def main() -> int:
    """Take all pictures. Returns the exit code."""
    own_root, blender = os.environ.get("EASEL_GUI"), os.environ.get("BLENDER")
    if not (own_root or blender):
        sys.exit("make pictures needs a Blender with a window: make pictures BLENDER=/path/to/blender")
    PICTURES.mkdir(parents=True, exist_ok=True)
    work = ROOT / ".cache" / "gui"
    work.mkdir(parents=True, exist_ok=True)
    command = f"{own_root} -g {SCREEN}" if own_root else blender
    launcher = Launcher(command, work, has_own_root=bool(own_root))
    with tempfile.TemporaryDirectory(dir=work, ignore_cleanup_errors=True) as folder:
        studio = Studio(launcher, Path(folder))
        wanted = sys.argv[1:]
        for scene in SCENES:
            if not wanted or scene.__name__ in wanted:
                scene(studio)
    return 0


def first_steps(studio: Studio) -> None:
    """Take a newcomer's first steps: what is missing, the simulator, the preferences."""
    with studio.newcomer() as artist:
        blender = artist.blender
        blender.show_sidebar("VIEW_3D", "Easel")
        blender.wait(f"{MIRROR}.obstacle == 'ONLINE_ACCESS'", SLOW)
        take(blender, "first-run", sidebar_box)
        allow = "bpy.context.preferences.system.use_online_access = "
        blender.run(allow + "True")  # nothing is sent without a key
        blender.wait(f"{MIRROR}.obstacle == 'KEY'", SLOW)
        take(blender, "no-key", sidebar_box)
        blender.run(allow + "False")
        blender.wait(f"{MIRROR}.obstacle == 'ONLINE_ACCESS'", SLOW)
        artist.click("start_simulator")
        blender.wait(f"{MIRROR}.is_simulator and {MIRROR}.has_balance", SLOW)
        artist.choose(prompt=COPPER)
        take(blender, "simulator", sidebar_box)
        show_preferences(blender)
        take(blender, "preferences", preferences_box)


def panels(studio: Studio) -> None:
    """Take the sidebar during a job."""
    with studio.regular("panels", TALL) as (artist, service):
        blender = artist.blender
        artist.choose(placement="TEXTURE", prompt=COPPER)
        take(blender, "ready", sidebar_box)

        service.script(catalogue.takes(60))
        artist.choose(**{"gemini_3_1_flash.count": 4})
        blender.run("bpy.ops.easel.generate()")
        artist.wait_for_state("RUNNING")
        blender.wait(f"{MIRROR}.jobs[0].progress > 0.4", SLOW)
        take(blender, "generating", sidebar_box)
        artist.wait_until_placed()
        artist.click("choose_picture")  # the middle one of the row
        take(blender, "done", sidebar_box)


def edits(studio: Studio) -> None:
    """Take the sidebar for an edit of images, and of the view."""
    with studio.regular("edits", TALL) as (artist, _service):
        blender = artist.blender
        make_copper(artist)
        blender.run("bpy.ops.easel.generate(prompt='Mossy brick wall', placement='IMAGE')")
        blender.wait(f"len({MIRROR}.jobs) == 2", SLOW)
        artist.wait_until_placed()
        edit_the_copper(artist)
        take(blender, "edit", sidebar_box)
        if os.environ.get("LOOKS"):
            look_at_large_source(artist)
        set_mode(blender, "TEXTURE_PAINT")
        artist.choose(edit_prompt="Let moss grow on the upper edges")
        take(blender, "view-edit", sidebar_box)


def look_at_large_source(artist: Artist) -> None:
    """Take the texts about a source that is larger than the answer, and one marked Never Upload."""
    blender = artist.blender
    blender.run("""
form = bpy.context.scene.easel
form.sources[0].image = bpy.data.images.new("Castle wall", 4096, 4096)
form.sources.remove(1)
""")
    blender.wait(f"any('4096' in row.warning for row in {MIRROR}.sources)", SLOW)
    look_at(blender, "edit-large", sidebar_box)
    blender.run("bpy.context.scene.easel.sources[0].image.easel_never_upload = True")
    look_at(blender, "edit-locked", sidebar_box)
    blender.run(f"bpy.context.scene.easel.sources[0].image = bpy.data.images[{COPPER!r}]")


def troubles(studio: Studio) -> None:
    """Take jobs that failed or are uncertain."""
    with studio.regular("troubles", TALL) as (artist, service):
        blender = artist.blender
        artist.choose(placement="TEXTURE", prompt=COPPER)
        service.script(catalogue.failed())
        blender.run("bpy.ops.easel.generate()")
        artist.wait_for_state("FAILED")
        take(blender, "error", sidebar_box)

        service.script(catalogue.dropped(On.SUBMIT, when=When.AFTER))
        blender.run("bpy.ops.easel.generate()")
        artist.wait_for_state("UNCERTAIN")
        look_at(blender, "uncertain", sidebar_box)

        service.script(replace(catalogue.spoilt(Spoilt.CORRUPT), times=None, skip=1))
        artist.choose(model="GEMINI_2_5_FLASH")
        artist.choose(**{"gemini_2_5_flash.count": 2})
        blender.run("bpy.ops.easel.generate()")
        blender.wait(f"len({MIRROR}.jobs) == 3 and {MIRROR}.jobs[0].image_count == 1", SLOW)
        blender.run("bpy.ops.easel.stop_watching()")
        blender.wait(f"{MIRROR}.jobs[0].is_half_here", SLOW)
        look_at(blender, "half-downloaded", sidebar_box)


def results(studio: Studio) -> None:
    """Take the 3D View with the results."""
    with studio.regular("results", WIDE) as (artist, _service):
        blender = artist.blender
        make_copper(artist)
        result = Image.open(artist.result_file())
        blender.run("""
space = area("VIEW_3D").spaces.active
space.overlay.show_overlays = False
space.shading.type = "MATERIAL"
space.region_3d.view_distance *= 0.45
space.region_3d.view_location = (0.5, 0.5, 0)  # the sidebar covers the right
""")
        artist.move_to_view()
        lit = 70  # of 255: distance of the lit colours from the image's; twice as much without a cube
        artist.wait_until_seen("Cube", result, "done-in-view", lit)
        take(blender, "done-in-view", view_box)

        blender.run("bpy.context.scene.cursor.location = (-1.7, -1.7, 0)")
        artist.choose(placement="PLANE", prompt="Old brick wall with moss")
        artist.click("generate")
        blender.wait(f"len({MIRROR}.jobs) == 2", SLOW)
        artist.wait_until_placed()
        name = blender.get("next(obj.name for obj in bpy.data.objects if obj.name.startswith('Old brick'))")
        newest = max(artist.library.glob("images/*/*"), key=lambda path: path.stat().st_mtime)
        artist.move_to_view()
        artist.wait_until_seen(name, Image.open(newest), "plane", tolerance=25)  # it is unlit
        take(blender, "plane", view_box)


def other_editors(studio: Studio) -> None:
    """Take Easel's tab in the Image Editor and in the Shader Editor."""
    with studio.regular("other_editors", TALL) as (artist, _service):
        blender = artist.blender
        make_copper(artist)
        artist.choose(mode="EDIT", edit_prompt="Let moss grow in the dents")
        show_editor(blender, "IMAGE_EDITOR", COPPER)
        blender.wait(f"any(row.text for row in {MIRROR}.sources)", SLOW)
        take(blender, "image-editor", partial(sidebar_box, editor="IMAGE_EDITOR"))
        blender.run("bpy.context.scene.easel.mode = 'GENERATE'")
        show_editor(blender, "NODE_EDITOR")
        take(blender, "shader-editor", partial(sidebar_box, editor="NODE_EDITOR"))


def history(studio: Studio) -> None:
    """Take an edit of an edit in the Image Editor, with its history."""
    with studio.regular("history", TALL) as (artist, _service):
        blender = artist.blender
        make_copper(artist)
        artist.choose(mode="EDIT", editor_placement="TEXTURE")
        show_editor(blender, "IMAGE_EDITOR", COPPER)
        for number, prompt in enumerate(("Let moss grow in the dents", "Wet from the rain"), start=2):
            blender.run(f"""
bpy.context.scene.easel.edit_prompt = {prompt!r}
with bpy.context.temp_override(window=window(), area=area("IMAGE_EDITOR")):
    bpy.ops.easel.edit(in_editor=True)
""")
            blender.wait(f"len({MIRROR}.jobs) == {number}", SLOW)
            artist.wait_until_placed()
        take(blender, "history", partial(sidebar_box, editor="IMAGE_EDITOR"))


def library(studio: Studio) -> None:
    """Take the library: images found by a word, one of them chosen and starred."""
    with studio.regular("library", TALL) as (artist, _service):
        blender = artist.blender
        fill_library(artist, LIBRARY)
        blender.run(OPEN_LIBRARY)
        blender.run("bpy.ops.wm.read_homefile()")  # whose sidebar has not yet had it closed
        artist.show_panels()
        blender.wait("wall.rows() and all(icon(row) for row in wall.rows())", SLOW)
        blender.run(f"{MIRROR}.gallery.search = 'wall'")
        blender.wait(f"0 < len(wall.rows()) < {len(LIBRARY)}", SLOW)
        blender.run("bpy.ops.easel.choose_from_library(image=str(wall.rows()[1].id))")
        blender.run("bpy.ops.easel.star_images()")
        blender.run("bpy.ops.easel.rate_images(rating=4)")
        blender.run(f"{MIRROR}.gallery.chosen_tags = 'castle, old'")
        blender.wait("wall.are_starred() and wall.common_tags() and wall.common_rating() == 4", SLOW)
        take(blender, "library", sidebar_box)


def wide_library(studio: Studio) -> None:
    """Take the library in a wide Image Editor: many images in a row."""
    with studio.regular("wide_library", TALL) as (artist, _service):
        blender = artist.blender
        fill_library(artist, LIBRARY * 4)
        blender.run(OPEN_LIBRARY + CLOSE_NEWEST)
        blender.run("bpy.ops.wm.read_homefile()")  # whose sidebar has not yet had it closed
        blender.run('area("VIEW_3D").ui_type = "IMAGE_EDITOR"')
        blender.show_sidebar("IMAGE_EDITOR", "Easel")
        drag_sidebar(blender, 680)
        blender.wait("wall.rows() and all(icon(row) for row in wall.rows())", SLOW)
        take(blender, "wide-library", partial(sidebar_box, editor="IMAGE_EDITOR"))


def fill_library(artist: Artist, prompts: Sequence[str]) -> None:
    """Generate an image from each prompt."""
    blender = artist.blender
    blender.run(f"bpy.context.preferences.addons[{EXTENSION!r}].preferences.rate_limit = 600")
    for prompt in prompts:
        blender.run(f"bpy.ops.easel.generate(prompt={prompt!r}, placement='IMAGE')")
    blender.wait(
        f"len({MIRROR}.jobs) == {len(prompts)} and all(job.is_placed for job in {MIRROR}.jobs)", SLOW
    )


def file_images(studio: Studio) -> None:
    """Take the images of the open file: some kept, some at risk."""
    with studio.regular("file-images", TALL) as (artist, _service):
        blender = artist.blender
        blender.run(OPEN_LIBRARY + OPEN_FILE_IMAGES + CLOSE_NEWEST)
        blender.run("bpy.ops.wm.read_homefile()")  # whose sidebar has not yet had them closed
        artist.show_panels()
        blender.run(f"{MIRROR}.gallery.size = 'SMALL'")
        blender.run(SAVE)
        fill_library(artist, LIBRARY[:5])
        blender.run(AT_RISK)
        blender.wait("len(audit.found().at_risk) == 3 and audit.credits_spent() == 75", SLOW)
        take(blender, "file-images", sidebar_box)


def prune(studio: Studio) -> None:
    """Take the preview of pruning the library."""
    with studio.regular("prune", TALL) as (artist, _service):
        blender = artist.blender
        fill_library(artist, LIBRARY)
        blender.run(OPEN_LIBRARY + PRUNING)
        blender.run("bpy.ops.wm.read_homefile()")  # whose sidebar has not yet had them closed
        blender.run(f"{MIRROR}.gallery.search = 'mossy'")
        blender.run(f"{MIRROR}.gallery.prune_size = 0.002")
        artist.show_panels()
        blender.wait("pruning.plan() is not None and pruning.plan().ids", SLOW)
        take(blender, "prune", sidebar_box)


def edit_the_copper(artist: Artist) -> None:
    """Fill in the form of an edit: the cube's texture, and a second image for its style."""
    artist.choose(mode="EDIT")
    artist.blender.run("""
with bpy.context.temp_override(window=window(), area=area("VIEW_3D"), region=region("VIEW_3D", "UI")):
    bpy.ops.easel.add_object_textures()
    bpy.ops.easel.add_image(name="Mossy brick wall")
form = bpy.context.scene.easel
form.edit_prompt = "Let moss grow in the dents"
form.sources[1].role = "the moss"
form.active_source = 0
""")
    artist.blender.wait(f"len({MIRROR}.sources) == 2 and all(row.text for row in {MIRROR}.sources)", SLOW)


def show_preferences(blender: BlenderWindow) -> None:
    """Turn the 3D View into Easel's preferences: their own window would be too small."""
    blender.run(f"""
import addon_utils
preferences = bpy.context.preferences
preferences.active_section = "ADDONS"
module = next(found for found in addon_utils.modules() if found.__name__ == {EXTENSION!r})
info = addon_utils.module_bl_info(module)
info["show_expanded"] = True
bpy.context.window_manager.addon_search = info["name"]
area("VIEW_3D").type = "PREFERENCES"
area("DOPESHEET_EDITOR").type = "VIEW_3D"  # so that there is one to show Easel in
""")
    blender.wait(f"{MIRROR}.library_text", SLOW)


OPEN_LIBRARY = """
import sys
inside = lambda name: sys.modules["bl_ext.user_default.easel." + name]
wall, thumbnails = inside("scene.session.wall"), inside("scene.listing.result_thumbnails")
icon = lambda row: thumbnails.icon_of(row.job_id, row.index + 1)
for panel in inside("panels.gallery").CLASSES:  # as if its title had been clicked
    bpy.utils.unregister_class(panel)
    panel.bl_options = set()
    bpy.utils.register_class(panel)
for name in ("panels.file_images", "panels.tidying"):  # which stand in it: they have lost it with that
    for panel in inside(name).CLASSES:
        bpy.utils.unregister_class(panel)
        bpy.utils.register_class(panel)
"""
PRUNING = """
pruning = inside("scene.session.pruning")
for panel in inside("panels.tidying").CLASSES:
    bpy.utils.unregister_class(panel)
    panel.bl_options = set()
    bpy.utils.register_class(panel)
"""
OPEN_FILE_IMAGES = """
audit = inside("scene.session.audit")
for panel in inside("panels.file_images").CLASSES:
    bpy.utils.unregister_class(panel)
    panel.bl_options = set()
    bpy.utils.register_class(panel)
"""
CLOSE_NEWEST = """
for panel in inside("panels.strip").CLASSES:
    bpy.utils.unregister_class(panel)
    panel.bl_options = {"DEFAULT_CLOSED"}
    bpy.utils.register_class(panel)
"""
SAVE = """
import os, pathlib
bpy.ops.wm.save_as_mainfile(filepath=str(pathlib.Path(os.environ["EASEL_LIBRARY"]).with_name("castle.blend")))
"""
AT_RISK = """
import os, pathlib
os.remove(bpy.path.abspath(bpy.data.images["Plaster wall, cracked"].filepath))
bpy.data.images["Blue glass"].pixels[0] = 0.5
bpy.data.images["Oak floor, worn"].pack()
brick = bpy.data.images["Mossy brick wall"]
brick.filepath = str(next(pathlib.Path(os.environ["EASEL_LIBRARY"]).rglob("*mossy-brick*.png")))
"""
LIBRARY = (
    "Mossy brick wall",
    "Oak floor, worn",
    "Plaster wall, cracked",
    "Blue glass",
    "Stone wall of a castle",
    "Coarse linen",
    "Wall of rusty iron plates",
)

SCENES = (
    first_steps,
    panels,
    edits,
    troubles,
    other_editors,
    history,
    masks,
    face_mask,
    comparing,
    painting_in,
    painting_through,
    results,
    ways,
    references,
    concept_to_model,
    textured,
    library,
    wide_library,
    side_by_side,
    newest,
    file_images,
    prune,
    tiling,
    painting,
    batches,
    from_repository,
)

if __name__ == "__main__":
    sys.exit(main())
