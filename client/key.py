# SPDX-License-Identifier: GPL-3.0-or-later
"""The only place of the API key: the environment, else a file that only its owner can read."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Final

from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .errors import KeyMissing

VARIABLE: Final = "EASEL_API_KEY"

_MAX_LENGTH: Final = 512
_BEARER: Final = re.compile(r"(?:authorization\s*:\s*)?bearer(?:\s+|$)", re.IGNORECASE)
_QUOTES: Final = "\"'`\u201c\u201d\u2018\u2019"  # the straight ones, and what word processors make of them

_log = logging.getLogger(__name__)


class KeyOrigin(Enum):
    """The place where a key was found."""

    ENVIRONMENT = auto()
    """`EASEL_API_KEY`: it wins, and Easel can't change it."""
    FILE = auto()
    """The file that `KeyStore.save` writes."""


ORIGINS: Final[Mapping[str, KeyOrigin]] = {
    "environment": KeyOrigin.ENVIRONMENT,
    "preferences": KeyOrigin.FILE,
}
"""Origins by the words in a studio's policy."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """An API key. Its value shows in no repr, and so in no log and no traceback."""

    value: str = field(repr=False)
    origin: KeyOrigin

    def __str__(self) -> str:
        return mask(self.value)


class KeyStore:
    """Finds, saves and forgets the key. Any thread; each `find` looks again.

    Args:
        only: the only allowed place; None: the environment, else the file.
    """

    def __init__(
        self, path: Path, environment: Mapping[str, str] = os.environ, *, only: KeyOrigin | None = None
    ) -> None:
        self._path = path
        self._environment = environment
        self._only = only

    def find(self) -> Key | None:
        """Return the key from the environment, else from the file; None if neither has a plausible key."""
        text = self._environment.get(VARIABLE, "") if self._only is not KeyOrigin.FILE else ""
        if text.strip():
            return _key(text, KeyOrigin.ENVIRONMENT)
        if self._only is KeyOrigin.ENVIRONMENT:
            return None
        try:
            text = self._path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        return _key(text, KeyOrigin.FILE)

    def save(self, text: str) -> None:
        """Store what the artist typed or pasted in a file that nobody else can read (mode 0600).

        The file is written completely or not at all. On Windows, without modes, the user folder protects it.

        Raises:
            KeyMissing: this can't be a key; the text says why, without it.
            Refusal: the file can't be written.
        """
        value = clean_key(text)
        try:
            self._write(value)
        except OSError as error:
            raise Refusal(phrase("The key's file can't be written: {error}", error=error)) from error

    def _write(self, value: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_name(f"{self._path.name}.{secrets.token_hex(8)}.tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(value + "\n")
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path)
        finally:
            temporary.unlink(missing_ok=True)

    def forget(self) -> None:
        """Remove the file; a key in the environment stays where it is.

        Raises:
            Refusal: the file can't be removed.
        """
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise Refusal(phrase("The key's file can't be removed: {error}", error=error)) from error


def clean_key(text: str) -> str:
    """Return the key in a pasted text: without spaces and quotes around it, and without `Bearer`.

    Raises:
        KeyMissing: the rest is empty or can't be a key; the text says why, without the key.
    """
    value = text.strip().strip(_QUOTES).strip()
    value = _BEARER.sub("", value, count=1) if _BEARER.match(value) else value
    value = value.strip().strip(_QUOTES).strip()
    if not value:
        raise KeyMissing(phrase("The API key is empty."))
    if len(value) > _MAX_LENGTH:
        raise KeyMissing(phrase("This is too long for an API key: {count} characters.", count=len(value)))
    if not all("!" <= char <= "~" for char in value):
        raise KeyMissing(
            phrase("An API key has only plain letters, digits and signs, no spaces or line breaks.")
        )
    return value


def mask(text: str) -> str:
    """Return a key for display: its last four characters if it is long enough, else none."""
    return "••••" + (text[-4:] if len(text) >= 16 else "")


def account_mark(key: str) -> str:
    """Return a mark that tells accounts apart: 32 bits of the key's hash, too few to find the key."""
    return hashlib.sha256(b"easel account " + key.encode("utf-8", "replace")).hexdigest()[:8]


def _key(text: str, origin: KeyOrigin) -> Key | None:
    try:
        return Key(value=clean_key(text), origin=origin)
    except KeyMissing as error:
        _log.debug("No usable key in %s: %s", origin.name, error)
        return None
