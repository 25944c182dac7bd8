# SPDX-License-Identifier: GPL-3.0-or-later
"""The API as five verbs: submit, fetch the status, fetch the wallet, download, close.

Every call blocks, so call it on a worker thread. Any number of threads may share one `Api`. A call raises
only ClientError and its subclasses.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Final
from urllib.parse import quote

from ..texts.phrases import phrase
from .advice import may_mean_sources, with_advice
from .answers import (
    Submission,
    TaskStatus,
    Wallet,
    listen,
    parse_json,
    read_status,
    read_submission,
    read_wallet,
)
from .body import Body, FormBody, StreamedBody
from .download import MAX_BYTES, download
from .errors import (
    ClientError,
    Interrupted,
    KeyMissing,
    OnlineAccessOff,
    Remedy,
    RequestInvalid,
    TaskNotFound,
    UploadUnreadable,
    ValidationFailed,
)
from .every_model import EVERY_MODEL
from .key import account_mark, clean_key
from .refusals import Answer, Purpose, error_of
from .requests import EditRequest, GenerateRequest, ToolRequest, Upload, validate
from .server import Server
from .texture_requests import TextureRequest
from .texturers import AS_TEXT

if TYPE_CHECKING:
    from .transport import Transport

_WALLET_PATHS: Final = ("/account/user/wallet/", "/user/wallet/")
"""The documented path, and the one on an older page, which is tried after a 404."""

_log = logging.getLogger(__name__)


class Api:
    """A server, with the key and the permission to use it.

    `key` and `may_go_online` are called before each request, in the thread of the request. `key` returns ""
    if there is none.
    """

    def __init__(self, server: Server, *, key: Callable[[], str], may_go_online: Callable[[], bool]) -> None:
        self._server = server
        self._key = key
        self._may_go_online = may_go_online
        self._lock = threading.Lock()
        self._transport: Transport | None = None
        self._is_closed = False

    def submit(
        self,
        request: GenerateRequest,
        uploads: Sequence[Upload] = (),
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Submission:
        """Send a request that costs credits, once. An edit has a file for each source.

        An error's `fate_unknown` tells whether the request may have been accepted and charged. `should_stop`
        is called while the sources are sent: Interrupted then means that nothing was created.
        """
        validate(request)
        if isinstance(request, EditRequest) and len(uploads) < len(request.sources):
            name = request.sources[len(uploads)].name
            raise UploadUnreadable(
                phrase("The source “{source}” was not prepared for the upload.", source=name)
            )
        model = EVERY_MODEL[request.model]
        names = model.source_fields if _names_sources(request) else ("",)
        for name in names[:-1]:
            try:
                return self._submit_once(request, uploads, name, should_stop)
            except ValidationFailed as refusal:
                if refusal.status != 400 or not may_mean_sources(str(refusal), request):
                    raise
                _log.debug("%s refused sources as %r: trying the next name", model.label, name)
        return self._submit_once(request, uploads, names[-1], should_stop)

    def fetch_status(self, task_id: str) -> TaskStatus:
        """Ask for the state of a task. Raises TaskNotFound if the service does not know it."""
        if not task_id or task_id in (".", ".."):
            raise TaskNotFound(phrase("This is not a task ID."), status=0)
        key = self._ready_key()
        answer = self._ready_transport().get(
            f"/v1/generation-request/{quote(task_id, safe='')}/status/", key=key
        )
        if not answer.is_success:
            raise error_of(answer, Purpose.STATUS, key)
        return read_status(parse_json(answer.data), key)

    def fetch_wallet(self) -> Wallet:
        """Ask for the balance: the cheapest way to test a key."""
        key = self._ready_key()
        answer = self._ready_transport().get(_WALLET_PATHS[0], key=key)
        if answer.status == 404:
            answer = self._ready_transport().get(_WALLET_PATHS[1], key=key)
        if not answer.is_success:
            raise error_of(answer, Purpose.WALLET, key)
        return replace(read_wallet(parse_json(answer.data)), account=account_mark(key))

    def account(self) -> str:
        """Return the mark of the account that a request would be paid from now; empty without a key."""
        try:
            return account_mark(clean_key(self._key()))
        except KeyMissing:
            return ""

    def download(
        self,
        url: str,
        file: IO[bytes],
        should_stop: Callable[[], bool] = lambda: False,
        *,
        most_bytes: int = MAX_BYTES,
    ) -> int:
        """Write a result into `file` from its link; return the number of bytes.

        Raises LinkExpired if the link is no longer valid: the status has a new one. An OSError of `file`
        itself (a full disk) is passed on.
        """
        return download(
            self._ready_transport(),
            url,
            file,
            should_stop,
            may_go_online=self._may_go_online,
            loopback_allowed=self._server.is_loopback,
            most_bytes=most_bytes,
        )

    def close(self) -> None:
        """End every current call, in whatever thread; later calls raise Interrupted."""
        with self._lock:
            self._is_closed = True
            transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def _submit_once(
        self,
        request: GenerateRequest,
        uploads: Sequence[Upload],
        source_field: str,
        should_stop: Callable[[], bool],
    ) -> Submission:
        body = _body_of(request, uploads, source_field, should_stop, self._server.submit_timeout_s)
        key = self._ready_key()
        answer: Answer | None = None
        try:
            answer = self._ready_transport().post(request.path, body, key=key)
            if not answer.is_success:
                raise with_advice(error_of(answer, Purpose.SUBMIT, key), request)
            return read_submission(parse_json(answer.data))
        except ClientError as error:
            error.heard = listen((error.data if answer is None else answer.data).replace(key.encode(), b""))
            raise

    def _ready_key(self) -> str:
        """Check everything before a request is sent to the API; return the key."""
        if problem := self._server.problem:
            raise RequestInvalid(problem, remedy=Remedy.CHECK_SERVER)
        if not self._server.is_loopback and not self._may_go_online():
            raise OnlineAccessOff(phrase("Blender's online access is off, so nothing was sent."))
        text = self._key()
        if not text.strip():
            raise KeyMissing(phrase("No API key is set."))
        return clean_key(text)

    def _ready_transport(self) -> Transport:
        """Make the transport at the first call: it imports `requests`, which takes a moment."""
        with self._lock:
            if self._is_closed:
                raise Interrupted(phrase("Easel closed its connections."))
            if self._transport is None:
                from .transport import Transport

                self._transport = Transport(self._server)
            return self._transport


def _names_sources(request: GenerateRequest) -> bool:
    """Whether another name of the sources' field may have to be tried."""
    if isinstance(request, TextureRequest):
        return request.has_picture and len(request.engine.source_fields) > 1
    return isinstance(request, EditRequest) and not request.makes_model


def _body_of(
    request: GenerateRequest,
    uploads: Sequence[Upload],
    source_field: str,
    should_stop: Callable[[], bool],
    patience_s: float,
) -> StreamedBody:
    """Make the body of a request. Raises UploadUnreadable."""
    is_second_step = isinstance(request, TextureRequest) and bool(request.of_task)
    if is_second_step or not isinstance(request, ToolRequest | TextureRequest):
        return Body(
            request.fields(),
            source_field=source_field,
            sources=uploads,
            should_stop=should_stop,
            patience_s=patience_s,
        )
    if isinstance(request, TextureRequest):
        names = ("model_file",) if request.is_first_step else ("model", "image")
        as_text = ("image",) if source_field == AS_TEXT else ()
    else:
        names, as_text = (source_field,), ()
    return FormBody(
        request.fields(),
        files=list(zip(names, uploads, strict=False)),
        as_text=as_text,
        should_stop=should_stop,
        patience_s=patience_s,
    )
