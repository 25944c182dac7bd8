# SPDX-License-Identifier: GPL-3.0-or-later
"""Assets in the way of an object store: mostly meaningless names, and signed links that expire."""

import hashlib
import hmac
import itertools
import uuid
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote

_FOLDER = "/generated-images/"
_ALGORITHM = "AWS4-HMAC-SHA256"
_STAMP = "%Y%m%dT%H%M%SZ"
SIGNATURE = "X-Amz-Signature"


def asset_path(task_id: str, index: int, suffix: str, name: str = "") -> str:
    """Return the path of a task's result: stable, and different for each result.

    Args:
        name: of the file, without its suffix, in a separate folder; empty for a meaningless name.
    """
    own = f"{_FOLDER}{uuid.uuid5(uuid.UUID(task_id), str(index))}"
    return f"{own}/{name}.{suffix}" if name else f"{own}.{suffix}"


class Signer:
    """Makes links and checks them. Any thread."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._numbers = itertools.count(1)  # so that no two links are equal

    def sign(self, path: str, seconds: float, now: float) -> str:
        """Return a link that is valid for this long, without its host. `now`: seconds since the epoch."""
        stamp = datetime.fromtimestamp(now, UTC).strftime(_STAMP)
        fields = {
            "X-Amz-Algorithm": _ALGORITHM,
            "X-Amz-Credential": f"SIMULATOR/{stamp[:8]}/auto/s3/aws4_request",
            "X-Amz-Date": stamp,
            "X-Amz-Expires": str(int(seconds)),
            "X-Amz-Security-Token": str(next(self._numbers)),
            "X-Amz-SignedHeaders": "host",
        }
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items())
        return f"{path}?{query}&{SIGNATURE}={self._signature(path, query)}"

    def check(self, path: str, query: str, now: float) -> None:
        """Raise PermissionError, with the store's code, for a link that is not ours or has expired."""
        signed, _, signature = query.rpartition(f"&{SIGNATURE}=")
        if not hmac.compare_digest(signature.encode(), self._signature(path, signed).encode()):
            raise PermissionError("SignatureDoesNotMatch")
        fields = parse_qs(signed)
        made_at = datetime.strptime(fields["X-Amz-Date"][0], _STAMP).replace(tzinfo=UTC)
        lives = timedelta(seconds=int(fields["X-Amz-Expires"][0]))
        if datetime.fromtimestamp(now, UTC) >= made_at + lives:
            raise PermissionError("Request has expired")

    def _signature(self, path: str, query: str) -> str:
        return hmac.new(self._secret, f"{path}?{query}".encode(), hashlib.sha256).hexdigest()
