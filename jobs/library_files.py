# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files of the library's folder are Easel's: the artist may have others in it. Worker only.

Names are those of `Library`, and what Blender's own side keeps there. The ledger itself is not among them: it
can't be read as a file while it is in use.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .image_rows import storable

FOLDERS: Final = frozenset(
    ("images", "sources", "thumbnails", "fitted", "unpacked", "incoming", "tasks", "snapshots")
)
"""In the library's own folder. `snapshots` are pictures of views (`scene/views/capture.py`)."""
FILES: Final = re.compile(r"prompts(-damaged.*)?\.json|marks\.jsonl|ledger\.damaged-.*")
"""The same; also what was put aside because it was damaged."""
_LEDGER: Final = re.compile(r"ledger\..*|moving\.json|\..*\.part")
JUNK: Final = frozenset((".DS_Store", "Thumbs.db", "desktop.ini"))
"""What systems put into folders that somebody looks at."""


@dataclass(frozen=True, kw_only=True)
class File:
    """What tells whether a file has changed."""

    size: int
    modified_ns: int


def files_of(root: Path, target: Path) -> dict[str, File]:
    """All that belongs to a library but its ledger, by its name in that; half-written files are left out.

    Folders that are linked belong to it, whatever disk they are on.

    Args:
        target: a folder that must not be among them.

    Raises:
        Refusal, OSError: some of them can't be known.
    """
    found: dict[str, File] = {}
    for path in sorted(root.iterdir()):
        if path.name in FOLDERS:
            paths = _within(path, frozenset({_identity(target)}), target)
        else:
            paths = iter([path] if FILES.fullmatch(path.name) and path.is_file() else [])
        for each in paths:
            with contextlib.suppress(FileNotFoundError):
                status = each.stat()
                file = File(size=status.st_size, modified_ns=status.st_mtime_ns)
                found[each.relative_to(root).as_posix()] = file
    return found


def has_others(root: Path) -> bool:
    """Whether anything is in the library's own folder that is not Easel's. Raises OSError."""
    return any(
        path.name not in FOLDERS
        and path.name not in JUNK
        and not FILES.fullmatch(path.name)
        and not _LEDGER.fullmatch(path.name)
        for path in root.iterdir()
    )


def _within(folder: Path, forbidden: frozenset[tuple[int, int]], target: Path) -> Iterator[Path]:
    """List files below a folder, through links too.

    Args:
        forbidden: the target, and the folders on the way to this one: a link to them would never end.
    """
    try:
        identity, paths = _identity(folder), sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        _refuse_broken(folder)
        return  # it went at this moment
    if identity == _identity(target):
        raise Refusal(
            phrase(
                "{folder} is inside the library or contains it: choose another.", folder=storable(str(target))
            )
        )
    if identity in forbidden:
        return
    for path in paths:
        if path.is_dir():
            yield from _within(path, forbidden | {identity}, target)
        elif path.is_file():
            if not path.match(".*.part"):
                yield path
        else:
            _refuse_broken(path)


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino


def _refuse_broken(path: Path) -> None:
    """Refuse where a link leads nowhere: what it stands for may be on a disk that is not here now."""
    if path.is_symlink() and not path.exists():
        raise Refusal(
            phrase("{path} is a broken link: check whether a disk is missing.", path=storable(str(path)))
        )
