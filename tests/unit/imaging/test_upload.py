# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources reach the service as PNG, JPEG or WebP, with the pixels that the artist sees."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from easel.imaging.errors import ImageDamaged, ImageEmpty, ImageTooLarge, ImagingError, SourceUnreadable
from easel.imaging.snapshot import BytesSnapshot, Encoding, FileSnapshot, PixelsSnapshot
from easel.imaging.upload import Upload, prepare_upload

COLOURS = np.random.default_rng(0).integers(0, 256, (30, 50, 4), np.uint8)
MEDIA = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


def saved(image: PIL.Image.Image, path: Path, kind: str | None = None) -> Path:
    image.save(path, kind)
    return path


def colours(mode: str) -> PIL.Image.Image:
    return PIL.Image.fromarray(COLOURS).convert(mode)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "uploads"
    path.mkdir()
    return path


def pixels_of(upload: Upload, mode: str) -> np.ndarray:
    with PIL.Image.open(upload.path) as image:
        assert MEDIA[str(image.format)] == upload.media_type
        assert image.size == (upload.width, upload.height)
        assert image.mode == mode
        assert upload.path.stat().st_size == upload.byte_count
        return np.asarray(image)


@pytest.mark.parametrize("kind", MEDIA)
def test_a_file_in_the_services_format_is_sent_itself(tmp_path: Path, folder: Path, kind: str) -> None:
    path = saved(colours("RGB"), tmp_path / "texture.tga", kind)  # the suffix names another format
    upload = prepare_upload(FileSnapshot(path=path), folder, "1")
    assert upload == Upload(
        path=path,
        media_type=MEDIA[kind],
        width=50,
        height=30,
        byte_count=path.stat().st_size,
        is_ours=False,
    )
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("kind", "name"), [("PNG", "1.png"), ("JPEG", "1.jpg"), ("WEBP", "1.webp")])
def test_packed_bytes_are_written_as_they_are(folder: Path, kind: str, name: str) -> None:
    file = io.BytesIO()
    colours("RGB").save(file, kind)
    upload = prepare_upload(BytesSnapshot(data=file.getvalue()), folder, "1")
    assert upload.path == folder / name
    assert upload.path.read_bytes() == file.getvalue()
    assert upload.media_type == MEDIA[kind]


@pytest.mark.parametrize(
    ("kind", "mode"),
    [(kind, mode) for kind in ("TIFF", "TGA") for mode in ("RGB", "RGBA", "L")]
    + [("BMP", "RGB"), ("BMP", "L")],
)
def test_other_formats_become_png_without_loss(tmp_path: Path, folder: Path, kind: str, mode: str) -> None:
    image = colours(mode)
    upload = prepare_upload(FileSnapshot(path=saved(image, tmp_path / "a", kind)), folder, "1")
    assert upload.path == folder / "1.png"
    np.testing.assert_array_equal(pixels_of(upload, mode), np.asarray(image))


def test_packed_bytes_of_other_formats_become_png(folder: Path) -> None:
    file = io.BytesIO()
    colours("RGB").save(file, "TIFF")
    upload = prepare_upload(BytesSnapshot(data=file.getvalue()), folder, "1")
    np.testing.assert_array_equal(pixels_of(upload, "RGB"), COLOURS[..., :3])


@pytest.mark.parametrize("mode", ["P", "1", "CMYK", "YCbCr", "LAB"])
def test_unusual_modes_become_plain_colours(tmp_path: Path, folder: Path, mode: str) -> None:
    image = colours("RGB").convert("L") if mode == "1" else colours("RGB")
    image = image if mode == "LAB" else image.convert(mode)
    path = saved(image, tmp_path / "a.tif", "TIFF")
    with PIL.Image.open(path) as made:
        try:
            made.load()
        except OSError:
            pytest.skip("this Pillow can't read what it has written")
    upload = prepare_upload(FileSnapshot(path=path), folder, "1")
    expected = "L" if mode == "1" else "RGB"
    np.testing.assert_array_equal(pixels_of(upload, expected), np.asarray(image.convert(expected)))


def test_sixteen_bit_grey_keeps_its_range(tmp_path: Path, folder: Path) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(1, 256)
    path = saved(PIL.Image.fromarray(ramp), tmp_path / "height.tif")
    upload = prepare_upload(FileSnapshot(path=path), folder, "1")
    assert pixels_of(upload, "L").tolist() == [list(range(256))]


def test_a_float_file_is_taken_for_linear(tmp_path: Path, folder: Path) -> None:
    path = saved(PIL.Image.fromarray(np.array([[0.0, 0.5, 1.0, 7.0]], np.float32)), tmp_path / "f.tif")
    assert pixels_of(prepare_upload(FileSnapshot(path=path), folder, "1"), "L").tolist() == [
        [0, 188, 255, 255]
    ]


def test_of_an_animation_the_first_frame_is_sent(tmp_path: Path, folder: Path) -> None:
    frames = [PIL.Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    path = tmp_path / "a.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    pixels = pixels_of(prepare_upload(FileSnapshot(path=path), folder, "1"), "RGB")
    assert pixels[0, 0].tolist() == [255, 0, 0]


def test_a_transparent_palette_keeps_its_alpha(tmp_path: Path, folder: Path) -> None:
    image = PIL.Image.new("P", (4, 4), 0)
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 1), 1)
    path = tmp_path / "a.gif"
    image.save(path, transparency=0)
    pixels = pixels_of(prepare_upload(FileSnapshot(path=path), folder, "1"), "RGBA")
    assert pixels[0, 0, 3] == 0
    assert pixels[1, 1].tolist() == [40, 50, 60, 255]


@pytest.mark.parametrize(("alpha", "mode"), [(255, "RGB"), (100, "RGBA")])
def test_painted_pixels_arrive_the_right_way_up(folder: Path, alpha: int, mode: str) -> None:
    painted = COLOURS.copy()
    painted[..., 3] = alpha
    snapshot = PixelsSnapshot(
        pixels=(painted[::-1] / np.float32(255)).astype(np.float32).ravel(),
        width=50,
        height=30,
        channels=4,
        encoding=Encoding.SRGB_BYTES,
    )
    upload = prepare_upload(snapshot, folder, "1")
    np.testing.assert_array_equal(pixels_of(upload, mode), painted[..., : len(mode)])


def corrupt(path: Path) -> Path:
    data = saved(colours("RGB"), path, "TIFF").read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


def test_a_missing_file_is_named(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(SourceUnreadable, match=r"oak\.png is missing"):
        prepare_upload(FileSnapshot(path=tmp_path / "oak.png"), folder, "1")


@pytest.mark.parametrize(
    ("data", "error", "text"),
    [
        (b"", ImageEmpty, "oak.png: The file is empty."),
        (b"<html>", SourceUnreadable, "a web page"),
        (b"\x76\x2f\x31\x01" + bytes(90), SourceUnreadable, "an OpenEXR image"),
        (b"\x89PNG\r\n\x1a\n", ImageDamaged, "damaged"),
        (b"\xff\xd8\xff\xe0", ImageDamaged, "damaged"),
        (b"RIFF\0\0\0\0WEBP", ImageDamaged, "damaged"),
    ],
)
def test_a_file_that_is_no_image_says_what_it_is(
    tmp_path: Path, folder: Path, data: bytes, error: type[ImagingError], text: str
) -> None:
    path = tmp_path / "oak.png"
    path.write_bytes(data)
    with pytest.raises(error, match=text) as caught:
        prepare_upload(FileSnapshot(path=path), folder, "1")
    assert str(caught.value).startswith("oak.png: ")
    assert list(folder.iterdir()) == []


def test_a_broken_file_of_another_format_is_damaged(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(ImageDamaged, match=r"oak\.tif: "):
        prepare_upload(FileSnapshot(path=corrupt(tmp_path / "oak.tif")), folder, "1")


def test_more_pixels_than_can_be_sent_are_refused(tmp_path: Path, folder: Path) -> None:
    path = saved(PIL.Image.new("1", (20_000, 7_000)), tmp_path / "huge.tif")
    with pytest.raises(ImageTooLarge, match="pixels"):
        prepare_upload(FileSnapshot(path=path), folder, "1")


DISK_FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from easel.imaging.errors import DiskFull
from easel.imaging.snapshot import Encoding, PixelsSnapshot
from easel.imaging.upload import prepare_upload
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
noise = np.random.default_rng(0).random(1000 * 1000 * 3, np.float32)
snapshot = PixelsSnapshot(pixels=noise, width=1000, height=1000, channels=3, encoding=Encoding.RAW)
try:
    prepare_upload(snapshot, Path(sys.argv[1]), "1")
except DiskFull as error:
    sys.stdout.write(str(error))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of a process's file size")
def test_a_full_disk_is_said_and_leaves_nothing(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DISK_FULL, str(folder)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.startswith("The disk is full")
    assert list(folder.iterdir()) == []
