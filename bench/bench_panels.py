# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface with 1,000 jobs in the ledger: enabling, a turn of the pump, drawing the panels."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self

import bpy

from bench.extension import enabled
from bench.table import Row

if TYPE_CHECKING:
    from easel.jobs.job import Job

ROOT = Path(__file__).resolve().parents[1]
JOBS = 1000
VISIBLE_ROWS = 12
THUMBNAILS = 12
SIDE_4K = 4096  # pixels
PROMISED_MS = 1.0
PROMISED_SEEN_MS = 300.0
TIMES = 200
PATIENCE_S = 60.0
TINY = {"jobs": VISIBLE_ROWS, "times": 3, "side": 64}

ENABLE = """
import sys, time
import bpy
from dev_extension import DevExtension

class Timed(DevExtension):
    def enable(self):
        began = time.perf_counter()
        module = super().enable()
        self.spent_s = time.perf_counter() - began
        return module

extension = Timed()
before = set(sys.modules)
extension.install()
assert not {"requests", "urllib3", "PIL"} & (set(sys.modules) - before)
began = time.perf_counter()
import requests, PIL.Image
naive_s = extension.spent_s + time.perf_counter() - began
spent_s = extension.spent_s
extension.remove()
sys.stdout.write(f"{spent_s * 1000} {naive_s * 1000}\\n")
sys.stdout.flush()
"""


class SilentLayout:
    """A layout that draws nothing, so that only our own code is measured."""

    def __getattr__(self, _name: str) -> Callable[..., Self]:
        return lambda *_values, **_settings: self

    def panel(self, *_values: object, **_settings: object) -> tuple[Self, Self]:
        return self, self

    def icon(self, _data: object) -> int:
        return 0


def rows(jobs: int = JOBS, times: int = TIMES, side: int = SIDE_4K) -> Iterator[Row]:
    """Measure all three."""
    yield _enabling()
    with enabled() as folder:
        yield from _with_jobs(folder, jobs, times)
        yield _thumbnails_of_four(folder, side)


def _with_jobs(folder: Path, jobs: int, times: int) -> Iterator[Row]:
    from easel.jobs.ledger import Ledger
    from easel.jobs.library import Library
    from easel.panels.form import EASEL_PT_generate
    from easel.panels.jobs import EASEL_PT_jobs, EASEL_UL_jobs
    from easel.scene.session import mirror, pump, session

    ledger = Ledger(Library(folder).ledger_path)
    with ledger.together():
        for number in range(jobs):
            ledger.add(finished_job(number), owner="")
    ledger.close()
    engine = session.engine()
    engine.wait_until_read(60)
    pump.tick()

    def naive_tick() -> None:
        mirror.rebuild(engine.jobs(jobs))
        while mirror.fill():
            pass

    yield Row(
        what="pump turn, nothing new",
        naive=median_ms(naive_tick, 5),
        ours=median_ms(pump.tick, times),
        promised=PROMISED_MS,
        unit="ms",
        note="naive: show the ledger anew",
    )
    from easel.panels.result import EASEL_PT_result  # not in the first Easel, which has the row above

    naive_tick()
    context = _context()
    shown = bpy.context.window_manager.easel

    def draw_rows(count: int) -> None:
        row_drawer = SimpleNamespace()
        for index in range(count):
            item = shown.jobs[index]
            EASEL_UL_jobs.draw_item(
                row_drawer, context, SilentLayout(), shown, item, 0, shown, "active_job", index
            )

    def draw() -> None:
        EASEL_PT_generate.draw(SimpleNamespace(layout=SilentLayout()), context)
        EASEL_PT_result.draw(SimpleNamespace(layout=SilentLayout()), context)
        EASEL_PT_jobs.draw(SimpleNamespace(layout=SilentLayout()), context)
        draw_rows(VISIBLE_ROWS)

    yield Row(
        what=f"panels, {VISIBLE_ROWS} rows seen",
        naive=median_ms(lambda: draw_rows(len(shown.jobs)), 5),
        ours=median_ms(draw, times),
        promised=PROMISED_MS,
        unit="ms",
        note=f"naive: all {len(shown.jobs)} rows of the list",
    )
    yield _with_thumbnails(engine, shown, draw, times)


def _with_thumbnails(engine: Any, shown: Any, draw: Callable[[], None], times: int) -> Row:
    """Measure drawing the tab with loaded thumbnails of a job, more than any job has."""
    from PIL import Image

    from easel.scene.listing import result_thumbnails, thumbnails

    job = shown.jobs[0]
    files = {
        number: (engine.library.thumbnail_path(job.name, number - 1),) for number in range(1, THUMBNAILS + 1)
    }
    for (path,) in files.values():
        path.parent.mkdir(exist_ok=True)
        Image.effect_noise((256, 256), 90).convert("RGB").save(path)
    shown.active_job, job.state = 0, "DONE"
    job.picture_numbers = ",".join(map(str, files))
    wait_until(thumbnails.is_ready)
    result_thumbnails.want(job.name, files)

    def are_all_here() -> bool:
        result_thumbnails.take_next()
        return not result_thumbnails.is_expecting()

    wait_until(are_all_here)

    def load_all() -> None:
        previews = bpy.utils.previews.new()
        for (path,) in files.values():
            tuple(previews.load(str(path), str(path), "IMAGE").image_size)
        bpy.utils.previews.remove(previews)

    return Row(
        what=f"panels, {THUMBNAILS} thumbnails",
        naive=median_ms(load_all, 5),
        ours=median_ms(draw, times),
        promised=PROMISED_MS,
        unit="ms",
        note=f"{len(shown.jobs)} jobs; naive: load the thumbnails as they are drawn",
    )


def _thumbnails_of_four(folder: Path, side: int) -> Row:
    """Measure the time from a job's end until its four large images are visible, at the pump's pace."""
    from PIL import Image

    from easel.imaging.check import check_image
    from easel.scene.listing import result_thumbnails
    from easel.scene.session import pump

    pictures = [folder / f"picture-{number}.png" for number in range(1, 5)]
    small = [path.with_name(f"small-{path.name}") for path in pictures]
    noise = Image.effect_noise((side // 4, side // 4), 90).convert("RGB").resize((side, side))
    for path, thumbnail in zip(pictures, small, strict=True):
        noise.save(path, compress_level=1)
        check_image(path, thumbnail=thumbnail)  # like the worker before the job is done
    took_ms: list[float] = []
    for job in range(5):
        began = time.perf_counter()
        result_thumbnails.want(f"four-{job}", {number: (path,) for number, path in enumerate(small, start=1)})
        while result_thumbnails.is_expecting():
            time.sleep(pump.BUSY_INTERVAL_S)
            result_thumbnails.take_next()
        took_ms.append((time.perf_counter() - began) * 1000)

    return Row(
        what=f"thumbnails of four results of {side}²: until they are seen",
        naive=None,
        ours=statistics.median(took_ms),
        promised=PROMISED_SEEN_MS,
        unit="ms",
        note=f"in the median; at worst {max(took_ms):.0f}",
    )


def _enabling() -> Row:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests" / "support")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an artist's Blender writes it
    command = [sys.executable, "-c", ENABLE]
    runs: list[tuple[float, ...]] = []
    for _ in range(3):
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        runs.append(tuple(map(float, done.stdout.splitlines()[-1].split())))
    ours_ms, naive_ms = min(runs)
    return Row(
        what="enabling",
        naive=naive_ms,
        ours=ours_ms,
        unit="ms",
        note="naive: with requests and PIL, which ours does not import",
    )


def finished_job(number: int) -> Job:
    """Return a job that was done `number` seconds ago."""
    from easel.client.models import ModelId
    from easel.client.requests import GenerateRequest
    from easel.jobs.job import Job, JobState
    from easel.jobs.placement import Placement

    request = GenerateRequest(
        model=ModelId.GEMINI_3_1_FLASH, prompt=f"A copper roof, number {number}, seamless"
    )
    now = time.time() - number
    return Job(
        id=uuid.uuid4().hex,
        state=JobState.DONE,
        request=request,
        placement=Placement(),
        server="http://127.0.0.1:9",
        price=request.price,
        created_at=now,
        updated_at=now,
        task_id=uuid.uuid4().hex,
        submitted_at=now,
        finished_at=now,
    )


def _context() -> Any:
    return SimpleNamespace(
        scene=bpy.context.scene,
        window_manager=bpy.context.window_manager,
        preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=1.0)),  # 0 without a window
        region=SimpleNamespace(width=280, as_pointer=lambda: 1),
    )


def median_ms(run: Callable[[], object], times: int) -> float:
    """Return the median duration of `times` calls."""
    run()
    spent: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        spent.append((time.perf_counter() - began) * 1000)
    return statistics.median(spent)


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for a thread's work."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.01)
