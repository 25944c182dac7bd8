# SPDX-License-Identifier: GPL-3.0-or-later
"""A fast simulator, an `Api` that speaks to it, and files to send."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from small_servers import Talk, small_server

from easel.client.api import Api
from easel.client.models import ModelId
from easel.client.requests import EditRequest, GenerateRequest, Source, Upload
from easel.client.server import Server
from easel.simulator.faults import Fault, Hang
from easel.simulator.server import Simulator

KEY = "3das-secret-0123456789abcdef"

PreparedEdit = tuple[EditRequest, tuple[Upload, ...]]
"""A request and its sources' files, for `Api.submit`."""


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(
        speed=1000, rate_limit=None, balance=100_000, refuse_unknown=True, drawn_side=192
    ) as running:
        yield running


@pytest.fixture
def timeout_s(request: pytest.FixtureRequest) -> float:
    """Return a timeout in seconds. It is long for busy machines, unless the test's `fault` sends nothing."""
    parameters = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    fault = parameters.get("fault")
    return 2 if isinstance(fault, Fault) and isinstance(fault.effect, Hang) else 60


@pytest.fixture
def api(simulator: Simulator, timeout_s: float) -> Iterator[Api]:
    """Return an `Api` without online access, to prove that loopback needs none."""
    server = Server(name="simulator", url=simulator.url, read_timeout_s=timeout_s, submit_timeout_s=timeout_s)
    api = Api(server, key=lambda: KEY, may_go_online=lambda: False)
    yield api
    api.close()


@pytest.fixture
def serve() -> Iterator[Callable[[Talk], int]]:
    """Return a function that starts a server and returns its port; `talk` handles each connection."""
    with contextlib.ExitStack() as stack:
        yield lambda talk: stack.enter_context(small_server(talk))


@pytest.fixture
def api_at() -> Iterator[Callable[..., Api]]:
    with contextlib.ExitStack() as stack:

        def make(port: int, **options: float) -> Api:
            server = Server(name="test", url=f"http://127.0.0.1:{port}", **options)  # type: ignore[arg-type]
            api = Api(server, key=lambda: KEY, may_go_online=lambda: False)
            stack.callback(api.close)
            return api

        yield make


@pytest.fixture
def generate() -> GenerateRequest:
    return GenerateRequest(model=ModelId.GEMINI_3_1_FLASH, prompt="copper", resolution="512px")


@pytest.fixture
def png(tmp_path: Path) -> Path:
    path = tmp_path / "brick.png"
    Image.new("RGB", (64, 48), "firebrick").save(path)
    return path


@pytest.fixture
def make_edit(png: Path) -> Callable[..., PreparedEdit]:
    """Return a function that makes an edit and its files, for a model and a number of sources."""

    def make(model: ModelId = ModelId.GEMINI_3_PRO, sources: int = 1, **options: object) -> PreparedEdit:
        upload = Upload(name="Brick", path=str(png), media_type="image/png")
        source = Source(name="Brick")
        request = EditRequest(model=model, prompt="older", sources=(source,) * sources, **options)  # type: ignore[arg-type]
        return request, (upload,) * sources

    return make


@pytest.fixture
def large_edit(tmp_path: Path) -> PreparedEdit:
    """Return an edit with 40 MB to upload, more than any socket buffers."""
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(30_000_000)
    request = EditRequest(model=ModelId.GEMINI_3_PRO, prompt="x", sources=(Source(name="Large"),))
    return request, (Upload(name="Large", path=str(path), media_type="image/png"),)
