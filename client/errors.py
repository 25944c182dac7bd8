# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that can go wrong between Easel and the service: a branch of `texts.refusal`.

Each error has its text for the artist (`str(error)`: what happened), `remedy` (what to do next), `passing`
(waiting helps, so that a GET may be repeated), and `fate_unknown` (a submit that ended so may have been
charged).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from ..texts.phrases import phrase
from ..texts.refusal import Refusal


class Remedy(Enum):
    """What the artist can do next. Panels draw the matching button."""

    NONE = ""
    WAIT = phrase("Wait a moment and try again")
    CHECK_NETWORK = phrase("Check the network connection, proxy or firewall")
    ALLOW_ONLINE = phrase("Allow Online Access in Preferences > System > Network")
    SET_KEY = phrase("Set a valid API key in Easel's preferences")
    TOP_UP = phrase("Top up credits at the service, or choose a cheaper model")
    CHANGE_REQUEST = phrase("Change the prompt or the options")
    CHECK_SERVER = phrase("Check the server address in Easel's preferences")
    FREE_SPACE = phrase("Free some disk space, or choose another library folder")


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What an unreadable answer to a submit still tells: it was incomplete, too long, or of another form."""

    task_id: str = ""
    """The id that it calls the task's id."""
    others: tuple[str, ...] = ()
    """Other texts that may be the task's id."""


class ClientError(Refusal):
    """Root of the branch."""

    remedy: Remedy = Remedy.NONE
    passing: bool = False
    data: bytes = b""
    """The data of an answer that broke off, or was too long."""
    heard: Heard | None = None
    """What the answer to a submit still tells about the task."""

    def __init__(self, text: str, *, remedy: Remedy | None = None) -> None:
        super().__init__(text)
        if remedy is not None:
            self.remedy = remedy

    @property
    def fate_unknown(self) -> bool:
        """Whether a submit that ended with this error may have made a task, and cost its price.

        Only this property decides it: such a job is uncertain, and Easel never sends it again by itself.
        False means that the service can have created nothing.
        """
        return False


LOGIN: Final = phrase("If this network wants a login, open a web page in a browser first.")
"""Advice if something else than the service answers: in a hotel's or a station's network, a login helps."""


class OnlineAccessOff(ClientError):
    """Blender's own switch forbids it; nothing was sent."""

    remedy = Remedy.ALLOW_ONLINE


class KeyMissing(ClientError):
    """There is no API key, or it is not a key; nothing was sent."""

    remedy = Remedy.SET_KEY


class ProxyUnusable(ClientError):
    """The configured proxy can't be used, and trying again does not help; nothing was sent."""

    remedy = Remedy.CHECK_NETWORK


class ConnectionFailed(ClientError):
    """No answer came. `nothing_sent` tells whether a repeated request could be paid twice."""

    remedy = Remedy.CHECK_NETWORK
    passing = True

    def __init__(self, text: str, *, nothing_sent: bool, remedy: Remedy | None = None) -> None:
        super().__init__(text, remedy=remedy)
        self.nothing_sent = nothing_sent
        """True if the connection was never made (refused, no route, DNS, TLS): the service can't
        have created, or charged, anything."""

    @property
    def fate_unknown(self) -> bool:
        return not self.nothing_sent


class ResponseInvalid(ClientError):
    """An answer came that is not the API's: an HTML page, an incomplete body, no `task_id`."""

    remedy = Remedy.CHECK_SERVER
    passing = True

    @property
    def fate_unknown(self) -> bool:
        return True


class Interrupted(ClientError):
    """Easel itself stopped the request: the job was cancelled, or Blender is closing.

    If that was a submit, no whole request has left the machine, so nothing was created.
    """


class RequestInvalid(ClientError):
    """Our own check found that the request can't be sent; nothing was sent."""

    remedy = Remedy.CHANGE_REQUEST


class UploadUnreadable(ClientError):
    """A source's file vanished, changed or can't be read; no whole request was sent."""

    remedy = Remedy.CHANGE_REQUEST


class ApiError(ClientError):
    """The service answered with an error. The request created nothing, except for `ServerTrouble`."""

    def __init__(self, text: str, *, status: int, code: str = "", remedy: Remedy | None = None) -> None:
        super().__init__(text, remedy=remedy)
        self.status = status
        self.code = code.lower()


class AuthenticationFailed(ApiError):
    remedy = Remedy.SET_KEY


class InsufficientCredits(ApiError):
    remedy = Remedy.TOP_UP


class ValidationFailed(ApiError):
    """The service refuses the request as it stands."""

    remedy = Remedy.CHANGE_REQUEST


class TaskNotFound(ApiError):
    """The service does not know the task, or it belongs to another account."""


class ResultTooLarge(ResponseInvalid):
    """A file of a result has more bytes than Easel accepts: another attempt would end the same way."""

    remedy = Remedy.NONE
    passing = False


class LinkExpired(ApiError):
    """The asset host refused a link (400, 403, 404, 410): ask the status again for a fresh one."""

    passing = True


class RateLimited(ApiError):
    """Too many requests; nothing was created. `retry_after_s` says how long to wait."""

    remedy = Remedy.WAIT
    passing = True

    def __init__(self, text: str, *, retry_after_s: float, code: str = "") -> None:
        super().__init__(text, status=429, code=code)
        self.retry_after_s = retry_after_s


class ServerTrouble(ApiError):
    """5xx (and 408). Whether a POST created a task is unknown."""

    remedy = Remedy.WAIT
    passing = True

    @property
    def fate_unknown(self) -> bool:
        return True


DEFECT: Final = phrase("Easel has a defect here: Copy Diagnostics says what happened.")
"""The artist's text for an unforeseen error. The error's own text is in the log."""
