# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator reads large bodies as a stream, and gets the right bytes whatever the chunks are."""

import hashlib
import io
import json
import random
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_user import ApiUser, data_uri, png
from hypothesis import given, strategies as st

from easel.simulator.uploads import Source, read_upload

MEGABYTE = 1 << 20


class _Bits(io.BytesIO):
    """A stream that returns a few bytes at a time."""

    def __init__(self, data: bytes, sizes: Iterator[int]) -> None:
        super().__init__(data)
        self._sizes = sizes

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(next(self._sizes), size or 0))


@given(
    prompt=st.text(),
    pictures=st.lists(st.binary(max_size=400), max_size=3),
    seed=st.integers(),
    slashes=st.booleans(),
    ascii_only=st.booleans(),
)
def test_any_chunks_give_the_same_fields(
    tmp_path_factory: pytest.TempPathFactory,
    prompt: str,
    pictures: list[bytes],
    seed: int,
    slashes: bool,
    ascii_only: bool,
) -> None:
    folder = tmp_path_factory.mktemp("sources")
    body = {"prompt": prompt, "images": [data_uri(picture) for picture in pictures], "num_images": 2}
    text = json.dumps(body, ensure_ascii=ascii_only).replace("/", "\\/" if slashes else "/")
    data = text.encode("utf-8", "surrogatepass")
    chance = random.Random(seed)
    stream = _Bits(data, iter(lambda: chance.randint(1, 70), 0))
    upload = read_upload(stream, len(data), folder=folder, name="body")
    assert upload.sha256 == hashlib.sha256(data).hexdigest()
    assert upload.fields["prompt"] == prompt
    assert upload.fields["num_images"] == 2
    images = upload.fields["images"]
    assert isinstance(images, list)
    for picture, source in zip(pictures, images, strict=True):
        assert isinstance(source, Source)
        assert source.path is not None
        assert source.path.read_bytes() == picture
        assert source.sha256 == hashlib.sha256(picture).hexdigest()
        assert (source.media_type, source.size, source.complaint) == ("image/png", len(picture), "")
    upload.discard()
    assert not list(folder.iterdir())


def test_a_text_that_looks_like_a_mark_stays_a_text(user: ApiUser) -> None:
    for prompt in ("\x00source:0", "\x00source:x", "\x00source:7"):
        assert user.edit(prompt=prompt, images=[data_uri(png(8, 8))]).status_code == 400
    quoting = 'say "data:image/png;base64,AAAA" aloud'
    assert user.simulator.tasks[user.submit(prompt=quoting, resolution="512px")].order.prompt == quoting


@pytest.mark.parametrize("keep", [True, False])
def test_a_large_body_needs_little_memory(tmp_path: Path, keep: bool) -> None:
    size = 24 * MEGABYTE
    head, tail = b'{"prompt": "a", "images": ["data:image/png;base64,', b'"]}'

    class Endless(io.RawIOBase):
        """A stream of `size` bytes of base64 between the head and the tail."""

        position = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray, /) -> int:  # type: ignore[override]
            start, count = self.position, min(len(buffer), 8192)
            if start < len(head):
                piece = head[start : start + count]
            elif start < len(head) + size:
                piece = b"A" * min(count, len(head) + size - start)
            else:
                piece = tail[start - len(head) - size :][:count]
            buffer[: len(piece)] = piece
            self.position += len(piece)
            return len(piece)

    stream = io.BufferedReader(Endless())
    for thread in threading.enumerate():  # else the drawing of an earlier test counts, too
        if thread.name == "simulator-studio":
            thread.join(30)
    tracemalloc.start()
    try:
        folder = tmp_path if keep else None
        upload = read_upload(stream, len(head) + size + len(tail), folder=folder, name="large")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * MEGABYTE
    assert upload.sources[0].size == (size // 4 * 3 if keep else size)
    assert bool(list(tmp_path.iterdir())) is keep


def test_a_client_that_leaves_early_leaves_nothing(tmp_path: Path) -> None:
    data = json.dumps({"images": [data_uri(png(64, 64))]}).encode()
    with pytest.raises(ConnectionError):
        read_upload(io.BytesIO(data), len(data) + 5, folder=tmp_path, name="part")
    assert not list(tmp_path.iterdir())


def test_sources_are_known_by_their_hash_and_only_two_are_kept(user: ApiUser) -> None:
    pictures = [png(16 + number, 16) for number in range(4)]
    sources = [data_uri(picture) for picture in pictures]
    task_id = user.edit(resolution="512px", images=sources).json()["task_id"]
    task = user.simulator.tasks[task_id]
    assert [source.sha256 for source in task.order.sources] == [
        hashlib.sha256(picture).hexdigest() for picture in pictures
    ]
    assert len(list(user.simulator.source_dir.iterdir())) == 2


def test_sources_can_be_counted_and_forgotten(user: ApiUser) -> None:
    user.simulator.keep_sources = False
    response = user.edit(resolution="512px", images=[data_uri(png(64, 64))] * 3)
    assert user.wait(response.json()["task_id"])["status"] == "FINISHED"
    assert not list(user.simulator.source_dir.iterdir())
