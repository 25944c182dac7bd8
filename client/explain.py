# SPDX-License-Identifier: GPL-3.0-or-later
"""Explain to the artist why no answer came.

`requests` wraps urllib3's exceptions, which wrap the socket's, differently from version to version. So the
whole chain is searched, and the exceptions' own texts are never shown.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from urllib3.exceptions import (
    ConnectTimeoutError,
    LocationValueError,
    NewConnectionError,
    ProxyError,
    TimeoutError as PoolTimeout,
)

from ..texts.phrases import joined, phrase
from .connections import AddressRefused
from .errors import LOGIN

_WANTS_PASSWORD: Final = "Tunnel connection failed: 407"  # noqa: S105 - what `http.client` says of the proxy's answer
_OF_ANOTHER_TIME: Final = frozenset({9, 10})
"""OpenSSL's numbers for a certificate that is not valid yet, and for one that has expired."""


def explain(error: Exception, *, host: str, ca_bundle: str = "", was_sent: bool = False) -> str:
    """Return one or two sentences about a failed exchange with `host`.

    Args:
        was_sent: the request had left the machine. Then a proxy did connect, even if urllib3 2 says that it
            did not.
    """
    causes = list(_causes(error))

    def is_any(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if is_any(AddressRefused):
        return phrase(
            "{host} leads into a private network: Easel takes results from public hosts only.", host=host
        )
    if ca_bundle and not (Path(ca_bundle).is_file() or Path(ca_bundle).is_dir()):
        return phrase("The CA bundle set in the preferences does not exist: {ca_bundle}", ca_bundle=ca_bundle)
    if is_any(ProxyError) and not was_sent:
        if any(_WANTS_PASSWORD in str(cause) for cause in causes):
            return phrase(
                "The proxy wants a user name and a password: write them into its address in Easel's "
                "preferences, as http://user:password@host:port."
            )
        return phrase("The proxy can't be reached, or refuses the connection.")
    if is_any(ssl.SSLCertVerificationError):
        if any(getattr(cause, "verify_code", 0) in _OF_ANOTHER_TIME for cause in causes):
            return phrase(
                "The certificate of {host} is not valid at this time: check the date and time of this "
                "computer.",
                host=host,
            )
        return joined(
            phrase(
                "The certificate of {host} is not trusted. If the studio's firewall opens secure "
                "connections, set its CA bundle in the preferences.",
                host=host,
            ),
            LOGIN,
        )
    if is_any(ssl.SSLError):
        return phrase("No secure connection to {host} could be made.", host=host)
    if is_any(socket.gaierror):
        return phrase(
            "The name {host} can't be looked up: there is no network, or the name is wrong.", host=host
        )
    if is_any(ConnectionRefusedError):
        return phrase("{host} refuses connections.", host=host)
    if is_any(ConnectTimeoutError) and not is_any(NewConnectionError):  # which urllib3 counts among them
        return phrase("{host} can't be reached: it did not answer in time.", host=host)
    if is_any(TimeoutError, PoolTimeout):
        return phrase("{host} took too long to answer.", host=host)
    if is_any(LocationValueError, UnicodeError):
        return phrase("{host} is not an address that can be reached.", host=host)
    return phrase("The connection to {host} broke off, or could not be made.", host=host)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the exception and its causes: chained, in its arguments, or as its `reason`."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting and len(seen) < 50:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__]
