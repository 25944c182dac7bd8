# SPDX-License-Identifier: GPL-3.0-or-later
"""The streamed body is the JSON of `json.dumps`, but memory never holds it whole."""

import base64
import json
import os
import tempfile
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from easel.client.body import CHUNK_BYTES, SLOWEST_UPLOAD, Body
from easel.client.errors import ConnectionFailed, Interrupted, UploadUnreadable
from easel.client.requests import Upload

VALUES = st.none() | st.booleans() | st.integers() | st.text()


def source(path: Path, media_type: str = "image/png") -> Upload:
    return Upload(name="Brick", path=str(path), media_type=media_type)


def data_uri(data: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


@given(fields=st.dictionaries(st.text(), VALUES), files=st.lists(st.binary(min_size=1), max_size=4))
def test_the_stream_is_the_json(fields: dict[str, Any], files: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sources: list[Upload] = []
        for index, data in enumerate(files):
            path = Path(folder, str(index))
            path.write_bytes(data)
            sources.append(source(path))
        body = Body(fields, source_field="images", sources=sources)
        sent = b"".join(body)
        assert len(sent) == len(body)
        expected = {**fields, "images": [data_uri(data) for data in files]} if files else fields
        assert json.loads(sent) == expected
        assert b"".join(body) == sent  # it can be sent again


@pytest.mark.parametrize(
    "size", [1, 2, 3, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 2]
)
def test_files_longer_than_a_chunk(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    path = tmp_path / "source"
    path.write_bytes(data)
    body = Body({"prompt": "older"}, source_field="image_urls", sources=[source(path, "image/webp")])
    sent = b"".join(body)
    assert len(sent) == len(body)
    assert json.loads(sent) == {"prompt": "older", "image_urls": [data_uri(data, "image/webp")]}


def test_no_piece_is_long_and_little_memory_is_used(tmp_path: Path) -> None:
    path = tmp_path / "source"
    with path.open("wb") as file:
        file.truncate(30_000_000)
    body = Body({}, source_field="images", sources=[source(path)] * 3)
    for thread in threading.enumerate():  # an earlier test may still draw: its memory would count too
        if thread.name == "simulator-studio":
            thread.join(30)
    tracemalloc.start()
    try:
        longest = max(len(piece) for piece in body)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert longest <= 256 * 1024
    assert peak < 2_000_000


def test_a_missing_file_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(UploadUnreadable, match=r"“Brick” can't be read"):
        Body({}, source_field="images", sources=[source(tmp_path / "gone.png")])


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UploadUnreadable, match="“Brick”"):
        Body({}, source_field="images", sources=[source(tmp_path)])


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.png"
    path.touch()
    with pytest.raises(UploadUnreadable, match="is empty"):
        Body({}, source_field="images", sources=[source(path)])


@pytest.mark.parametrize("media_type", ["", "png", 'image/png"', "text/html", "image/png;x=1"])
def test_a_source_that_was_not_prepared_is_refused(png: Path, media_type: str) -> None:
    with pytest.raises(UploadUnreadable, match="was not prepared"):
        Body({}, source_field="images", sources=[source(png, media_type)])


def shrink(path: Path) -> None:
    os.truncate(path, 1000)


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"x" * path.stat().st_size)
    os.utime(other, ns=(0, 0))
    other.replace(path)


def touch(path: Path) -> None:
    os.utime(path, ns=(0, 0))


def remove(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("change", "pieces"),
    # Pieces: 0 is none, 1 the head, 2 the source's opening, 3 its first chunk (the file is open then).
    [(change, pieces) for change in (shrink, grow, replace, touch, remove) for pieces in range(3)]
    + [(shrink, 3), (grow, 3), (touch, 3)],
)
def test_a_file_that_changes_ends_the_body_early(
    tmp_path: Path, change: Callable[[Path], None], pieces: int
) -> None:
    path = tmp_path / "source"
    path.write_bytes(os.urandom(CHUNK_BYTES * 2 + 10))
    body = Body({}, source_field="images", sources=[source(path)])
    stream = iter(body)
    sent = [next(stream) for _ in range(pieces)]
    change(path)
    with pytest.raises(UploadUnreadable, match="“Brick”"):
        sent.extend(stream)
    assert sum(map(len, sent)) < len(body)


@settings(max_examples=20)
@given(asked=st.integers(0, 20))
def test_an_interruption_ends_the_body_before_its_last_byte(asked: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "source")
        path.write_bytes(bytes(CHUNK_BYTES * 4))
        count = iter(range(1000))
        body = Body(
            {}, source_field="images", sources=[source(path)] * 3, should_stop=lambda: next(count) == asked
        )
        # It asks before each piece: the head; each source's opening, 4 chunks and a quote; the end.
        if asked == 20:
            assert sum(map(len, body)) == len(body)
            return
        sent: list[bytes] = []
        with pytest.raises(Interrupted):
            sent.extend(body)
        assert sum(map(len, sent)) < len(body)


@pytest.mark.parametrize("bytes_a_second", [SLOWEST_UPLOAD / 2, SLOWEST_UPLOAD * 2])
def test_a_line_on_which_it_trickles_ends_the_body_before_its_last_byte(
    tmp_path: Path, bytes_a_second: float
) -> None:
    path = tmp_path / "source"
    path.write_bytes(bytes(CHUNK_BYTES * 40))
    sent = 0
    body = Body(
        {},
        source_field="images",
        sources=[source(path)],
        patience_s=120.0,
        steady=lambda: 7.0 + sent / bytes_a_second,
    )
    pieces = iter(body)
    if bytes_a_second > SLOWEST_UPLOAD:
        for piece in pieces:
            sent += len(piece)
        assert sent == len(body), "what is slow, and no slower than that, is sent"
        return
    while 7.0 + sent / bytes_a_second < 127.0 + sent / SLOWEST_UPLOAD:
        sent += len(next(pieces))
    assert 0 < sent < len(body)
    with pytest.raises(ConnectionFailed, match="too slow") as caught:
        next(pieces)
    assert not caught.value.fate_unknown


def test_nobody_is_told_of_an_interruption_after_the_last_byte() -> None:
    """The service has the whole request by then, and may have accepted it."""
    is_stopping = False
    body = Body({"prompt": "x"}, source_field="", sources=(), should_stop=lambda: is_stopping)
    chunks = iter(body)
    sent = next(chunks)
    assert len(sent) == len(body)
    is_stopping = True
    assert list(chunks) == []
