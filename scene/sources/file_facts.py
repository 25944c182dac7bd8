# SPDX-License-Identifier: GPL-3.0-or-later
"""Known facts about files of sources, so that the main thread does not read the disk each turn.

A file on a dead network share would block Blender for half a minute or more. Panels show what a thread has
last read (`known`, `known_folder`). Only a click may read a disk that has answered (`is_file`, `header_of`),
or wait a moment for a thread (`real_folder`, `look_for`).
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from ...imaging.any_header import AnyHeader, read_any_header
from ...imaging.formats import read_head
from ...texts.phrases import phrase
from ...threads.lookout import Lookout
from .. import live
from ..errors import SourceUnusable

_LIFE_S: Final = 5.0
"""A click reads the disk if the panels' facts are older."""


@dataclass(frozen=True, kw_only=True)
class FileFact:
    """Facts about a file."""

    is_there: bool = False
    is_file: bool = False
    modified_ns: int = 0
    byte_count: int = 0
    header: AnyHeader = field(default_factory=AnyHeader)

    @property
    def stamp(self) -> str:
        """A text that changes with the file's content; empty: there is no file."""
        return f"{self.modified_ns}:{self.byte_count}" if self.is_there else ""


Ask: TypeAlias = Callable[[Path], FileFact | None]
"""A function that returns facts about a file: `known`, which reads no disk, or `look_now`. None: unknown."""


def look_now(path: Path, before: FileFact | None = None) -> FileFact:
    """Read facts about a file, and its header if the file has changed. It may block on a slow disk."""
    try:
        status = path.stat()
    except (OSError, ValueError):  # ValueError: an impossible file name
        return FileFact()
    now = status.st_mtime_ns, status.st_size
    if before is not None and before.header.width and (before.modified_ns, before.byte_count) == now:
        return before
    return FileFact(
        is_there=True,
        is_file=stat.S_ISREG(status.st_mode),
        modified_ns=status.st_mtime_ns,
        byte_count=status.st_size,
        header=read_any_header(path),
    )


def known(path: Path) -> FileFact | None:
    """Return the latest facts about a file, about a second old. Main thread; never reads the disk."""
    return _files().ask(path)


def known_folder(path: Path) -> Path:
    """Return a file's folder with links resolved, or unresolved while that is unknown. As `known`."""
    return _folders().ask(path.parent) or path.parent


def real_folder(path: Path) -> Path:
    """Return a file's folder with links resolved. At a click.

    Raises:
        SourceUnusable: the disk does not answer.
    """
    folder = _folders().look_for(path.parent, _LIFE_S)
    if folder is None:
        raise silence(path)
    return folder


def is_file(path: Path) -> bool:
    """Return whether a file exists. At a click.

    Raises:
        SourceUnusable: the disk does not answer.
    """
    fact = _files().recall(path, _LIFE_S)
    if fact is not None and fact.is_file:
        return True
    _check_that_it_answers(path)
    return path.is_file()


def look_for(paths: Iterable[Path]) -> dict[Path, FileFact]:
    """Let threads read files, and return the facts known within about half a second. At a click.

    Files on a silent disk are left out.
    """
    asked = list(paths)
    for path in asked:  # all at once, so that hanging disks hang in parallel
        _files().ask(path)
    found = {path: _files().look_for(path, _LIFE_S) for path in asked}
    return {path: fact for path, fact in found.items() if fact is not None}


def header_of(path: Path) -> AnyHeader:
    """Return the header of a file. At a click.

    Raises:
        SourceUnusable: the disk does not answer.
        SourceUnreadable
    """
    fact = _files().recall(path, _LIFE_S)
    if fact is not None and fact.is_file:
        return fact.header
    _check_that_it_answers(path)
    read_head(path)
    return read_any_header(path)


def is_expecting() -> bool:
    """Return whether panels wait for facts that are being read."""
    return _files().is_expecting


def wait(timeout_s: float) -> bool:
    """Block until all requested facts are known; False if that takes longer. For tests."""
    return _files().wait(timeout_s) and _folders().wait(timeout_s)


def stop() -> None:
    """Forget everything. Returns at once, even if a disk hangs."""
    _files().forget()
    _folders().forget()


def _check_that_it_answers(path: Path) -> None:
    if _files().hangs(path):
        raise silence(path)


def silence(path: Path) -> SourceUnusable:
    """Return the error for a disk that does not answer."""
    return SourceUnusable(
        phrase("The file does not answer: {path}. Look whether its drive is connected.", path=path)
    )


def _resolved(folder: Path, _before: Path | None) -> Path:
    try:
        return folder.resolve()
    except (OSError, RuntimeError, ValueError):  # circular links
        return folder


class _Files(Lookout[Path, FileFact]):
    def __init__(self) -> None:
        super().__init__("files", look_now)


class _Folders(Lookout[Path, Path]):
    def __init__(self) -> None:
        super().__init__("folders", _resolved)


def _files() -> _Files:
    return live.part(_Files)


def _folders() -> _Folders:
    return live.part(_Folders)
