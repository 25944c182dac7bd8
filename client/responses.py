# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers as they arrive: only the final one counts, and the whole answer has a time limit.

`http.client` skips only 100, and takes 102 or 103 for the answer. And a socket's timeout is the time between
two
bytes: a slow answer would never exceed it.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import math
import socket
import time
from typing import Any, ClassVar, Final, cast

SLOWEST_DOWNLOAD: Final = 4096.0
"""Bytes a second. A file's answer earns time with each byte, so that a slow line still gets a large one."""


class FinalResponse(http.client.HTTPResponse):
    """The answer that decides, read within the timeout that its socket has when the answer is awaited."""

    bytes_for_a_second: ClassVar = math.inf
    """How much of it must come for a second more."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Timed(self.fp.detach(), sock, self.bytes_for_a_second))

    def begin(self) -> None:
        super().begin()
        # 101 would be final: nobody requested another protocol.
        while self.status < 200 and self.status != http.client.SWITCHING_PROTOCOLS:
            self.headers = self.msg = cast("Any", None)  # or `begin` takes itself for done
            super().begin()


class FileResponse(FinalResponse):
    """The answer of an asset host."""

    bytes_for_a_second = SLOWEST_DOWNLOAD


class _Timed(io.RawIOBase):
    """A socket's stream that ends by a deadline. Raises TimeoutError then, as the socket itself would."""

    def __init__(self, raw: Any, sock: socket.socket, bytes_for_a_second: float) -> None:
        self._raw = raw
        self._sock = sock
        self._bytes_for_a_second = bytes_for_a_second
        self._timeout_s = sock.gettimeout()
        self._deadline = time.monotonic() + (math.inf if self._timeout_s is None else self._timeout_s)

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def readinto(self, buffer: Any, /) -> int | None:
        if self._timeout_s is not None:
            left_s = self._deadline - time.monotonic()
            if left_s <= 0:
                raise TimeoutError("the answer as a whole took too long")
            self._sock.settimeout(min(left_s, self._timeout_s))
        count: int | None = self._raw.readinto(buffer)
        self._deadline += (count or 0) / self._bytes_for_a_second
        return count

    def close(self) -> None:
        if not self.closed:
            with contextlib.suppress(OSError):  # closed already
                self._sock.settimeout(self._timeout_s)  # for the next request over this connection
            self._raw.close()
        super().close()
