# SPDX-License-Identifier: GPL-3.0-or-later
"""Move a library to another folder or disk: copy, check by hash, then switch in one step. Worker only.

Until the switch the old folder is the library, and nothing in it is changed; after it the new one is. So a
crash at any moment leaves one complete library, and a second try uses what the first has copied. The switch
is a file that takes the old ledger's name (`moved.py`): everybody who uses the old folder, other Blenders
too, notices it at the next look. It happens while nobody can write to the ledger, and no job is followed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final

from ..imaging.files import copy_hashed, make_private_folder, sha256_of, write_atomically
from ..texts.phrases import joined, phrase
from ..texts.refusal import Refusal
from ..texts.wording import size_text
from ..threads.pace import Pace
from .chores import Outcome
from .image_rows import storable
from .ledger import Ledger
from .ledger_file import connect
from .library_files import JUNK, File, files_of, has_others
from .moved import moved_to, write_sign

UNDER_WAY: Final = "moving.json"
"""A file of this name in the new folder says that the copy is incomplete, and of which library."""
_PATIENCE_MS: Final = 20_000
"""How long the switch waits for another program that writes to the ledger."""
_ROOM: Final = 50_000_000
"""Bytes that stay free on the disk."""


def move_library(ledger: Ledger, target: Path, pace: Pace, *, removes_old: bool) -> Outcome:
    """Move a library.

    Args:
        target: a folder that is new or empty, or contains an earlier try's copies.
        removes_old: remove the old files when the new ones are in use; else they stay.

    Raises:
        Refusal, OSError: the library is unchanged in its old place.
    """
    root = ledger.path.parent
    _check(root, target)
    make_private_folder(target)
    _write(target / UNDER_WAY, json.dumps({"from": storable(str(root))}).encode())
    _pause(pace)
    copied: dict[str, File] = {}
    _copy_all(root, target, copied, pace)
    with _alone_with(ledger) as connection:
        _refuse_followed(connection)
        _copy_all(root, target, copied, pace)  # what was written meanwhile
        _pause(pace)
        _refuse_unless_whole(connection, root, target, copied)
        _copy_ledger(root, target, connection)
        _pause(pace)
        _switch(ledger, target, connection)
    with contextlib.suppress(OSError):
        (target / UNDER_WAY).unlink()
    text = phrase("The library is in {folder} now.", folder=storable(str(target)))
    if removes_old:
        left = _remove(root, copied)
        return Outcome(text=joined(text, _left(root) if left else _others(root)), is_whole=not left)
    old = phrase("The old files are still in {folder}.", folder=storable(str(root)))
    return Outcome(text=joined(text, old))


def _check(root: Path, target: Path) -> None:
    """Raise Refusal if the target can't be used."""
    place = storable(str(target))
    if not target.is_absolute():
        raise Refusal(phrase("Choose which folder to move the library to"))
    real, own = target.resolve(), root.resolve()
    if real == own:
        raise Refusal(phrase("The library is in {folder} already.", folder=place))
    if real.is_relative_to(own) or own.is_relative_to(real):
        raise Refusal(phrase("{folder} is inside the library or contains it: choose another.", folder=place))
    if target.exists() and not target.is_dir():
        raise Refusal(phrase("{folder} is not a folder.", folder=place))
    if target.is_dir() and not _is_empty(target) and not _is_ours(target, root):
        raise Refusal(phrase("{folder} is not empty: choose a new folder.", folder=place))


def _is_empty(folder: Path) -> bool:
    """Return whether a folder holds only incomplete files of a crash, or files of the system."""
    return all(path.match(".*.part") or path.name in JUNK for path in folder.iterdir())


def _is_ours(target: Path, root: Path) -> bool:
    """Return whether the folder is an earlier try's, or the library was moved from it to here."""
    if moved_to(target / "ledger.sqlite3") == root:
        return True
    try:
        return json.loads((target / UNDER_WAY).read_text("utf-8"))["from"] == storable(str(root))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _copy_all(root: Path, target: Path, copied: dict[str, File], pace: Pace) -> None:
    """Copy files that are new or have changed since. Raises Refusal, OSError."""
    files = {name: file for name, file in files_of(root, target).items() if copied.get(name) != file}
    _refuse_without_room(target, files)
    total = sum(file.size for file in files.values())
    done = 0
    for name, file in files.items():
        pace.tell(done // 1_000_000, max(total // 1_000_000, 1))
        _pause(pace)
        if _copy(_within(root, name), _within(target, name)):
            copied[name] = file
        done += file.size
    for name in [name for name in copied if name not in files and not _within(root, name).exists()]:
        del copied[name]  # it was removed meanwhile
        _within(target, name).unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> bool:
    """Copy one file, and read the copy back. False: the file was removed at this moment.

    Raises:
        Refusal, OSError
    """
    try:
        digest = ""
        if target.is_file() and target.stat().st_size == source.stat().st_size:
            digest = sha256_of(source)
            if sha256_of(target) == digest:
                return True
        make_private_folder(target.parent)
        with source.open("rb") as original, write_atomically(target) as file:
            digest = copy_hashed(original, file)
        status = source.stat()
    except FileNotFoundError:
        return False
    with contextlib.suppress(OSError):  # some shares set times by themselves
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
    _check_copy(target, digest)
    return True


def _check_copy(target: Path, digest: str) -> None:
    """Read a copy back to check it. Raises Refusal, OSError."""
    if sha256_of(target) != digest:
        raise Refusal(
            phrase("{path} could not be copied correctly: check the disk.", path=storable(str(target)))
        )


def _within(root: Path, name: str) -> Path:
    return root.joinpath(*name.split("/"))


def _refuse_without_room(target: Path, files: dict[str, File]) -> None:
    needed = sum(file.size for name, file in files.items() if not _has_size(_within(target, name), file.size))
    free = shutil.disk_usage(target).free
    if needed + _ROOM > free:
        raise Refusal(
            phrase(
                "There is not enough room in {folder}: {needed} are needed, {free} are free.",
                folder=storable(str(target)),
                needed=size_text(needed),
                free=size_text(free),
            )
        )


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False


@contextlib.contextmanager
def _alone_with(ledger: Ledger) -> Generator[sqlite3.Connection]:
    """Keep everybody from writing to the ledger, here or in another Blender. Raises Refusal."""
    try:
        with contextlib.closing(connect(ledger.path)) as connection:
            connection.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
            connection.execute("BEGIN EXCLUSIVE")
            yield connection
    except sqlite3.Error as error:
        raise Refusal(
            phrase("The list of jobs in {path} can't be copied: {error}.", path=ledger.path, error=error)
        ) from error


def _refuse_followed(connection: sqlite3.Connection) -> None:
    row = connection.execute(
        "SELECT 1 FROM jobs WHERE owner != '' AND lease_until > ? LIMIT 1", (time.time(),)
    ).fetchone()
    if row is not None:
        raise Refusal(
            phrase("Jobs are running, here or in another Blender: wait for them, and move the library then.")
        )


def _refuse_unless_whole(
    connection: sqlite3.Connection, root: Path, target: Path, copied: dict[str, File]
) -> None:
    """Refuse if the ledger names a file in the old folder that was not copied."""
    names = connection.execute("SELECT path FROM results UNION SELECT fitted FROM results WHERE fitted != ''")
    for (name,) in names:
        if name in copied or not _within(root, name).is_file() or _within(target, name).is_file():
            continue
        raise Refusal(
            phrase(
                "The image {path} of the library was not copied. The library stays where it was.",
                path=storable(str(_within(root, name))),
            )
        )


def _copy_ledger(root: Path, target: Path, connection: sqlite3.Connection) -> None:
    """Copy the ledger, and make it name files of the new folder.

    It uses the connection that holds the lock: when a process closes a file, POSIX drops all its locks on
    that file, SQLite's too.

    Raises:
        Refusal, OSError, sqlite3.Error
    """
    data = connection.serialize()
    part = target / ".ledger.part"
    _write(part, data)
    _check_copy(part, hashlib.sha256(data).hexdigest())
    with contextlib.closing(connect(part)) as copy:
        copy.execute("PRAGMA journal_mode = DELETE")
        # Match the quotation mark too: the folder's path may be the end of another one.
        old, new = (json.dumps(str(folder) + os.sep)[:-1] for folder in (root, target))
        copy.execute(
            "UPDATE jobs SET preparation = replace(preparation, ?, ?) WHERE instr(preparation, ?)",
            (old, new, old),
        )
        if copy.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
            raise Refusal(phrase("The list of jobs is damaged: rebuild the library first."))
    part.replace(target / "ledger.sqlite3")


def _switch(ledger: Ledger, target: Path, connection: sqlite3.Connection) -> None:
    """Replace the old ledger by a sign with the library's new place.

    Raises Refusal, OSError, sqlite3.Error.
    """
    sign = ledger.path.with_name(".moved.part")
    write_sign(sign, target)
    # SQLite's journal goes by the ledger's name: it must not be applied to the sign.
    ledger.path.with_name(f"{ledger.path.name}-journal").unlink(missing_ok=True)
    with ledger.shut():  # if the file can't be replaced while open, the lock ends before
        if os.name == "nt":
            connection.close()
        try:
            sign.replace(ledger.path)
        except PermissionError as error:
            raise Refusal(
                phrase("Another Blender has the library open: close it, and move the library then.")
            ) from error


def _remove(root: Path, copied: dict[str, File]) -> int:
    """Remove the copied files, unless they have changed since. Returns how many files are left."""
    left = 0
    for name, file in copied.items():
        path = _within(root, name)
        try:
            status = path.stat()
            if (status.st_size, status.st_mtime_ns) == (file.size, file.modified_ns):
                path.unlink()
            else:
                left += 1
        except OSError:
            left += 1
    for folder in sorted({path.parent for path in _paths(root, copied)}, reverse=True):
        with contextlib.suppress(OSError):
            folder.rmdir()
    return left


def _paths(root: Path, copied: dict[str, File]) -> Iterator[Path]:
    for name in copied:
        path = _within(root, name)
        yield path
        yield path.parent


def _left(root: Path) -> str:
    return phrase("Some of the old files could not be removed from {folder}.", folder=storable(str(root)))


def _others(root: Path) -> str:
    """Return a text about files that are not Easel's and were left."""
    with contextlib.suppress(OSError):
        if has_others(root):
            return phrase("Other files stay in {folder}.", folder=storable(str(root)))
    return ""


def _write(path: Path, data: bytes) -> None:
    with write_atomically(path) as file:
        file.write(data)


def _pause(pace: Pace) -> None:
    """Raise Refusal if the artist stopped the work."""
    if pace():
        raise Refusal(phrase("It was stopped. The library stays where it was."))
