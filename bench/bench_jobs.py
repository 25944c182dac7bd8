# SPDX-License-Identifier: GPL-3.0-or-later
"""Time that Easel adds to a job: from "its links exist" to "placed in Blender", at the true pace.

The service reports FINISHED some seconds before an image has its link; no client can speed that up. Twelve
jobs run at once, three of each model, against a simulator in its own process that is as slow as the service.
The pump turns like its timer. Takes about two minutes.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import bpy
from dev_extension import DevExtension

from bench.table import Row

ROOT = Path(__file__).resolve().parents[1]
JOBS_PER_MODEL = 3
TINY = {"jobs_per_model": 1, "speed": 200}
TURN_S = 0.1  # of the pump's timer while jobs are open
PATIENCE_S = 240.0
LATE_LINKS_S = 4.0  # between FINISHED and the links, divided by the speed


def rows(jobs_per_model: int = JOBS_PER_MODEL, speed: float = 1) -> Iterator[Row]:
    """Measure at a multiple of the service's speed."""
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "simulator",
                "--rate-limit",
                "0",
                "--balance",
                "100000",
                "--speed",
                str(speed),
                "--late-links",
                str(LATE_LINKS_S),
                "--print-url",
                "--control",
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as simulator,
    ):
        assert simulator.stdout is not None
        url = simulator.stdout.readline().strip()
        os.environ.update(
            EASEL_API_URL=url,
            EASEL_API_KEY="bench",
            EASEL_LIBRARY=str(Path(folder) / "library"),
            EASEL_RATE_LIMIT="1000",
            BLENDER_USER_RESOURCES=str(Path(folder) / "profile"),
        )
        extension = DevExtension()
        extension.install()
        try:
            yield from _measure(url, jobs_per_model, speed)
        finally:
            extension.remove()
            simulator.terminate()


def _measure(url: str, jobs_per_model: int, speed: float) -> Iterator[Row]:
    from easel.client.models import MODELS
    from easel.jobs import engine as engine_module
    from easel.scene.session import followed, pump, session

    if speed == 1:  # the service's schedule, although the simulator is on loopback
        engine_module.LOOPBACK_SCHEDULE = engine_module.SCHEDULE  # type: ignore[misc]
    for model in MODELS:
        for number in range(jobs_per_model):
            bpy.ops.easel.generate(prompt=f"{model} {number}", model=model, count=1, placement="IMAGE")
    turns: list[float] = []
    deadline = time.monotonic() + PATIENCE_S
    while followed.is_busy() and time.monotonic() < deadline:
        start = time.perf_counter()
        pump.tick()
        turns.append(time.perf_counter() - start)
        time.sleep(max(TURN_S - turns[-1], 0))

    with urllib.request.urlopen(f"{url}/_sim/tasks") as answer:  # noqa: S310 (loopback)
        tasks = {task["task_id"]: task for task in json.load(answer)}
    jobs = session.engine().jobs()
    assert all(job.placed_at for job in jobs), [job.state for job in jobs]
    late_s = LATE_LINKS_S / speed
    added = [job.placed_at - tasks[job.task_id]["ready_at"] - late_s for job in jobs]
    gets = [tasks[job.task_id]["gets"] for job in jobs]
    yield Row(
        what="added to a job, median", naive=None, ours=statistics.median(added), promised=1.0, unit="s"
    )
    yield Row(what="added to a job, worst", naive=None, ours=max(added), unit="s")
    yield Row(
        what="status requests per job, median",
        naive=statistics.mean(
            job.submitted_at and tasks[job.task_id]["ready_at"] - job.submitted_at for job in jobs
        ),
        ours=statistics.median(gets),
        unit="GETs",
        note="naive: one a second",
    )
    yield Row(what="status requests per job, most", naive=None, ours=max(gets), unit="GETs")
    yield Row(what="pump turn, longest of all", naive=None, ours=1000 * max(turns), unit="ms")
