# SPDX-License-Identifier: GPL-3.0-or-later
"""Only the user can open a library, if the system has such rights; files beside a .blend are not private."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from easel.client.models import ModelId
from easel.client.requests import EditRequest, Source
from easel.imaging.files import make_private_folder, write_atomically
from easel.imaging.snapshot import FileSnapshot
from easel.jobs.job import JobState
from easel.prompting.saved import SavedPrompt, SavedPrompts

from .conftest import DRAFT, Bench

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")


@pytest.fixture(autouse=True)
def open_to_all() -> Iterator[None]:
    """Set a umask that lets anybody read and write what a program makes."""
    before = os.umask(0)
    yield
    os.umask(before)


def rights(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def test_all_that_jobs_leave_is_for_the_user_alone(bench: Bench, tmp_path: Path) -> None:
    picture = tmp_path / "oak.webp"
    Image.new("RGB", (300, 100), "tan").save(picture)
    engine = bench.engine()
    edit = EditRequest(
        model=ModelId.GEMINI_2_5_FLASH, prompt="older", sources=(Source(name="oak"),), keeps_place=True
    )
    assert bench.run(engine, edit, {0: FileSnapshot(path=picture)}).state is JobState.DONE
    assert bench.run(engine, DRAFT).state is JobState.DONE
    SavedPrompts(bench.library.prompts_path).save(SavedPrompt(name="moss", text="wet moss"))
    inside = [bench.library.root, *bench.library.root.rglob("*")]
    assert {"images", "thumbnails", "sources", "fitted", "ledger.sqlite3", "prompts.json"} <= {
        path.name for path in inside
    }
    assert {rights(path) for path in inside if path.is_dir()} == {"0o700"}
    assert {rights(path) for path in inside if path.is_file()} == {"0o600"}
    assert rights(picture) == "0o666"


def test_a_folder_that_is_there_keeps_its_rights(tmp_path: Path) -> None:
    """A studio may have opened the folder to others, and the folders above it are not Easel's."""
    tmp_path.chmod(0o755)
    make_private_folder(tmp_path / "studio" / "library")
    assert [rights(tmp_path / name) for name in ("", "studio", "studio/library")] == [
        "0o755",
        "0o700",
        "0o700",
    ]
    (tmp_path / "studio").chmod(0o750)
    make_private_folder(tmp_path / "studio" / "library")
    assert rights(tmp_path / "studio") == "0o750"


def test_what_lies_beside_a_blend_is_for_whoever_opens_it(tmp_path: Path) -> None:
    for shared, expected in ((True, "0o666"), (False, "0o600")):
        with write_atomically(tmp_path / f"{shared}.png", shared=shared) as file:
            file.write(b"x")
        assert rights(tmp_path / f"{shared}.png") == expected
    with pytest.raises(OSError, match="exists"):
        make_private_folder(tmp_path / "True.png")
