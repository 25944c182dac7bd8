# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are complete or absent: atomic writes, hashes, safe names."""

from __future__ import annotations

import contextlib
import errno
import filecmp
import hashlib
import io
import itertools
import os
import secrets
import shutil
import stat
import tempfile
import unicodedata
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..texts.phrases import phrase
from .errors import DiskFull, FileNotWritten

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from typing import BinaryIO

_NO_SPACE = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_NOT_ALLOWED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR})

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_RESERVED_ON_WINDOWS = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{digit}" for port in ("com", "lpt") for digit in range(10)))
)
_REFUSED_BY_WINDOWS = frozenset('<>:"/\\|?*')
_MAX_SLUG_BYTES = 100  # leaves room for day, job, number and suffix where names end at 143 bytes (eCryptfs)


def temporary_folder(wanted: Path | None = None) -> Path:
    """Return a folder for temporary files; recreate it if something has removed it. Raises OSError.

    Args:
        wanted: None for the system's own.
    """
    folder = wanted or Path(tempfile.gettempdir())
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class HeldFolder:
    """A temporary folder that is removed with its content once nothing refers to it any more. Any thread.

    Args:
        parent: the folder to create it in; None for the system's own.
    """

    def __init__(self, parent: Path | None = None) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="easel-", dir=temporary_folder(parent)))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


class HeldFile:
    """A file that is removed once nothing refers to it any more, unless it was moved. Any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._removal = weakref.finalize(self, path.unlink, missing_ok=True)

    def move(self, to: Path) -> None:
        """Move the file to another name, where it stays. Raises OSError."""
        self.path.replace(to)
        self._removal.detach()


FLOAT_SUFFIX: Final = ".exr"
"""The suffix of a float result: one that was put into a float source."""
COPY_FORMATS: Final = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WebP",
    FLOAT_SUFFIX: "OpenEXR",
}
"""The formats of copies, by suffixes."""


class AtomicFile(io.BufferedRandom):
    """A binary file under a temporary name; `path` is its final name (exact once the block has ended)."""

    path: Path


def make_private_folder(path: Path) -> None:
    """Create a folder and its missing parents for the user alone, if the system has such permissions.

    An existing folder stays unchanged: its permissions are the artist's choice.
    """
    missing = itertools.takewhile(lambda folder: not folder.exists(), (path, *path.parents))
    for folder in reversed(list(missing)):
        folder.mkdir(mode=0o700, exist_ok=True)
    path.mkdir(exist_ok=True)  # raises where a file has the name


def create_private(path: Path) -> BinaryIO:
    """Open a new file for writing that nobody else may read, if the system has such permissions."""
    return io.BufferedWriter(io.FileIO(path, "w", opener=_private))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextlib.contextmanager
def write_atomically(path: Path, *, exclusive: bool = False, shared: bool = False) -> Generator[AtomicFile]:
    """Open a file that appears at `path`, complete and synced, when the block ends without an error.

    The temporary file is in the same folder and is removed on any error. An existing file is replaced; with
    `exclusive` it never is: the next free name is used, and the file's `path` tells it. Nobody else may read
    the file, unless it is `shared`.
    Raises DiskFull and FileNotWritten; other errors of the block pass through.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with AtomicFile(io.FileIO(temporary, "x+", opener=None if shared else _private)) as file:
            file.path = path
            yield file
            file.flush()
            os.fsync(file.fileno())
        if exclusive:
            file.path = _link(temporary, path) or _reserve_and_replace(temporary, path)
        else:
            temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        # Errors of the block may be OSErrors too (those of requests are): only the file's own are translated.
        if is_for_want_of_space(error):
            raise DiskFull(
                phrase(
                    "The disk is full: {path} could not be written to {parent}.",
                    path=path.name,
                    parent=path.parent,
                )
            ) from error
        if error.errno in _NOT_ALLOWED and Path(str(error.filename)).parent == path.parent:
            raise FileNotWritten(
                phrase(
                    "{path} could not be written to {parent}: {reason}.",
                    path=path.name,
                    parent=path.parent,
                    reason=error.strerror,
                )
            ) from error
        raise
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def is_for_want_of_space(error: OSError) -> bool:
    """Return whether an error means that the disk, or the quota, has too little space."""
    return error.errno in _NO_SPACE


def open_regular(path: Path) -> BinaryIO:
    """Open a file that somebody else has named, for reading.

    Anything but a regular file (a named pipe, a device, a socket, a folder) is never opened: that might block
    the thread for ever, or have side effects.

    Raises:
        OSError: its `strerror` is a phrase if it is not a regular file.
    """
    _check_regular(path.stat(), path)
    try:
        descriptor = os.open(path, _READ | getattr(os, "O_NONBLOCK", 0))
    except BlockingIOError:  # a file server has lent it to somebody, and is taking it back
        descriptor = os.open(path, _READ)
    file = os.fdopen(descriptor, "rb")
    try:
        _check_regular(os.fstat(file.fileno()), path)  # it may be another one by now
    except OSError:
        file.close()
        raise
    return file


def _check_regular(status: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, phrase("it is not an ordinary file"), str(path))


def sha256_of(path: Path) -> str:
    """Return the file's SHA-256 in hexadecimal, read in chunks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy_hashed(source: BinaryIO, target: BinaryIO) -> str:
    """Copy the rest of a file into another, in chunks. Returns its SHA-256 in hexadecimal."""
    digest = hashlib.sha256()
    while chunk := source.read(1 << 20):
        digest.update(chunk)
        target.write(chunk)
    return digest.hexdigest()


def copy_once(source: Path, there: Path) -> Path:
    """Copy a file, and return the copy's path: the first free name of `there.png`, `there-2.png` …

    A file of one of these names with the same bytes is the copy already. No file is replaced.

    Raises:
        FileNotWritten, OSError: as `open_regular` and `write_atomically`.
    """
    for path in _numbered(there.parent, there.stem, there.suffix):
        if not path.exists():
            break
        if path.is_file() and filecmp.cmp(path, source, shallow=False):
            return path
    with open_regular(source) as file, write_atomically(there, exclusive=True, shared=True) as to:
        shutil.copyfileobj(file, to)
    return to.path


def unique_path(folder: Path, stem: str, suffix: str) -> Path:
    """Return the first of `stem.png`, `stem-2.png` … that does not exist; nothing is reserved."""
    return next(path for path in _numbered(folder, stem, suffix) if not path.exists())


def slug(text: str, *, max_length: int = 48, fallback: str = "image") -> str:
    """Make a file name's stem from a prompt: words in lower case, joined by hyphens, safe on every system.

    Letters and digits of every script are kept; at most `max_length` characters and 100 bytes of UTF-8.
    """
    kept = "".join(
        char if unicodedata.category(char)[0] in "LMN" else "-"
        for char in unicodedata.normalize("NFKC", text).lower()
    )
    words = [word for word in kept.split("-") if word]
    stem = ""
    for word in words:
        longer = f"{stem}-{word}" if stem else word
        if len(longer) > max_length or len(longer.encode()) > _MAX_SLUG_BYTES:
            break
        stem = longer
    if not stem and words:  # one very long word
        stem = words[0][:max_length].encode()[:_MAX_SLUG_BYTES].decode(errors="ignore")
    if not stem:
        return fallback
    return f"{stem}-{fallback}" if stem in _RESERVED_ON_WINDOWS else stem


def allowed_name(name: str) -> str:
    """Return a file name as every system allows it: only what Windows refuses is changed. It may be empty."""
    allowed = "".join("-" if char in _REFUSED_BY_WINDOWS or char < " " else char for char in name)
    allowed = allowed.strip().rstrip(". ")
    stem, dot, rest = allowed.partition(".")
    return f"{stem}-image{dot}{rest}" if stem.strip().lower() in _RESERVED_ON_WINDOWS else allowed


def _numbered(folder: Path, stem: str, suffix: str) -> Iterator[Path]:
    yield folder / f"{stem}{suffix}"
    for number in itertools.count(2):
        yield folder / f"{stem}-{number}{suffix}"


def _link(temporary: Path, path: Path) -> Path | None:
    """Give a file the first free name in one step. None if the system has no hard links."""
    for candidate in _numbered(path.parent, path.stem, path.suffix):
        try:
            os.link(temporary, candidate)
        except FileExistsError:
            continue
        except OSError:
            return None
        return candidate
    raise AssertionError("unreachable: there is always a next number")


def _reserve_and_replace(temporary: Path, path: Path) -> Path:
    """Do the same in two steps, for exFAT and many shares. A crash between them leaves an empty file."""
    for candidate in _numbered(path.parent, path.stem, path.suffix):
        with contextlib.suppress(FileExistsError):
            os.close(os.open(candidate, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            try:
                return temporary.replace(candidate)
            except OSError:
                candidate.unlink(missing_ok=True)
                raise
    raise AssertionError("unreachable: there is always a next number")


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut, if the system can do that (POSIX)."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):  # some network file systems refuse to sync a folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
