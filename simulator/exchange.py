# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP exchange: the request, the delivery of the answer, and the faults of the connection."""

import contextlib
import json
import logging
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Protocol, cast

from .answers import Answer, Refusal, error_answer, json_answer, storage_error
from .faults import Cut, Drop, Fault, Flood, Hang, On, Redirect, Reply, Revoke, Spoil, Trickle, When
from .front import Exchange, Front, Host
from .spoilage import PNG_MAGIC, spoil

_BLOCK = 256 * 1024  # bytes written at a time
_LOOK = 0.02  # seconds between two looks at whether a pause is over
_DROPS = 20  # pieces of a body that trickles
_HOST = re.compile(r"(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)

logger = logging.getLogger(__name__)


class _Gone(Exception):
    """The connection must be closed without sending anything more."""


class _Listener(Protocol):
    """A handler's view of its server."""

    simulator: Front


class ExchangeHandler(BaseHTTPRequestHandler):
    """The common part of both hosts: the log, the faults, the delivery."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    timeout = 120.0  # seconds that a connection may keep silent
    host = Host.API

    exchange: Exchange

    @property
    def simulator(self) -> Front:
        return cast("_Listener", self.server).simulator

    def do_PUT(self) -> None:
        self.refuse_method("")

    do_DELETE = do_HEAD = do_OPTIONS = do_PATCH = do_PUT  # noqa: N815

    def refuse_method(self, allowed: str) -> None:
        """Answer 405; `allowed` names the supported methods."""
        self.close_connection = self.close_connection or self.command != "POST"  # a body stays unread
        headers = {"Allow": allowed} if allowed else {}
        answer = json_answer({"detail": f"Method “{self.command}” not allowed."}, 405)
        self.handle_exchange(None, None, lambda: replace(answer, headers=headers))

    def parse_request(self) -> bool:
        """Refuse requests with another host name: a page in a browser may have sent them."""
        if not super().parse_request():
            return False
        host = self.headers.get("Host", "localhost" if self.request_version < "HTTP/1.1" else "")
        if _HOST.fullmatch(host) is None:
            self.send_error(400, f"Invalid Host header: {host[:100]!r}.")
            return False
        return True

    def handle_expect_100(self) -> bool:
        """Send "100 Continue" at once: otherwise it waits in a buffer."""
        self.send_response_only(100)
        self.end_headers()
        self.wfile.flush()
        return True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002 - the base's
        """Answer a request that never became an exchange, in JSON like everything else."""
        self.close_connection = True
        if code == 501:  # a method that nobody knows
            code, message = 405, f"Method “{self.command}” not allowed."
        body = json.dumps({"detail": message or HTTPStatus(code).phrase}).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def receive(self) -> None:
        """Read the request's body, if it has one."""

    def handle_exchange(self, on: On | None, task_id: str | None, work: Callable[[], Answer]) -> None:
        """Log the request, do the work unless a fault comes first, deliver the answer."""
        simulator = self.simulator
        self.exchange = self._record(task_id)
        simulator.record(self.exchange)
        fault = None if on is None else simulator.faults.take(on, task_id)
        self.exchange.fault = fault
        try:
            if simulator.latency:
                self._pause(simulator.latency)
            self._receive(fault)
            answer = self._strike(fault, When.BEFORE, Answer())
            if answer is None:
                done = self._do(work)
                answer = self._strike(fault, When.AFTER, done) or done
            self._deliver(answer, fault)
        except (_Gone, OSError):
            self._hang_up()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's names
        """Write nothing: `Simulator.log` has everything."""

    def _receive(self, fault: Fault | None) -> None:
        if fault is not None and isinstance(fault.effect, Drop) and fault.effect.after_bytes is not None:
            self.exchange.body_size = len(self.rfile.read(fault.effect.after_bytes))
            raise _Gone
        self.receive()

    def _record(self, task_id: str | None) -> Exchange:
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        if "authorization" in headers:
            headers["authorization"] = headers["authorization"].partition(" ")[0] + " …"
        return Exchange(
            host=self.host,
            method=self.command,
            path=path,
            query=query,
            headers=headers,
            at=time.monotonic(),
            task_id=task_id,
        )

    def _do(self, work: Callable[[], Answer]) -> Answer:
        try:
            return work()
        except Refusal as refusal:
            shape = refusal.shape or self.simulator.error_shape
            return error_answer(refusal.status, refusal.code, refusal.text, shape, refusal.headers)
        except Exception:
            logger.exception("A request could not be answered")  # a defect of the simulator's own
            return json_answer({"detail": "Server error."}, 500)

    def _strike(self, fault: Fault | None, moment: When, answer: Answer) -> Answer | None:
        """Apply a fault whose moment has come; return the answer that replaces `answer`."""
        if fault is None or fault.when is not moment:
            return None
        match fault.effect:
            case Reply(answer=other):
                return other
            case Drop():
                raise _Gone
            case Hang(until=threading.Event() as until):
                while not until.is_set():
                    self._pause(_LOOK)
            case Hang(seconds=seconds):
                self._pause(seconds)
            case Redirect(to=to):
                simulator = self.simulator
                location = to or simulator.asset_url + simulator.sign(self.exchange.path)
                return Answer(status=302, headers={"Location": location})
            case Revoke():
                self.simulator.revoke(self.exchange.query)
                return storage_error(403, "AccessDenied", "Request has expired")
            case Spoil(way=way):
                return replace(answer, body=spoil(_bytes_of(answer), way))
            case _:  # Cut, Trickle and Flood change the delivery, Course the task
                pass
        return None

    def _pause(self, seconds: float | None) -> None:
        """Wait, but no longer than the simulator runs."""
        if self.simulator.stopping.wait(seconds):
            raise _Gone

    def _deliver(self, answer: Answer, fault: Fault | None) -> None:
        effect = fault.effect if fault is not None else None
        body = answer.body
        length = body.stat().st_size if isinstance(body, Path) else len(body)
        if isinstance(effect, Flood):
            self._flood(answer, effect)
        self._send_head(answer, length)
        match effect:
            case Cut(share=share):
                self.wfile.write(_bytes_of(answer)[: int(length * share)])
                raise _Gone
            case Trickle(seconds=seconds):
                data = _bytes_of(answer)
                step = max(1, -(-length // _DROPS))
                for start in range(0, length, step):
                    self._pause(seconds / _DROPS)
                    self.wfile.write(data[start : start + step])
                    self.wfile.flush()
            case _ if self.command != "HEAD":
                self._send_body(body)
            case _:
                pass
        self.wfile.flush()

    def _send_head(self, answer: Answer, length: int | None) -> None:
        self.exchange.status = answer.status
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        if length is None:
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(length))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _send_body(self, body: bytes | Path) -> None:
        if isinstance(body, bytes):
            self.wfile.write(body)
            return
        with body.open("rb") as file:
            while block := file.read(_BLOCK):
                self.wfile.write(block)

    def _flood(self, answer: Answer, flood: Flood) -> None:
        """Send data that begin like a PNG and don't end until the client gives up."""
        self._send_head(answer, flood.announced)
        left = flood.announced
        block = PNG_MAGIC + bytes(_BLOCK)
        while (left is None or left > 0) and not self.simulator.stopping.is_set():
            block = block if left is None else block[:left]
            self.wfile.write(block)
            left = None if left is None else left - len(block)
            block = bytes(_BLOCK)
        raise _Gone

    def _hang_up(self) -> None:
        """Close the connection after sending what was written so far."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)


def _bytes_of(answer: Answer) -> bytes:
    return answer.body.read_bytes() if isinstance(answer.body, Path) else answer.body
