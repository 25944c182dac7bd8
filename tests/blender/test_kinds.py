# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of every kind through an edit: Easel sends what artists see; the result is read like its source."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
from movies import write_movie
from numpy.typing import NDArray
from PIL import Image

from easel.imaging.errors import SnapshotFailed
from easel.imaging.exr import write_exr
from easel.imaging.png import ArrayRows, write_png
from easel.imaging.premultiplied import premultiplied_file
from easel.imaging.snapshot import FileSnapshot, PendingPixels
from easel.imaging.upload import prepare_upload
from easel.jobs.placement import ImageLook, Placement
from easel.jobs.stored_placement import placement_from_dict
from easel.scene.listing.describe import describe
from easel.scene.session import session
from easel.scene.sources import pixels
from easel.scene.sources.snapshots import SourceUnusable, snapshot

if TYPE_CHECKING:
    from easel.simulator import Simulator

SIDE = 64
LINEAR = "Linear Rec.709"


def picture(seed: int = 1, *, side: int = SIDE) -> NDArray[np.uint8]:
    """Return known pixels with soft alpha, top row first: 16 blocks, so that resampling keeps them."""
    blocks = np.random.default_rng(seed).integers(40, 216, (4, 4, 4), np.uint8)
    return np.kron(blocks, np.ones((side // 4, side // 4, 1), np.uint8))


def fill(image: bpy.types.Image, values: NDArray[np.float32]) -> None:
    """Paint the whole image."""
    image.pixels.foreach_set(values[::-1].astype(np.float32).ravel())
    image.update()


def edit(image: bpy.types.Image, **settings: object) -> tuple[bpy.types.Image, NDArray[np.uint8]]:
    """Edit an image; return the result, and the source's pixels as they were sent (top row first, RGBA)."""
    before = set(bpy.data.images)
    settings = {"placement": "IMAGE", "sizing": "KEEP_SIZE"} | settings
    done = bpy.ops.easel.edit(prompt="older", sources=[{"name": image.name}], wait=True, **settings)
    assert done == {"FINISHED"}
    (result,) = set(bpy.data.images) - before
    row = bpy.context.window_manager.easel.jobs[0]
    with Image.open(session.engine().job(row.name).preparation.original) as sent:
        return result, np.asarray(sent.convert("RGBA"))


def stored(image: bpy.types.Image) -> NDArray[np.uint8]:
    """Return the pixels in the result's file, top row first."""
    with Image.open(bpy.path.abspath(image.filepath)) as file:
        return np.asarray(file.convert("RGBA"))


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., bpy.types.Image]:
    """Return a function that writes the known pixels to a file and opens it."""

    def run(name: str = "source.png", mode: str = "RGBA") -> bpy.types.Image:
        path = tmp_path / name
        Image.fromarray(picture()).convert(mode).save(path)
        return bpy.data.images.load(str(path))

    return run


# -- alpha mode and colour space ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "alpha_mode", "colour_space"),
    [
        ("file", "STRAIGHT", "sRGB"),
        ("file", "CHANNEL_PACKED", "Non-Color"),
        ("packed", "STRAIGHT", LINEAR),
        ("painted", "CHANNEL_PACKED", "Non-Color"),
        ("painted", "NONE", "AgX Base sRGB"),
    ],
)
def test_stored_values_go_out_and_the_result_is_read_alike(
    service: "Simulator",
    saved_file: Path,
    load: Callable[..., bpy.types.Image],
    state: str,
    alpha_mode: str,
    colour_space: str,
) -> None:
    image = load()
    image.alpha_mode = alpha_mode
    image.colorspace_settings.name = colour_space
    if state == "packed":
        image.pack()
    elif state == "painted":
        fill(image, picture() / 255)
    result, sent = edit(image)
    np.testing.assert_array_equal(sent[..., :3], picture()[..., :3])
    assert (result.alpha_mode, result.colorspace_settings.name) == (alpha_mode, colour_space)
    assert tuple(result.size) == (SIDE, SIDE)
    opacity = 255 if alpha_mode == "NONE" else picture()[..., 3]
    np.testing.assert_array_equal(stored(result)[..., 3], opacity)
    assert (image.alpha_mode, image.colorspace_settings.name) == (alpha_mode, colour_space)


def test_a_generated_image_too(service: "Simulator", saved_file: Path) -> None:
    image = bpy.data.images.new("made", SIDE, SIDE, alpha=True, is_data=True)
    image.generated_color = (0.5, 0.5, 1.0, 1.0)
    result, sent = edit(image)
    assert sent[0, 0].tolist() == [128, 128, 255, 255]
    assert result.colorspace_settings.name == "Non-Color"


def shown(image: bpy.types.Image) -> NDArray[np.uint8]:
    """Return an image's pixels as Blender reads them, top row first."""
    values = np.array(image.pixels[:]).reshape(image.size[1], image.size[0], 4)[::-1]
    return np.round(values * 255).astype(np.uint8)


def test_premultiplied_alpha_is_divided_out_and_multiplied_again(
    service: "Simulator", saved_file: Path, load: Callable[..., bpy.types.Image]
) -> None:
    image = load()
    image.alpha_mode = "PREMUL"
    result, sent = edit(image)
    np.testing.assert_array_equal(sent, shown(image))
    assert result.alpha_mode == "PREMUL"
    np.testing.assert_array_equal(stored(result)[..., 3], picture()[..., 3])
    opacity = stored(result)[..., 3:]
    assert (stored(result)[..., :3] <= opacity).all()
    np.testing.assert_array_equal(shown(result)[..., 3:], opacity)


def test_what_blender_divides_by_alpha_comes_back_for_every_value(tmp_path: Path) -> None:
    """8 bits are enough: all 65,536 pairs of colour and alpha are read, stored and read again."""
    alpha, colour = np.mgrid[:256, :256].astype(np.uint8)
    pairs = np.dstack((colour, colour, colour, alpha))
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    Image.fromarray(pairs).save(first)
    image = bpy.data.images.load(str(first))
    image.alpha_mode = "PREMUL"
    seen = shown(image)
    again = premultiplied_file(seen)
    Image.fromarray(again).save(second)
    copy = bpy.data.images.load(str(second))
    copy.alpha_mode = "PREMUL"
    np.testing.assert_array_equal(shown(copy), seen)
    is_kept = (colour <= alpha) & (alpha > 0)  # Blender clips colours brighter than their alpha
    np.testing.assert_array_equal(again[is_kept], pairs[is_kept])


def test_blender_ignores_premultiplied_alpha_in_data(
    service: "Simulator", saved_file: Path, load: Callable[..., bpy.types.Image]
) -> None:
    image = load()
    image.colorspace_settings.name = "Non-Color"
    image.alpha_mode = "PREMUL"
    np.testing.assert_array_equal(shown(image), picture())
    result, _sent = edit(image)
    assert (result.alpha_mode, result.colorspace_settings.name) == ("STRAIGHT", "Non-Color")


def test_scene_linear_floats_are_sent_as_srgb_and_the_result_is_srgb(
    service: "Simulator", saved_file: Path
) -> None:
    image = bpy.data.images.new("float", SIDE, SIDE, alpha=True, float_buffer=True)
    straight, opacity = picture()[..., :3] / 255, picture()[..., 3:] / 255
    linear = np.where(straight <= 0.04045, straight / 12.92, ((straight + 0.055) / 1.055) ** 2.4)
    fill(image, np.concatenate([linear * opacity, opacity], axis=2))
    result, sent = edit(image)
    assert np.abs(sent.astype(int) - picture()).max() <= 1
    assert (result.alpha_mode, result.colorspace_settings.name) == ("STRAIGHT", "sRGB")


def test_a_float_channel_that_is_no_alpha_comes_back(service: "Simulator", saved_file: Path) -> None:
    image = bpy.data.images.new("packed", SIDE, SIDE, alpha=True, float_buffer=True, is_data=True)
    image.alpha_mode = "CHANNEL_PACKED"
    fill(image, picture() / 255)
    result, sent = edit(image)
    np.testing.assert_array_equal(sent, picture())
    assert (result.alpha_mode, result.colorspace_settings.name) == ("CHANNEL_PACKED", "Non-Color")
    np.testing.assert_array_equal(stored(result)[..., 3], picture()[..., 3])


def test_a_look_survives_the_ledger_and_may_be_missing_from_it() -> None:
    look = ImageLook(colour_space="Non-Color", alpha_mode="CHANNEL_PACKED")
    values = Placement(look=look).to_dict()
    assert placement_from_dict(values).look == look
    del values["look"]
    assert placement_from_dict(values).look is None


# -- sequences and movies -------------------------------------------------------------------------------


def grey(level: int) -> NDArray[np.uint8]:
    """Return a frame of one grey level, by which it can be identified."""
    return np.full((SIDE, SIDE, 3), level, np.uint8)


@pytest.fixture
def sequence(tmp_path: Path) -> bpy.types.Image:
    """Return a sequence of frames 10 to 14; their grey is their number times 10."""
    for number in range(10, 15):
        Image.fromarray(grey(number * 10)).save(tmp_path / f"shot1_{number:04d}.png")
    image = bpy.data.images.load(str(tmp_path / "shot1_0012.png"))
    image.source = "SEQUENCE"
    return image


@pytest.fixture
def movie(tmp_path: Path) -> bpy.types.Image:
    """Return a movie of ten frames; the grey is the frame's number times 20."""
    write_movie(tmp_path / "clip.avi", [grey(number * 20) for number in range(1, 11)])
    return bpy.data.images.load(str(tmp_path / "clip.avi"))


def show_in_node(image: bpy.types.Image) -> bpy.types.ImageUser:
    """Show an image in a material; return the image user, which chooses the frame."""
    material = bpy.data.materials.new("screen")
    if bpy.app.version < (5, 0):
        material.use_nodes = True
    node = material.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    node.image_user.use_auto_refresh = True
    return node.image_user


def read_sent(image: bpy.types.Image, folder: Path) -> NDArray[np.uint8]:
    """Return the image's pixels as they would be sent now."""
    taken = snapshot(image, scene=bpy.context.scene)
    if isinstance(taken, PendingPixels):
        pixels.read_next()
        ready = taken.wait(threading.Event(), timeout_s=0)
        taken.released.set()
        assert ready is not None
    else:
        ready = taken
    with Image.open(prepare_upload(ready, folder, "upload").path) as file:
        return np.asarray(file.convert("RGBA"))


@pytest.mark.parametrize(
    ("scene_frame", "start", "offset", "cyclic", "seen"),
    [(3, 1, 9, False, 12), (5, 3, 9, False, 12), (90, 1, 9, False, 14), (8, 1, 9, True, 12)],
)
def test_of_a_sequence_the_frame_that_is_seen(
    sequence: bpy.types.Image,
    tmp_path: Path,
    scene_frame: int,
    start: int,
    offset: int,
    cyclic: bool,
    seen: int,
) -> None:
    user = show_in_node(sequence)
    user.frame_duration, user.frame_start, user.frame_offset = 5, start, offset
    user.use_cyclic = cyclic
    bpy.context.scene.frame_set(scene_frame)
    taken = snapshot(sequence)
    assert taken == FileSnapshot(path=tmp_path / f"shot1_{seen:04d}.png"), "its file as it is"
    assert describe(sequence).state == f"Frame {seen} of a sequence"
    assert describe(sequence).text.startswith(f"{SIDE} × {SIDE} · PNG")
    assert read_sent(sequence, tmp_path)[0, 0, 0] == seen * 10


def test_a_sequence_that_nothing_shows_is_at_the_scenes_frame(
    sequence: bpy.types.Image, tmp_path: Path
) -> None:
    bpy.context.scene.frame_set(13)
    assert read_sent(sequence, tmp_path)[0, 0].tolist() == [130, 130, 130, 255]
    bpy.context.scene.frame_set(2)
    with pytest.raises(SourceUnusable, match=r"Frame 2 of .* is missing: .*shot1_0002\.png"):
        snapshot(sequence)
    assert "Frame 2" in describe(sequence).problem


def test_a_node_that_stands_still_shows_its_own_frame(sequence: bpy.types.Image) -> None:
    user = show_in_node(sequence)
    user.use_auto_refresh = False
    user.frame_current = 11
    bpy.context.scene.frame_set(13)
    assert describe(sequence).state == "Frame 11 of a sequence"


def test_a_frame_that_is_not_stored_as_shown_is_read_by_blender(
    sequence: bpy.types.Image, tmp_path: Path
) -> None:
    Image.fromarray(picture()).save(tmp_path / "shot1_0011.png")
    sequence.alpha_mode = "NONE"
    bpy.context.scene.frame_set(11)
    before = len(bpy.data.images)
    sent = read_sent(sequence, tmp_path)
    np.testing.assert_array_equal(sent[..., :3], picture()[..., :3])
    assert (sent[..., 3] == 255).all()
    assert len(bpy.data.images) == before


@pytest.mark.parametrize(("scene_frame", "seen"), [(7, 7), (1, 1), (40, 10), (-3, 1)])
def test_of_a_movie_the_frame_that_is_seen(
    movie: bpy.types.Image, tmp_path: Path, scene_frame: int, seen: int
) -> None:
    user = show_in_node(movie)
    user.frame_duration = 10
    bpy.context.scene.frame_set(scene_frame)
    assert describe(movie).state == f"Frame {seen} of a movie"
    assert np.abs(read_sent(movie, tmp_path)[..., :3].astype(int) - seen * 20).max() <= 2
    assert not bpy.data.textures


def test_an_edited_frame_is_a_still_image(service: "Simulator", movie: bpy.types.Image) -> None:
    show_in_node(movie)
    bpy.context.scene.frame_set(5)
    result, sent = edit(movie, placement="TEXTURE")
    assert np.abs(sent[..., :3].astype(int) - 100).max() <= 2
    assert result.source == "FILE"
    assert bpy.data.materials["screen"].node_tree.nodes["Image Texture"].image == result
    assert movie.source == "MOVIE"


def test_a_movie_that_is_gone_is_told(movie: bpy.types.Image, tmp_path: Path) -> None:
    taken = snapshot(movie)
    assert isinstance(taken, PendingPixels)
    (tmp_path / "clip.avi").unlink()
    pixels.read_next()
    with pytest.raises(SnapshotFailed, match="clip"):
        taken.wait(threading.Event(), timeout_s=0)
    with pytest.raises(SourceUnusable, match="missing"):
        snapshot(movie)


# -- renders and viewers --------------------------------------------------------------------------------


@pytest.fixture
def render() -> bpy.types.Image:
    """Render a world of one colour: scene-linear 0.2158605, 1, 0; in sRGB 128, 255, 0."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 1
    scene.cycles.use_denoising = False
    scene.render.dither_intensity = 0.0
    scene.render.resolution_x, scene.render.resolution_y = 48, 32
    scene.view_settings.view_transform = "Standard"
    scene.world = bpy.data.worlds.new("World")
    if bpy.app.version < (5, 0):
        scene.world.use_nodes = True
    scene.world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.2158605, 1.0, 0.0, 1.0)
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(scene.camera)
    bpy.ops.render.render()
    return bpy.data.images["Render Result"]


def test_a_render_is_sent_as_it_is_seen(
    service: "Simulator", saved_file: Path, render: bpy.types.Image
) -> None:
    output = bpy.context.scene.render.image_settings
    output.file_format, output.color_mode, output.color_depth = "OPEN_EXR", "RGBA", "32"
    assert describe(render).state == "Render Result"
    result, sent = edit(render)
    assert sent.shape == (32, 48, 4)
    assert np.abs(sent.astype(int) - [128, 255, 0, 255]).max() <= 1
    assert (result.source, result.colorspace_settings.name) == ("FILE", "sRGB")
    assert tuple(result.size) == (48, 32)
    assert render.source == "VIEWER"
    assert (output.file_format, output.color_mode, output.color_depth) == ("OPEN_EXR", "RGBA", "32")


def test_a_render_with_a_view_transform_too(render: bpy.types.Image, tmp_path: Path) -> None:
    bpy.context.scene.view_settings.view_transform = "AgX"
    render.save_render(str(tmp_path / "shown.png"), scene=bpy.context.scene)
    with Image.open(tmp_path / "shown.png") as shown:
        np.testing.assert_array_equal(read_sent(render, tmp_path), np.asarray(shown.convert("RGBA")))
    assert (read_sent(render, tmp_path)[0, 0, :3] != (128, 255, 0)).any()


def test_before_the_first_render_there_is_nothing_to_send() -> None:
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    render = bpy.data.images.get("Render Result") or bpy.data.images.new("none", 1, 1)
    if render.source == "VIEWER":
        with pytest.raises(SourceUnusable, match="render first"):
            snapshot(render)


# -- linked ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [False, True])
def test_a_linked_image_is_read_and_the_result_is_local(
    service: "Simulator", load: Callable[..., bpy.types.Image], tmp_path: Path, *, packed: bool
) -> None:
    image = load()
    image.use_fake_user = True
    image.colorspace_settings.name = "Non-Color"
    if packed:
        image.pack()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    with bpy.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (_, wanted):
        wanted.images = ["source.png"]
    (linked,) = bpy.data.images
    show_in_node(linked)
    assert describe(linked).state == ("Packed, linked" if packed else "File, linked")
    result, sent = edit(linked, placement="TEXTURE")
    np.testing.assert_array_equal(sent, picture())
    assert linked.library is not None
    assert result.library is None
    assert bpy.data.materials["screen"].node_tree.nodes["Image Texture"].image == result
    assert result.colorspace_settings.name == "Non-Color"


# -- 16 bits and more -----------------------------------------------------------------------------------


def test_a_png_of_16_bits_goes_out_as_it_is(service: "Simulator", saved_file: Path, tmp_path: Path) -> None:
    values = picture().astype(np.uint16) * 257 + 3
    with (tmp_path / "deep.png").open("wb") as file:
        write_png(file, ArrayRows(values))
    image = bpy.data.images.load(str(tmp_path / "deep.png"))
    taken = snapshot(image)
    assert isinstance(taken, FileSnapshot)
    result, sent = edit(image)
    np.testing.assert_array_equal(sent, picture())
    assert result.colorspace_settings.name == "sRGB"
    assert tuple(result.size) == (SIDE, SIDE)


def test_a_tiff_of_16_bits_is_read_by_blender(service: "Simulator", saved_file: Path, tmp_path: Path) -> None:
    image = bpy.data.images.new("deep", SIDE, SIDE, alpha=True)
    fill(image, picture() / 255)
    settings = bpy.context.scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth = "TIFF", "RGBA", "16"
    bpy.context.scene.view_settings.view_transform = "Standard"
    image.save_render(str(tmp_path / "deep.tif"))
    image = bpy.data.images.load(str(tmp_path / "deep.tif"))
    result, sent = edit(image)
    assert np.abs(sent.astype(int) - picture()).max() <= 1
    assert result.colorspace_settings.name == "sRGB"


def test_an_exr_is_sent_as_srgb(service: "Simulator", saved_file: Path, tmp_path: Path) -> None:
    image = bpy.data.images.new("linear", SIDE, SIDE, alpha=True)
    fill(image, picture() / 255)
    settings = bpy.context.scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth = "OPEN_EXR", "RGBA", "32"
    bpy.context.scene.view_settings.view_transform = "Standard"
    image.save_render(str(tmp_path / "linear.exr"))
    image = bpy.data.images.load(str(tmp_path / "linear.exr"))
    image.colorspace_settings.name = LINEAR
    result, sent = edit(image)
    assert np.abs(sent.astype(int) - picture()).max() <= 1
    assert (result.alpha_mode, result.colorspace_settings.name) == ("STRAIGHT", "sRGB")


def test_the_line_of_floats_tells_size_and_loss(tmp_path: Path) -> None:
    with (tmp_path / "sky.exr").open("w+b") as file:
        write_exr(file, np.zeros((6, 9, 3), np.float32))
    image = bpy.data.images.load(str(tmp_path / "sky.exr"))
    info = describe(image)
    assert (info.state, info.text) == ("File", "9 × 6 · JPEG or PNG · at most 2 KB")
    assert "8 bits" in info.warnings[0]
    assert not image.has_data, "nothing is decoded for it"
    made = bpy.data.images.new("made", 4, 4, float_buffer=True)
    assert describe(made).warnings == info.warnings


def test_a_reference_plane_is_a_picture_whatever_its_source_was(
    service: "Simulator", saved_file: Path, load: Callable[..., bpy.types.Image]
) -> None:
    image = load()
    image.colorspace_settings.name = "Non-Color"
    bpy.context.scene.view_settings.view_transform = "Standard"
    result, _sent = edit(image, placement="PLANE")
    assert result.colorspace_settings.name == "sRGB"
