# SPDX-License-Identifier: GPL-3.0-or-later
"""The Exif comment, where a JPEG or WebP stores what a PNG stores in the text `parameters`.

The written block of Exif (TIFF, big-endian) only has the comment and the name of the software, by which it is
recognised later.
"""

from __future__ import annotations

import struct
from typing import Final

MOST: Final = 65527
"""The most bytes of a block in one segment of a JPEG, after `Exif\\0\\0`."""

_UNICODE: Final = b"UNICODE\0"
_CODINGS: Final = {b"ASCII\0\0\0": "utf-8", b"\0" * 8: "utf-8"}
"""Codings by the eight bytes before a comment. Many tools write UTF-8 where the standard requires ASCII, or
none."""
_SOFTWARE, _EXIF_IFD, _USER_COMMENT = 0x0131, 0x8769, 0x9286
_ASCII, _LONG, _UNDEFINED = 2, 4, 7  # kinds of values
_OWN: Final = b"Easel\0"
_OWN_AT: Final = 8 + 2 + 2 * 12 + 4
_HEAD: Final = (
    b"MM\0\x2a"
    + struct.pack(">IH", 8, 2)
    + struct.pack(">HHII", _SOFTWARE, _ASCII, len(_OWN), _OWN_AT)
    + struct.pack(">HHII", _EXIF_IFD, _LONG, 1, _OWN_AT + len(_OWN))
    + struct.pack(">I", 0)
    + _OWN
    + struct.pack(">HHH", 1, _USER_COMMENT, _UNDEFINED)
)


def exif_comment(text: str) -> bytes:
    """Return a block of Exif with a comment in Stable Diffusion web UI's form: UTF-16, big-endian."""
    data = _UNICODE + text.encode("utf-16-be", "replace")
    return _HEAD + struct.pack(">III", len(data), len(_HEAD) + 12, 0) + data


def is_own(block: bytes) -> bool:
    """Return whether `exif_comment` made a block."""
    return block.startswith(_HEAD)


def comment_text(value: object) -> str:
    """Read the value of an Exif comment; empty if its coding is unknown.

    The standard leaves the byte order open, and both occur: the order that gives more ASCII is right.
    """
    if isinstance(value, str):
        return value
    data = bytes(value) if isinstance(value, (bytes, bytearray)) else b""
    head, rest = data[:8], data[8:]
    if head == _UNICODE:
        texts = [rest.decode(coding, "replace") for coding in ("utf-16-be", "utf-16-le")]
        text = max(texts, key=lambda each: sum(letter.isascii() and letter != "\0" for letter in each))
        return text.lstrip(chr(0xFEFF)).strip("\0")
    coding = _CODINGS.get(head, "")
    return rest.decode(coding, "replace").strip("\0") if coding else ""
