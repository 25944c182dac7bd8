# SPDX-License-Identifier: GPL-3.0-or-later
"""Read, copy, write or find files of images for the open .blend, on a thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...jobs.file_report import HeldImage
from ...jobs.relink import Finder, Lost
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from .copies import copy, write_free


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A thread's order for one image."""

    image: HeldImage
    source: Path | None = None
    """A file; None to write `content`, or to read nothing."""
    content: bytes = b""
    target: Path | None = None
    """The wanted copy; None for the bytes only."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """The outcome of an order."""

    content: bytes = b""
    path: Path | None = None
    failure: str = ""


@dataclass(frozen=True, kw_only=True)
class Ready:
    """The files of a job to place next, by those of the library."""

    contents: Mapping[Path, bytes] = field(default_factory=dict[Path, bytes])
    """Bytes to pack."""
    copies: Mapping[Path, Path] = field(default_factory=dict[Path, Path])
    """Copies beside the .blend."""
    failure: str = ""
    """Why a file is missing."""


def make_ready(names: Mapping[Path, str], folder: Path | None) -> Ready:
    """Read files, or copy them. On the thread.

    Args:
        names: files of the library, and the names of their copies.
        folder: the target; None to read their bytes.
    """
    try:
        if folder is None:
            return Ready(contents={path: path.read_bytes() for path in names})
        return Ready(copies={path: copy(path, folder / name) for path, name in names.items()})
    except OSError as error:
        return Ready(failure=error.strerror or type(error).__name__)
    except MemoryError:
        return Ready(failure=phrase("There is not enough memory"))


def make(wish: Wish, finder: Finder | None) -> Made:
    """Read, copy, write or find a file. On the thread."""
    try:
        if finder is not None:
            return _look_for(wish, finder)
        if wish.target is None:
            return Made(content=wish.source.read_bytes() if wish.source is not None else b"")
        if wish.source is None:
            return Made(path=write_free(wish.content, wish.target))
        return Made(path=copy(wish.source, wish.target))
    except OSError as error:
        return Made(failure=error.strerror or type(error).__name__)
    except MemoryError:
        return Made(failure=phrase("There is not enough memory"))
    except Refusal as error:
        return Made(failure=str(error))


def _look_for(wish: Wish, finder: Finder) -> Made:
    image = wish.image
    found = finder.find(Lost(job_id=image.jobs[0], index=image.index, is_as_it_came=image.is_as_it_came))
    if found is None:
        return Made(failure=phrase("not in the library"))
    return Made(path=copy(found, wish.target) if wish.target is not None else found)
