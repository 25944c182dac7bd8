# SPDX-License-Identifier: GPL-3.0-or-later
"""A job that makes a 3D model gets several files of several kinds, and loses none of them."""

import hashlib
import json
import shutil
import sqlite3
import struct
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from easel.client.engines import ENGINES, Engine, View
from easel.client.model_requests import ModelRequest
from easel.client.models import ModelId
from easel.client.requests import Source
from easel.imaging.model_files import MOST_BYTES
from easel.imaging.snapshot import FileSnapshot
from easel.jobs import models
from easel.jobs.image_rows import Search
from easel.jobs.job import JobState
from easel.jobs.ledger import Ledger
from easel.simulator import catalogue
from easel.simulator.faults import On, When
from easel.simulator.orders import Quirks

from .conftest import Bench


@pytest.fixture(autouse=True)
def quick(bench: Bench) -> None:
    """Make the simulator quick, since models take minutes."""
    bench.simulator.speed = 3000


@pytest.fixture
def robot(tmp_path: Path) -> Path:
    """Draw a brown figure on white; return its path."""
    path = tmp_path / "robot.png"
    image = Image.new("RGB", (300, 400), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((110, 60, 190, 340), fill="brown")
    pen.ellipse((60, 100, 240, 220), fill="brown")
    image.save(path)
    return path


def request_of(engine: ModelId, *, sources: int = 1) -> ModelRequest:
    views = tuple(View)[:sources] if sources > 1 else ()
    named = tuple(Source(name=f"robot {number}") for number in range(sources))
    return ModelRequest(model=engine, prompt="robot", sources=named, views=views)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=lambda engine: engine.id)
def test_every_file_of_a_model_is_kept_whole(bench: Bench, robot: Path, engine: Engine) -> None:
    request = request_of(engine.id)
    job = bench.run(bench.engine(), request, {0: FileSnapshot(path=robot)})
    assert job.state is JobState.DONE, job.message
    assert {result.path.suffix for result in job.results} == set(engine.gives)
    for result in job.results:
        assert result.sha256 == result.content == hashlib.sha256(result.path.read_bytes()).hexdigest()
        assert result.byte_count == result.path.stat().st_size
    model = models.model_of(job)
    assert model is not None
    assert (model.fitted or model.path).suffix == (".obj" if engine.gives == (".zip",) else ".glb")
    assert bench.simulator.balance == 10_000 - request.price
    (task,) = bench.simulator.tasks.values()
    with Image.open(task.order.sources[0].path or "") as sent:
        is_cut = sent.mode == "RGBA" and sent.getpixel((0, 0)) == (255, 255, 255, 0)
        assert is_cut == (engine.backdrop == "CUT"), "as the engine wants its backdrop"
    with closing(Ledger(bench.library.ledger_path)) as ledger:
        assert not ledger.search(Search()), "the wall of images has no models"


def test_several_views_and_a_prompt_alone(bench: Bench, robot: Path) -> None:
    engine = bench.engine()
    four = request_of(ModelId.HUNYUAN_PRO, sources=4)
    job = bench.run(engine, four, {index: FileSnapshot(path=robot) for index in range(4)})
    assert (job.state, job.price) == (JobState.DONE, 100)
    text = ModelRequest(model=ModelId.TRIPO, prompt="a wooden chair", sources=())
    job = bench.run(engine, text)
    assert (job.state, job.price) == (JobState.DONE, 40)
    again = engine.again.like(job.id, job.request, job.placement)
    assert bench.end_of(engine, again).state is JobState.DONE, "there are no files that could be missing"


def test_the_best_file_is_placed_whatever_comes_first(bench: Bench, robot: Path) -> None:
    bench.simulator.quirks = Quirks(tripo_gives_fbx_first=True, refuses_unknown_fields=True)
    job = bench.run(bench.engine(), request_of(ModelId.TRIPO), {0: FileSnapshot(path=robot)})
    assert [result.path.suffix for result in job.results] == [".fbx", ".glb"]
    assert models.model_of(job) == job.results[1]


def test_a_file_that_breaks_off_is_fetched_again(bench: Bench, robot: Path) -> None:
    bench.simulator.script(catalogue.cut(On.ASSET), catalogue.link_revoked(), catalogue.late_urls(0.3))
    job = bench.run(bench.engine(), request_of(ModelId.HUNYUAN_PRO), {0: FileSnapshot(path=robot)})
    assert job.state is JobState.DONE
    assert len(job.results) == 2
    assert len(bench.images()) == 4, "two files, and how each was made"


def test_a_file_that_is_too_large_is_not_tried_again_and_costs_no_other(bench: Bench, robot: Path) -> None:
    bench.simulator.script(catalogue.oversized(MOST_BYTES + 1))
    job = bench.run(bench.engine(), request_of(ModelId.HUNYUAN_PRO), {0: FileSnapshot(path=robot)})
    assert (job.state, len(job.results)) == (JobState.PARTIAL, 1)
    assert "larger than 512 MB" in job.message
    assert "task ID" in job.message
    assert sum("/generated-images/" in exchange.path for exchange in bench.simulator.log) == 2


def test_the_seed_that_the_service_has_drawn_is_read_from_the_name(bench: Bench, robot: Path) -> None:
    request, engine = request_of(ModelId.TRELLIS_2), bench.engine()
    for asked, told in ((request, None), (replace(request, seed=7), 7), (request_of(ModelId.TRIPO), None)):
        job = bench.run(engine, asked, {0: FileSnapshot(path=robot)})
        if asked is request:
            assert job.results[0].asset.endswith(f"/trellis2_1024_{models.seed_of(job)}.glb")
        else:
            assert models.seed_of(job) == told


def test_an_answer_that_never_came_is_uncertain(bench: Bench, robot: Path) -> None:
    bench.simulator.script(catalogue.dropped(On.SUBMIT, when=When.AFTER))
    job = bench.run(bench.engine(), request_of(ModelId.TRELLIS_2), {0: FileSnapshot(path=robot)})
    assert job.state is JobState.UNCERTAIN
    assert bench.posts() == 1


def test_a_failed_model_costs_nothing(bench: Bench, robot: Path) -> None:
    bench.simulator.script(catalogue.failed("error while processing the input image"))
    job = bench.run(bench.engine(), request_of(ModelId.TRIPO), {0: FileSnapshot(path=robot)})
    assert job.state is JobState.FAILED
    assert "processing the input image" in job.message
    assert bench.simulator.balance == 10_000


def test_a_task_is_rescued_by_its_id(bench: Bench, robot: Path) -> None:
    engine = bench.engine()
    first = bench.run(engine, request_of(ModelId.HUNYUAN_PRO), {0: FileSnapshot(path=robot)})
    engine.stop()
    other = Bench(bench.simulator, bench.library.root.with_name("other"))
    rescuer = other.engine()
    job_id, _ = rescuer.add_task(first.task_id, ModelId.GEMINI_3_PRO, first.placement)
    job = other.end_of(rescuer, job_id)
    rescuer.stop()
    assert job.state is JobState.DONE
    assert {result.content for result in job.results} == {result.content for result in first.results}


def test_an_archive_that_can_not_be_unpacked_is_kept(
    bench: Bench, robot: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from easel.simulator import sculpting

    evil = tmp_path / "evil.zip"
    with zipfile.ZipFile(evil, "w") as archive:
        archive.writestr("../../outside.txt", "not a model")
    monkeypatch.setattr(sculpting, "_archive", lambda *_mesh, **_options: evil.read_bytes())
    job = bench.run(bench.engine(), request_of(ModelId.HUNYUAN_RAPID), {0: FileSnapshot(path=robot)})
    assert job.state is JobState.PARTIAL
    assert "kept unchanged" in job.message
    assert job.results[0].path.read_bytes() == evil.read_bytes()
    assert not list(tmp_path.rglob("outside.txt"))


@pytest.mark.parametrize("is_late", [False, True])
def test_a_lost_ledger_is_made_anew_with_its_models(bench: Bench, robot: Path, is_late: bool) -> None:
    """The files and their recipes suffice; within a day the engine also asks the service for more."""
    engine = bench.engine()
    before = bench.run(engine, request_of(ModelId.HUNYUAN_PRO), {0: FileSnapshot(path=robot)})
    engine.stop()
    files = bench.files()
    bench.library.ledger_path.unlink()
    shutil.rmtree(bench.library.root / "unpacked")  # Easel can unpack it again
    if is_late:
        bench.simulator.expire(before.task_id)
        for path in bench.library.tasks_folder.rglob("*"):
            path.unlink()
    bench.events.clear()
    again = bench.engine()
    bench.wait(again, lambda: any(job.state is JobState.DONE for job in again.jobs()))
    (after,) = again.jobs()
    assert after.request == before.request
    assert [result.path for result in after.results] == [result.path for result in before.results]
    assert [result.fitted for result in after.results] == [result.fitted for result in before.results]
    assert models.model_of(after) == after.results[1]
    assert bench.files() == files or {path.suffix for path in set(bench.files()) ^ set(files)} <= {".jsonl"}


def test_the_rows_of_models_mean_nothing_to_an_easel_that_knows_none(bench: Bench, robot: Path) -> None:
    """An older Easel leaves a job that it can't read, and its files, alone, and lists its other jobs."""
    newer = bench.engine()
    model = bench.run(newer, request_of(ModelId.TRELLIS_2), {0: FileSnapshot(path=robot)})
    newer.stop()
    with closing(sqlite3.connect(bench.library.ledger_path)) as connection, connection:
        connection.execute("UPDATE jobs SET request = replace(request, 'TRELLIS_2', 'TRELLIS_9')")
    older = bench.engine()
    image = bench.run(older)
    assert [job.id for job in older.jobs(10)] == [image.id]
    assert model.results[0].path.is_file()


def test_a_model_of_a_picture_has_its_shape(bench: Bench, robot: Path) -> None:
    """The model is as wide and high as the figure, which shows that the right picture was used."""
    job = bench.run(bench.engine(), request_of(ModelId.TRELLIS_2), {0: FileSnapshot(path=robot)})
    data = job.results[0].path.read_bytes()
    magic, version, length = struct.unpack("<4sII", data[:12])
    assert (magic, version, length) == (b"glTF", 2, len(data))
    told = json.loads(data[20 : 20 + struct.unpack("<I", data[12:16])[0]])
    size = np.subtract(told["accessors"][0]["max"], told["accessors"][0]["min"])
    assert size[1] / size[0] == pytest.approx(281 / 181, rel=0.05)
    assert told["extensionsRequired"] == ["EXT_texture_webp"]
