# SPDX-License-Identifier: GPL-3.0-or-later
"""Download a result from the host that the service named, without the key, with limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from ..texts.phrases import phrase
from .errors import (
    ApiError,
    ClientError,
    Interrupted,
    LinkExpired,
    OnlineAccessOff,
    RateLimited,
    ResponseInvalid,
    ResultTooLarge,
    ServerTrouble,
)
from .refusals import wait_s
from .server import is_loopback_host

if TYPE_CHECKING:
    from .transport import Download, Transport

MAX_BYTES: Final = 256 * 1024 * 1024
"""The largest download; no image of the service is nearly as large."""
MAX_REDIRECTS: Final = 5

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_EXPIRED: Final = frozenset({400, 403, 404, 410})


def download(
    transport: Transport,
    url: str,
    file: IO[bytes],
    should_stop: Callable[[], bool],
    *,
    may_go_online: Callable[[], bool],
    loopback_allowed: bool,
    most_bytes: int = MAX_BYTES,
) -> int:
    """Write a link's content into `file`; return the number of bytes. Redirects are followed manually.

    Each address on the way must be https and, without a proxy, public (the connection checks that). Only a
    service on this machine may name files on this machine, and those by http.
    """
    for _ in range(MAX_REDIRECTS + 1):
        _check_address(url, may_go_online, loopback_allowed=loopback_allowed)
        if should_stop():
            raise _interrupted()
        with transport.open_asset(url) as answer:
            if answer.status not in _REDIRECTS:
                return _save(answer, file, should_stop, most_bytes)
            url = _next_address(url, answer.location)
    raise ResponseInvalid(phrase("The result's link leads from one address to the next without end."))


def _check_address(url: str, may_go_online: Callable[[], bool], *, loopback_allowed: bool) -> None:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if not host:
        raise ResponseInvalid(phrase("The result's link is not a web address."))
    if is_loopback_host(host):
        if not loopback_allowed or parts.scheme not in ("http", "https"):
            raise ResponseInvalid(
                phrase("The result's link leads to this machine: Easel does not follow it.")
            )
        return
    if parts.scheme != "https":
        raise ResponseInvalid(phrase("The result's link is not secure (https): Easel does not follow it."))
    if not may_go_online():
        raise OnlineAccessOff(phrase("Blender's online access is off, so the result was not fetched."))


def _next_address(url: str, location: str) -> str:
    try:
        target = urljoin(url, location)
        is_downgrade = urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https"
    except ValueError:
        target, is_downgrade = "", False
    if not location or not target:
        raise ResponseInvalid(phrase("The result's link leads to no address."))
    if is_downgrade:
        raise ResponseInvalid(
            phrase(
                "The result's link leads from https to an unencrypted connection: Easel does not follow it."
            )
        )
    return target


def _save(answer: Download, file: IO[bytes], should_stop: Callable[[], bool], most_bytes: int) -> int:
    if answer.status != 200:
        raise _error_of(answer)
    if answer.byte_count is not None and answer.byte_count > most_bytes:
        raise _too_large(most_bytes)
    count = 0
    for chunk in answer.chunks():
        if should_stop():
            raise _interrupted()
        count += len(chunk)
        if count > most_bytes:
            raise _too_large(most_bytes)
        file.write(chunk)
    return count


def _error_of(answer: Download) -> ClientError:
    status = answer.status
    if status in _EXPIRED:
        return LinkExpired(phrase("The link to the result is no longer valid."), status=status)
    if status == 429:
        seconds = wait_s(answer.retry_after, "", datetime.now(UTC))
        return RateLimited(phrase("The host of the results asks for a pause."), retry_after_s=seconds)
    if status >= 500 or status == 408:
        return ServerTrouble(
            phrase("The host of the results has trouble (HTTP {status}).", status=status), status=status
        )
    return ApiError(phrase("The host of the results refused (HTTP {status}).", status=status), status=status)


def _interrupted() -> Interrupted:
    return Interrupted(phrase("The download was interrupted."))


def _too_large(most_bytes: int) -> ResultTooLarge:
    return ResultTooLarge(
        phrase("The result is larger than {size} MB: Easel does not download it.", size=most_bytes // 2**20)
    )
