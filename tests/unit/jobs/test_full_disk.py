# SPDX-License-Identifier: GPL-3.0-or-later
"""If a disk fills up during a job, nothing is lost, and the job goes on when there is room again."""

import io
import sys
import threading
import zipfile
from dataclasses import replace

import pytest
from scripted_service import ScriptedService

from easel.client.errors import Remedy
from easel.client.model_requests import ModelRequest
from easel.client.models import ModelId
from easel.jobs.events import EngineTrouble
from easel.jobs.job import JobState
from easel.jobs.placement import Placement
from easel.simulator import catalogue
from easel.simulator.faults import Fault, Hang, On

from .conftest import DRAFT, Bench

if sys.platform == "win32":
    pytest.skip("no RLIMIT_FSIZE on Windows", allow_module_level=True)

from full_disks import full_disk


def test_no_room_for_the_image(bench: Bench) -> None:
    bench.simulator.script(catalogue.takes(600))
    engine = bench.engine()
    large = replace(DRAFT, model=ModelId.GEMINI_3_PRO, resolution="4K")  # its file is larger than a ledger
    job_id = engine.submit(large, Placement())
    bench.wait(engine, lambda: any(task.drawn for task in bench.simulator.tasks.values()))
    bench.wait(engine, lambda: bool(engine.job(job_id).task_id))
    with full_disk(200_000):  # enough for the ledger
        bench.finish(engine.job(job_id))
        bench.wait(engine, lambda: engine.job(job_id).remedy == Remedy.FREE_SPACE.name)
        assert not engine.job(job_id).state.is_final
        assert bench.images() == []
    job = bench.end_of(engine, job_id)
    assert (job.state, len(bench.images())) == (JobState.DONE, 1)
    assert [path.name for path in bench.files() if path.suffix == ".part"] == []


def test_no_room_for_the_task_id(bench: Bench) -> None:
    answers = threading.Event()
    bench.simulator.script(Fault(on=On.SUBMIT, effect=Hang(until=answers)))
    engine = bench.engine()
    job_id = engine.submit(DRAFT, Placement())
    bench.wait(engine, lambda: any(task.drawn for task in bench.simulator.tasks.values()))
    with full_disk(1000):
        answers.set()
        bench.wait(engine, lambda: any(isinstance(event, EngineTrouble) for event in bench.events))
        bench.wait(engine, lambda: any(task_id in str(bench.events) for task_id in bench.simulator.tasks))
    job = bench.end_of(engine, job_id)
    assert job.state is JobState.DONE
    assert bench.posts() == 1


def test_a_disk_that_refuses_is_not_downloaded_for_without_end(bench: Bench) -> None:
    folder = bench.library.images_folder
    folder.parent.mkdir(parents=True)
    folder.touch()  # a file in the place of the folder
    engine = bench.engine()
    job = bench.run(engine)
    assert job.parked, "it stays with the service"
    assert job.remedy == Remedy.FREE_SPACE.name
    folder.unlink()
    assert engine.look_again(job.id)
    bench.wait(engine, lambda: engine.job(job.id).state is JobState.DONE)
    assert len(bench.images()) == 1
    assert bench.posts() == 1


def test_no_room_to_unpack_a_model(bench: Bench) -> None:
    """The model is paid for and downloaded, so Easel unpacks it as soon as there is room."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("chair.obj", "v 0.0 0.0 0.0\n" * 50_000)
    with ScriptedService() as service:
        service.plans.append(lambda task: task.raw.update({0: buffer.getvalue()}))
        engine = bench.engine(url=service.url)
        with full_disk(200_000):  # enough for the ledger
            request = ModelRequest(model=ModelId.HUNYUAN_RAPID, prompt="chair", sources=())
            job_id = engine.submit(request, Placement())
            bench.wait(engine, lambda: engine.job(job_id).remedy == Remedy.FREE_SPACE.name)
            assert not engine.job(job_id).state.is_final
        job = bench.end_of(engine, job_id)
        engine.stop()
    assert job.state is JobState.DONE, job.message
    (result,) = job.results
    assert result.fitted is not None
    assert result.fitted.stat().st_size == 700_000
