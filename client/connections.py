# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that know what was sent over them, wait long enough while sending, and can be cut.

Five things that urllib3 (1.26 in Blender 4.2, 2.x in later ones) does not tell or do from outside:

- Whether a failed request had reached the other side at all. Exception types differ between versions and
  don't tell a TLS failure in the handshake from one in the middle; the moment of the first byte does.
- A separate timeout for sending. urllib3 sends under the *connect* timeout, so that a line that stalls
  for ten seconds would leave a paid upload in doubt.
- Reading an answer that came before the upload ended (401, 413, 429). The other side then closes
  while we write, and 1.26 reports a reset connection instead of the answer that has arrived.
- The address that a name was resolved to, before anything is sent to it.
- Waiting for the final answer, and for no answer longer than it may take as a whole (`responses.py`).
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
import weakref
from collections.abc import Callable
from typing import Any, ClassVar, cast

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .responses import FinalResponse


class AddressRefused(Exception):
    """A host name was resolved to a forbidden address; nothing was sent to it."""


class Line:
    """What connections of one kind share: their rules, and the list of open ones. Any thread."""

    def __init__(
        self,
        *,
        send_timeout_s: float,
        response: type[FinalResponse] = FinalResponse,
        may_reach: Callable[[str], bool] = lambda _address: True,
    ) -> None:
        self.send_timeout_s = send_timeout_s
        self.response = response
        """The class that reads answers."""
        self.may_reach = may_reach
        """Called with the IP address of each direct connection (not through a proxy)."""
        self._lock = threading.Lock()
        self._open: weakref.WeakSet[_Connection] = weakref.WeakSet()
        self._is_cut = False
        self._here = threading.local()

    def begin(self) -> None:
        """Forget what this thread sent before: a new request begins."""
        self._here.sent = False

    @property
    def has_sent(self) -> bool:
        """True if at least one byte of this thread's request left the machine."""
        return getattr(self._here, "sent", False)

    @property
    def is_cut(self) -> bool:
        return self._is_cut

    def note_sent(self) -> None:
        """Called by a connection, in the thread of the request."""
        self._here.sent = True

    def add(self, connection: _Connection) -> None:
        """Called by a connection that was made. Raises ConnectionAbortedError when the line is cut."""
        with self._lock:
            self._open.add(connection)
            is_cut = self._is_cut
        if is_cut:
            connection.close()
            raise ConnectionAbortedError("the line was cut")

    def discard(self, connection: _Connection) -> None:
        """Called by a connection that closes."""
        with self._lock:
            self._open.discard(connection)

    def cut(self) -> None:
        """End every current request, in whatever thread, and allow no new connection."""
        with self._lock:
            self._is_cut = True
            connections = list(self._open)
        for connection in connections:
            connection.shut()


class _Connection(HTTPConnection):
    """A connection of a `Line`. urllib3 pools make, use and close it."""

    line: ClassVar[Line]
    _is_ready = False
    _socket: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        self._socket = sock = super()._new_conn()
        if self.proxy is None:
            address = str(sock.getpeername()[0])
            if not self.line.may_reach(address):
                sock.close()
                raise AddressRefused(address)
        return sock

    def connect(self) -> None:
        try:
            super().connect()  # with TLS handshake and proxy tunnel
        except BaseException:
            if self._socket is not None:  # urllib3 1.26 forgets it when the CA bundle can't be read
                self._socket.close()
            raise
        self._is_ready = True
        self.timeout = self.line.send_timeout_s  # urllib3 2 applies it before sending
        self.sock.settimeout(self.line.send_timeout_s)  # 1.26 does not; both set the read timeout afterwards
        self.line.add(self)

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        if not self._is_ready:  # the request to a proxy, while connecting
            super().send(data)
            return
        self.line.note_sent()
        try:
            super().send(data)
        except (
            ConnectionResetError,
            ConnectionAbortedError,
            ssl.SSLEOFError,
            ssl.SSLZeroReturnError,
        ) as error:
            # Both urllib3 versions go on to read the answer after this one.
            raise BrokenPipeError("the other side stopped listening") from error

    def close(self) -> None:
        self._is_ready = False
        self.line.discard(self)
        super().close()

    def shut(self) -> None:
        """Wake the thread that waits for this connection; it then fails and closes it."""
        sock: object = self.sock
        if isinstance(sock, socket.socket):
            with contextlib.suppress(OSError):
                # Not `sock.shutdown`: an SSLSocket's would pull its state from under the other thread.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


class _SecureConnection(_Connection, HTTPSConnection):
    """The same with TLS."""


def pool_classes(of_line: Line) -> dict[str, type[HTTPConnectionPool]]:
    """Return pools, by scheme, whose connections belong to the line (for `pool_classes_by_scheme`)."""

    class Connection(_Connection):
        line = of_line
        response_class = of_line.response

    class SecureConnection(_SecureConnection):
        line = of_line
        response_class = of_line.response

    class Pool(HTTPConnectionPool):
        ConnectionCls = cast("Any", Connection)  # typed as a protocol that urllib3's own class misses

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = cast("Any", SecureConnection)

    return {"http": Pool, "https": SecurePool}


def is_public(address: str) -> bool:
    """Return whether an IP address is on the public internet, not on this machine or a private network."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return ip.is_global and not ip.is_multicast
