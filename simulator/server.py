# SPDX-License-Identifier: GPL-3.0-or-later
"""A real HTTP server on loopback that behaves, and misbehaves, like the API."""

import contextlib
import logging
import socket
import socketserver
import sys
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .exchange import ExchangeHandler
from .front import Exchange, Front
from .hosts import ApiHandler, AssetHandler

_LOOPBACK = "127.0.0.1"
_STOP_POLL = 0.05  # seconds between two checks whether a listener must stop
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)
_LONGEST_LOG = 20_000  # exchanges

_log = logging.getLogger(__name__)
_Request = socket.socket | tuple[bytes, socket.socket]


class Listener(ThreadingHTTPServer):
    """A port of the simulator. It knows its open connections, so that it can close them."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = sys.platform != "win32"  # there it would let two servers share a port
    request_queue_size = 128
    most_connections = 256  # each has a thread

    def __init__(self, simulator: "Simulator", port: int, handler: type[ExchangeHandler]) -> None:
        super().__init__((_LOOPBACK, port), handler)
        self.simulator = simulator
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()

    def server_bind(self) -> None:
        """Bind without the base class's name look-up, which takes seconds on some machines."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = _LOOPBACK, self.server_address[1]

    def process_request(self, request: _Request, client_address: Any) -> None:
        if isinstance(request, socket.socket):
            with self._lock:
                is_full = len(self._connections) >= self.most_connections
                if not is_full:
                    self._connections.add(request)
            if is_full:
                with contextlib.suppress(OSError):
                    request.sendall(_BUSY)
                self.shutdown_request(request)
                return
        super().process_request(request, client_address)

    def shutdown_request(self, request: _Request) -> None:
        if isinstance(request, socket.socket):
            with self._lock:
                self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: _Request, client_address: Any) -> None:  # noqa: ARG002 - the base's
        """Ignore broken connections: the client or a fault caused them."""
        if not isinstance(sys.exception(), OSError):
            _log.error("A request could not be answered", exc_info=True)

    @property
    def open_connections(self) -> int:
        """The number of connections that are accepted and not yet closed."""
        with self._lock:
            return len(self._connections)

    def close(self) -> None:
        """Stop listening and close every connection."""
        self.shutdown()
        self.server_close()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Simulator(Front):
    """The service, listening.

        with Simulator(speed=100, rate_limit=None) as simulator:
            simulator.script(catalogue.late_urls(1.0))
            requests.get(simulator.url + "/account/user/wallet/", headers={"Authorization": "Bearer any"})
            assert simulator.log[-1].status == 200

    `log` and `tasks` may be read at any time; `stop()` takes less than a second whatever requests are open.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        speed: float = 1.0,
        balance: float | str = 1000,
        rate_limit: int | None = 3,
        state_dir: str | Path | None = None,
        seed: int = 0,
        late_links: float = 4.0,
        refuse_unknown: bool = False,
        drawn_side: int | None = None,
        control: bool = False,
    ) -> None:
        super().__init__(
            speed=speed,
            balance=balance,
            rate_limit=rate_limit,
            state_dir=state_dir,
            seed=seed,
            late_links=late_links,
            refuse_unknown=refuse_unknown,
            drawn_side=drawn_side,
        )
        self.control = control  # whether /_sim/… answers
        self.log: list[Exchange] = []
        self._port = port
        self._listeners: list[Listener] = []

    def start(self) -> Self:
        """Listen, on separate threads. Raises OSError if the port is taken."""
        if self._listeners or self.stopping.is_set():
            raise RuntimeError("A simulator starts once.")
        for port, handler in ((self._port, ApiHandler), (0, AssetHandler)):
            self._listeners.append(Listener(self, port, handler))
        for listener in self._listeners:
            threading.Thread(
                target=listener.serve_forever, args=(_STOP_POLL,), name="simulator-listener", daemon=True
            ).start()
        return self

    def record(self, exchange: Exchange) -> None:
        """Add to the log. The older half of a very long one is dropped."""
        if len(self.log) >= _LONGEST_LOG:
            del self.log[: _LONGEST_LOG // 2]
        self.log.append(exchange)

    @property
    def url(self) -> str:
        """The API's base URL, with no slash at its end."""
        return self._address(0)

    @property
    def asset_url(self) -> str:
        """The asset host's base URL."""
        return self._address(1)

    @property
    def open_connections(self) -> int:
        """The number of connections that both hosts have accepted and not yet closed."""
        return sum(listener.open_connections for listener in self._listeners)

    def stop(self) -> None:
        """Stop, closing every connection. May be called twice, and before `start`."""
        self.close()
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _address(self, index: int) -> str:
        if not self._listeners:
            raise RuntimeError("The simulator is not running.")
        return f"http://{_LOOPBACK}:{self._listeners[index].server_address[1]}"
