# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger: how long the main thread waits for it; how fast jobs are sent, recorded and collected.

The service is a separate process that answers at once with small images, so that only Easel is measured. The
main thread acts like operators and the pump: click, drain, read the jobs, mark them as placed.
"""

from __future__ import annotations

import contextlib
import http.server
import io
import json
import logging
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from PIL import Image
from PIL.PngImagePlugin import PngInfo

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]  # `bench` and `easel`

from bench.table import Row  # noqa: E402

JOBS = 100
IMAGES = 4
QUEUED = 200
THREADS = 24
WRITES = 50
TINY = {"jobs": 3, "queued": 4, "threads": 3, "writes": 3}
PROMISED_MS: Final = 10.0
PATIENCE_S: Final = 300.0

_HOLDER: Final = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.readline()
"""


def rows(
    jobs: int = JOBS, queued: int = QUEUED, threads: int = THREADS, writes: int = WRITES
) -> Iterator[Row]:
    """Measure one after the other, each with its own library."""
    logging.disable()  # a locked ledger logs a lot
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield from _arriving(Path(folder, "arriving"), jobs)
        yield _held(Path(folder, "held"))
        yield _sent(Path(folder, "sent"), queued)
        yield _written(Path(folder, "written"), threads, writes)


class Clicks:
    """Calls on the main thread, and the longest of them."""

    def __init__(self) -> None:
        self.longest_ms = 0.0

    def __call__(self, act: Callable[[], Any]) -> Any:
        from easel.jobs.database import LedgerError

        start = time.perf_counter()
        try:
            return act()
        except LedgerError:  # an older Easel waits and gives up
            return None
        finally:
            self.longest_ms = max(self.longest_ms, 1000 * (time.perf_counter() - start))


def _arriving(folder: Path, count: int) -> Iterator[Row]:
    """Measure while all jobs end at the same moment."""
    from easel.jobs.events import JobEnded

    with _engine(folder, rate_limit=100_000, ready_at=count) as engine:
        click = Clicks()
        begun = time.perf_counter()
        for _ in range(count):
            click(lambda: engine.submit(_request(IMAGES), _nowhere()))
        ended: set[str] = set()

        def turn() -> bool:
            for event in click(lambda: list(engine.drain())):
                if isinstance(event, JobEnded):
                    ended.add(event.job.id)
                    click(lambda job_id=event.job.id: engine.mark_placed(job_id))
            click(lambda: engine.jobs(1000))
            return len(ended) == count

        _until(turn)
        taken_s = time.perf_counter() - begun
        images = sum(1 for path in (folder / "images").rglob("*.png"))
        assert images == count * IMAGES, f"{images} images"
    yield Row(
        what=f"longest main-thread call while {count} jobs of {IMAGES} images arrive",
        naive=None,
        ours=click.longest_ms,
        promised=PROMISED_MS,
        unit="ms",
    )
    yield Row(what="- until all images are here", naive=None, ours=taken_s, unit="s")


def _held(folder: Path) -> Row:
    """Measure each verb once while another program locks the ledger."""
    with _engine(folder, rate_limit=100_000) as engine:
        job_id = engine.submit(_request(1), _nowhere())
        _until(lambda: list(engine.drain()) is not None and not engine.is_busy)
        click = Clicks()
        command = [sys.executable, "-c", _HOLDER, str(folder / "ledger.sqlite3")]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
            assert holder.stdout is not None
            holder.stdout.readline()
            click(lambda: engine.submit(_request(1), _nowhere()))
            click(lambda: engine.mark_placed(job_id))
            click(lambda: engine.jobs(1000))
            click(lambda: list(engine.drain()))
            click(lambda: engine.hide(job_id))
            holder.communicate("\n")
    return Row(
        what="longest main-thread call while another program holds the ledger",
        naive=None,
        ours=click.longest_ms,
        promised=PROMISED_MS,
        unit="ms",
    )


def _sent(folder: Path, count: int) -> Row:
    """Measure a long queue below its rate limit."""
    with _engine(folder, rate_limit=600) as engine:
        begun = time.perf_counter()
        for _ in range(count):
            engine.submit(_request(1), _nowhere())
        sent: set[str] = set()

        def turn() -> bool:
            sent.update(event.job.id for event in engine.drain() if _task_of(event))
            return len(sent) == count

        _until(turn)
        taken_s = time.perf_counter() - begun
    return Row(
        what=f"until {count} queued jobs are sent, at 600 a minute",
        naive=None,
        ours=taken_s,
        unit="s",
        note=f"{count / taken_s:.0f} a second",
    )


def _written(folder: Path, threads: int, writes: int) -> Row:
    """Measure threads that each write as soon as their last write is on the disk."""
    from easel.jobs.job import Job, JobState
    from easel.jobs.ledger import Ledger

    folder.mkdir()
    with contextlib.closing(Ledger(folder / "ledger.sqlite3")) as ledger:
        ids = [uuid.uuid4().hex for _ in range(threads)]
        for job_id in ids:
            job = Job(
                id=job_id,
                state=JobState.DONE,
                request=_request(1),
                placement=_nowhere(),
                server="bench",
                price=1,
                created_at=time.time(),
                updated_at=time.time(),
            )
            ledger.add(job, "")

        def write(job_id: str) -> None:
            for _ in range(writes):
                ledger.mark_placed(job_id)

        workers = [threading.Thread(target=write, args=(job_id,)) for job_id in ids]
        begun = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        ours_s = time.perf_counter() - begun
    count = threads * writes
    return Row(
        what=f"a durable write, {threads} threads",
        naive=1000 * _one_by_one(folder / "naive.sqlite3", writes) / writes,
        ours=1000 * ours_s / count,
        unit="ms",
        note=f"{count / ours_s:.0f} a second; naive: a commit each, one after the other",
    )


def _one_by_one(path: Path, writes: int) -> float:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE jobs (placed_at REAL)")
        connection.execute("INSERT INTO jobs VALUES (0)")
        begun = time.perf_counter()
        for _ in range(writes):
            connection.execute("UPDATE jobs SET placed_at = placed_at + 1")
        return time.perf_counter() - begun


# -- around an engine -------------------------------------------------------------------------------


@contextlib.contextmanager
def _engine(folder: Path, *, rate_limit: int, ready_at: int = 0) -> Iterator[Any]:
    """Provide an engine, and a service that finishes its tasks once it has `ready_at` of them."""
    from easel.client.server import Server
    from easel.jobs.engine import Engine
    from easel.jobs.library import Library

    with subprocess.Popen(
        [sys.executable, __file__, str(ready_at)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as service:
        assert service.stdout is not None
        engine = Engine(
            library=Library(folder),
            server=Server(name="bench", url=service.stdout.readline().strip()),
            key=lambda: "bench-key-of-20-chars",
            may_go_online=lambda: True,
            rate_limit=rate_limit,
        )
        engine.start()
        try:
            yield engine
        finally:
            engine.stop()
            service.communicate("\n")


def _request(count: int) -> Any:
    from easel.client.models import ModelId
    from easel.client.requests import GenerateRequest

    return GenerateRequest(model=ModelId.GEMINI_2_5_FLASH, prompt="moss", count=count)


def _nowhere() -> Any:
    from easel.jobs.placement import Placement

    return Placement()


def _task_of(event: Any) -> str:
    return getattr(getattr(event, "job", None), "task_id", "")


def _until(turn: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not turn():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# -- the service ------------------------------------------------------------------------------------


class _Service(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, ready_at: int) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.ready_at = ready_at
        self.counts: dict[str, int] = {}
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that disconnect."""


class _Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Service

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's
        pass

    def do_POST(self) -> None:
        request = json.loads(self._body())
        task_id = str(uuid.uuid4())
        self.server.counts[task_id] = request.get("num_images", 1)
        self._send({"task_id": task_id}, 201)

    def do_GET(self) -> None:
        server = self.server
        if self.path.startswith("/image/"):  # each image is different
            info, file = PngInfo(), io.BytesIO()
            info.add_text("Comment", self.path)
            Image.new("RGB", (16, 16), "brown").save(file, "PNG", pnginfo=info)
            self._send(file.getvalue())
        elif found := re.search(r"request/([^/]+)/", self.path):
            is_ready = len(server.counts) >= server.ready_at
            links = [
                {"asset": f"{server.url}/image/{found[1]}/{index}.png"}
                for index in range(server.counts[found[1]])
            ]
            self._send({"status": "FINISHED", "results": links} if is_ready else {"status": "IN_PROGRESS"})
        else:
            self._send({"balance": "5"})

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers["Content-Length"]))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, content: Any, status: int = 200) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _serve(ready_at: int) -> None:
    service = _Service(ready_at)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    print(service.url, flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
