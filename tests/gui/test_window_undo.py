# SPDX-License-Identifier: GPL-3.0-or-later
"""Undo belongs to the artist: results that came by themselves stay, and take no undo step without need."""

from collections.abc import Callable
from pathlib import Path

import pytest
from artist import JOBS, OVER_VIEW, SLOW, Artist
from driver import BlenderWindow
from launcher import Launcher

from easel.simulator import Simulator

IMAGES = "sorted(i.name for i in bpy.data.images if i.get('easel_job'))"
X = "bpy.data.objects['Cube'].location.x"
TEXTURES = """[
    node.image.name for node in bpy.data.objects['Cube'].active_material.node_tree.nodes
    if node.type == 'TEX_IMAGE' and node.image
]"""


def move(artist: Artist, x: float) -> None:
    """Move the crate with an operator, which pushes an undo step."""
    artist.blender.run(
        f"with {OVER_VIEW}:\n    bpy.ops.transform.translate('EXEC_DEFAULT', True, value=({x}, 0, 0))"
    )


def send(artist: Artist, prompt: str, placement: str = "IMAGE", count: int = 1) -> None:
    """Send a job with a click, as the artist does."""
    artist.choose(placement=placement, prompt=prompt)
    artist.blender.run(f"form = bpy.context.scene.easel; getattr(form, form.model.lower()).count = {count}")
    artist.click("generate")
    artist.blender.wait(f"len({JOBS}) and {JOBS}[0].prompt == {prompt!r}", SLOW)


def undo(artist: Artist) -> None:
    artist.press_in_view("Z", ctrl=True)


def redo(artist: Artist) -> None:
    artist.press_in_view("Z", ctrl=True, shift=True)


def end(artist: Artist) -> None:
    assert artist.blender.quit()[0] == 0, artist.blender.log()
    assert "Traceback" not in artist.blender.log()


def test_one_undo_moves_the_crate_back_and_leaves_both_images(
    open_easel: Callable[[], Artist], service: Simulator
) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    move(artist, 3)
    for prompt in ("Copper", "Slate"):
        send(artist, prompt)
        artist.wait_until_placed()
    blender.run("area('DOPESHEET_EDITOR').type = 'IMAGE_EDITOR'")
    blender.run("area('IMAGE_EDITOR').spaces.active.image = bpy.data.images['Slate']")
    undo(artist)
    blender.wait(f"{X} == 0", SLOW)
    blender.wait(f"{IMAGES} == ['Copper', 'Slate']", SLOW)
    shown = "getattr(area('IMAGE_EDITOR').spaces.active.image, 'name', '') == 'Slate'"
    blender.wait(shown, SLOW)
    assert blender.get(
        "all(i.packed_file and i.use_fake_user for i in bpy.data.images if i.get('easel_job'))"
    )
    blender.screenshot("undone")
    redo(artist)
    blender.wait(f"{X} == 3", SLOW)
    blender.wait(f"{IMAGES} == ['Copper', 'Slate']", SLOW)
    blender.wait(shown, SLOW)
    end(artist)


@pytest.mark.long(25)
def test_twenty_four_images_leave_the_artists_steps_alone(
    open_blender: Callable[..., BlenderWindow], launcher: Launcher, profile: Path, service: Simulator
) -> None:
    library = profile / "library"
    env = {
        "EASEL_API_URL": service.url,
        "EASEL_API_KEY": "window-test-key-0123456789",
        "EASEL_LIBRARY": launcher.inside(library),
        "EASEL_RATE_LIMIT": "600",
    }
    artist = Artist(open_blender(env=env), library)
    blender = artist.blender
    artist.show_panels()
    assert blender.get("bpy.context.preferences.edit.undo_steps") == 32
    for _ in range(12):
        move(artist, 1)
    blender.run(f"""
with {OVER_VIEW}:
    for number in range(24):
        bpy.ops.easel.generate(prompt=f"Image {{number}}", placement="IMAGE")
""")
    blender.wait(f"len({IMAGES}) == 24", SLOW)
    for x in range(11, -1, -1):
        undo(artist)
        blender.wait(f"{X} == {x}", SLOW)
    blender.wait(f"len({IMAGES}) == 24", SLOW)
    for x in range(1, 13):
        redo(artist)
        blender.wait(f"{X} == {x}", SLOW)
    blender.wait(f"len({IMAGES}) == 24", SLOW)
    end(artist)


def test_one_undo_takes_a_texture_back_and_nothing_else(
    open_easel: Callable[[], Artist], service: Simulator
) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    move(artist, 3)
    send(artist, "Copper", "TEXTURE", count=4)
    artist.wait_until_placed()
    blender.wait(f"len({TEXTURES}) == 1", SLOW)
    all_four = blender.get(IMAGES)
    assert len(all_four) == 4
    undo(artist)
    blender.wait(f"{TEXTURES} == []", SLOW)
    blender.wait(f"{IMAGES} == {all_four}", SLOW)
    assert blender.get(X) == 3
    assert blender.get(TEXTURES) == [], "put back among the images, not into nodes"
    redo(artist)
    blender.wait(f"len({TEXTURES}) == 1", SLOW)
    assert blender.get(IMAGES) == all_four
    undo(artist)
    blender.wait(f"{TEXTURES} == []", SLOW)
    undo(artist)
    blender.wait(f"{X} == 0", SLOW)
    blender.wait(f"{IMAGES} == {all_four}", SLOW)
    end(artist)


@pytest.mark.parametrize("mode", ["EDIT", "SCULPT", "TEXTURE_PAINT"])
def test_undo_in_a_mode_of_its_own_loses_nothing(
    open_easel: Callable[[], Artist], service: Simulator, mode: str
) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    if mode == "TEXTURE_PAINT":
        send(artist, "Ground", "TEXTURE")
        artist.wait_until_placed()
    known = blender.get(IMAGES)
    blender.run(f"with {OVER_VIEW}:\n    bpy.ops.object.mode_set('EXEC_DEFAULT', True, mode={mode!r})")
    if mode != "EDIT":
        artist.ensure_brush() if mode == "TEXTURE_PAINT" else None
    x, y, width, height = blender.get(
        "(lambda r: (r.x, r.y, r.width, r.height))(region('VIEW_3D', 'WINDOW'))"
    )
    middle = (x + width // 2, y + height // 2)

    def change() -> None:
        if mode == "EDIT":
            blender.run(f"with {OVER_VIEW}:\n    bpy.ops.mesh.subdivide('EXEC_DEFAULT', True)")
        else:
            blender.stroke([middle, (middle[0] + 40, middle[1] + 20)])

    change()
    send(artist, "Slate")
    artist.wait_until_placed()
    change()
    wanted = sorted([*known, "Slate"])
    for _ in range(2):
        undo(artist)
        blender.wait(f"{IMAGES} == {wanted}", SLOW)
        assert blender.get("bpy.context.object.mode") == mode
    for _ in range(2):
        redo(artist)
        blender.wait(f"{IMAGES} == {wanted}", SLOW)
    assert blender.get("bpy.context.object.mode") == mode
    blender.screenshot(f"undone-{mode.lower()}")
    end(artist)
