# SPDX-License-Identifier: GPL-3.0-or-later
"""Files are whole or absent, and their names work on every system."""

import errno
import hashlib
import os
import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from easel.imaging.errors import DiskFull, FileNotWritten
from easel.imaging.files import HeldFolder, sha256_of, slug, unique_path, write_atomically


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    with write_atomically(path) as file:
        file.write(b"one ")
        assert not path.exists()
        file.write(b"two")
    assert path.read_bytes() == b"one two"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def write_and_fail() -> None:
        with write_atomically(path) as file:
            file.write(b"new")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_of_the_network_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError), write_atomically(tmp_path / "a.bin"):
        raise ConnectionResetError(104, "Connection reset by peer")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(params=[True, False], ids=["links", "no links"])
def any_disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Test on a disk with hard links, and on one without, such as exFAT."""

    def refuse(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM), source, None, target)

    if not request.param:
        monkeypatch.setattr(os, "link", refuse)


@pytest.mark.usefixtures("any_disk")
def test_exclusive_takes_the_next_free_name(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    names: list[str] = []
    for content in (b"1", b"2", b"3"):
        with write_atomically(path, exclusive=True) as file:
            file.write(content)
        names.append(file.path.name)
    assert names == ["a.png", "a-2.png", "a-3.png"]
    assert [(tmp_path / name).read_bytes() for name in names] == [b"1", b"2", b"3"]


@pytest.mark.usefixtures("any_disk")
def test_many_writers_of_one_name_lose_nothing(tmp_path: Path) -> None:
    def write(number: int) -> Path:
        with write_atomically(tmp_path / "a.png", exclusive=True) as file:
            file.write(b"%d" % number)
        return file.path

    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(write, range(40)))
    assert [path.read_bytes() for path in paths] == [b"%d" % number for number in range(40)]
    assert set(tmp_path.iterdir()) == set(paths)


WATCHED = """
import sys
from pathlib import Path
from easel.imaging.files import write_atomically
path, sizes = Path(sys.argv[1]), set()
def see(event, _arguments):
    if event.startswith(("os.", "open")) and path.exists():
        sizes.add(path.stat().st_size)
sys.addaudithook(see)
with write_atomically(path, exclusive=True) as file:
    file.write(b"123")
sys.stdout.write(str(sizes))
"""


def test_a_name_appears_with_its_content(tmp_path: Path) -> None:
    """A crash leaves no empty file. Python's audit events show each step in the file system."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(tmp_path / "a.png")],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "{3}"


def test_a_folder_that_is_gone_is_said_in_words(tmp_path: Path) -> None:
    with (
        pytest.raises(FileNotWritten, match=r"a\.png could not be written"),
        write_atomically(tmp_path / "gone" / "a.png"),
    ):
        pass


DISK_FULL = """
import resource, sys
from pathlib import Path
from easel.imaging.errors import DiskFull
from easel.imaging.files import write_atomically
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    with write_atomically(Path(sys.argv[1])) as file:
        for _ in range(100):
            file.write(bytes(10_000))
except DiskFull as error:
    sys.stdout.write(str(error))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of a process's file size")
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "out" / "a.png"
    path.parent.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", DISK_FULL, str(path)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.startswith("The disk is full: a.png could not be written")
    assert list(path.parent.iterdir()) == []


def test_disk_full_is_a_kind_of_not_written() -> None:
    assert issubclass(DiskFull, FileNotWritten)


def test_the_hash_is_of_the_whole_file(tmp_path: Path) -> None:
    data = bytes(range(256)) * 9000
    path = tmp_path / "a.bin"
    path.write_bytes(data)
    assert sha256_of(path) == hashlib.sha256(data).hexdigest()


def test_unique_path_steps_over_what_exists(tmp_path: Path) -> None:
    assert unique_path(tmp_path, "oak", ".png").name == "oak.png"
    (tmp_path / "oak.png").touch()
    (tmp_path / "oak-2.png").touch()
    assert unique_path(tmp_path, "oak", ".png").name == "oak-3.png"


@pytest.mark.parametrize(
    ("prompt", "stem"),
    [
        ("A rusty, old copper pipe!", "a-rusty-old-copper-pipe"),
        ("../../etc/passwd", "etc-passwd"),
        ("", "image"),
        ("???", "image"),
        ("CON", "con-image"),
        ("com1", "com1-image"),
        ("LPT¹", "lpt1-image"),
        ("console", "console"),
        ("錆びた銅", "錆びた銅"),
        ("ताम्र पत्र", "ताम्र-पत्र"),
        ("one two three", "one-two-three"),
        ("word " * 40, "word-word-word-word-word-word-word-word-word"),
        ("x" * 500, "x" * 48),
        ("one\ntwo\tthree\0four", "one-two-three-four"),
    ],
)
def test_prompts_make_readable_names(prompt: str, stem: str) -> None:
    assert slug(prompt) == unicodedata.normalize("NFKC", stem)


@given(st.text(max_size=300), st.integers(1, 60))
def test_every_prompt_makes_a_safe_name(prompt: str, max_length: int) -> None:
    stem = slug(prompt, max_length=max_length)
    assert stem
    assert len(stem) <= max_length + len("-image")
    assert len(stem.encode()) <= 100 + len("-image")
    assert not set(stem) & set('<>:"/\\|?*. \0\n')
    assert stem.strip("-") == stem
    assert slug(stem, max_length=200) in (stem, f"{stem}-image")


def test_every_slug_is_a_file_name_here(tmp_path: Path) -> None:
    for prompt in ("nul", "ﷺ" * 60, "🪙 coin", "a" * 999, "Ünïcödé", "é" * 200):
        (tmp_path / f"{slug(prompt)}-2.png").touch()


def test_a_held_folder_is_there_as_long_as_somebody_holds_it(tmp_path: Path) -> None:
    one = other = HeldFolder(tmp_path)
    (one.path / "a.bin").write_bytes(b"one")
    path = one.path
    del one
    assert path.is_dir()
    del other
    assert not list(tmp_path.iterdir())
