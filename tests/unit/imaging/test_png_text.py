# SPDX-License-Identifier: GPL-3.0-or-later
"""A PNG file keeps the text that says how the image was made."""

import io
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.PngImagePlugin
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from easel.imaging.errors import ImageDamaged, NotAnImage
from easel.imaging.png import insert_text, read_text

texts = st.dictionaries(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=79),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
    max_size=4,
)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 4), np.uint8)
    path = tmp_path / "picture.png"
    PIL.Image.fromarray(pixels).save(path)
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts)
def test_what_is_inserted_is_read_again(picture: Path, added: dict[str, str]) -> None:
    to = io.BytesIO()
    insert_text(picture, to, added)
    copy = picture.with_name("copy.png")
    copy.write_bytes(to.getvalue())
    assert read_text(copy) == added
    with PIL.PngImagePlugin.PngImageFile(copy) as image:
        assert {key: str(value) for key, value in image.text.items()} == added


def test_pixels_are_not_encoded_again(picture: Path, tmp_path: Path) -> None:
    to = tmp_path / "with.png"
    insert_text(picture, to, {"prompt": "rusty copper", "note": "铜 🪙"})
    before, after = picture.read_bytes(), to.read_bytes()
    start = before.index(b"IDAT")
    assert after.endswith(before[start:])
    PIL.Image.open(to).verify()


def test_an_older_text_of_the_key_is_replaced_in_place(picture: Path) -> None:
    insert_text(picture, picture, {"recipe": "old", "author": "me"})
    insert_text(picture, picture, {"recipe": "new"})
    assert read_text(picture) == {"recipe": "new", "author": "me"}


def test_every_kind_of_text_chunk_is_read(tmp_path: Path) -> None:
    info = PIL.PngImagePlugin.PngInfo()
    info.add_text("plain", "grün")
    info.add_text("packed", "x" * 500, zip=True)
    info.add_itxt("international", "緑" * 300, zip=True)
    path = tmp_path / "texts.png"
    PIL.Image.new("L", (3, 3)).save(path, pnginfo=info)
    assert read_text(path) == {"plain": "grün", "packed": "x" * 500, "international": "緑" * 300}


def test_a_text_that_would_fill_the_memory_is_left_out(tmp_path: Path) -> None:
    info = PIL.PngImagePlugin.PngInfo()
    info.add_itxt("bomb", "0" * (8 << 20), zip=True)
    info.add_text("author", "me")
    path = tmp_path / "bomb.png"
    PIL.Image.new("L", (3, 3)).save(path, pnginfo=info)
    assert read_text(path) == {"author": "me"}


def test_a_file_cut_off_is_refused_and_nothing_written(picture: Path, tmp_path: Path) -> None:
    picture.write_bytes(picture.read_bytes()[:-20])
    to = tmp_path / "to" / "with.png"
    to.parent.mkdir()
    with pytest.raises(ImageDamaged):
        insert_text(picture, to, {"a": "b"})
    assert list(to.parent.iterdir()) == []


def test_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    PIL.Image.new("RGB", (3, 3)).save(path, "JPEG")
    with pytest.raises(NotAnImage):
        read_text(path)


@pytest.mark.parametrize("key", ["", "x" * 80, "zero\0"])
def test_a_key_that_png_does_not_allow_is_an_error(picture: Path, key: str) -> None:
    with pytest.raises(ValueError, match="1 to 79"):
        insert_text(picture, io.BytesIO(), {key: "text"})
