# SPDX-License-Identifier: GPL-3.0-or-later
"""With mouse and keyboard, a prompt becomes the texture of the default cube."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from artist import SLOW, Artist
from PIL import Image

from easel.simulator import Simulator, catalogue

PROMPT = "Rusty copper with verdigris"
SOCKET = "bpy.data.objects['Cube'].active_material.node_tree.nodes['Principled BSDF'].inputs['Base Color']"
SHOWN = f"[link.from_node.image.name for link in {SOCKET}.links]"


@pytest.fixture
def service() -> Iterator[Simulator]:
    """Yield a service that draws in full detail, as the test compares the screen with the file."""
    with Simulator(speed=100, rate_limit=None, refuse_unknown=True) as simulator:
        yield simulator


@pytest.mark.long(20)
def test_a_click_puts_a_texture_on_the_cube(open_easel: Callable[[], Artist], service: Simulator) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    artist.choose(placement="TEXTURE")
    artist.write_prompt(PROMPT)
    blender.screenshot("texture-1-ready")

    service.script(catalogue.takes(6))
    artist.click("generate")
    artist.wait_for_state("RUNNING")
    blender.wait("bpy.context.window_manager.easel.jobs[0].progress > 0.2", SLOW)
    blender.screenshot("texture-2-running")
    artist.wait_until_placed()
    job = artist.job()
    assert (job["state"], job["image_count"], job["message"]) == ("DONE", 1, "")

    assert blender.get(SHOWN) == [PROMPT]
    _assert_image_is(artist, PROMPT)
    artist.show_alone("Cube", shading="SOLID")
    _assert_seen_upright(artist, "Cube", "texture-3-done")
    blender.run("area('VIEW_3D').spaces.active.shading.type = 'MATERIAL'")
    blender.run("area('VIEW_3D').spaces.active.region_3d.view_distance *= 1.6")
    lit = 70  # of 255: the distance of lit colours from unlit ones; without a cube it is twice as far
    artist.wait_until_seen("Cube", Image.open(artist.result_file()), "texture-4-material-preview", lit)
    blender.run("area('VIEW_3D').spaces.active.shading.type = 'SOLID'")  # a redraw would take seconds

    artist.press_in_view("Z", ctrl=True)
    blender.wait(f"not {SHOWN}", SLOW)
    assert blender.get("'Cube' in bpy.data.objects and bpy.context.scene.easel.prompt") == PROMPT
    blender.wait(f"(lambda it: it and it.use_fake_user)(bpy.data.images.get({PROMPT!r}))", SLOW)
    _assert_image_is(artist, PROMPT)
    assert blender.get(f"not {SHOWN}"), "the image came by itself and stays, and nothing shows it"
    artist.press_in_view("Z", ctrl=True, shift=True)
    blender.wait(SHOWN, SLOW)
    _assert_image_is(artist, PROMPT)
    assert len([entry for entry in service.log if entry.method == "POST"]) == 1
    assert blender.quit()[0] == 0, blender.log()
    assert "Traceback" not in blender.log()


def test_a_click_puts_a_reference_plane_at_the_cursor(
    open_easel: Callable[[], Artist], service: Simulator
) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    artist.choose(placement="PLANE")
    blender.run("bpy.context.scene.cursor.location = (3, -2, 1)")
    artist.write_prompt("Mossy brick wall")
    artist.click("generate")
    artist.wait_until_placed()

    name = blender.get("next(obj.name for obj in bpy.data.objects if obj.name.startswith('Mossy'))")
    plane = f"bpy.data.objects[{name!r}]"
    assert blender.get(f"tuple({plane}.matrix_world.translation)") == [3, -2, 1]
    view = "area('VIEW_3D').spaces.active.region_3d.view_rotation"
    turned = f"{plane}.matrix_world.to_quaternion().rotation_difference({view})"
    assert blender.get(f"{turned}.angle") < 1e-3  # radians
    artist.show_alone(name, shading="MATERIAL")
    _assert_seen_upright(artist, name, "plane-material-preview")
    artist.press_in_view("Z", ctrl=True)
    blender.wait(f"{name!r} not in bpy.data.objects", SLOW)
    assert "Traceback" not in blender.log()


def _assert_image_is(artist: Artist, name: str) -> None:
    """Check that the datablock holds the library's file: packed byte by byte, and decoded pixel by pixel."""
    blender, path = artist.blender, artist.result_file()
    copy = artist.library.parent / "seen.npy"
    blender.run(f"""
import hashlib, numpy
image = bpy.data.images[{name!r}]
pixels = numpy.empty(len(image.pixels), numpy.float32)
image.pixels.foreach_get(pixels)
numpy.save({blender.launcher.inside(copy)!r}, (pixels * 255.5).astype(numpy.uint8))
""")
    assert blender.get("[image.source, image.is_dirty, image.colorspace_settings.name]") == [
        "FILE",
        False,
        "sRGB",
    ]
    assert bytes.fromhex(blender.get("bytes(image.packed_file.data).hex()")) == path.read_bytes()
    wanted = np.asarray(Image.open(path).convert("RGBA"))
    assert np.array_equal(np.load(copy).reshape(wanted.shape), wanted[::-1])


def _assert_seen_upright(artist: Artist, name: str, screenshot: str) -> None:
    """Check that the screen shows the file's picture, and that no mirrored one would fit as well."""
    image = Image.open(artist.result_file())
    artist.move_to_view()
    difference = artist.wait_until_seen(name, image, screenshot, tolerance=12)  # of 255
    for turn in (Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.FLIP_LEFT_RIGHT):
        assert artist.difference(name, image.transpose(turn), screenshot) > difference + 8
