# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending 14 sources of 30 MB: the streamed body against `requests.post(json=…)`.

Each way runs in its own process, against a simulator in another one. Memory is the process's peak above its
memory before the call. The lock is the longest time that another thread waited for it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]  # `bench` and `easel`

from bench.table import Row  # noqa: E402

SOURCES = 14
SOURCE_BYTES = 30_000_000
TINY = {"sources": 2, "source_bytes": 1000}
KEY = "bench"

_SERVER = """
from easel.simulator.server import Simulator
with Simulator(speed=1000, rate_limit=None, balance=10**6) as simulator:
    simulator.keep_sources = False
    print(simulator.url, flush=True)
    input()
"""


def rows(sources: int = SOURCES, source_bytes: int = SOURCE_BYTES) -> Iterator[Row]:
    """Measure, and yield the rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "source.png")
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(source_bytes - 8))
        naive, ours = (_in_own_process(way, path, sources) for way in ("naive", "ours"))
    size = f"{sources} sources of {source_bytes // 10**6} MB"
    yield Row(what=f"submit {size}", naive=naive["ms"], ours=ours["ms"], unit="ms")
    yield Row(
        what="extra memory",
        naive=naive["mib"],
        ours=ours["mib"],
        promised=16,
        unit="MiB",
    )
    yield Row(
        what="longest hold of the interpreter lock", naive=naive["lock_ms"], ours=ours["lock_ms"], unit="ms"
    )


def _in_own_process(way: str, path: Path, sources: int) -> dict[str, float]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests" / "support")}
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        url = server.stdout.readline().strip()
        try:
            command = [sys.executable, __file__, way, url, str(path), str(sources)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
        finally:
            server.stdin.write("\n")
            server.stdin.flush()
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def _measure(call: Callable[[], object]) -> dict[str, float]:
    waits: list[float] = [0.0]
    over = threading.Event()

    def watch() -> None:
        """Request the lock all the time, like Blender's main thread."""
        while not over.is_set():
            start = time.perf_counter()
            time.sleep(0.001)
            waits.append(time.perf_counter() - start - 0.001)

    before = _memory_mib("VmRSS")
    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.perf_counter()
    call()
    seconds = time.perf_counter() - start
    over.set()
    watcher.join()
    return {"ms": seconds * 1000, "mib": _memory_mib("VmHWM") - before, "lock_ms": max(waits) * 1000}


def _memory_mib(field: str) -> float:
    """Return `VmRSS` (the current memory) or `VmHWM` (the peak of this process)."""
    status = Path("/proc/self/status")
    if not status.exists():  # not Linux: only the peak, and not everywhere
        return _peak_elsewhere_mib()
    line = next(line for line in status.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) / 1024


def _peak_elsewhere_mib() -> float:
    if sys.platform == "win32":
        return 0.0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _naive(url: str, path: Path, sources: int) -> Callable[[], object]:
    import base64

    import requests

    requests.get(f"{url}/account/user/wallet/", headers={"Authorization": f"Bearer {KEY}"}, timeout=60)

    def send() -> None:
        images = [
            "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode() for _ in range(sources)
        ]
        answer = requests.post(
            f"{url}/v1/images/gemini/3/pro/edit/",
            json={"prompt": "older", "images": images},
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=120,
        )
        answer.raise_for_status()

    return send


def _ours(url: str, path: Path, sources: int) -> Callable[[], object]:
    from easel.client.api import Api
    from easel.client.models import ModelId
    from easel.client.requests import EditRequest, Source, Upload
    from easel.client.server import Server

    api = Api(Server(name="bench", url=url), key=lambda: KEY, may_go_online=lambda: False)
    api.fetch_wallet()
    upload = Upload(name="source", path=str(path), media_type="image/png")
    source = Source(name="source")
    request = EditRequest(model=ModelId.GEMINI_3_PRO, prompt="older", sources=(source,) * sources)
    return lambda: api.submit(request, (upload,) * sources)


if __name__ == "__main__":
    maker = {"naive": _naive, "ours": _ours}[sys.argv[1]]
    json.dump(_measure(maker(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))), sys.stdout)
