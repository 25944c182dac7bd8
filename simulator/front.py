# SPDX-License-Identifier: GPL-3.0-or-later
"""The common state of the two hosts: the service behind them, and the log of requests."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from .faults import Fault
from .service import Service


class Host(Enum):
    """The two addresses of the simulator."""

    API = "api"
    ASSETS = "assets"


@dataclass(kw_only=True)
class Exchange:
    """A record of one request. `status` is None until an answer is sent, or if none is."""

    host: Host
    method: str
    path: str  # without the query
    query: str
    headers: Mapping[str, str]  # names in lower case; the key itself is masked
    at: float  # time.monotonic()
    status: int | None = None
    task_id: str | None = None  # of a status or asset request, and of a submit that made one
    body_size: int = 0  # bytes of the request's body that were read
    body_sha256: str = ""
    fault: Fault | None = None

    @property
    def authorized(self) -> bool:
        """Whether an Authorization header came."""
        return "authorization" in self.headers


class Front(Service, ABC):
    """A service with addresses and a log."""

    control: bool
    """Whether /_sim/… answers."""
    log: list[Exchange]

    @property
    @abstractmethod
    def url(self) -> str:
        """The API's base URL, with no slash at its end."""

    @property
    @abstractmethod
    def asset_url(self) -> str:
        """The asset host's base URL."""

    @abstractmethod
    def record(self, exchange: Exchange) -> None:
        """Add to the log."""
