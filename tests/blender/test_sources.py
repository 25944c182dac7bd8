# SPDX-License-Identifier: GPL-3.0-or-later
"""Image datablocks in every state: Easel sends what the artist sees, and decodes nothing for it."""

import gc
import threading
import time
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from easel.imaging.snapshot import BytesSnapshot, Encoding, FileSnapshot, PendingPixels, PixelsSnapshot
from easel.imaging.upload import prepare_upload
from easel.scene.listing.describe import describe
from easel.scene.pictures.surface_images import shown_image, surface_images
from easel.scene.sources import pixels
from easel.scene.sources.snapshots import SourceUnusable, snapshot

WIDTH, HEIGHT = 6, 4

Sent = Callable[[bpy.types.Image], NDArray[np.uint8]]


def picture(seed: int = 1, *, alpha: bool = True) -> NDArray[np.uint8]:
    """Return known pixels, top row first."""
    values = np.random.default_rng(seed).integers(1, 255, (HEIGHT, WIDTH, 4), np.uint8)
    if not alpha:
        values[..., 3] = 255
    return values


def save(path: Path, values: NDArray[np.uint8], mode: str = "RGBA") -> Path:
    Image.fromarray(values).convert(mode).save(path)
    return path


def paint(image: bpy.types.Image, values: NDArray[np.uint8]) -> None:
    """Paint as a brush does: the buffer changes, the file does not."""
    image.pixels.foreach_set((values[::-1].astype(np.float32) / 255).ravel())
    image.update()


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., bpy.types.Image]:
    def run(name: str = "source.png", mode: str = "RGBA") -> bpy.types.Image:
        return bpy.data.images.load(str(save(tmp_path / name, picture(), mode)))

    return run


@pytest.fixture
def sent(tmp_path: Path) -> Sent:
    """Return a function that returns the pixels that would be uploaded, top row first, RGBA."""

    def run(image: bpy.types.Image) -> NDArray[np.uint8]:
        taken = snapshot(image)
        ready = fulfilled(taken) if isinstance(taken, PendingPixels) else taken
        upload = prepare_upload(ready, tmp_path, "upload")
        if isinstance(taken, PendingPixels):
            taken.released.set()
        with Image.open(upload.path) as file:
            return np.asarray(file.convert("RGBA"))

    return run


def fulfilled(pending: PendingPixels) -> PixelsSnapshot:
    import threading

    pixels.read_next()
    ready = pending.wait(threading.Event(), timeout_s=0)
    assert ready is not None
    return ready


# -- states -------------------------------------------------------------------------------------------


def test_a_clean_file_is_sent_as_it_is(load: Callable[..., bpy.types.Image], sent: Sent) -> None:
    image = load()
    taken = snapshot(image)
    assert isinstance(taken, FileSnapshot)
    assert taken.path == Path(image.filepath)
    assert not image.has_data, "a snapshot must not decode"
    np.testing.assert_array_equal(sent(image), picture())


def test_a_channel_packed_file_too(load: Callable[..., bpy.types.Image]) -> None:
    image = load()
    image.alpha_mode = "CHANNEL_PACKED"
    assert isinstance(snapshot(image), FileSnapshot)


def test_a_file_whose_alpha_is_ignored_is_sent_opaque(
    load: Callable[..., bpy.types.Image], sent: Sent
) -> None:
    image = load()
    image.alpha_mode = "NONE"
    values = sent(image)
    np.testing.assert_array_equal(values[..., :3], picture()[..., :3])
    assert (values[..., 3] == 255).all()


def test_a_file_with_premultiplied_alpha_is_sent_as_blender_shows_it(
    load: Callable[..., bpy.types.Image], sent: Sent
) -> None:
    image = load()
    image.alpha_mode = "PREMUL"
    assert isinstance(snapshot(image), PendingPixels)
    shown = np.array(image.pixels[:]).reshape(HEIGHT, WIDTH, 4)[::-1]
    np.testing.assert_array_equal(sent(image), np.round(shown * 255).astype(np.uint8))


def test_a_jpeg_has_no_alpha_to_mind(load: Callable[..., bpy.types.Image]) -> None:
    image = load("source.jpg", "RGB")
    image.alpha_mode = "NONE"
    assert isinstance(snapshot(image), FileSnapshot)


def test_a_relative_path(load: Callable[..., bpy.types.Image], tmp_path: Path) -> None:
    image = load()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    image.filepath_raw = "//source.png"
    assert snapshot(image) == FileSnapshot(path=tmp_path / "source.png")


def test_a_linked_image_with_a_path_relative_to_its_library(
    load: Callable[..., bpy.types.Image], tmp_path: Path
) -> None:
    image = load()
    image.use_fake_user = True
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"))
    image.filepath_raw = "//source.png"
    bpy.ops.wm.save_mainfile()
    (tmp_path / "elsewhere").mkdir()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "elsewhere/scene.blend"))
    with bpy.data.libraries.load(str(tmp_path / "library.blend"), link=True, relative=True) as (_, wanted):
        wanted.images = ["source.png"]
    taken = snapshot(wanted.images[0])
    assert isinstance(taken, FileSnapshot)
    assert taken.path.resolve() == (tmp_path / "source.png").resolve()


def test_a_packed_image_is_sent_as_it_is(load: Callable[..., bpy.types.Image], sent: Sent) -> None:
    image = load()
    path = Path(image.filepath)
    data = path.read_bytes()
    image.pack()
    save(path, picture(2))
    assert snapshot(image) == BytesSnapshot(data=data)
    assert not image.has_data
    np.testing.assert_array_equal(sent(image), picture())


@pytest.mark.parametrize("packed", [False, True])
def test_painted_pixels_are_sent_and_not_the_stale_file(
    load: Callable[..., bpy.types.Image], sent: Sent, *, packed: bool
) -> None:
    image = load()
    if packed:
        image.pack()
    paint(image, picture(2))
    assert image.is_dirty
    np.testing.assert_array_equal(sent(image), picture(2))


def test_a_generated_image(sent: Sent) -> None:
    image = bpy.data.images.new("Generated", WIDTH, HEIGHT, alpha=True)
    image.generated_color = (0.5, 0.25, 1.0, 1.0)
    values = sent(image)
    assert values.shape == (HEIGHT, WIDTH, 4)
    shown = [round(value * 255) for value in image.pixels[:4]]
    assert values[0, 0].tolist() == shown


def test_a_float_image_is_sent_as_srgb(sent: Sent) -> None:
    image = bpy.data.images.new("Float", WIDTH, HEIGHT, alpha=True, float_buffer=True)
    image.pixels.foreach_set(np.tile(np.array([0.2158605, 1.0, 0.0, 1.0], np.float32), WIDTH * HEIGHT))
    assert sent(image)[0, 0].tolist() == pytest.approx([128, 255, 0, 255], abs=1)


def test_a_clean_float_file_is_read_by_blender(tmp_path: Path, sent: Sent) -> None:
    path = tmp_path / "source.hdr"
    grey = bytes((221, 221, 221, 126))  # 221 / 256 / 4, scene-linear: 128 of 255 in sRGB
    header = f"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y {HEIGHT} +X {WIDTH}\n".encode()
    path.write_bytes(header + grey * (WIDTH * HEIGHT))
    image = bpy.data.images.load(str(path))
    assert isinstance(snapshot(image), PendingPixels)
    assert sent(image)[0, 0].tolist() == pytest.approx([128, 128, 128, 255], abs=1)


def test_float_colours_are_not_divided_by_an_alpha_that_is_no_transparency() -> None:
    image = bpy.data.images.new("Float", WIDTH, HEIGHT, alpha=True, float_buffer=True)
    image.alpha_mode = "CHANNEL_PACKED"
    image.pixels.foreach_set(np.tile(np.array([0.2, 0.3, 0.4, 0.5], np.float32), WIDTH * HEIGHT))
    taken = pixels.read_pixels(image)
    assert taken.encoding is Encoding.LINEAR_PACKED
    assert taken.pixels[:4].tolist() == pytest.approx([0.2, 0.3, 0.4, 0.5])


def test_data_is_not_converted(sent: Sent) -> None:
    image = bpy.data.images.new("Normal", WIDTH, HEIGHT, alpha=True, float_buffer=True, is_data=True)
    image.pixels.foreach_set(np.tile(np.array([0.5, 0.5, 1.0, 1.0], np.float32), WIDTH * HEIGHT))
    assert sent(image)[0, 0].tolist() == pytest.approx([128, 128, 255, 255], abs=1)


def test_of_a_udim_image_the_first_tile(tmp_path: Path) -> None:
    for number in (1001, 1002):
        save(tmp_path / f"tile.{number}.png", picture(number))
    image = bpy.data.images.load(str(tmp_path / "tile.1001.png"))
    image.source = "TILED"
    image.filepath_raw = str(tmp_path / "tile.<UDIM>.png")
    assert snapshot(image) == FileSnapshot(path=tmp_path / "tile.1001.png")
    assert describe(image).state == "UDIM tile 1001, File"


# -- what can't be sent -------------------------------------------------------------------------------


def test_a_missing_file_says_where_it_should_be(load: Callable[..., bpy.types.Image]) -> None:
    image = load()
    Path(image.filepath).unlink()
    with pytest.raises(SourceUnusable, match=r"missing.*source\.png.*External Data"):
        snapshot(image)
    assert describe(image).problem


def test_a_missing_file_does_not_matter_while_its_pixels_are_there(
    load: Callable[..., bpy.types.Image], sent: Sent
) -> None:
    image = load()
    assert len(image.pixels) > 0
    Path(image.filepath).unlink()
    np.testing.assert_array_equal(sent(image), picture())


def test_a_damaged_file_fails_where_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "bad.exr").write_bytes(b"\x76\x2f\x31\x01 and nothing more")
    image = bpy.data.images.load(str(tmp_path / "bad.exr"))
    pending = snapshot(image)
    assert isinstance(pending, PendingPixels)
    with pytest.raises(Exception, match="no pixels"):
        fulfilled(pending)


# -- the queue of pixels ------------------------------------------------------------------------------


def painted(name: str, seed: int) -> bpy.types.Image:
    image = bpy.data.images.new(name, WIDTH, HEIGHT, alpha=True)
    paint(image, picture(seed))
    return image


def test_one_image_is_read_at_a_time_into_the_same_buffer() -> None:
    first, second = snapshot(painted("First", 1)), snapshot(painted("Second", 2))
    assert isinstance(first, PendingPixels)
    assert isinstance(second, PendingPixels)
    one = fulfilled(first)
    assert pixels.read_next(), "the second waits for the buffer"
    np.testing.assert_array_equal(np.round(one.pixels * 255), picture(1)[::-1].ravel())
    first.released.set()
    two = fulfilled(second)
    assert np.shares_memory(one.pixels, two.pixels)
    np.testing.assert_array_equal(np.round(two.pixels * 255), picture(2)[::-1].ravel())
    second.released.set()
    assert not pixels.read_next()
    assert pixels._desk().buffer is None, "freed when idle"


def test_a_larger_image_gets_a_larger_buffer() -> None:
    small, large = painted("Small", 1), bpy.data.images.new("Large", 50, 50)
    for image in (small, large, small):
        pending = snapshot(image)
        assert isinstance(pending, PendingPixels)
        taken = fulfilled(pending)
        assert taken.pixels.size == taken.width * taken.height * taken.channels
        pending.released.set()
    pixels.read_next()


def test_nobody_waits_for_a_request_that_was_never_sent() -> None:
    forgotten, wanted = snapshot(painted("First", 1)), snapshot(painted("Second", 2))
    del forgotten
    gc.collect()
    assert isinstance(wanted, PendingPixels)
    assert fulfilled(wanted).width == WIDTH
    wanted.released.set()
    pixels.read_next()


def test_a_removed_image_fails_its_promise() -> None:
    image = painted("First", 1)
    pending = snapshot(image)
    assert isinstance(pending, PendingPixels)
    bpy.data.images.remove(image)
    with pytest.raises(Exception, match="removed"):
        fulfilled(pending)


# -- panels -------------------------------------------------------------------------------------------


def test_describing_decodes_nothing(load: Callable[..., bpy.types.Image]) -> None:
    image = load()
    info = describe(image)
    assert (info.state, info.width, info.height) == ("File", WIDTH, HEIGHT)
    assert info.byte_count == Path(image.filepath).stat().st_size
    image.pack()
    info = describe(image)
    assert (info.state, info.width, info.height) == ("Packed", WIDTH, HEIGHT)
    assert not image.has_data
    paint(image, picture(2))
    info = describe(image)
    assert (info.state, info.width, info.height) == ("Painted, not saved", WIDTH, HEIGHT)


def test_a_file_that_changes_is_described_anew(load: Callable[..., bpy.types.Image]) -> None:
    image = load()
    assert describe(image).width == WIDTH
    Image.new("RGB", (30, 20)).save(image.filepath)
    assert describe(image).width == 30


def test_textures_come_base_colour_first_and_once() -> None:
    mesh = bpy.data.meshes.new("Mesh")
    obj = bpy.data.objects.new("Object", mesh)
    names = ["Loose", "Roughness", "Base", "In group", "Other material"]
    loose, rough, base, grouped, other = (bpy.data.images.new(name, 2, 2) for name in names)
    for name in ("First", "Active"):
        material = bpy.data.materials.new(name)
        if bpy.app.version < (5, 0):
            material.use_nodes = True
        mesh.materials.append(material)
    obj.active_material_index = 1
    mesh.materials[0].node_tree.nodes.new("ShaderNodeTexImage").image = other
    tree = mesh.materials[1].node_tree
    shader = tree.nodes["Principled BSDF"]

    def add(image: bpy.types.Image | None, socket: str = "") -> None:
        node = tree.nodes.new("ShaderNodeTexImage")
        node.image = image
        if socket:
            tree.links.new(node.outputs["Color"], shader.inputs[socket])

    add(loose)
    add(None)
    add(rough, "Roughness")
    add(base, "Base Color")
    add(base)
    group = bpy.data.node_groups.new("Group", "ShaderNodeTree")
    group.nodes.new("ShaderNodeTexImage").image = grouped
    group.nodes.new("ShaderNodeTexImage").image = base
    for _ in range(2):
        tree.nodes.new("ShaderNodeGroup").node_tree = group
    found = [image.name for image in surface_images(obj, "CYCLES")]
    assert found == ["Base", "Roughness"], "what is linked to nothing is not seen"
    assert shown_image(obj, "CYCLES") == base
    users = [node for node in tree.nodes if node.type == "GROUP"]
    group.interface.new_socket("Out", in_out="OUTPUT", socket_type="NodeSocketColor")
    output = group.nodes.new("NodeGroupOutput")
    inner = next(node for node in group.nodes if node.type == "TEX_IMAGE" and node.image == grouped)
    group.links.new(inner.outputs["Color"], output.inputs[0])
    tree.links.new(users[0].outputs[0], shader.inputs["Metallic"])
    found = [image.name for image in surface_images(obj, "CYCLES")]
    assert found == ["Base", "In group", "Roughness"]
    empty = bpy.data.objects.new("Empty", None)
    assert surface_images(empty, "CYCLES") == []
    assert shown_image(empty, "CYCLES") is None
    empty.empty_display_type = "IMAGE"
    empty.data = base
    assert shown_image(empty, "CYCLES") == base


def test_the_memory_of_a_large_image_is_touched_by_a_thread() -> None:
    image = bpy.data.images.new("Large", 2048, 2048)
    image.pixels[0] = 1.0  # painted
    promised = pixels.promise(image)
    deadline = time.monotonic() + 20
    turns = 0
    while not promised.is_settled:
        assert time.monotonic() < deadline
        assert pixels.read_next()
        turns += 1
        time.sleep(0.005)
    snapshot = promised.wait(threading.Event())
    assert turns > 1
    assert snapshot is not None
    assert (snapshot.width, snapshot.height, snapshot.pixels[0]) == (2048, 2048, 1.0)
    promised.released.set()
    assert not pixels.read_next()
