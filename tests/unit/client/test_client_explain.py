# SPDX-License-Identifier: GPL-3.0-or-later
"""An error of the connection becomes a text that says why no answer came."""

import socket
import ssl
from pathlib import Path
from typing import Any, cast

import pytest
from urllib3.exceptions import (
    ConnectTimeoutError,
    LocationValueError,
    MaxRetryError,
    ProxyError,
    ReadTimeoutError,
)

from easel.client.connections import AddressRefused
from easel.client.explain import explain

POOL = cast("Any", None)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ConnectTimeoutError("x"), "can't be reached"),
        (ReadTimeoutError(POOL, "/", "x"), "took too long"),
        (TimeoutError("x"), "took too long"),
        (socket.gaierror(-2, "x"), "can't be looked up"),
        (ConnectionRefusedError(111, "x"), "refuses connections"),
        (ConnectionResetError(104, "x"), "broke off"),
        (ProxyError("x", OSError("y")), "The proxy"),
        (ssl.SSLCertVerificationError(1, "x"), "is not trusted"),
        (ssl.SSLError(1, "x"), "No secure connection"),
        (AddressRefused("10.0.0.1"), "a private network"),
        (LocationValueError("x"), "not an address"),
    ],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_the_cause_is_found_however_deep(error: Exception, text: str, wrapped: bool) -> None:
    if wrapped:
        error = OSError(MaxRetryError(POOL, "/?signature=x", error))
    told = explain(error, host="host.example")
    assert text in told
    assert "signature" not in told


def test_a_missing_bundle_is_named(tmp_path: Path) -> None:
    assert "ca.pem" in explain(OSError("x"), host="h", ca_bundle=str(tmp_path / "ca.pem"))


def test_causes_that_lead_in_a_circle() -> None:
    one, two = OSError(), OSError()
    one.args, two.args = (two,), (one,)
    assert "broke off" in explain(one, host="h")
