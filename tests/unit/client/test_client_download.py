# SPDX-License-Identifier: GPL-3.0-or-later
"""Results come only from permitted addresses, without the key, and within limits of size and time."""

import errno
import io
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from easel.client import errors
from easel.client.api import Api
from easel.client.download import MAX_BYTES, MAX_REDIRECTS
from easel.client.requests import GenerateRequest
from easel.client.server import Server
from easel.simulator import catalogue
from easel.simulator.faults import Fault, On
from easel.simulator.front import Host
from easel.simulator.server import Simulator

KEY = "3das-secret-0123456789abcdef"


@pytest.fixture
def fetch_link(api: Api, generate: GenerateRequest) -> Callable[[], str]:
    task_id = api.submit(generate).task_id

    def fetch() -> str:
        deadline = time.monotonic() + 20
        while not any(assets := api.fetch_status(task_id).assets):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return assets[0]

    return fetch


def test_a_link_that_ran_out_and_its_fresh_one(
    simulator: Simulator, api: Api, fetch_link: Callable[[], str]
) -> None:
    simulator.script(catalogue.link_revoked())
    link = fetch_link()
    for _ in range(2):
        with pytest.raises(errors.LinkExpired) as caught:
            api.download(link, io.BytesIO())
        assert caught.value.passing
    assert api.download(fetch_link(), io.BytesIO()) > 0


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (catalogue.asset_missing(), errors.LinkExpired),
        (catalogue.error(On.ASSET, 400), errors.LinkExpired),
        (catalogue.error(On.ASSET, 410), errors.LinkExpired),
        (catalogue.throttled(On.ASSET, 3), errors.RateLimited),
        (catalogue.trouble(On.ASSET), errors.ServerTrouble),
        (catalogue.error(On.ASSET, 418), errors.ApiError),
        (catalogue.dropped(On.ASSET), errors.ConnectionFailed),
        (catalogue.hang(On.ASSET), errors.ConnectionFailed),
        (catalogue.cut(On.ASSET), errors.ConnectionFailed),
    ],
)
def test_a_download_that_fails(
    simulator: Simulator,
    api: Api,
    fetch_link: Callable[[], str],
    fault: Fault,
    kind: type[errors.ClientError],
) -> None:
    link = fetch_link()
    simulator.script(fault)
    with pytest.raises(errors.ClientError) as caught:
        api.download(link, io.BytesIO())
    assert type(caught.value) is kind
    assert api.download(link, io.BytesIO()) > 0


def test_a_slow_download(simulator: Simulator, api: Api, fetch_link: Callable[[], str]) -> None:
    simulator.script(catalogue.slow(On.ASSET, 0.5))
    file = io.BytesIO()
    assert api.download(fetch_link(), file) == len(file.getvalue())


def test_redirects_are_followed_but_not_for_ever(
    simulator: Simulator, api: Api, fetch_link: Callable[[], str]
) -> None:
    link = fetch_link()
    simulator.script(catalogue.redirected())
    assert api.download(link, io.BytesIO()) > 0
    simulator.script(replace(catalogue.redirected(), times=None))
    before = len(simulator.log)
    with pytest.raises(errors.ResponseInvalid, match="without end"):
        api.download(link, io.BytesIO())
    assert len(simulator.log) - before == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    "target", ["http://203.0.113.9/x.png", "file:///etc/passwd", "ftp://127.0.0.1/x", "https://["]
)
def test_redirects_to_where_no_result_lies(
    simulator: Simulator, api: Api, fetch_link: Callable[[], str], target: str
) -> None:
    link = fetch_link()
    simulator.script(catalogue.redirected(target))
    with pytest.raises(errors.ResponseInvalid):
        api.download(link, io.BytesIO())


@pytest.mark.parametrize("announced", [None, MAX_BYTES + 1, 10**30])
def test_a_file_without_end(
    simulator: Simulator, api: Api, fetch_link: Callable[[], str], tmp_path: Path, announced: int | None
) -> None:
    link = fetch_link()
    simulator.script(catalogue.oversized(announced))
    with (tmp_path / "result").open("wb") as file, pytest.raises(errors.ResponseInvalid, match="larger than"):
        api.download(link, file)
    assert (tmp_path / "result").stat().st_size <= MAX_BYTES


def test_stopping(simulator: Simulator, api: Api, fetch_link: Callable[[], str]) -> None:
    link = fetch_link()
    file = io.BytesIO()
    with pytest.raises(errors.Interrupted):
        api.download(link, file, lambda: bool(file.tell()))
    assert file.tell() == 64 * 1024


def test_a_full_disk_is_the_callers_own_error(
    simulator: Simulator, api: Api, fetch_link: Callable[[], str]
) -> None:
    trouble = OSError(errno.ENOSPC, "No space left on device")

    class FullDisk(io.BytesIO):
        def write(self, *_: object) -> int:
            raise trouble

    with pytest.raises(OSError, match="No space left") as caught:
        api.download(fetch_link(), FullDisk())
    assert caught.value is trouble


@pytest.mark.parametrize(
    "url",
    ["", "/assets/1.png", "file:///etc/passwd", "data:image/png;base64,AAAA", "http://cdn.example/a.png",
     "https://", "https://[::1", "https://cdn.example:port/", "http://169.254.169.254/latest"],
)  # fmt: skip
def test_links_that_are_not_followed(simulator: Simulator, api: Api, url: str) -> None:
    with pytest.raises(errors.ResponseInvalid):
        api.download(url, io.BytesIO())


@pytest.mark.parametrize("url", ["http://127.0.0.1/a.png", "https://localhost/a.png", "https://[::1]/a.png"])
def test_a_service_in_the_world_names_no_files_on_this_machine(url: str) -> None:
    api = Api(Server(name="live"), key=lambda: KEY, may_go_online=lambda: True)
    with pytest.raises(errors.ResponseInvalid, match="this machine"):
        api.download(url, io.BytesIO())


def test_online_access_is_asked_for_results_too(api: Api) -> None:
    with pytest.raises(errors.OnlineAccessOff):
        api.download("https://cdn.example/a.png", io.BytesIO())


def test_a_password_in_a_link_is_not_sent(
    simulator: Simulator, api: Api, fetch_link: Callable[[], str]
) -> None:
    assert api.download(fetch_link().replace("http://", "http://user:password@"), io.BytesIO()) > 0
    assert not any(exchange.authorized for exchange in simulator.log if exchange.host is Host.ASSETS)
