# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of picture file: Easel tells and sends what Blender shows, or refuses the file before."""

import contextlib
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest
from exr_kinds import exr, layer
from file_kinds import KINDS, UNREAD
from numpy.typing import NDArray
from PIL import Image
from sample_pictures import DARK, GLASS, HEIGHT, LIGHT, RGB, RGBA, WIDTH, linear, pillow

from easel.imaging.errors import ImagingError
from easel.imaging.fit import plan_fit
from easel.imaging.outgoing import UploadRule, make_outgoing
from easel.imaging.restore import write_canvas
from easel.imaging.snapshot import PendingPixels, Snapshot
from easel.imaging.thumbnails import read_thumbnail
from easel.imaging.upload import prepare_upload
from easel.scene.listing.describe import describe, describe_file
from easel.scene.listing.source_info import SendPlan
from easel.scene.placement.reading import look_of
from easel.scene.sources import pixels
from easel.scene.sources.snapshots import SourceUnusable, snapshot, snapshot_of_file

RULE = UploadRule()
MODES = ("L", "LA", "RGB", "RGBA")
SINCE = {"avif": (5, 1), "exr/htj2k": (5, 2)}
"""The first Blender that reads each of the newer kinds."""
VIEWED_OTHERWISE = ("profile", "exif", "turned", "alpha", "extra", "lab", "float-grey", "dds/", "bmp/32bit")
"""Words of kinds that Blender and viewers show differently."""

Load = Callable[[str], bpy.types.Image]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def run(kind: str) -> bpy.types.Image:
        suffix, _, _what = kind.partition("/")
        path = tmp_path / f"source.{suffix}"
        path.write_bytes((KINDS | UNREAD)[kind]())
        return bpy.data.images.load(str(path))

    return run


def is_read(kind: str) -> bool:
    return all(bpy.app.version >= first for start, first in SINCE.items() if kind.startswith(start))


def shown(image: bpy.types.Image) -> NDArray[np.float64]:
    """Return what Blender shows of an image, top row first: its channels, 0–255, in sRGB."""
    width, height = image.size
    values = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(values)
    values = values.reshape(height, width, image.channels)[::-1].astype(np.float64)
    if image.is_float:
        alpha = values[..., 3:]
        light = np.clip(values[..., :3] / np.where(alpha > 0, alpha, 1), 0, 1)
        values[..., :3] = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return values * 255


def ready(taken: Snapshot | PendingPixels) -> Snapshot:
    """Do what the pump and the worker do in some turns; return the finished snapshot."""
    if not isinstance(taken, PendingPixels):
        return taken
    deadline = time.monotonic() + 20
    while not taken.is_settled:
        assert time.monotonic() < deadline
        pixels.read_next()
    made = taken.wait(threading.Event(), timeout_s=0)
    assert made is not None
    return made


def release(taken: Snapshot | PendingPixels) -> None:
    """Release the buffer that others wait for."""
    if isinstance(taken, PendingPixels):
        taken.released.set()


def sent(taken: Snapshot | PendingPixels, folder: Path, *, on_canvas: bool = False) -> Image.Image:
    """Return the picture that would be uploaded; if it is on a canvas, only the picture itself."""
    folder = folder / "job"
    folder.mkdir(exist_ok=True)
    try:
        upload = prepare_upload(ready(taken), folder, "source")
    finally:
        release(taken)
    if not on_canvas:
        out = make_outgoing(upload.path, folder, "sent", RULE, is_ours=upload.is_ours)
        with Image.open(out.path) as image:
            image.load()
            return image
    fit = plan_fit((upload.width, upload.height), ("1:1",), min_side=1)
    canvas = folder / "canvas.png"
    fit = write_canvas(upload.path, canvas, fit)
    out = make_outgoing(canvas, folder, "sent", RULE, is_ours=True)
    left, top = fit.offset
    with Image.open(out.path) as image:
        content = image.crop((left, top, left + fit.content[0], top + fit.content[1]))
        content.format = image.format
        return content


def colour_space_of_result(image: bpy.types.Image) -> str:
    taken = snapshot(image)
    release(taken)
    look = look_of(image, taken)
    assert look is not None
    return look.colour_space or "sRGB"


def check_alike(image: Image.Image, expected: NDArray[np.float64]) -> None:
    """Check that a picture looks as expected. Colours of transparent pixels don't matter."""
    assert (image.mode in MODES, getattr(image, "n_frames", 1)) == (True, 1)
    assert not {"icc_profile", "gamma", "chromaticity", "exif", "xmp"} & set(image.info)
    values = np.asarray(image.convert("RGBA")).astype(np.float64)
    assert values.shape == expected.shape
    difference = np.abs(
        values[..., :3] * (values[..., 3:] / 255) - expected[..., :3] * (expected[..., 3:] / 255)
    )
    assert difference.mean() < 3
    assert difference.max() < 32
    assert np.abs(values[..., 3] - expected[..., 3]).max() <= 1


@pytest.mark.parametrize("kind", KINDS)
def test_what_blender_shows_is_told_and_sent(load: Load, tmp_path: Path, kind: str) -> None:
    image = load(kind)
    if not is_read(kind):
        assert "Blender can't read" in describe(image).problem
        with pytest.raises(SourceUnusable, match="Blender can't read"):
            snapshot(image)
        return
    path = Path(image.filepath)
    told = describe(image)
    look = None
    with contextlib.suppress(ImagingError):
        look = read_thumbnail(path, looks=True).look
    told_in_full = describe(image, look=look)
    assert not told.problem
    pictures = [sent(snapshot(image), tmp_path, on_canvas=is_canvas) for is_canvas in (False, True)]
    result = colour_space_of_result(image)
    if "layers" in kind:
        is_glass = any(name in kind for name in ("blender", "parts", "plain")) and "behind" not in kind
        expected = (RGBA if is_glass else np.dstack((RGB, np.full_like(RGB[..., 0], 255)))).astype(float)
    else:
        expected = shown(image)
    if kind == "webp/animated" and not (expected[..., :3] * expected[..., 3:]).any():
        expected = OPAQUE  # Blender 4.2 shows it empty
    height, width = expected.shape[:2]
    if told.width:
        assert (told.width, told.height) == (width, height)
    else:
        assert kind.startswith("gif")
    for picture in pictures:
        check_alike(picture, expected)
    assert told_in_full.sent_as in (pictures[0].format, "JPEG or PNG")
    unsure = ("tif/extra-channel", "psd/alpha", "bmp/32bit")  # Pillow and Blender see different alpha
    if look is not None and kind not in unsure:
        assert told_in_full.sent_as == pictures[0].format
    assert colour_space_of_result(image) == result, "the same once Blender has decoded it"


@pytest.mark.parametrize("kind", UNREAD)
def test_what_blender_does_not_read_is_told_before_the_click(load: Load, kind: str) -> None:
    image = load(kind)
    name = kind.partition("/")[2]
    assert f"is {name}." in describe(image).problem
    with pytest.raises(SourceUnusable, match=re.escape(name)):
        snapshot(image)
    image.pack()
    assert f"is {name}." in describe(image).problem
    is_seen = bool(image.size[0]) and shown(image)[..., :3].any()  # TIFFs are black before Blender 5.3
    assert not is_seen


def test_a_gif_of_one_frame_is_read_by_old_blenders_only(load: Load, tmp_path: Path) -> None:
    path = tmp_path / "still.gif"
    path.write_bytes(pillow("GIF", Image.fromarray(RGB).quantize(99))())
    image = bpy.data.images.load(str(path))
    if bpy.app.version < (5, 0):
        check_alike(sent(snapshot(image), tmp_path), shown(image))
        return
    assert "GIF" in describe(image).problem
    with pytest.raises(SourceUnusable, match="GIF"):
        snapshot(image)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_never_was_in_blender_is_told_and_sent_upright(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"source.{kind.partition('/')[0]}"
    path.write_bytes(KINDS[kind]())
    told = describe_file(path, plan=SendPlan(rule=RULE))
    if told.problem:
        with pytest.raises(SourceUnusable, match="Blender can't read"):
            snapshot_of_file(path)
        assert not is_read(kind)
        return
    taken = snapshot_of_file(path)
    picture = sent(taken, tmp_path)
    assert not bpy.data.images, "nothing lent is left"
    if isinstance(taken, PendingPixels):
        assert (told.width, told.height, told.sent_as) == (*picture.size, "JPEG or PNG")
        assert ("layer" in told.state) == ("layers" in kind)
        if "layers" not in kind:
            check_alike(picture, shown(bpy.data.images.load(str(path))))
        return
    look = read_thumbnail(path, as_viewed=True, looks=True).look
    told = describe_file(path, plan=SendPlan(rule=RULE), look=look)
    assert (told.width, told.height, told.sent_as) == (*picture.size, picture.format)
    is_lying = any(word in kind for word in ("lying", "exif-5", "exif-6", "exif-7", "exif-8", "avif/turned"))
    is_lying = is_lying or kind in ("tif/turned-6", "tif/turned-8", "tif/16bit-turned")
    assert picture.size == ((HEIGHT, WIDTH) if is_lying else (WIDTH, HEIGHT))
    is_alike = not is_lying and not any(word in kind for word in VIEWED_OTHERWISE)
    if is_alike and bpy.app.version >= (5, 0):  # 4.2 misreads AVIF, SGI and more
        check_alike(picture, shown(bpy.data.images.load(str(path))))


# -- layers ---------------------------------------------------------------------------------------------

OPAQUE = np.dstack((RGB, np.full_like(RGB[..., 0], 255))).astype(float)


@pytest.mark.parametrize("compression", ["ZIP", "PIZ", "DWAA"])
@pytest.mark.parametrize("state", ["file", "packed", "decoded"])
def test_a_layer_can_be_chosen(tmp_path: Path, compression: str, state: str) -> None:
    path = tmp_path / "render.exr"
    layers = {**layer("ViewLayer.Combined", GLASS), **layer("ViewLayer.Second", LIGHT * 0.25)}
    path.write_bytes(exr(layers, compression)())
    image = bpy.data.images.load(str(path))
    if state == "packed":
        image.pack()
    elif state == "decoded":
        assert tuple(image.size) == (0, 0)
    assert "layer ViewLayer.Combined" in describe(image).state
    check_alike(sent(snapshot(image), tmp_path), RGBA.astype(float))
    image.easel_layer = "ViewLayer.Second"
    told = describe(image)
    assert "layer ViewLayer.Second" in told.state
    assert (told.width, told.height, told.has_layers) == (WIDTH, HEIGHT, True)
    light = linear(RGB) * 0.25
    dim = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055) * 255
    check_alike(sent(snapshot(image), tmp_path), np.dstack((dim, np.full_like(dim[..., 0], 255))))
    image.easel_layer = "a layer that is gone"
    check_alike(sent(snapshot(image), tmp_path), RGBA.astype(float))
    assert not [one for one in bpy.data.images if one != image], "nothing lent is left"


@pytest.mark.parametrize("compression", ["ZIP", "DWAA", "DWAB"])
def test_a_layer_of_one_channel_can_be_chosen(tmp_path: Path, compression: str) -> None:
    path = tmp_path / "render.exr"
    values = np.ascontiguousarray(LIGHT[..., 0])
    names = {
        "ViewLayer.Depth.Z": 1.0,
        "ViewLayer.Mist.Z": 0.5,
        "matte.Y": 0.25,
        "depth.z": 0.75,
        "rim.R": 0.9,
    }
    alone = {name: values * np.float32(strength) for name, strength in names.items()}
    path.write_bytes(exr({**layer("ViewLayer.Combined", GLASS), **alone}, compression)())
    image = bpy.data.images.load(str(path))
    for name, strength in names.items():
        image.easel_layer = name.rpartition(".")[0]
        assert f"layer {image.easel_layer}" in describe(image).state
        light = values.astype(float) * strength
        grey = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055) * 255
        check_alike(sent(snapshot(image), tmp_path), np.dstack((grey, grey, grey, np.full_like(grey, 255))))


def test_a_frame_of_a_sequence_of_layers(tmp_path: Path) -> None:
    for frame, strength in ((1, 1.0), (2, 0.25)):
        (tmp_path / f"shot_{frame:04d}.exr").write_bytes(exr(layer("View.Combined", LIGHT * strength))())
    image = bpy.data.images.load(str(tmp_path / "shot_0001.exr"))
    image.source = "SEQUENCE"
    bpy.context.scene.frame_current = 1
    check_alike(sent(snapshot(image), tmp_path), OPAQUE)


def test_a_file_of_layers_that_is_cut_off_fails_in_words(tmp_path: Path) -> None:
    path = tmp_path / "render.exr"
    data = exr({**layer("ViewLayer.Combined", GLASS), **layer("ViewLayer.AO", DARK)})()
    path.write_bytes(data[: len(data) // 2])
    image = bpy.data.images.load(str(path))
    with pytest.raises(ImagingError, match=r"“render\.exr”"):
        sent(snapshot(image), tmp_path)


def test_a_lent_datablock_is_in_no_text(tmp_path: Path) -> None:
    path = tmp_path / "logo_0001.jp2"
    path.write_bytes(KINDS["jp2/rgb"]()[:90])
    image = bpy.data.images.load(str(path))
    image.source = "SEQUENCE"
    bpy.context.scene.frame_current = 1
    with pytest.raises(ImagingError, match=r"“logo_0001\.jp2” has no pixels"):
        ready(snapshot(image))
