# SPDX-License-Identifier: GPL-3.0-or-later
"""The seam to the network: the only module that imports the library `requests`.

Two sessions never mix: one calls the API with the key, the other fetches results without it, from whatever
host the API named. The environment's proxies and certificate authorities are read here; `trust_env` is off,
because with it a `.netrc` would replace our key by its own password.
"""

from __future__ import annotations

import contextlib
import http.client
import logging
import os
import ssl
from collections.abc import Generator, Iterator
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.exceptions import HTTPError
from urllib3.util.ssl_ import create_urllib3_context

from ..texts.phrases import phrase
from .body import StreamedBody
from .connections import AddressRefused, Line, is_public, pool_classes
from .errors import ClientError, ConnectionFailed, Interrupted, ResponseInvalid
from .explain import explain
from .proxies import proxies_for
from .redact import clean, short_url
from .refusals import Answer
from .responses import FileResponse
from .server import Server, is_loopback_host, is_loopback_url

MAX_ANSWER_BYTES: Final = 4 * 1024 * 1024
"""The API's answers are a few hundred bytes."""
CHUNK_BYTES: Final = 64 * 1024

# All that comes out of a request, besides what our own body and connections raise. ValueError: addresses that
# can't be read, and a socket that was taken from under its reader.
_NETWORK_ERRORS: Final = (
    requests.RequestException,
    HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
    AddressRefused,
)
_CUT_BODY: Final = (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)

_log = logging.getLogger(__name__)


class NetworkTrouble(Exception):
    """The network libraries' own text, without secrets: the cause of our own errors."""


class Download:
    """An open answer of an asset host."""

    def __init__(self, response: requests.Response, url: str, transport: Transport) -> None:
        self._response = response
        self._url = url
        self._transport = transport
        self.status = response.status_code
        self.location = response.headers.get("Location", "")
        self.retry_after = response.headers.get("Retry-After", "")
        self.byte_count = _content_length(response)
        """As announced; None if it was not."""

    def chunks(self) -> Iterator[bytes]:
        """Yield the content. Raises ConnectionFailed when it ends before its announced length."""
        failure: ClientError | None = None
        try:
            yield from self._response.iter_content(CHUNK_BYTES)
            if _is_cut(self._response):
                failure = ConnectionFailed(
                    phrase("The connection broke before the whole file was there."), nothing_sent=False
                )
        except _NETWORK_ERRORS as error:
            failure = self._transport.failure_of(error, self._url, is_asset=True)
        if failure is not None:
            raise failure


class Transport:
    """Sends requests and returns the answers. Any thread."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._api_line = Line(send_timeout_s=server.submit_timeout_s)
        self._asset_line = Line(
            send_timeout_s=server.read_timeout_s, response=FileResponse, may_reach=self._may_hold_assets
        )
        self._trust = None if server.is_loopback else _trusted_authorities()
        self._api_session = self._new_session(self._api_line)
        self._asset_session = self._new_session(self._asset_line)

    def get(self, path: str, *, key: str) -> Answer:
        """Send a GET to the API. Returns any complete answer; raises ClientError if none came."""
        return self._call(self._api_session, "GET", path, key, None, self._server.read_timeout_s)

    def post(self, path: str, body: StreamedBody, *, key: str) -> Answer:
        """Send a body to the API, over a new connection.

        The other side may have just closed a kept-alive connection, and then nobody could tell whether it
        received the request.
        """
        with self._new_session(self._api_line) as session:
            return self._call(session, "POST", path, key, body, self._server.submit_timeout_s)

    @contextlib.contextmanager
    def open_asset(self, url: str) -> Generator[Download]:
        """Request a file from any host, without the key and without following redirects."""
        response = self._send(
            self._asset_session,
            "GET",
            url,
            auth=_NoAuth(),
            headers={"Accept": "*/*", "Accept-Encoding": "identity"},
            read_timeout_s=self._server.read_timeout_s,
        )
        with contextlib.closing(response):
            yield Download(response, url, self)

    def close(self) -> None:
        """End every current request, and allow no further one."""
        self._api_line.cut()
        self._asset_line.cut()
        self._api_session.close()
        self._asset_session.close()

    def failure_of(
        self, error: Exception, url: str, *, is_asset: bool = False, is_submit: bool = False
    ) -> ClientError:
        """Translate what a network library raised, in the thread where it did."""
        line = self._asset_line if is_asset else self._api_line
        if line.is_cut and not (is_submit and line.has_sent):
            return Interrupted(phrase("Easel closed its connections."))
        text = explain(
            error,
            host=clean(urlsplit(url).hostname or "", limit=100) or phrase("the server"),
            ca_bundle=self._server.ca_bundle,
            was_sent=line.has_sent,
        )
        failure = ConnectionFailed(text, nothing_sent=not line.has_sent)
        failure.__cause__ = NetworkTrouble(clean(f"{type(error).__name__}: {error}", limit=500))
        _log.debug("%s: %s", short_url(url), failure.__cause__)
        return failure

    def _call(
        self,
        session: requests.Session,
        method: str,
        path: str,
        key: str,
        body: StreamedBody | None,
        timeout_s: float,
    ) -> Answer:
        url = self._server.base_url + path
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = body.content_type
        response = self._send(
            session, method, url, auth=_BearerKey(key), headers=headers, body=body, read_timeout_s=timeout_s
        )
        with contextlib.closing(response):
            return self._read(response, url, is_submit=body is not None)

    def _send(
        self,
        session: requests.Session,
        method: str,
        url: str,
        *,
        auth: AuthBase,
        headers: dict[str, str],
        read_timeout_s: float,
        body: StreamedBody | None = None,
    ) -> requests.Response:
        is_asset = session is self._asset_session
        line = self._asset_line if is_asset else self._api_line
        line.begin()
        if line.is_cut:
            raise Interrupted(phrase("Easel closed its connections."))
        proxies = self._proxies(url)
        try:
            response = session.request(
                method,
                url,
                data=body,
                auth=auth,
                headers=headers,
                stream=True,
                allow_redirects=False,
                timeout=(self._server.connect_timeout_s, read_timeout_s),
                proxies=proxies,
                verify=self._ca_bundle(),
            )
        except _NETWORK_ERRORS as error:
            failure = self.failure_of(error, url, is_asset=is_asset, is_submit=body is not None)
        else:
            _log.debug("%s %s: %d", method, short_url(url), response.status_code)
            return response
        raise failure

    def _read(self, response: requests.Response, url: str, *, is_submit: bool) -> Answer:
        """Read a whole answer of the API."""
        data = bytearray()
        failure: ClientError | None = None
        try:
            for chunk in response.iter_content(CHUNK_BYTES):
                data += chunk
                if len(data) > MAX_ANSWER_BYTES:
                    failure = ResponseInvalid(phrase("The service's answer is far too long."))
                    break
            if failure is None and _is_cut(response):
                failure = ResponseInvalid(phrase("The service's answer broke off."))
        except _CUT_BODY:
            failure = ResponseInvalid(phrase("The service's answer broke off."))
        except _NETWORK_ERRORS as error:
            failure = self.failure_of(error, url, is_submit=is_submit)
        if failure is not None:
            if 200 <= response.status_code < 300:
                failure.data = bytes(data)
            raise failure
        return Answer(
            status=response.status_code,
            data=bytes(data),
            retry_after=response.headers.get("Retry-After", ""),
            location=response.headers.get("Location", ""),
        )

    def _new_session(self, line: Line) -> requests.Session:
        session = _Session()
        session.trust_env = False
        session.headers["User-Agent"] = "Easel"
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))  # none: nothing is kept or sent
        session.mount("http://", _Adapter(line, self._trust))
        session.mount("https://", _Adapter(line, self._trust))
        return session

    def _proxies(self, url: str) -> dict[str, str]:
        return {} if is_loopback_url(url) else proxies_for(url, self._server)

    def _ca_bundle(self) -> str:
        """Return the file of authorities to trust, besides those of the system (`_trusted_authorities`)."""
        names = (os.environ.get(name, "") for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"))
        named = os.path.expanduser(next(filter(None, names), ""))  # noqa: PTH111 - which raises for "~nobody"
        bundle = self._server.ca_bundle or named or DEFAULT_CA_BUNDLE_PATH
        path = Path(bundle)
        if path.exists() and not (path.is_file() or path.is_dir()):  # a named pipe would hold the thread
            raise FileNotFoundError(bundle)
        return bundle  # whether it exists matters only with TLS

    def _may_hold_assets(self, address: str) -> bool:
        return is_public(address) or (self._server.is_loopback and is_loopback_host(address))


class _Session(requests.Session):
    """Does not follow redirects, because the library would read their whole body, however long."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 - the base's
        return None


class _Adapter(HTTPAdapter):
    """Makes connections that belong to a line and trust what the system trusts."""

    def __init__(self, line: Line, trust: ssl.SSLContext | None) -> None:
        self._pool_classes = pool_classes(line)
        self._trust = trust
        super().__init__(pool_maxsize=16)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **self._with_trust(kwargs))
        self.poolmanager.pool_classes_by_scheme = self._pool_classes

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **self._with_trust(kwargs))
        manager.pool_classes_by_scheme = self._pool_classes
        return manager

    def _with_trust(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        return kwargs if self._trust is None else {**kwargs, "ssl_context": self._trust}


class _BearerKey(AuthBase):
    """Puts the key on a request. Its repr hides the key."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        r.headers["Authorization"] = f"Bearer {self._key}"
        return r


class _NoAuth(AuthBase):
    """Sends no authorization, not even a user name in the URL."""

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        r.headers.pop("Authorization", None)
        return r


def _trusted_authorities() -> ssl.SSLContext:
    """Load the system's own store, where studios put their firewall's root. The CA bundle is added to it."""
    context = create_urllib3_context()
    context.load_default_certs()
    return context


def _content_length(response: requests.Response) -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _is_cut(response: requests.Response) -> bool:
    """Return whether less came than announced: urllib3 1.26 takes that for the end."""
    announced = _content_length(response)
    return announced is not None and response.raw.tell() < announced
