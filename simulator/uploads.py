# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a request body of any size, JSON or a form. Its images go to files, the rest is parsed.

A body with 14 sources may have hundreds of megabytes. The stream is scanned for data URIs. Each is decoded as
it arrives and replaced by a short mark in the JSON, which is then small enough for `json.loads`.
"""

import binascii
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from .answers import Refusal

_CHUNK = 256 * 1024  # bytes
_LONGEST_JSON = 16 * 1024 * 1024  # bytes, without the images
_TAIL = 128  # bytes: longer than the start of a data URI that a chunk's end may have cut
_LONGEST_LINE = 1024  # bytes
_HEX = re.compile(rb"[0-9A-Fa-f]{1,12}")
_DATA_URI = re.compile(rb'(?<!\\)"data:([^",\s]{0,100});base64,')
_FORM_URI = re.compile(rb"data:([^,\s]{0,100});base64,")
_MARK = "\x00source:"  # text fields must not contain NUL, so a mark can't come from outside unnoticed

MAGIC = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/webp": b"RIFF"}


@dataclass(frozen=True, kw_only=True)
class Source:
    """An image from a request. `path` is its file, if it was kept."""

    media_type: str
    size: int  # bytes
    sha256: str
    head: bytes
    path: Path | None
    complaint: str = ""
    as_text: bool = False  # it was in a form's text, as a data URI


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A parsed request body: `fields` as in the JSON, its data URIs replaced by `Source`."""

    fields: dict[str, object]
    sources: tuple[Source, ...]
    size: int  # bytes of the body
    sha256: str

    def discard(self) -> None:
        """Remove the files of a request that was refused."""
        for source in self.sources:
            if source.path is not None:
                source.path.unlink(missing_ok=True)


class _SourceWriter:
    """Decodes one data URI as it arrives. Without a path it is only counted."""

    def __init__(self, media_type: str, path: Path | None) -> None:
        self._media_type = media_type
        self._path = path
        self._file = path.open("wb") if path is not None else None
        self._digest = hashlib.sha256()
        self._rest = b""
        self._head = b""
        self._size = 0
        self._complaint = ""

    def write(self, text: bytes) -> None:
        if self._file is None:
            self._size += len(text)
            return
        text = self._rest + text.replace(b"\\", b"")  # "\/" is the same as "/" in JSON
        whole = len(text) // 4 * 4
        self._rest = text[whole:]
        self._decode(text[:whole])

    def _decode(self, text: bytes) -> None:
        if self._complaint or self._file is None:
            return
        try:
            data = binascii.a2b_base64(text, strict_mode=True)
        except binascii.Error as error:
            self._complaint = f"Invalid base64: {error}"
            return
        if len(self._head) < 16:
            self._head = (self._head + data[:16])[:16]
        self._size += len(data)
        self._digest.update(data)
        self._file.write(data)

    def close(self) -> Source:
        if self._file is not None:
            self._decode(self._rest)
            self._file.close()
        return Source(
            media_type=self._media_type,
            size=self._size,
            sha256=self._digest.hexdigest() if self._file is not None else "",
            head=self._head,
            path=self._path,
            complaint=self._complaint,
        )


class _Scanner:
    """Splits a stream of JSON text into the JSON without images, and the images."""

    def __init__(self, folder: Path | None, name: str) -> None:
        self._folder = folder
        self._name = name
        self._pending = b""
        self._writer: _SourceWriter | None = None
        self.json_text = bytearray()
        self.sources: list[Source] = []

    def feed(self, chunk: bytes) -> None:
        pending = self._pending + chunk if self._pending else chunk
        while True:
            if self._writer is None:
                start = _DATA_URI.search(pending)
                if start is None:
                    self._take_json(pending[:-_TAIL])
                    self._pending = pending[-_TAIL:]
                    return
                self._take_json(pending[: start.start()])
                self._take_json(json.dumps(f"{_MARK}{len(self.sources)}").encode())
                self._writer = self._open(start.group(1).replace(b"\\", b"").decode("ascii", "replace"))
                pending = pending[start.end() :]
            end = pending.find(b'"')
            if end < 0:
                self._writer.write(pending)
                self._pending = b""
                return
            self._writer.write(pending[:end])
            self._close()
            pending = pending[end + 1 :]

    def finish(self) -> None:
        if self._writer is not None:
            self._close()
        self._take_json(self._pending)
        self._pending = b""

    def _open(self, media_type: str) -> _SourceWriter:
        path = None if self._folder is None else self._folder / f"{self._name}-{len(self.sources)}"
        return _SourceWriter(media_type, path)

    def _close(self) -> None:
        if self._writer is not None:
            self.sources.append(self._writer.close())
            self._writer = None

    def _take_json(self, text: bytes) -> None:
        self.json_text += text
        if len(self.json_text) > _LONGEST_JSON:
            raise Refusal(413, "validation_failed", "Request body exceeded the size limit.")


class _Form:
    """Splits a stream of a multipart form into its fields and its files."""

    def __init__(self, boundary: bytes, folder: Path | None, name: str) -> None:
        self._mark = b"\r\n--" + boundary
        self._folder, self._name = folder, name
        self._pending = b"\r\n"
        self._field = ""
        self._value: bytearray | None = None
        self._file: BinaryIO | None = None
        self._digest = hashlib.sha256()
        self._open: dict[str, Any] = {}
        self.fields: dict[str, object] = {}
        self.sources: list[Source] = []

    def feed(self, chunk: bytes) -> None:
        self._pending += chunk
        while (at := self._pending.find(self._mark)) >= 0:
            head_at = at + len(self._mark)
            head_end = self._pending.find(b"\r\n\r\n", head_at)
            is_last = self._pending[head_at : head_at + 2] == b"--"
            if head_end < 0 and not is_last:
                if len(self._pending) - head_at > _LONGEST_LINE:
                    raise Refusal(400, "validation_failed", "Multipart form parse error.")
                break
            self._take(self._pending[:at])
            self._end_part()
            if is_last:
                self._pending = b""
                return
            self._begin_part(self._pending[head_at:head_end])
            self._pending = self._pending[head_end + 4 :]
        if at < 0 and len(self._pending) > len(self._mark):
            self._take(self._pending[: -len(self._mark)])
            self._pending = self._pending[-len(self._mark) :]

    def close(self) -> None:
        """End the open part of a body that broke off."""
        self._end_part()

    def _begin_part(self, head: bytes) -> None:
        text = head.decode("utf-8", "replace")
        named = re.search(r'[; ]name="([^"]*)"', text)
        if named is None:
            raise Refusal(400, "validation_failed", "Multipart form parse error.")
        self._field = named[1]
        if 'filename="' not in text:
            self._value = bytearray()
            return
        kind = re.search(r"^content-type: *([^;\r\n]+)", text, re.IGNORECASE | re.MULTILINE)
        path = None if self._folder is None else self._folder / f"{self._name}-{len(self.sources)}"
        self._open = {"media_type": kind[1].strip() if kind else "", "size": 0, "head": b"", "path": path}
        self._digest = hashlib.sha256()
        self._file = path.open("wb") if path is not None else None

    def _take(self, data: bytes) -> None:
        if self._value is not None:
            self._value += data
            if len(self._value) > _LONGEST_JSON:
                raise Refusal(413, "validation_failed", "Request body exceeded the size limit.")
        elif self._open:
            self._open["size"] += len(data)
            self._open["head"] = (self._open["head"] + data[:16])[:16]
            self._digest.update(data)
            if self._file is not None:
                self._file.write(data)

    def _end_part(self) -> None:
        if self._value is not None:
            found = _FORM_URI.match(self._value)
            if found is None:
                self.fields[self._field] = self._value.decode("utf-8", "replace")
            else:
                path = None if self._folder is None else self._folder / f"{self._name}-{len(self.sources)}"
                writer = _SourceWriter(found.group(1).decode("ascii", "replace"), path)
                writer.write(bytes(self._value[found.end() :]))
                self.sources.append(replace(writer.close(), as_text=True))
                self.fields[self._field] = self.sources[-1]
        elif self._open:
            if self._file is not None:
                self._file.close()
            sha256 = self._digest.hexdigest() if self._file is not None else ""
            self.sources.append(Source(sha256=sha256, **self._open))
            self.fields[self._field] = self.sources[-1]
        self._value, self._open, self._file = None, {}, None


class ChunkedBody:
    """A body in chunks, each with its length before it. It reads like a file: b"" is its end."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._left = 0  # bytes of the current chunk
        self._is_over = False

    def read(self, size: int) -> bytes:
        if not self._left and not self._is_over:
            self._next_chunk()
        data = self._stream.read(min(size, self._left)) if self._left else b""
        if self._left and not data:
            raise ConnectionError("The client left before the body was complete.")
        self._left -= len(data)
        if data and not self._left:
            self._stream.readline(_LONGEST_LINE)
        return data

    def _next_chunk(self) -> None:
        line = self._stream.readline(_LONGEST_LINE).partition(b";")[0].strip()
        if _HEX.fullmatch(line) is None:
            raise Refusal(400, "validation_failed", "The body's chunks can't be read.")
        self._left = int(line, 16)
        if not self._left:
            self._is_over = True
            while self._stream.readline(_LONGEST_LINE).strip():  # trailers
                pass


def read_upload(stream: BinaryIO, length: int | None, *, folder: Path | None, name: str) -> Upload:
    """Read `length` bytes of JSON from the stream; None: until its end.

    Images are written to `folder` as `<name>-<number>`; with no folder they are only counted.
    Raises Refusal if it is not a JSON object, ConnectionError if the client leaves early.
    """
    scanner = _Scanner(folder, name)
    digest = hashlib.sha256()
    size = 0
    try:
        for chunk in _chunks(stream, length):
            size += len(chunk)
            if folder is not None:
                digest.update(chunk)
            scanner.feed(chunk)
    except BaseException:
        scanner.finish()
        Upload(fields={}, sources=tuple(scanner.sources), size=0, sha256="").discard()
        raise
    scanner.finish()
    sources = tuple(scanner.sources)
    sha256 = digest.hexdigest() if folder is not None else ""
    upload = Upload(fields={}, sources=sources, size=size, sha256=sha256)
    try:
        fields: object = json.loads(bytes(scanner.json_text))
    except (ValueError, RecursionError) as error:
        upload.discard()
        raise Refusal(400, "validation_failed", f"JSON parse error - {error}") from error
    if not isinstance(fields, dict):
        upload.discard()
        raise Refusal(400, "validation_failed", "Invalid data. Expected a dictionary.")
    named = cast("dict[str, object]", fields)
    restored = {key: _restore(value, sources) for key, value in named.items()}
    return Upload(fields=restored, sources=sources, size=size, sha256=sha256)


def read_form(
    stream: BinaryIO, length: int | None, *, boundary: str, folder: Path | None, name: str
) -> Upload:
    """Read a multipart form as `read_upload` reads JSON; each file becomes a `Source`."""
    form = _Form(boundary.encode(), folder, name)
    digest = hashlib.sha256()
    size = 0
    try:
        for chunk in _chunks(stream, length):
            size += len(chunk)
            digest.update(chunk)
            form.feed(chunk)
    except BaseException:
        form.close()
        Upload(fields={}, sources=tuple(form.sources), size=0, sha256="").discard()
        raise
    form.close()
    return Upload(fields=form.fields, sources=tuple(form.sources), size=size, sha256=digest.hexdigest())


def _chunks(stream: BinaryIO, length: int | None) -> Iterator[bytes]:
    left = length
    while left is None or left:
        chunk = stream.read(_CHUNK if left is None else min(_CHUNK, left))
        if not chunk:
            if left is None:
                return
            raise ConnectionError("The client left before the body was complete.")
        left = None if left is None else left - len(chunk)
        yield chunk


def _restore(value: object, sources: tuple[Source, ...]) -> object:
    """Put the sources in the places of their marks."""
    if isinstance(value, list):
        return [_restore(item, sources) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        return {key: _restore(item, sources) for key, item in cast("dict[str, object]", value).items()}
    if isinstance(value, str) and value.startswith(_MARK):
        number = value.removeprefix(_MARK)
        return sources[int(number)] if number.isdecimal() and int(number) < len(sources) else value
    return value
