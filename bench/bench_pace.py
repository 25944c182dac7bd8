# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches at the key's pace: how much of a rate limit is used, and how many images an hour that makes.

Runs against a simulator in a separate process at the service's true pace: it takes about seven minutes.
"""

from __future__ import annotations

import json
import multiprocessing
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]  # `bench` and `easel`

from bench.service import service  # noqa: E402
from bench.table import Row  # noqa: E402

if TYPE_CHECKING:
    from easel.batches.row import Row as BatchRow

FAST: Final = 600  # requests a minute
SLOW: Final = 3  # by default
WINDOW_S: Final = 60.0
TINY = {
    "fast": 2,
    "fast_windows": 1,
    "most_blenders": 1,
    "slow": 1,
    "slow_windows": 1,
    "plain": 1,
    "speed": 500.0,
}
MOST_MISSED: Final = 5.0  # per cent
AGAINST_PLAIN: Final = 1 / 8


def rows(
    fast: int = FAST,
    fast_windows: int = 2,
    most_blenders: int = 2,
    slow: int = SLOW,
    slow_windows: int = 3,
    plain: int = 4,
    speed: float = 1.0,
) -> Iterator[Row]:
    """Measure.

    Args:
        fast, slow: requests a minute.
        most_blenders: the most Blenders that share the fast ones.
        plain: images of the plain script.
        speed: of the service.
    """
    for blenders in range(1, most_blenders + 1):
        missed = _missed(fast, fast_windows, blenders, speed)
        yield Row(
            what=f"turns of {fast} a minute not used, {blenders} at it",
            naive=None,
            ours=missed,
            promised=MOST_MISSED,
            unit="%",
            note="the worst minute",
        )
    ours_s = _seconds_an_image(slow, slow_windows, speed)
    plain_s = _seconds_an_image_plain(slow, plain, speed)
    yield Row(
        what=f"an image, at {slow} requests a minute",
        naive=plain_s,
        ours=ours_s,
        promised=plain_s * AGAINST_PLAIN if speed == 1 else None,
        unit="s",
        note=f"{3600 / ours_s:,.0f} an hour, not {3600 / plain_s:,.0f}; naive: post, sleep, poll",
    )


def _tasks(url: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{url}/_sim/tasks") as answer:  # noqa: S310 (loopback)
        return json.load(answer)


def _missed(per_minute: int, windows: int, blenders: int, speed: float) -> float:
    """Return the percentage of unused turns in the worst minute."""
    count = per_minute * windows
    with (
        service(rate_limit=per_minute, speed=speed) as url,
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
    ):
        _write_down(Path(folder), _different(count))
        context = multiprocessing.get_context("spawn")
        processes = [
            context.Process(target=_run_batch, args=(folder, url, per_minute, speed)) for _ in range(blenders)
        ]
        for process in processes:
            process.start()
        deadline = time.monotonic() + WINDOW_S * windows + 30
        while len(tasks := _tasks(url)) < count and time.monotonic() < deadline:
            time.sleep(0.5)
        for process in processes:
            process.kill()
            process.join()
    begun = min(task["created_at"] for task in tasks)
    of_window = [0] * windows
    for task in tasks:
        if (window := int((task["created_at"] - begun) // WINDOW_S)) < windows:
            of_window[window] += 1
    return 100 * (1 - min(of_window) / per_minute)


def _seconds_an_image(per_minute: int, windows: int, speed: float) -> float:
    """Return the seconds per image of a batch of variations."""
    from easel.batches.row import Row as BatchRow

    together = _settings().table.max_images
    count = per_minute * windows * together
    with (
        service(rate_limit=per_minute, speed=speed) as url,
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
    ):
        _write_down(Path(folder), [BatchRow(prompt="bark", settings=_settings())] * count)
        begun = time.monotonic()
        here = _run_batch(folder, url, per_minute, speed)
    whole = per_minute * together  # of the first minute: they take as long as those of the last
    if windows == 1:
        return (max(here) - begun) / count
    return (max(here) - sorted(here)[whole - 1]) / (count - whole)


def _seconds_an_image_plain(per_minute: int, count: int, speed: float) -> float:
    """Return the seconds per image of a script that posts, sleeps and polls, one image at a time."""
    import requests

    path = _settings().table.path + "generate/"
    taken: list[float] = []
    with service(rate_limit=per_minute, speed=speed) as url, requests.Session() as session:
        session.headers["Authorization"] = "Bearer bench"
        for _ in range(count):
            begun = time.monotonic()
            while (
                answer := session.post(url + path, json={"prompt": "bark"}, timeout=60)
            ).status_code == 429:
                time.sleep(1.0)
            task_id = answer.json()["task_id"]
            while True:
                time.sleep(min(2.0, 20 / speed))
                told = session.get(f"{url}/v1/generation-request/{task_id}/status/", timeout=60).json()
                links = [result.get("asset") for result in told.get("results") or []]
                if told["status"] == "FINISHED" and links and all(links):
                    break
            session.get(links[0], timeout=60, headers={"Authorization": ""})
            taken.append(time.monotonic() - begun)
    return statistics.mean(taken)


def _settings() -> Any:
    from easel.batches.row import Settings
    from easel.client.models import ModelId

    return Settings(model=ModelId.GEMINI_2_5_FLASH)


def _different(count: int) -> list[BatchRow]:
    from easel.batches.row import Row as BatchRow

    return [BatchRow(prompt=f"prop {number}", settings=_settings()) for number in range(count)]


def _write_down(folder: Path, wanted: list[BatchRow]) -> None:
    from easel.batches.stored import stored_rows
    from easel.jobs.batch import Batch
    from easel.jobs.ledger import Ledger
    from easel.jobs.library import Library

    ledger = Ledger(Library(folder).ledger_path)
    ledger.add_batch(Batch(id="b1", server="test", name="Props", created_at=time.time()), stored_rows(wanted))
    ledger.close()


def _run_batch(folder: str, url: str, per_minute: int, speed: float) -> list[float]:
    """Run the library's batch like a Blender. Returns when each image arrived; monotonic."""
    from batch_worker import Runner

    from easel.batches.feed import ahead_of
    from easel.client.server import Server
    from easel.jobs.engine import Engine
    from easel.jobs.library import Library
    from easel.jobs.schedule import SCHEDULE

    engine = Engine(
        library=Library(Path(folder)),
        server=Server(name="test", url=url),
        key=lambda: "bench",
        may_go_online=lambda: False,
        rate_limit=per_minute,
        schedule=SCHEDULE if speed == 1 else None,
    )
    engine.start()
    runner = Runner(engine, ahead=ahead_of(per_minute))
    runner.read()
    runner.start()
    here: list[float] = []
    while runner.run is None or not runner.run.is_over:
        runner.turn()
        images = sum(told.images for told in runner.run.told) if runner.run is not None else 0
        here += [time.monotonic()] * (images - len(here))
    engine.stop()
    return here


if __name__ == "__main__":
    from bench.table import print_table

    print_table("Pace", rows())
