# SPDX-License-Identifier: GPL-3.0-or-later
"""The two hosts: the API with its endpoints, and the asset host, which knows no keys."""

import json
import re
import uuid
from collections.abc import Callable, Mapping
from typing import BinaryIO, cast

from .answers import Answer, Refusal, json_answer, storage_error
from .control import control
from .engines import ENGINES, read_model_order
from .exchange import ExchangeHandler
from .faults import On
from .front import Host
from .models import MODELS, SimulatedModel
from .orders import Order, Quirks, read_order
from .service import iso_time
from .texturers import CONVERT_PATH, TEXTURERS, read_convert_order, read_texture_order
from .tools import TOOLS, read_tool_order
from .uploads import ChunkedBody, Upload, read_form, read_upload

Reader = Callable[[Mapping[str, object], Quirks], Order]
"""Makes an order of a request's fields, or raises Refusal."""

_ENDPOINTS: dict[str, tuple[SimulatedModel, bool]] = {
    model.path + verb: (model, verb == "edit/") for model in MODELS for verb in ("generate/", "edit/")
}
_MODEL_READERS: dict[str, Reader] = {
    path: lambda fields, quirks, model=model, edit=edit: read_order(model, fields, edit=edit, quirks=quirks)
    for path, (model, edit) in _ENDPOINTS.items()
}
_TOOL_READERS: dict[str, Reader] = {
    tool.path: lambda fields, quirks, tool=tool: read_tool_order(tool, fields, quirks=quirks)
    for tool in TOOLS
}
_ENGINE_READERS: dict[str, Reader] = {
    engine.path: lambda fields, quirks, engine=engine: read_model_order(engine, fields, quirks=quirks)
    for engine in ENGINES
}
_TEXTURE_READERS: dict[str, Reader] = {
    each.path: lambda fields, quirks, each=each: read_texture_order(each, fields, quirks=quirks)
    for each in TEXTURERS
}
_READERS: dict[str, Reader] = {
    **_MODEL_READERS,
    **_TOOL_READERS,
    **_ENGINE_READERS,
    **_TEXTURE_READERS,
    CONVERT_PATH: lambda fields, quirks: read_convert_order(fields, quirks=quirks),
}
_BOUNDARY = re.compile(r'multipart/form-data; *boundary="?([^";]{1,70})"?', re.IGNORECASE)
_LENGTH = re.compile(r"[0-9]{1,15}")
_STATUS = re.compile(r"/v1/generation-request/([^/]+)/status/")
_WALLETS = ("/account/user/wallet/", "/user/wallet/")


class ApiHandler(ExchangeHandler):
    """The API: submits, status, wallet."""

    host = Host.API

    _upload: Upload | Refusal | None = None

    def do_POST(self) -> None:  # noqa: N802 - named by http.server
        read = _READERS.get(self._path)
        if read is not None:
            self.handle_exchange(On.SUBMIT, None, lambda: self._submit(read))
        elif self._path in _WALLETS or _STATUS.fullmatch(self._path):
            self.refuse_method("GET")
        else:
            self.handle_exchange(None, None, self._control)

    def do_GET(self) -> None:  # noqa: N802 - named by http.server
        status = _STATUS.fullmatch(self._path)
        if status is not None:
            task_id = status.group(1)
            self.handle_exchange(On.STATUS, task_id, lambda: self._status(task_id))
        elif self._path in _WALLETS:
            self.handle_exchange(On.WALLET, None, self._wallet)
        elif self._path in _READERS:
            self.refuse_method("POST")
        else:
            self.handle_exchange(None, None, self._control)

    def receive(self) -> None:
        """Read the whole body in any case, like the proxies in front of such services."""
        self._upload = None
        if self.command != "POST":
            return
        length = self.headers.get("Content-Length", "")
        is_chunked = self.headers.get("Transfer-Encoding", "").strip().lower() == "chunked"
        if not is_chunked and _LENGTH.fullmatch(length) is None:
            self.close_connection = True
            self._upload = Refusal(411, "validation_failed", "Content-Length is required.")
            return
        service = self.simulator
        folder = service.source_dir if service.keep_sources else None
        stream = cast("BinaryIO", self.rfile)
        body = cast("BinaryIO", ChunkedBody(stream)) if is_chunked else stream
        size = None if is_chunked else int(length)
        form = _BOUNDARY.match(self.headers.get("Content-Type", ""))
        name = uuid.uuid4().hex
        try:
            upload = (
                read_upload(body, size, folder=folder, name=name)
                if form is None
                else read_form(body, size, boundary=form[1], folder=folder, name=name)
            )
        except Refusal as refusal:
            self._upload = refusal
            self.close_connection = True  # what is left of the body stays unread
            return
        self._upload = upload
        self.exchange.body_size = upload.size
        self.exchange.body_sha256 = upload.sha256

    @property
    def _path(self) -> str:
        return self.path.partition("?")[0]

    def _submit(self, read: Reader) -> Answer:
        service = self.simulator
        upload = self._upload
        try:
            account = service.authenticate(self.headers.get("Authorization"))
            service.throttle(account)
            if upload is None or isinstance(upload, Refusal):
                raise upload or Refusal(400, "validation_failed", "A body is required.")
            fields = upload.fields
            if isinstance(link := fields.get("file_url"), str):
                fields = {**fields, "file_url": service.model_at(link)}
            task = service.submit(read(fields, service.quirks), account)
        except Refusal:
            if isinstance(upload, Upload):
                upload.discard()
            raise
        self.exchange.task_id = task.task_id
        return json_answer(
            {"task_id": task.task_id, "created_at": iso_time(task.created_at)}, service.submit_status
        )

    def _status(self, task_id: str) -> Answer:
        service = self.simulator
        account = service.authenticate(self.headers.get("Authorization"))
        if service.polling_counts:
            service.throttle(account)
        return json_answer(service.status(task_id, account, service.asset_url))

    def _wallet(self) -> Answer:
        service = self.simulator
        account = service.authenticate(self.headers.get("Authorization"))
        if service.old_wallet_only and self._path == _WALLETS[0]:
            return _refuse(404, "Not found.")
        return json_answer(service.wallet(account))

    def _control(self) -> Answer:
        if not self.simulator.control or not self._path.startswith("/_sim/"):
            return _refuse(404, "Not found.")
        fields = self._upload.fields if isinstance(self._upload, Upload) else {}
        return control(self.simulator, self.command, self._path.removeprefix("/_sim/"), fields)


class AssetHandler(ExchangeHandler):
    """The asset host: pre-signed links, no keys."""

    host = Host.ASSETS

    def do_GET(self) -> None:  # noqa: N802 - named by http.server
        found = self.simulator.asset_of(self.path.partition("?")[0])
        self.handle_exchange(On.ASSET, found[0] if found is not None else None, self._asset)

    def do_POST(self) -> None:  # noqa: N802 - named by http.server
        self.close_connection = True
        self.refuse_method("GET")

    def _asset(self) -> Answer:
        if self.exchange.authorized:
            return storage_error(400, "InvalidArgument", "Only one auth mechanism allowed")
        try:
            path, media_type = self.simulator.find_asset(self.exchange.path, self.exchange.query)
        except PermissionError as error:
            return storage_error(403, "AccessDenied", str(error))
        except FileNotFoundError:
            return storage_error(404, "NoSuchKey", "The specified key does not exist.")
        return Answer(body=path, content_type=media_type)


def _refuse(status: int, text: str) -> Answer:
    return Answer(status=status, body=json.dumps({"detail": text}).encode())
