# SPDX-License-Identifier: GPL-3.0-or-later
"""Known facts about files of sources, without asking the disk on the main thread each turn.

A file on a dead network share would hold Blender up for half a minute and more. Panels show what a thread
has last seen (`known`, `known_folder`). Only a click may ask the disk itself (`is_file`, `header_of`), where
it has answered, or wait a moment for a thread (`real_folder`, `look_for`).
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
"""How old what panels know gets before a click asks the disk itself."""


@dataclass(frozen=True, kw_only=True)
class FileFact:
    """What was seen of a file."""

    is_there: bool = False
    is_file: bool = False
    modified_ns: int = 0
    byte_count: int = 0
    header: AnyHeader = field(default_factory=AnyHeader)

    @property
    def stamp(self) -> str:
        """Changes with what is in the file; empty if there is none."""
        return f"{self.modified_ns}:{self.byte_count}" if self.is_there else ""


Ask: TypeAlias = Callable[[Path], FileFact | None]
"""Who is asked about a file: `known`, which never touches the disk, or `look_now`. None: not known yet."""


def look_now(path: Path, before: FileFact | None = None) -> FileFact:
    """Look at a file, and into its header where that is not the one of before. Takes what it takes."""
    try:
        status = path.stat()
    except (OSError, ValueError):  # ValueError: no file can be called that
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
    """Return what was last seen of a file, a second ago or so. Main thread; never touches the disk."""
    return _files().ask(path)


def known_folder(path: Path) -> Path:
    """Return a file's folder with its links followed, or as it is while that is not known. As `known`."""
    return _folders().ask(path.parent) or path.parent


def real_folder(path: Path) -> Path:
    """Return a file's folder with its links followed. At a click.

    Raises:
        SourceUnusable: the disk does not answer.
    """
    folder = _folders().look_for(path.parent, _LIFE_S)
    if folder is None:
        raise silence(path)
    return folder


def is_file(path: Path) -> bool:
    """Tell whether there is a file. At a click.

    Raises:
        SourceUnusable: the disk does not answer.
    """
    fact = _files().recall(path, _LIFE_S)
    if fact is not None and fact.is_file:
        return True
    _check_that_it_answers(path)
    return path.is_file()


def look_for(paths: Iterable[Path]) -> dict[Path, FileFact]:
    """Have threads look at files, and return what is known of them in half a second or so. At a click.

    What the disk keeps silent about is not among them.
    """
    asked = list(paths)
    for path in asked:  # all at once: those that hang do it side by side
        _files().ask(path)
    found = {path: _files().look_for(path, _LIFE_S) for path in asked}
    return {path: fact for path, fact in found.items() if fact is not None}


def header_of(path: Path) -> AnyHeader:
    """Return what the header of a file says. At a click.

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
    """True while panels wait for something that is known in a moment."""
    return _files().is_expecting


def wait(timeout_s: float) -> bool:
    """Stand still until all that was asked for is known; False if that takes longer. For tests."""
    return _files().wait(timeout_s) and _folders().wait(timeout_s)


def stop() -> None:
    """Forget everything. Returns at once, also where a look hangs."""
    _files().forget()
    _folders().forget()


def _check_that_it_answers(path: Path) -> None:
    if _files().hangs(path):
        raise silence(path)


def silence(path: Path) -> SourceUnusable:
    """Say that a disk does not answer."""
    return SourceUnusable(
        phrase("The file does not answer: {path}. Look whether its drive is connected.", path=path)
    )


def _resolved(folder: Path, _before: Path | None) -> Path:
    try:
        return folder.resolve()
    except (OSError, RuntimeError, ValueError):  # links that lead in a circle
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
