# SPDX-License-Identifier: GPL-3.0-or-later
"""A job never disturbs the artist's own work: undo, other files, renders, modes, windows."""

import time
from collections.abc import Callable

import pytest
from artist import JOBS, SLOW, Artist

from easel.simulator import Simulator, catalogue

TEXTURED = "any(n.type == 'TEX_IMAGE' for n in bpy.data.objects['Cube'].active_material.node_tree.nodes)"
SHOWN = """
result = sorted(
    (obj.name, node.image.name)
    for obj in bpy.data.objects if obj.type == "MESH"
    for slot in obj.material_slots if slot.material
    for node in slot.material.node_tree.nodes if node.type == "TEX_IMAGE" and node.image
)
"""
OTHER = """
other = bpy.data.objects.new("Other", bpy.data.objects["Cube"].data.copy())
other.data.materials.clear()
other.data.materials.append(bpy.data.materials.new("Wood"))
if bpy.app.version < (5, 0):
    other.active_material.use_nodes = True
tree = other.active_material.node_tree
picture = tree.nodes.new("ShaderNodeTexImage")
picture.image = bpy.data.images.new("Oak", 8, 8)
tree.links.new(picture.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
bpy.context.scene.collection.objects.link(other)
"""
"""An object with a texture."""
FORM = "bpy.context.scene.easel"
SOURCES = f"[source.image.name for source in {FORM}.sources]"
WINDOW = (
    "bpy.context.temp_override(window=window(), area=area('VIEW_3D'), region=region('VIEW_3D', 'WINDOW'))"
)


def start(artist: Artist, service: Simulator, prompt: str) -> None:
    """Send a job for the cube's texture, and wait until the service has it; it stays there."""
    artist.show_panels()
    artist.choose(placement="TEXTURE", prompt=prompt)
    service.script(catalogue.takes(600))
    artist.click("generate")
    artist.wait_for_state("RUNNING")


def finish(service: Simulator) -> None:
    """Make the service finish the last job that it got."""
    service.finish(list(service.tasks)[-1])


def end(artist: Artist, service: Simulator, posts: int = 1) -> None:
    """Check that nothing was sent twice, that Blender quits, and that nothing went wrong."""
    assert len([entry for entry in service.log if entry.method == "POST"]) == posts
    assert artist.blender.quit()[0] == 0, artist.blender.log()
    assert "Traceback" not in artist.blender.log()


def act(artist: Artist, code: str, step: str) -> None:
    """Change the scene with an undo step, as one of Blender's operators would."""
    artist.blender.run(f"with {WINDOW}:\n    {code}\n    bpy.ops.ed.undo_push(message={step!r})")


def place_by_hand(artist: Artist) -> None:
    """Click "Texture" below "Place"."""
    job = artist.job()["name"]
    artist.blender.click(*artist.blender.find_widget(f"bpy.ops.easel.place(job_id=\"{job}\", kind='TEXTURE'"))


def test_a_target_that_is_deleted_is_told_and_the_image_is_placed_by_hand(
    open_easel: Callable[[], Artist], service: Simulator
) -> None:
    artist = open_easel()
    blender = artist.blender
    start(artist, service, "Slate")
    act(artist, "bpy.data.objects['Cube'].location.x = 1", "Move")
    artist.press_in_view("Z", ctrl=True)
    blender.wait("bpy.data.objects['Cube'].location.x == 0", SLOW)
    artist.press_in_view("Z", ctrl=True, shift=True)
    blender.wait("bpy.data.objects['Cube'].location.x == 1", SLOW)
    assert artist.job()["state"] == "RUNNING"
    act(artist, "bpy.data.objects.remove(bpy.data.objects['Cube'])", "Delete")
    finish(service)

    artist.wait_for_state("DONE")
    blender.wait(f"'gone' in {JOBS}[0].placement_text", SLOW)
    assert artist.job()["is_placed"] is False
    assert blender.get("'Slate' not in bpy.data.images")
    artist.move_to_view()
    blender.screenshot("target-deleted")

    artist.press_in_view("Z", ctrl=True)  # the artist wants the cube back, with the image on it
    blender.wait("'Cube' in bpy.data.objects", SLOW)
    blender.run("bpy.data.objects['Cube'].select_set(True)")
    place_by_hand(artist)
    artist.wait_until_placed()
    assert blender.run(SHOWN) == [["Cube", "Slate"]]
    artist.press_in_view("Z", ctrl=True)
    blender.wait("'Slate' not in bpy.data.images", SLOW)
    artist.press_in_view("Z", ctrl=True, shift=True)
    blender.wait("'Slate' in bpy.data.images", SLOW)
    assert blender.run(SHOWN) == [["Cube", "Slate"]]
    end(artist, service)


def test_a_target_that_is_renamed_gets_its_texture_whatever_is_undone_meanwhile(
    open_easel: Callable[[], Artist], service: Simulator
) -> None:
    artist = open_easel()
    blender = artist.blender
    act(artist, "bpy.data.objects['Cube'].location.y = 2", "Move")
    start(artist, service, "Slate")
    act(artist, "bpy.data.objects['Cube'].name = 'Crate'", "Rename")
    for name, y in (("Cube", 2), ("Cube", 0)):  # back to before the job was sent, then forward again
        artist.press_in_view("Z", ctrl=True)
        blender.wait(
            f"[(o.name, o.location.y) for o in bpy.data.objects if o.name[0] == 'C'][-1] == {(name, y)}"
        )
    for name, y in (("Cube", 2), ("Crate", 2)):
        artist.press_in_view("Z", ctrl=True, shift=True)
        blender.wait(f"bpy.data.objects.get({name!r}) and bpy.data.objects[{name!r}].location.y == {y}", SLOW)
    assert artist.job()["state"] == "RUNNING"
    finish(service)
    artist.wait_until_placed()
    assert blender.run(SHOWN) == [["Crate", "Slate"]]
    artist.press_in_view("Z", ctrl=True)
    blender.wait("'Slate' in bpy.data.images and bpy.data.images['Slate'].use_fake_user", SLOW)
    assert blender.run(SHOWN) == []
    assert blender.get("bpy.data.objects['Crate'].location.y") == 2
    artist.press_in_view("Z", ctrl=True, shift=True)
    blender.wait("'Slate' in bpy.data.images and not bpy.data.images['Slate'].use_fake_user", SLOW)
    assert blender.run(SHOWN) == [["Crate", "Slate"]]
    end(artist, service)


def test_another_file_gets_nothing_until_the_artist_says_so(
    open_easel: Callable[[], Artist], service: Simulator
) -> None:
    artist = open_easel()
    blender = artist.blender
    start(artist, service, "Slate")
    blender.run(f"with {WINDOW}:\n    bpy.ops.wm.read_homefile(use_factory_startup=True, load_ui=False)")
    artist.show_panels()
    finish(service)
    artist.wait_for_state("DONE")
    blender.wait(f"{JOBS}[0].placement_text == 'Made in another file or session'", SLOW)
    assert blender.run(SHOWN) == []
    assert artist.job()["is_placed"] is False
    artist.move_to_view()
    blender.screenshot("other-file")

    place_by_hand(artist)
    artist.wait_until_placed()
    assert blender.run(SHOWN) == [["Cube", "Slate"]]
    end(artist, service)


@pytest.mark.long(40)
def test_renders_and_saves_go_on_and_are_waited_for(
    open_easel: Callable[[], Artist], service: Simulator
) -> None:
    artist = open_easel()
    blender = artist.blender
    blend = artist.library.parent / "scene.blend"
    start(artist, service, "Slate")
    blender.run(OTHER)
    blender.run("""
scene = bpy.context.scene
scene.render.engine = "CYCLES"
scene.cycles.device, scene.cycles.samples, scene.cycles.use_denoising = "CPU", 4096, False
scene.cycles.use_adaptive_sampling, scene.cycles.time_limit = False, 20
scene.render.resolution_x = scene.render.resolution_y = 400
bpy.context.preferences.view.render_display_type = "NONE"
""")
    blender.run(f"with {WINDOW}:\n    bpy.ops.render.render('INVOKE_DEFAULT')")
    blender.wait("bpy.app.is_job_running('RENDER')", SLOW)
    finish(service)
    artist.wait_for_state("DONE")
    blender.run(f"{FORM}.mode = 'EDIT'; bpy.context.view_layer.objects.active = bpy.data.objects['Other']")
    time.sleep(2.5)  # for some turns of the pump
    seen = blender.get(f"[bpy.app.is_job_running('RENDER'), {SOURCES}]")
    assert seen == [True, []], "no source is changed under a render either"
    assert blender.run(SHOWN) == [["Other", "Oak"]]
    assert artist.job()["is_placed"] is False
    artist.wait_until_placed()
    assert blender.get("bpy.app.is_job_running('RENDER')") is False
    blender.wait(f"{SOURCES} == ['Oak']", SLOW)
    blender.run(f"{FORM}.mode = 'GENERATE'; bpy.data.objects.remove(bpy.data.objects['Other'])")
    blender.run("bpy.context.view_layer.objects.active = bpy.data.objects['Cube']")
    assert blender.run(SHOWN) == [["Cube", "Slate"]]

    start(artist, service, "Chalk")
    blender.run(
        f"with {WINDOW}:\n    bpy.ops.wm.save_as_mainfile(filepath={blender.launcher.inside(blend)!r})"
    )
    finish(service)
    artist.wait_until_placed()
    assert blender.run(SHOWN) == [["Cube", "Chalk"]]
    # The file is saved now, so its new textures lie beside it.
    assert (blend.parent / "textures" / "chalk.png").stat().st_size == (
        max(artist.library.glob("images/*/*"), key=lambda path: path.stat().st_mtime).stat().st_size
    )
    assert blender.get("bpy.data.images['Chalk'].filepath") == "//textures/chalk.png"
    end(artist, service, posts=2)


@pytest.mark.long(25)
def test_an_animation_is_rendered_to_its_end_before_anything_is_placed(
    open_easel: Callable[[], Artist], service: Simulator
) -> None:
    artist = open_easel()
    blender = artist.blender
    frames = artist.library.parent / "frames"
    start(artist, service, "Slate")
    blender.run(f"""
scene = bpy.context.scene
scene.render.engine = "CYCLES"
scene.cycles.device, scene.cycles.samples, scene.cycles.use_denoising = "CPU", 4096, False
scene.cycles.use_adaptive_sampling, scene.cycles.time_limit = False, 3
scene.render.resolution_x = scene.render.resolution_y = 64
scene.frame_end = 4
scene.render.filepath = {blender.launcher.inside(frames)!r} + "/"
bpy.context.preferences.view.render_display_type = "NONE"
""")
    blender.run(f"with {WINDOW}:\n    bpy.ops.render.render('INVOKE_DEFAULT', animation=True)")
    blender.wait("bpy.app.is_job_running('RENDER')", SLOW)
    finish(service)
    artist.wait_for_state("DONE")
    assert blender.get("bpy.app.is_job_running('RENDER')")
    assert artist.job()["is_placed"] is False
    assert len(list(frames.glob("*.png"))) < 4
    artist.wait_until_placed()
    assert blender.get("bpy.app.is_job_running('RENDER')") is False
    assert len(list(frames.glob("*.png"))) == 4
    assert blender.run(SHOWN) == [["Cube", "Slate"]]
    end(artist, service)


def test_a_mode_stays_as_it_is(open_easel: Callable[[], Artist], service: Simulator) -> None:
    artist = open_easel()
    blender = artist.blender
    modes = ("EDIT", "SCULPT", "TEXTURE_PAINT")
    for mode in modes:
        blender.run(f"with {WINDOW}:\n    bpy.ops.wm.read_homefile(use_factory_startup=True, load_ui=False)")
        act(artist, f"bpy.ops.object.mode_set(mode={mode!r})", "Mode")
        start(artist, service, "Slate")
        finish(service)
        artist.wait_until_placed()
        assert blender.get("bpy.context.object.mode") == mode
        assert blender.run(SHOWN) == [["Cube", "Slate"]]
        artist.move_to_view()
        blender.screenshot(f"mode-{mode.lower()}")
        artist.press_in_view("Z", ctrl=True)
        blender.wait(f"not {TEXTURED}", SLOW)
        assert blender.get("bpy.context.object.mode") == mode
        artist.press_in_view("Z", ctrl=True, shift=True)
        blender.wait(TEXTURED, SLOW)
    end(artist, service, posts=len(modes))


def test_windows_and_workspaces_come_and_go(open_easel: Callable[[], Artist], service: Simulator) -> None:
    artist = open_easel()
    blender = artist.blender
    start(artist, service, "Slate")
    blender.run(f"with {WINDOW}:\n    bpy.ops.wm.window_new()")
    blender.wait("len(bpy.context.window_manager.windows) == 2", SLOW)
    names = blender.get("[space.name for space in bpy.data.workspaces]")
    for name in (*names[:5], "Layout"):
        blender.run(f"window().workspace = bpy.data.workspaces[{name!r}]")
        blender.wait(f"window().workspace.name == {name!r}", SLOW)
    blender.run("""
with bpy.context.temp_override(window=bpy.context.window_manager.windows[1]):
    bpy.ops.wm.window_close()
""")
    blender.wait("len(bpy.context.window_manager.windows) == 1", SLOW)
    finish(service)
    artist.wait_until_placed()
    artist.show_panels()
    assert blender.run(SHOWN) == [["Cube", "Slate"]]
    end(artist, service)
