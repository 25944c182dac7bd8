# SPDX-License-Identifier: GPL-3.0-or-later
"""Work of this computer is free, recorded whole or not at all, and found again if the ledger is lost."""

from dataclasses import replace
from pathlib import Path

import pytest
import tiling_textures as textures
from PIL import Image

from easel.imaging.errors import ImagingError
from easel.imaging.inscription import content_of
from easel.imaging.snapshot import FileSnapshot, PendingPixels
from easel.imaging.tiling.settings import BASE_COLOR, Map, MapSettings
from easel.jobs.job import Job, JobState
from easel.jobs.ledger import Ledger
from easel.jobs.library import Library
from easel.jobs.local_edit import LocalEdit, TilingWork, base_of, local_edit
from easel.jobs.placement import Placement
from easel.jobs.recipe import read_recipe
from easel.jobs.rows import request_of, values_of
from easel.jobs.workshop import make
from easel.texts.refusal import Refusal
from easel.threads.pace import Pace

WORK = TilingWork(seamless=True, maps=(Map.NORMAL, Map.HEIGHT), settings=MapSettings(is_directx=True))


def job_of(work: TilingWork = WORK) -> Job:
    request = local_edit(
        "Bricks", "Bricks", "Material: Bricks", work, holds_data=False, alpha_mode="STRAIGHT"
    )
    return Job(
        id="0123456789abcdef0123456789abcdef",
        state=JobState.DONE,
        request=request,
        placement=Placement(),
        server="",
        price=0,
        created_at=1_790_000_000.0,
        updated_at=1_790_000_000.0,
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(Library(tmp_path / "library").ledger_path)


@pytest.fixture
def picture(tmp_path: Path) -> FileSnapshot:
    path = tmp_path / "bricks.png"
    Image.fromarray(textures.cut("bricks", 96)).save(path)
    return FileSnapshot(path=path)


def files(ledger: Ledger) -> list[Path]:
    return [path for path in (ledger.path.parent / "images").rglob("*") if path.is_file()]


def test_what_is_made_is_written_down_with_how(ledger: Ledger, picture: FileSnapshot) -> None:
    made = make(ledger, job_of(), picture, Pace())
    assert made is not None
    known = ledger.job(made.id)
    assert known == replace(made, updated_at=known.updated_at)
    assert [known.part_of(result.index) for result in known.results] == [BASE_COLOR, "HEIGHT", "NORMAL"]
    assert known.is_local
    assert not known.is_imported
    assert known.request.price == 0
    for result in known.results:
        recipe = read_recipe(result.path)
        assert recipe.request == known.request
        assert recipe.parent == content_of(picture.path)
        assert content_of(result.path) == result.content
    assert request_of(values_of(known.request)) == known.request


def test_it_is_found_again_when_the_ledger_is_lost(ledger: Ledger, picture: FileSnapshot) -> None:
    made = make(ledger, job_of(), picture, Pace())
    assert made is not None
    ledger.close()
    ledger.path.unlink()
    found = Ledger(ledger.path).job(made.id)
    assert found.state is JobState.DONE, "no service is asked for it"
    assert found.is_local
    assert found.price == 0
    assert [result.path for result in found.results] == [result.path for result in made.results]


def test_what_fails_or_is_stopped_leaves_nothing(
    ledger: Ledger, picture: FileSnapshot, tmp_path: Path
) -> None:
    small = tmp_path / "small.png"
    Image.new("RGB", (1, 300)).save(small)
    with pytest.raises(ImagingError, match="too small"):
        make(ledger, job_of(), FileSnapshot(path=small), Pace())
    stopped = Pace()
    stopped.stop.set()
    assert make(ledger, job_of(), picture, stopped) is None
    pending = PendingPixels()
    with pytest.raises(Refusal, match="stopped"):
        make(ledger, job_of(), pending, stopped)
    assert pending.released.is_set(), "its buffer is free again"
    assert files(ledger) == []
    with pytest.raises(KeyError):
        ledger.job(job_of().id)


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("Copper_BaseColor.png", "Copper"),
        ("Copper_Seamless", "Copper"),
        ("Old wall.JPG", "Old wall"),
        ("_Normal", "Texture"),
        ("x" * 80, "x" * 40),
    ],
)
def test_names_of_maps_begin_with_the_pictures(name: str, base: str) -> None:
    request = job_of().request
    assert isinstance(request, LocalEdit)
    assert base_of(name) == base
    assert replace(request, base=base_of(name)).name_of(2) == f"{base}_Normal"
