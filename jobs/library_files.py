# SPDX-License-Identifier: GPL-3.0-or-later
"""Find Easel's files in the library's folder, which may hold other files too. Worker only.

The names are those of `Library`, and of the files that Easel's Blender side keeps there. The ledger is not
among them: it can't be read as a file while it is in use.
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
"""Folders in the library's own folder. `snapshots` are pictures of views (`scene/views/capture.py`)."""
FILES: Final = re.compile(r"prompts(-damaged.*)?\.json|marks\.jsonl|ledger\.damaged-.*")
"""Files in the library's own folder, also those that were put aside because they were damaged."""
_LEDGER: Final = re.compile(r"ledger\..*|moving\.json|\..*\.part")
JUNK: Final = frozenset((".DS_Store", "Thumbs.db", "desktop.ini"))
"""Files that systems put into folders that somebody looks at."""


@dataclass(frozen=True, kw_only=True)
class File:
    """Facts that tell whether a file has changed."""

    size: int
    modified_ns: int


def files_of(root: Path, target: Path) -> dict[str, File]:
    """Return all files of a library except the ledger, by their names in it, without incomplete files.

    Linked folders belong to the library, whatever disk they are on.

    Args:
        target: a folder that must not be among them.

    Raises:
        Refusal, OSError: some of the files can't be found out.
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


def is_own(root: Path, path: Path) -> bool:
    """Return whether a path is inside one of the library's own folders, through links too."""
    real = path.resolve()
    return any(real.is_relative_to((root / name).resolve()) for name in FOLDERS)


def has_others(root: Path) -> bool:
    """Return whether the library's own folder contains anything that is not Easel's. Raises OSError."""
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
        forbidden: the target, and the parents of this folder: a link to one of them would never end.
    """
    try:
        identity, paths = _identity(folder), sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        _refuse_broken(folder)
        return  # it was removed at this moment
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
    """Refuse a link that leads nowhere: its target may be on a disk that is not connected."""
    if path.is_symlink() and not path.exists():
        raise Refusal(
            phrase("{path} is a broken link: check whether a disk is missing.", path=storable(str(path)))
        )
