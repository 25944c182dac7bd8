# SPDX-License-Identifier: GPL-3.0-or-later
"""No reader of a path from an artist or a .blend waits for a file that is not regular."""

import os
import socket
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from easel.client.body import Body
from easel.client.requests import Upload
from easel.imaging.any_header import AnyHeader, read_any_header
from easel.imaging.check import check_image, read_head, read_header
from easel.imaging.files import open_regular
from easel.imaging.outgoing import UploadRule, make_outgoing
from easel.imaging.snapshot import FileSnapshot
from easel.imaging.thumbnails import read_thumbnail
from easel.imaging.tiles import TileSet, tile_paths
from easel.imaging.upload import prepare_upload
from easel.jobs.recipe import read_recipe
from easel.prompting.saved import SavedPrompts
from easel.texts.refusal import Refusal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")


def named_pipe(path: Path) -> None:
    os.mkfifo(path)


def link_to_named_pipe(path: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to(path.with_name("pipe"))


def endless_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def folder(path: Path) -> None:
    path.mkdir()


KINDS = (named_pipe, link_to_named_pipe, endless_device, folder)

READERS: dict[str, Callable[[Path], object]] = {
    "head": read_head,
    "header": read_header,
    "check": check_image,
    "any header": read_any_header,
    "thumbnail": lambda path: read_thumbnail(path, looks=True),
    "upload": lambda path: prepare_upload(FileSnapshot(path=path), path.parent, "source-1"),
    "outgoing": lambda path: make_outgoing(path, path.parent, "sent-1", UploadRule(), is_ours=False),
    "tile": lambda path: tile_paths(path.parent, "a", TileSet(kept={1001: path}, edited={})),
    "recipe": read_recipe,
    "prompts": lambda path: SavedPrompts(path).load(),
    "body": lambda path: Body({}, sources=[Upload(name="a", path=str(path), media_type="image/png")]),
}


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("name", READERS)
def test_no_reader_waits_for_what_is_no_file(tmp_path: Path, name: str, make: Callable[[Path], None]) -> None:
    path = tmp_path / "x.png"
    make(path)
    outcome: list[object] = []

    def read() -> None:
        try:
            outcome.append(READERS[name](path))
        except Exception as error:  # noqa: BLE001 (checked below)
            outcome.append(error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(30)
    assert outcome, "it waits"
    if name == "any header":
        assert outcome == [AnyHeader()]
    else:
        assert isinstance(outcome[0], (Refusal, OSError)), outcome


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        yield path


def test_a_socket_is_no_file(listening: Path) -> None:
    with pytest.raises(OSError, match="not an ordinary file"):
        open_regular(listening)


def test_a_regular_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 3_000_000)
    with open_regular(path) as file:
        assert stat.S_ISREG(os.fstat(file.fileno()).st_mode)
        assert file.read() == b"x" * 3_000_000
