# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the file of a result whose link is broken in the library, and prove it by its hash. Worker only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..imaging.files import sha256_of
from ..imaging.inscription import content_of
from ..texts.refusal import Refusal
from .ledger import Ledger
from .ledger_facts import KnownFile
from .library import Library
from .recipe import read_recipe


@dataclass(frozen=True, kw_only=True)
class Lost:
    """An image whose file is missing."""

    job_id: str
    index: int
    """The image's index in its job."""
    is_as_it_came: bool
    """It is the model's image, not the fitted one."""
    content: str = ""
    """SHA-256 of the image as the service sent it, if the datablock tells."""


class Finder:
    """Finds files of one library; walks it at most once."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._library = Library(ledger.path.parent)
        self._by_length: dict[int, list[Path]] | None = None

    def find(self, lost: Lost) -> Path | None:
        """Find the file of an image; None if it is not in the library. Raises OSError, LedgerError."""
        known = self._ledger.known_file(lost.job_id, lost.index)
        if known is not None and known.fitted is not None and not lost.is_as_it_came:
            return known.fitted if _is_fitted(known.fitted, lost) else None
        content = known.content if known is not None and known.content else lost.content
        for path in self._candidates(known, content):
            if _is_it(path, content, known.sha256 if known is not None else ""):
                return path
        return None

    def _candidates(self, known: KnownFile | None, content: str) -> Iterator[Path]:
        """Yield the places where it may be, the likely ones first: it may have been renamed there."""
        others = self._ledger.files_with(content)
        yield from ([known.path] if known is not None else [])
        yield from (other.path for other in others)
        for length in {file.byte_count for file in ([known] if known else []) + others}:
            yield from self._files_of(length)

    def _files_of(self, length: int) -> list[Path]:
        if self._by_length is None:
            self._by_length = {}
            for path in self._library.images_folder.rglob("*"):
                if path.is_file():
                    self._by_length.setdefault(path.stat().st_size, []).append(path)
        return self._by_length.get(length, [])


def _is_it(path: Path, content: str, sha256: str) -> bool:
    try:
        if not path.is_file():
            return False
        if sha256 and sha256_of(path) == sha256:
            return True
        return bool(content) and content_of(path) == content
    except (Refusal, OSError):  # damaged, or no image
        return False


def _is_fitted(path: Path, lost: Lost) -> bool:
    """Return whether a file is the result's fitted file.

    The ledger has no hash of it, but its recipe tells.
    """
    try:
        recipe = read_recipe(path)
    except (Refusal, OSError):
        # A float image (OpenEXR) holds no recipe, but its name is the job's.
        return path.is_file() and path.suffix == ".exr" and path.stem == f"{lost.job_id}_{lost.index + 1}"
    return recipe.job_id == lost.job_id and recipe.index == lost.index
