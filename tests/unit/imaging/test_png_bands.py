# SPDX-License-Identifier: GPL-3.0-or-later
"""Bands of a PNG that an edit leaves alone are copied as bytes into the next PNG."""

import io
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from easel.imaging.depth import read_deep
from easel.imaging.png import ArrayRows, write_png
from easel.imaging.png_bands import read_bands
from easel.imaging.png_chunks import walk, write_chunk

SIZE = (700, 500)  # several bands


def picture(channels: int, kind: type, seed: int = 0, name: str = "soft") -> NDArray[Any]:
    """Make a picture; each name needs another filter of rows."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    values = {
        "soft": rows * 0.1 + columns * 0.2 + rng.random(SIZE) * 4,
        "noise": rng.random(SIZE) * 255,
        "flat": (columns // 100 % 2) * 200.0,
        "down": (columns * 7919 % 251) + 0.0,
    }[name]
    scale = np.iinfo(kind).max / 255
    shaped = np.stack([np.roll(values, 3 * number, 1) for number in range(channels)], 2)
    return (shaped % 256 * scale).astype(kind)


def file_of(pixels: NDArray[Any], folder: Path, **options: Any) -> Path:
    path = folder / "old.png"
    with path.open("wb") as file:
        write_png(file, ArrayRows(pixels), **options)
    return path


def idat(data: bytes) -> list[bytes]:
    file = io.BytesIO(data)
    return [file.read(length) for kind, length in walk(file) if kind == b"IDAT"]


kinds = st.sampled_from([(3, np.uint8), (4, np.uint8), (1, np.uint8), (3, np.uint16), (4, np.uint16)])


@given(
    kinds, st.sampled_from(["soft", "noise", "flat", "down"]), st.integers(0, SIZE[0]), st.integers(0, 300)
)
@settings(max_examples=8)
def test_an_edited_file_is_read_back_and_the_rest_is_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, kind: tuple[int, type], name: str, first: int, count: int
) -> None:
    folder = tmp_path_factory.mktemp("bands")
    old = picture(*kind, name=name)
    path = file_of(old, folder)
    bands = read_bands(path, ArrayRows(old))
    assert bands is not None
    is_new = np.zeros(len(old), np.bool_)
    is_new[first : first + count] = True
    edited = np.where(is_new[:, np.newaxis, np.newaxis], picture(*kind, seed=1), old).astype(kind[1])
    new = folder / "new.png"
    with new.open("wb") as file:
        write_png(file, ArrayRows(edited), old=bands, is_new=is_new)
    np.testing.assert_array_equal(read_deep(new).reshape(edited.shape), edited)
    with PIL.Image.open(new) as image:
        image.verify()
    zlib.decompress(b"".join(idat(new.read_bytes())))  # with its checksum
    again = read_bands(new, ArrayRows(edited))
    assert again is not None
    for number, start in enumerate(bands.layout.starts):
        is_kept = not is_new[max(0, start - 1) : bands.layout.stop(start)].any()
        assert not is_kept or again.data[number] == bands.data[number]


def test_bands_that_are_kept_are_not_deflated_again(tmp_path: Path) -> None:
    old = picture(3, np.uint8)
    bands = read_bands(file_of(old, tmp_path), ArrayRows(old))
    none = np.zeros(len(old), np.bool_)
    file = io.BytesIO()
    write_png(
        file, ArrayRows(np.zeros_like(old)), old=bands, is_new=none
    )  # zeros instead of `old`, to see whose bytes the file has
    with PIL.Image.open(io.BytesIO(file.getvalue())) as image:
        np.testing.assert_array_equal(np.asarray(image), old)


def test_another_programs_file_has_no_bands(tmp_path: Path) -> None:
    old = picture(3, np.uint8)
    path = tmp_path / "theirs.png"
    PIL.Image.fromarray(old).save(path)
    assert read_bands(path, ArrayRows(old)) is None


def test_bands_of_other_pixels_or_another_layout_are_not_taken(tmp_path: Path) -> None:
    old = picture(3, np.uint8)
    path = file_of(old, tmp_path)
    changed = old.copy()
    changed[-1, -1, -1] ^= 1
    assert read_bands(path, ArrayRows(changed)) is None
    assert read_bands(path, ArrayRows(old[:, :-1])) is None
    assert read_bands(path, ArrayRows(old.astype(np.uint16))) is None


@pytest.mark.parametrize("end", [0, 8, 40, 5000, 100_000])
def test_a_file_that_is_cut_off_has_no_bands(tmp_path: Path, end: int) -> None:
    old = picture(3, np.uint8)
    path = file_of(old, tmp_path)
    path.write_bytes(path.read_bytes()[:end])
    assert read_bands(path, ArrayRows(old)) is None


def test_chunks_that_were_cut_elsewhere_are_no_bands(tmp_path: Path) -> None:
    old = picture(3, np.uint8)
    path = file_of(old, tmp_path)
    parts = idat(path.read_bytes())
    moved = [parts[0][:-5], parts[0][-5:] + parts[1], *parts[2:]]
    head = path.read_bytes()[: 8 + 25]
    with path.open("wb") as file:
        file.write(head)
        for part in moved:
            write_chunk(file, b"IDAT", part)
        write_chunk(file, b"IEND")
    np.testing.assert_array_equal(read_deep(path), old)
    assert read_bands(path, ArrayRows(old)) is None
