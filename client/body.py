# SPDX-License-Identifier: GPL-3.0-or-later
"""The body of a submit, streamed. Its length is known, and it is never in memory as a whole.

Fourteen sources of 30 MB make 574 MB of JSON. `json.dumps` would take 1.6 GB for it, and hold the interpreter
lock, so that Blender's window would stop for a tenth of a second at a time.
"""

from __future__ import annotations

import binascii
import errno
import json
import math
import os
import re
import secrets
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Final

from ..texts.phrases import phrase
from .errors import ConnectionFailed, Interrupted, UploadUnreadable
from .requests import Upload

CHUNK_BYTES: Final = 192 * 1024
"""The size of a chunk: a multiple of 3, so that only the last chunk of a file gets padding. Small enough that
a slow line (1 Mbit/s) asks `should_stop` every two seconds."""

SLOWEST_UPLOAD: Final = 4096.0
"""Bytes a second. Each sent byte earns time, so that a slow line can still send a large picture."""

_MARK: Final = re.compile(r'"\\u0000picture (\d+)"')
"""Matches a `picture_mark` as `json.dumps` writes it."""

_MEDIA_TYPE: Final = re.compile(r"(?:image|model)/[a-z0-9.+-]{1,40}")


def picture_mark(index: int) -> str:
    """Return a mark in a body's fields for the data URI of a source. The artist's texts never contain NUL."""
    return f"\0picture {index}"


@dataclass(frozen=True, kw_only=True)
class _Picture:
    """A source's file as it was when the body's length was calculated."""

    name: str
    path: Path
    byte_count: int
    modified_ns: int
    media_type: str

    @property
    def opening(self) -> bytes:
        """The text before the base64: the quote and the data URI's head."""
        return f'"data:{self.media_type};base64,'.encode()

    @property
    def length(self) -> int:
        """The length of its data URI, with the quotes."""
        return len(self.opening) + 4 * ((self.byte_count + 2) // 3) + 1


class StreamedBody:
    """An iterable with a length, as `requests` sends without chunked transfer encoding.

    Iterating raises Interrupted once `should_stop` says so, UploadUnreadable when a file has changed, and
    ConnectionFailed when the line takes it too slowly: the body then ends before its last byte, so that the
    service can't have understood it.
    """

    content_type: str = "application/json"

    def __init__(
        self, *, should_stop: Callable[[], bool], patience_s: float, steady: Callable[[], float]
    ) -> None:
        self._should_stop = should_stop
        self._patience_s = patience_s
        self._steady = steady
        self._length = 0

    def __len__(self) -> int:
        """Return the exact number of bytes."""
        return self._length

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[bytes]:
        begun, sent = self._steady(), 0
        for piece in self._pieces():
            self._check_stop()
            if self._steady() - begun > self._patience_s + sent / SLOWEST_UPLOAD:
                text = phrase("The connection is too slow: the upload was stopped.")
                raise ConnectionFailed(text, nothing_sent=True)
            # Never after the last byte: the service then has a whole request, and may have accepted it.
            yield piece
            sent += len(piece)

    def _pieces(self) -> Iterator[bytes]:
        raise NotImplementedError

    def _check_stop(self) -> None:
        if self._should_stop():
            raise Interrupted(phrase("The upload was interrupted."))


class Body(StreamedBody):
    """A JSON object of `fields`, with a data URI of a source's file for each mark (`picture_mark`) in it.

    Under `source_field` there is a list of all of them.
    """

    def __init__(
        self,
        fields: Mapping[str, Any],
        *,
        source_field: str = "",
        sources: Sequence[Upload] = (),
        should_stop: Callable[[], bool] = lambda: False,
        patience_s: float = math.inf,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """Look at every file.

        Args:
            patience_s: how long sending may take, besides the time that its bytes earn (`SLOWEST_UPLOAD`).
            steady: seconds of a monotonic clock; a replacement only in tests.

        Raises:
            UploadUnreadable: one of them is missing, empty, not readable or of no known media type.
        """
        super().__init__(should_stop=should_stop, patience_s=patience_s, steady=steady)
        pictures = [_picture(source) for source in sources]
        whole = dict(fields)
        if source_field and pictures:
            whole[source_field] = [picture_mark(index) for index in range(len(pictures))]
        texts = _MARK.split(json.dumps(whole))
        self._parts = [text.encode() for text in texts[::2]]
        """The text around the pictures."""
        self._pictures = [pictures[int(number)] for number in texts[1::2]]
        """In the order in which they are sent."""
        self._length = sum(map(len, self._parts)) + sum(picture.length for picture in self._pictures)

    def _pieces(self) -> Iterator[bytes]:
        yield self._parts[0]
        for index, picture in enumerate(self._pictures):
            yield (self._parts[index] if index else b"") + picture.opening
            for chunk in _read(picture):
                yield binascii.b2a_base64(chunk, newline=False)
            yield b'"'
        if self._pictures:
            yield self._parts[-1]


class FormBody(StreamedBody):
    """A multipart form of `fields` and files, each under the name of its field."""

    def __init__(
        self,
        fields: Mapping[str, str],
        *,
        files: Sequence[tuple[str, Upload]],
        as_text: Container[str] = (),
        should_stop: Callable[[], bool] = lambda: False,
        patience_s: float = math.inf,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """Look at the files. The other arguments are those of `Body`.

        Args:
            as_text: names of fields whose files are sent as data URIs, not as files of the form.

        Raises:
            UploadUnreadable: one is missing, empty, not readable or of no known media type.
        """
        super().__init__(should_stop=should_stop, patience_s=patience_s, steady=steady)
        mark = secrets.token_hex(16)  # a file has these random bytes with negligible probability
        self.content_type = f"multipart/form-data; boundary={mark}"
        self._fields = "".join(
            f"--{mark}\r\n{_named(name)}\r\n\r\n{value}\r\n" for name, value in fields.items()
        ).encode()
        self._parts = [
            _Part(head=f"--{mark}\r\n".encode(), field=name, file=_picture(upload), is_text=name in as_text)
            for name, upload in files
        ]
        self._tail = f"--{mark}--\r\n".encode()
        self._length = len(self._fields) + sum(part.length for part in self._parts) + len(self._tail)

    def _pieces(self) -> Iterator[bytes]:
        yield self._fields
        for part in self._parts:
            yield from part.pieces()
        yield self._tail


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A file in a form."""

    head: bytes
    field: str
    file: _Picture
    is_text: bool

    @property
    def opening(self) -> bytes:
        if self.is_text:
            uri = self.file.opening.removeprefix(b'"')
            return self.head + f"{_named(self.field)}\r\n\r\n".encode() + uri
        family, _slash, kind = self.file.media_type.partition("/")
        name = f"{family}.{_SUFFIXES.get(kind, kind)}"
        told = f'{_named(self.field)}; filename="{name}"\r\nContent-Type: {self.file.media_type}\r\n\r\n'
        return self.head + told.encode()

    @property
    def length(self) -> int:
        size = self.file.byte_count
        return len(self.opening) + (4 * ((size + 2) // 3) if self.is_text else size) + 2

    def pieces(self) -> Iterator[bytes]:
        yield self.opening
        for chunk in _read(self.file):
            yield binascii.b2a_base64(chunk, newline=False) if self.is_text else chunk
        yield b"\r\n"


_SUFFIXES: Final[Mapping[str, str]] = MappingProxyType({"gltf-binary": "glb"})


def _named(name: str) -> str:
    return f'Content-Disposition: form-data; name="{name}"'


def _picture(source: Upload) -> _Picture:
    path = Path(source.path)
    if not source.path or not _MEDIA_TYPE.fullmatch(source.media_type):
        raise UploadUnreadable(
            phrase("The source “{source}” was not prepared for the upload.", source=source.name)
        )
    try:
        if not path.is_file():  # a named pipe or a device might block the thread forever
            path.stat()
            raise _unreadable(source.name, OSError(errno.EINVAL, phrase("it is not an ordinary file")))
        with path.open("rb") as file:
            facts = os.fstat(file.fileno())
    except OSError as error:
        raise _unreadable(source.name, error) from error
    if not facts.st_size:
        raise UploadUnreadable(
            phrase("The file of the source “{source}” is empty: {path}.", source=source.name, path=path.name)
        )
    return _Picture(
        name=source.name,
        path=path,
        byte_count=facts.st_size,
        modified_ns=facts.st_mtime_ns,
        media_type=source.media_type,
    )


def _read(picture: _Picture) -> Iterator[bytes]:
    """Yield the file in chunks, all but the last a multiple of 3 long, and check the file for changes."""
    try:
        with picture.path.open("rb", buffering=0) as file:
            left = picture.byte_count
            while left:
                _check_unchanged(file, picture)
                chunk = _read_exactly(file, min(CHUNK_BYTES, left))
                if chunk is None:
                    raise _changed(picture)
                left -= len(chunk)
                if not left:  # before the service gets its end
                    _check_unchanged(file, picture)
                yield chunk
    except OSError as error:
        raise _unreadable(picture.name, error) from error


def _read_exactly(file: IO[bytes], count: int) -> bytes | None:
    """Return `count` bytes; None if the file ends earlier. Some network shares need several reads."""
    chunk = file.read(count)
    while chunk and len(chunk) < count:
        more = file.read(count - len(chunk))
        if not more:
            return None
        chunk += more
    return chunk or None


def _check_unchanged(file: IO[bytes], picture: _Picture) -> None:
    facts = os.fstat(file.fileno())
    if (facts.st_size, facts.st_mtime_ns) != (picture.byte_count, picture.modified_ns):
        raise _changed(picture)


def _changed(picture: _Picture) -> UploadUnreadable:
    return UploadUnreadable(
        phrase("The file of the source “{picture}” changed while it was being sent.", picture=picture.name)
    )


def _unreadable(name: str, error: OSError) -> UploadUnreadable:
    reason = error.strerror or type(error).__name__
    return UploadUnreadable(
        phrase("The file of the source “{name}” can't be read: {reason}.", name=name, reason=reason)
    )
