# SPDX-License-Identifier: GPL-3.0-or-later
"""Stripping removes all metadata and leaves the pixels unchanged."""

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from easel.imaging.errors import ImageDamaged
from easel.imaging.strip import clean_pieces

SECRET = b"Jane Artist, 12 Elm Street"
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def stripped(data: bytes) -> bytes:
    return b"".join(clean_pieces(data))


def picture(mode: str = "RGB") -> Image.Image:
    """Make noise, so that JPEG's entropy-coded data contain escapes."""
    shape = (48, 64, len(mode)) if len(mode) > 1 else (48, 64)
    return Image.fromarray(np.random.default_rng(3).integers(0, 256, shape, np.uint8), mode)


def exif() -> Image.Exif:
    tags = Image.Exif()
    tags[0x013B] = SECRET.decode()  # artist
    tags[0x0112] = 6  # orientation: turned
    return tags


def saved(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    target = io.BytesIO()
    if kind == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Author", SECRET.decode())
        texts.add_itxt("XML:com.adobe.xmp", f"<x>{SECRET.decode()}</x>")
        options |= {"pnginfo": texts}
    elif kind == "JPEG":
        options |= {"comment": SECRET}
    if kind == "WEBP":
        options |= {"xmp": b"<x>" + SECRET + b"</x>"}
    picture(mode).save(target, kind, exif=exif(), icc_profile=ICC, **options)
    return target.getvalue()


FILES = {
    "png": lambda: saved("PNG"),
    "png-alpha": lambda: saved("PNG", "RGBA"),
    "jpeg": lambda: saved("JPEG", quality=95),
    "jpeg-progressive": lambda: saved("JPEG", progressive=True, quality=90),
    "jpeg-restarts": lambda: saved("JPEG", restart_marker_blocks=1),
    "jpeg-grey": lambda: saved("JPEG", "L"),
    "jpeg-cmyk": lambda: saved("JPEG", "CMYK"),
    "webp": lambda: saved("WEBP", quality=80),
    "webp-lossless": lambda: saved("WEBP", "RGBA", lossless=True),
}


@pytest.fixture(params=FILES)
def file(request: pytest.FixtureRequest) -> bytes:
    return FILES[request.param]()


def test_metadata_go_and_the_picture_stays(file: bytes) -> None:
    assert SECRET in file
    clean = stripped(file)
    assert SECRET not in clean
    before, after = Image.open(io.BytesIO(file)), Image.open(io.BytesIO(clean))
    assert after.size == before.size  # not turned
    assert np.array_equal(np.asarray(before), np.asarray(after))
    assert "icc_profile" not in after.info  # Blender does not follow it
    assert not dict(after.getexif())
    assert not {"comment", "xmp", "Author"} & set(after.info)


def test_a_clean_file_stays_whole(file: bytes) -> None:
    clean = stripped(file)
    assert clean_pieces(clean) == [clean]


def test_what_follows_the_image_goes_too(file: bytes) -> None:
    assert stripped(file + SECRET * 10) == stripped(file)


@given(st.sampled_from(list(FILES)), st.floats(0, 1), st.integers(0, 255))
def test_damage_raises_ours_or_passes(name: str, where: float, byte: int) -> None:
    data = bytearray(FILES[name]())
    at = 16 + int(where * (len(data) - 17))
    data[at] = byte
    for broken in (bytes(data), bytes(data[:at])):
        try:
            clean = stripped(broken)
        except ImageDamaged:
            continue
        assert len(clean) <= len(broken)


def test_what_is_no_such_file_is_refused() -> None:
    with pytest.raises(ImageDamaged):
        stripped(b"GIF89a" + b"\0" * 100)
