# SPDX-License-Identifier: GPL-3.0-or-later
"""Only the API gets the key: no error, log or other host does, and no other password replaces it."""

import io
import logging
import traceback
from pathlib import Path

import pytest

from easel.client import errors
from easel.client.api import Api
from easel.client.connections import AddressRefused, Line, is_public, pool_classes
from easel.client.requests import GenerateRequest
from easel.client.server import Server
from easel.simulator import catalogue
from easel.simulator.faults import Fault, On
from easel.simulator.front import Host
from easel.simulator.server import Simulator

KEY = "3das-secret-0123456789abcdef"
SIGNATURE = "signature=0123456789abcdef"

FAULTS = [
    catalogue.dropped(On.WALLET),
    catalogue.hang(On.WALLET),
    catalogue.cut(On.WALLET),
    catalogue.html_page(On.WALLET),
    catalogue.trouble(On.WALLET),
    catalogue.throttled(On.WALLET),
    catalogue.error(On.WALLET, 401, "invalid_api_key", f"Invalid API key: {KEY}"),
    catalogue.error(On.WALLET, 400, "", f"Header was: Authorization: Bearer {KEY}"),
]


def everything_told(error: BaseException) -> str:
    return (
        "".join(traceback.format_exception(error))
        + repr(error)
        + repr(error.__cause__)
        + repr(error.__context__)
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_no_error_and_no_log_tells_the_key(
    simulator: Simulator, api: Api, caplog: pytest.LogCaptureFixture, fault: Fault
) -> None:
    caplog.set_level(logging.DEBUG)
    simulator.script(fault)
    with pytest.raises(errors.ClientError) as caught:
        api.fetch_wallet()
    assert KEY not in everything_told(caught.value)
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    "fault", [catalogue.dropped(On.ASSET), catalogue.hang(On.ASSET), catalogue.link_revoked()]
)
def test_no_error_and_no_log_of_ours_tells_a_signature(
    simulator: Simulator, api: Api, caplog: pytest.LogCaptureFixture, fault: Fault
) -> None:
    caplog.set_level(logging.DEBUG, logger="easel")
    simulator.script(fault)
    with pytest.raises(errors.ClientError) as caught:
        api.download(f"{simulator.asset_url}/generated-images/0.png?{SIGNATURE}", io.BytesIO())
    assert SIGNATURE not in everything_told(caught.value)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("easel")]
    assert ours
    assert SIGNATURE not in "".join(ours)


def test_a_refused_link_that_cannot_be_reached_tells_no_signature(api: Api) -> None:
    with pytest.raises(errors.ConnectionFailed) as caught:
        api.download(f"http://127.0.0.1:9/a.png?{SIGNATURE}", io.BytesIO())
    assert SIGNATURE not in everything_told(caught.value)
    assert "ConnectionError" in repr(caught.value.__cause__)


def test_an_api_shows_no_key(api: Api) -> None:
    api.fetch_wallet()
    assert KEY not in repr(api) + repr(vars(api))


def test_a_netrc_neither_replaces_the_key_nor_reaches_anyone(
    simulator: Simulator,
    generate: GenerateRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login trap password trap\ndefault login trap password trap\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    simulator.valid_keys = {KEY}
    api = Api(Server(name="sim", url=simulator.url), key=lambda: KEY, may_go_online=lambda: False)
    api.fetch_wallet()
    api.submit(generate)
    with pytest.raises(errors.LinkExpired):
        api.download(f"{simulator.asset_url}/generated-images/0.png", io.BytesIO())
    api.close()
    sent = {(exchange.host, exchange.headers.get("authorization")) for exchange in simulator.log}
    assert sent == {(Host.API, "Bearer …"), (Host.ASSETS, None)}


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "2606:4700::1%eth0"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104
     "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "ff02::1"],
)  # fmt: skip
def test_private_addresses(address: str) -> None:
    assert not is_public(address)


def test_an_address_is_refused_before_a_word_is_said(simulator: Simulator) -> None:
    from urllib3 import PoolManager

    asked: list[str] = []

    def refuse(address: str) -> bool:
        asked.append(address)
        return False

    line = Line(send_timeout_s=1, may_reach=refuse)
    manager = PoolManager()
    manager.pool_classes_by_scheme = pool_classes(line)
    with pytest.raises(AddressRefused):
        manager.request("GET", simulator.asset_url + "/x", retries=False)
    assert asked == ["127.0.0.1"]
    assert not line.has_sent
    assert not simulator.log
