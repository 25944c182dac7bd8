# SPDX-License-Identifier: GPL-3.0-or-later
"""PNGs of any program are decoded in bands as Pillow decodes them, and left to it if anything is wrong."""

import io
import zlib

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from easel.imaging.png_chunks import PNG_SIGNATURE, walk, write_chunk
from easel.imaging.png_streams import Streamed, decode_stream

SIZE = (700, 501)  # several bands
MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def picture(channels: int, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """Return soft colours with a flat part and a noisy one, so that each filter is used."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    values = rows[..., None] // 3 * np.arange(1, channels + 1) + columns[..., None] // 2
    values[: size[0] // 4] = 7
    values[size[0] // 2 :] += np.random.default_rng(0).integers(0, 9, (*values[size[0] // 2 :].shape,))
    return values.astype(np.uint8)


def saved(pixels: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    PIL.Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(file, "PNG")
    return file.getvalue()


def rebuilt(data: bytes, filtered: bytes, *, step: int = 1 << 15, checksum: bytes | None = None) -> bytes:
    """Return the file with other filtered rows, in chunks of so many bytes."""
    file = io.BytesIO()
    file.write(PNG_SIGNATURE)
    write_chunk(file, b"IHDR", data[16:29])
    deflated = zlib.compress(filtered, 1)
    deflated = deflated if checksum is None else deflated[:-4] + checksum
    for start in range(0, len(deflated), step):
        write_chunk(file, b"IDAT", deflated[start : start + step])
    write_chunk(file, b"IEND")
    return file.getvalue()


def filtered_rows(data: bytes) -> bytes:
    file = io.BytesIO(data)
    return zlib.decompress(b"".join(file.read(length) for kind, length in walk(file) if kind == b"IDAT"))


def pixels_of(streamed: Streamed | None) -> NDArray[np.uint8]:
    assert streamed is not None
    assert streamed.pixels is not None
    return streamed.pixels


@pytest.mark.parametrize("channels", MODES)
def test_many_bands_are_decoded(channels: int) -> None:
    pixels = picture(channels)
    expected = pixels[..., 0] if channels == 1 else pixels
    np.testing.assert_array_equal(pixels_of(decode_stream(saved(pixels))), expected)


@pytest.mark.parametrize("kind", range(5))
def test_each_filter_is_undone_across_bands(kind: int) -> None:
    data = saved(picture(4))
    rows = np.frombuffer(filtered_rows(data), np.uint8).reshape(SIZE[0], -1).copy()
    rows[:, 0] = kind
    again = rebuilt(data, rows.tobytes())
    with PIL.Image.open(io.BytesIO(again)) as image:
        np.testing.assert_array_equal(pixels_of(decode_stream(again)), np.asarray(image))


@given(
    st.tuples(st.integers(1, 20), st.integers(1, 20), st.integers(1, 4)).flatmap(
        lambda shape: npst.arrays(np.uint8, shape)
    )
)
@settings(max_examples=40)
def test_any_size_is_decoded(pixels: NDArray[np.uint8]) -> None:
    found = decode_stream(saved(pixels), small_size=8)
    np.testing.assert_array_equal(pixels_of(found), pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    assert found is not None
    assert found.small is not None
    assert max(found.small.size) == min(8, max(pixels.shape[:2]))


@pytest.mark.parametrize("step", [1, 7, 1 << 24])
def test_chunks_may_have_any_length(step: int) -> None:
    data = saved(picture(3, (60, 50)))
    np.testing.assert_array_equal(
        pixels_of(decode_stream(rebuilt(data, filtered_rows(data), step=step))), picture(3, (60, 50))
    )


@pytest.mark.parametrize("size", [(1024, 1024), (1000, 1500), (3000, 40), (200, 100)])
def test_the_small_picture_is_pillows_thumbnail(size: tuple[int, int]) -> None:
    data = saved(picture(3, size))
    found = decode_stream(data, keeps_pixels=False, small_size=256)
    assert found is not None
    assert found.pixels is None
    assert found.small is not None
    with PIL.Image.open(io.BytesIO(data)) as image:
        image.thumbnail((256, 256))
        assert (found.small.size, found.small.mode) == (image.size, image.mode)
        difference = np.asarray(image).astype(int) - np.asarray(found.small)
    if size[0] == size[1]:
        assert not difference.any()
    assert np.abs(difference).mean() < 2


@pytest.mark.parametrize(("channels", "mode"), [(2, "LA"), (4, "RGBA")])
def test_clear_colours_do_not_show_in_the_small_picture(channels: int, mode: str) -> None:
    pixels = np.full((1024, 1024, channels), 255, np.uint8)
    pixels[::2] = 0  # black, and clear
    found = decode_stream(saved(pixels), small_size=64)
    assert found is not None
    assert found.small is not None
    small = np.asarray(found.small)
    assert found.small.mode == mode
    assert small[..., 0].min() == 255
    assert abs(int(small[32, 32, -1]) - 127) <= 1


def spoilt(name: str) -> bytes:
    data = saved(picture(3))
    rows = filtered_rows(data)
    row_bytes = 1 + 3 * SIZE[1]
    match name:
        case "cut off":
            return data[: len(data) // 2]
        case "rows are missing":
            return rebuilt(data, rows[:-row_bytes])
        case "a byte is missing":
            return rebuilt(data, rows[:-1])
        case "too many rows":
            return rebuilt(data, rows + rows[:row_bytes])
        case "another checksum":
            return rebuilt(data, rows, checksum=b"\0\0\0\0")
        case "no checksum":
            return rebuilt(data, rows, checksum=b"")
        case "no such filter":
            return rebuilt(data, rows[: 400 * row_bytes] + b"\5" + rows[400 * row_bytes + 1 :])
        case "no pixels":
            return rebuilt(data, b"")
        case "not deflated":
            return data.replace(b"IDAT\x78", b"IDAT\xff", 1)
        case _:
            return name.encode()


@pytest.mark.parametrize(
    "name",
    [
        *("cut off", "rows are missing", "a byte is missing", "too many rows", "another checksum"),
        *("no checksum", "no such filter", "no pixels", "not deflated", "no picture", ""),
    ],
)
def test_what_is_wrong_is_left_to_pillow(name: str) -> None:
    assert decode_stream(spoilt(name), small_size=8) is None


@pytest.mark.parametrize("mode", ["1", "P", "I;16", "colour key"])
def test_rare_forms_are_left_to_pillow(mode: str) -> None:
    file = io.BytesIO()
    image = PIL.Image.fromarray(picture(3))
    if mode == "colour key":
        image.save(file, "PNG", transparency=(7, 7, 7))
    else:
        image.convert("L" if mode == "I;16" else mode).convert(mode).save(file, "PNG")
    assert decode_stream(file.getvalue()) is None


def test_interlaced_files_are_left_to_pillow() -> None:
    data = saved(picture(3))
    file = io.BytesIO()
    file.write(PNG_SIGNATURE)
    write_chunk(file, b"IHDR", data[16:28] + b"\1")
    assert decode_stream(file.getvalue() + data[33:]) is None
