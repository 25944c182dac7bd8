# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on the way: which error each becomes, whether it passes, and whether the task may have been paid."""

import io
import socket
from collections.abc import Callable
from dataclasses import replace

import pytest

from easel.client import errors
from easel.client.api import Api
from easel.client.requests import GenerateRequest
from easel.client.server import Server
from easel.simulator import catalogue
from easel.simulator.faults import Fault, On, When
from easel.simulator.server import Simulator

from .conftest import PreparedEdit

KEY = "3das-secret-0123456789abcdef"

UNKNOWN_FATE: list[tuple[Fault, type[errors.ClientError]]] = [
    (catalogue.dropped(On.SUBMIT), errors.ConnectionFailed),
    (catalogue.dropped(On.SUBMIT, when=When.AFTER), errors.ConnectionFailed),
    (catalogue.dropped(On.SUBMIT, after_bytes=10), errors.ConnectionFailed),
    (catalogue.hang(On.SUBMIT), errors.ConnectionFailed),
    (catalogue.trouble(On.SUBMIT, 502), errors.ServerTrouble),
    (catalogue.trouble(On.SUBMIT, 504, when=When.AFTER), errors.ServerTrouble),
    (catalogue.html_page(On.SUBMIT), errors.ResponseInvalid),
    (catalogue.cut(On.SUBMIT), errors.ResponseInvalid),
    (catalogue.cut(On.SUBMIT, 0), errors.ResponseInvalid),
]


@pytest.mark.parametrize(("fault", "kind"), UNKNOWN_FATE)
def test_a_submit_that_may_have_been_paid(
    simulator: Simulator, api: Api, generate: GenerateRequest, fault: Fault, kind: type[errors.ClientError]
) -> None:
    simulator.script(fault)
    with pytest.raises(errors.ClientError) as caught:
        api.submit(generate)
    assert type(caught.value) is kind
    assert caught.value.fate_unknown
    assert len(simulator.log) == 1  # never sent again


@pytest.mark.parametrize(
    ("retry_after", "in_text", "seconds"), [(True, False, 7), (False, True, 7), (False, False, 30)]
)
def test_a_throttled_submit_created_nothing(
    simulator: Simulator,
    api: Api,
    generate: GenerateRequest,
    retry_after: bool,
    in_text: bool,
    seconds: float,
) -> None:
    simulator.script(catalogue.throttled(On.SUBMIT, 7, retry_after=retry_after, in_text=in_text))
    with pytest.raises(errors.RateLimited) as caught:
        api.submit(generate)
    assert caught.value.retry_after_s == seconds
    assert not caught.value.fate_unknown
    assert not simulator.tasks


def test_the_services_own_limit(simulator: Simulator, api: Api, generate: GenerateRequest) -> None:
    simulator.rate_limit = 1
    api.submit(generate)
    with pytest.raises(errors.RateLimited) as caught:
        api.submit(generate)
    assert 50 < caught.value.retry_after_s <= 60


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_refused_connection_sent_nothing(generate: GenerateRequest) -> None:
    server = Server(name="gone", url=f"http://127.0.0.1:{free_port()}")
    api = Api(server, key=lambda: KEY, may_go_online=lambda: False)
    with pytest.raises(errors.ConnectionFailed, match="refuses connections") as caught:
        api.submit(generate)
    assert caught.value.nothing_sent
    assert not caught.value.fate_unknown
    assert caught.value.passing


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (catalogue.throttled(On.STATUS, 5), errors.RateLimited),
        (catalogue.trouble(On.STATUS), errors.ServerTrouble),
        (catalogue.html_page(On.STATUS), errors.ResponseInvalid),
        (catalogue.cut(On.STATUS), errors.ResponseInvalid),
        (catalogue.dropped(On.STATUS), errors.ConnectionFailed),
        (catalogue.hang(On.STATUS), errors.ConnectionFailed),
        (catalogue.unknown_task(), errors.TaskNotFound),
        (catalogue.foreign_task(), errors.TaskNotFound),
    ],
)
def test_a_status_that_fails(
    simulator: Simulator, api: Api, generate: GenerateRequest, fault: Fault, kind: type[errors.ClientError]
) -> None:
    task_id = api.submit(generate).task_id
    simulator.script(fault)
    with pytest.raises(errors.ClientError) as caught:
        api.fetch_status(task_id)
    assert type(caught.value) is kind
    assert caught.value.passing is (kind is not errors.TaskNotFound)
    api.fetch_status(task_id)  # the next request works


def test_a_slow_status_is_still_one(simulator: Simulator, api: Api, generate: GenerateRequest) -> None:
    task_id = api.submit(generate).task_id
    simulator.script(catalogue.slow(On.STATUS, 0.3))
    api.fetch_status(task_id)


@pytest.mark.parametrize("fault", [catalogue.trouble(On.WALLET), catalogue.html_page(On.WALLET)])
def test_a_wallet_that_fails(simulator: Simulator, api: Api, fault: Fault) -> None:
    simulator.script(fault)
    with pytest.raises(errors.ClientError) as caught:
        api.fetch_wallet()
    assert caught.value.passing


def test_an_upload_that_breaks_in_the_middle(
    simulator: Simulator, api: Api, make_edit: Callable[..., PreparedEdit]
) -> None:
    simulator.script(catalogue.dropped(On.SUBMIT, after_bytes=100))
    with pytest.raises(errors.ConnectionFailed) as caught:
        api.submit(*make_edit())
    assert not caught.value.nothing_sent
    assert not simulator.tasks


def test_an_answer_without_end_is_not_read_to_its_end(simulator: Simulator, api: Api) -> None:
    simulator.script(replace(catalogue.oversized(), on=On.WALLET))
    with pytest.raises(errors.ResponseInvalid, match="too long"):
        api.fetch_wallet()


def test_the_link_of_a_gone_host(api: Api) -> None:
    with pytest.raises(errors.ConnectionFailed):
        api.download(f"http://127.0.0.1:{free_port()}/a.png?signature=x", io.BytesIO())
