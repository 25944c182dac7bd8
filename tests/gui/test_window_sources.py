# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of sources shows fourteen files, a mask, tiles and a silent disk, and tells what is sent."""

from collections.abc import Callable
from pathlib import Path

from artist import SLOW, Artist
from PIL import Image
from silent_files import SilentFile

from easel.simulator import Simulator

FORM = "bpy.context.scene.easel"
ROWS = "bpy.context.window_manager.easel.sources"
ADD = """
form = bpy.context.scene.easel
form.mode, form.edit_prompt, form.placement = "EDIT", "Mossy", "IMAGE"
for path in {paths!r}:
    source = form.sources.add()
    source.image = bpy.data.images.load(path)
form.active_source = 0
region("VIEW_3D").tag_redraw()
"""
SILENT = """
form = bpy.context.scene.easel
form.mode, form.edit_prompt, form.placement = "EDIT", "Mossy", "IMAGE"
for path in {paths!r}:
    form.sources.add().filepath = path
form.sources.add().image = bpy.data.images.new("Painted", 2048, 2048)
form.active_source = 1
region("VIEW_3D").tag_redraw()
"""
TILES = """
image = bpy.data.images.load({path!r})
image.source = "TILED"
image.tiles.new(1002)
form = bpy.context.scene.easel
form.mask.kind = "EVERYTHING"
form.sources.clear()
form.sources.add().image = image
form.sources[0].tiles = "1001,1002"
region("VIEW_3D").tag_redraw()
"""


def test_what_is_told_of_many_sources_is_what_is_sent(
    open_easel: Callable[[], Artist], service: Simulator, profile: Path
) -> None:
    artist = open_easel()
    blender = artist.blender
    paths = _pictures(profile)
    artist.show_panels()
    blender.run(ADD.format(paths=[blender.launcher.inside(path) for path in paths]))
    blender.wait(f"len({ROWS}) == 14 and all(row.icon and row.byte_count for row in {ROWS})", SLOW)
    artist.move_to_view()
    blender.screenshot("sources-1-fourteen")

    blender.run(f"{FORM}.sources.remove(13)\n{FORM}.mask.kind = 'ALPHA'\nregion('VIEW_3D').tag_redraw()")
    blender.wait(f"len({ROWS}) == 13", SLOW)
    blender.screenshot("sources-2-mask")
    told = blender.get(f"[(row.byte_count, row.is_about, row.text) for row in {ROWS}]")
    assert "→" in told[0][2], "it goes out on a canvas"
    assert sum(is_about for _count, is_about, _text in told) == 2, "the edited one, and what is encoded"
    artist.click("edit")
    blender.wait("bpy.context.window_manager.easel.jobs", SLOW)
    job_id = blender.get("bpy.context.window_manager.easel.jobs[0].name")
    artist.wait_for_state("DONE")
    (folder,) = artist.library.glob(f"sources/{job_id}")
    for index, (byte_count, is_about, text) in enumerate(told, start=1):
        made = list(folder.glob(f"sent-{index}.*"))
        path = made[0] if made else paths[index - 1]
        with Image.open(path) as picture:
            assert text.split(" · ")[1] == picture.format, text
        if not is_about:
            assert path.stat().st_size == byte_count, text

    blender.run(TILES.format(path=blender.launcher.inside(profile / "tile.<UDIM>.png")))
    blender.wait(f"len({ROWS}) == 1 and {ROWS}[0].text and {ROWS}[0].icon", SLOW)
    blender.screenshot("sources-3-tiles")
    blender.run(f"{FORM}.sources[0].image.easel_never_upload = True\nregion('VIEW_3D').tag_redraw()")
    blender.wait(f"{ROWS}[0].problem", SLOW)
    blender.screenshot("sources-4-never")
    assert "Traceback" not in blender.log()
    assert blender.quit()[0] == 0


def test_a_file_that_does_not_answer_holds_up_neither_the_window_nor_quitting(
    open_easel: Callable[[], Artist], service: Simulator, profile: Path
) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    silent, good = profile / "on a dead share.png", profile / "good.png"
    SilentFile(silent)
    Image.effect_noise((640, 360), 30).save(good)
    paths = [blender.launcher.inside(path) for path in (good, silent)]
    blender.run(SILENT.format(paths=paths))
    blender.wait(f"len({ROWS}) == 3 and {ROWS}[0].icon", SLOW)
    assert blender.get(f"{ROWS}[1].state") == "Looking at the file…"
    assert "at most" in blender.get(f"{ROWS}[2].text")
    artist.move_to_view()
    blender.screenshot("sources-5-silent")
    blender.run(f"{FORM}.active_source = 2\nregion('VIEW_3D').tag_redraw()")
    artist.move_to_view()
    blender.screenshot("sources-6-painted")
    assert "Traceback" not in blender.log()
    exit_code, seconds = blender.quit()
    assert (exit_code, seconds < 30) == (0, True), seconds


def _pictures(profile: Path) -> list[Path]:
    """Draw fourteen pictures in many formats, and two tiles; return the paths of the pictures."""
    paths: list[Path] = []
    for index in range(14):
        suffix = (".png", ".jpg", ".webp")[index % 3] if index != 7 else ".tif"
        path = profile / f"source{index + 1}{suffix}"
        colour = (17 * index, 255 - 15 * index, 90)
        picture = Image.effect_noise((648 + 16 * index, 360), 30).convert("RGB")
        picture.paste(colour, (0, 0, 320, 360))
        if not index:
            picture.putalpha(Image.linear_gradient("L").resize(picture.size))
        picture.save(path)
        paths.append(path)
    for number in (1001, 1002):
        Image.effect_noise((512, 512), 40).convert("RGB").save(profile / f"tile.{number}.png")
    return paths
