# SPDX-License-Identifier: GPL-3.0-or-later
"""No metadata leaves the machine, and no more than the artist allows; what stays is whole."""

from pathlib import Path

from PIL import Image, PngImagePlugin

from easel.client.models import ModelId
from easel.client.requests import EditRequest, Source
from easel.imaging.outgoing import UploadRule
from easel.imaging.snapshot import FileSnapshot
from easel.jobs.job import JobState
from easel.jobs.placement import Placement

from .conftest import Bench

EDIT = EditRequest(
    model=ModelId.GEMINI_3_1_FLASH, prompt="more moss", sources=(Source(name="wall"), Source(name="style"))
)


def wall(path: Path, size: tuple[int, int] = (640, 640)) -> FileSnapshot:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "Jane Artist")
    Image.effect_noise(size, 60).convert("RGB").save(path, pnginfo=texts)
    return FileSnapshot(path=path)


def test_metadata_never_leave_and_the_artists_file_stays(bench: Bench, tmp_path: Path) -> None:
    snapshots = {0: wall(tmp_path / "wall.png"), 1: wall(tmp_path / "style.png")}
    before = (tmp_path / "wall.png").read_bytes()
    job = bench.run(bench.engine(), EDIT, snapshots)
    assert job.preparation is not None
    for source in job.preparation.uploads:
        assert b"Jane" not in Path(source.path).read_bytes()
    assert (tmp_path / "wall.png").read_bytes() == before
    assert b"Jane" in before


def test_the_artists_limits_are_kept(bench: Bench, tmp_path: Path) -> None:
    rule = UploadRule(max_side=512, max_bytes=60_000)
    job = bench.run(bench.engine(upload_rule=rule), EDIT, {n: wall(tmp_path / f"{n}.png") for n in (0, 1)})
    assert job.preparation is not None
    for source in job.preparation.uploads:
        assert Path(source.path).stat().st_size <= rule.max_bytes
        with Image.open(source.path) as image:
            assert max(image.size) <= rule.max_side


def test_what_was_sent_is_sent_again_only_while_it_is_kept(bench: Bench, tmp_path: Path) -> None:
    """A thread checks that after the click, since the disk may not answer."""
    engine = bench.engine()
    first = bench.run(engine, EDIT, {n: wall(tmp_path / f"{n}.png") for n in (0, 1)})
    assert first.preparation is not None
    again = bench.end_of(engine, engine.again.like(first.id, EDIT, Placement()))
    assert (again.state, again.preparation) == (JobState.DONE, first.preparation)
    Path(first.preparation.uploads[1].path).unlink()
    late = bench.end_of(engine, engine.again.like(first.id, EDIT, Placement()))
    assert late.state is JobState.FAILED
    assert "What was sent is no longer kept" in late.message
    assert bench.posts() == 2
