# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers of a few lines for misbehaviour that the simulator lacks: a test decides what they send."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from typing import Any

Talk = Callable[[socket.socket], None]
"""Handles a connection in a separate thread. When it returns, the connection closes."""


class _SmallServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, talk: Talk) -> None:
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        self._talk = talk
        self._connections: list[socket.socket] = []

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base's
        self._connections.append(request)
        # Send answers at once: a delayed one is lost if the connection closes with unread data.
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError):
            self._talk(request)

    def server_close(self) -> None:
        super().server_close()
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def small_server(talk: Talk) -> Iterator[int]:
    """Let `talk` handle every connection. Yields the port.

    At the end no thread waits for connections. Else it could take those of the next server, if that reuses
    the descriptor of the closed listener.
    """
    with _SmallServer(talk) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def read_head(connection: socket.socket) -> bytes:
    """Return a request's head, or its first part if the connection ends."""
    head = b""
    while b"\r\n\r\n" not in head and (more := connection.recv(1)):
        head += more
    return head


def read_request(connection: socket.socket) -> bytes:
    """Return a request's head, after reading its body."""
    head = read_head(connection)
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
    while length > 0 and (data := connection.recv(min(length, 1 << 20))):
        length -= len(data)
    return head
