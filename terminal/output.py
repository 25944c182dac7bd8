# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command says: records on standard output, notes and progress on standard error.

A record is one line of JSON with `--json`, else a few lines for people. If the reader goes away, the command
goes on: paid results are still collected.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TextIO

_CLEAR: Final = "\r\x1b[K"
"""Back to the start of the line, and erase it."""
_SIGNS: Final = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f]")
"""Characters that a terminal obeys, but lines and tabs."""
_WIDEST: Final = 100  # letters of a progress line: one that wraps could not be cleared


class Output:
    """Main thread.

    Args:
        is_json: records are JSON.
        is_quiet: no notes and no progress.
    """

    def __init__(self, out: TextIO, err: TextIO, *, is_json: bool = False, is_quiet: bool = False) -> None:
        self._out = out
        self._err = err
        self._is_quiet = is_quiet
        self.is_json = is_json
        self._has_terminal = err.isatty()
        self._shown = ""

    def record(self, event: str, values: Mapping[str, Any], *lines: str) -> None:
        """Write one record: `values` with `--json`, else the lines.

        Args:
            event: what it is about: the first field of the JSON.
        """
        self._clear()
        if self.is_json:
            text = json.dumps({"event": event, **values}, ensure_ascii=True)  # whatever the terminal knows
            _write(self._out, text + "\n")
            return
        for line in lines:
            _write(self._out, line + "\n")

    def line(self, text: str) -> None:
        """Write a plain line, with `--json` too, for a reader who waits for it."""
        self._clear()
        _write(self._out, text + "\n")

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows in columns of the necessary width. Only people read this."""
        if self.is_json or not rows:
            return
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        self._clear()
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            _write(self._out, "  ".join(cells).rstrip() + "\n")

    def note(self, text: str) -> None:
        """Say something to whoever watches."""
        if not self._is_quiet:
            self._clear()
            _write(self._err, text + "\n")

    def problem(self, text: str) -> None:
        """Say what is wrong, and with `--json` on standard output too."""
        self._clear()
        if self.is_json:
            self.record("error", {"message": text})
        _write(self._err, f"easel: {text}\n")

    def progress(self, text: str) -> None:
        """Show progress: on a terminal in one line that is overwritten, else only changes."""
        if self._is_quiet or text == self._shown:
            return
        self._shown = text
        if self._has_terminal:
            _write(self._err, text[:_WIDEST], after=_CLEAR)
        elif text:
            _write(self._err, text + "\n")

    @property
    def is_live(self) -> bool:
        """Whether progress is overwritten. Only then seconds are shown, which would fill a log."""
        return self._has_terminal

    def _clear(self) -> None:
        if self._shown and self._has_terminal and not self._is_quiet:
            _write(self._err, "", after=_CLEAR)
        self._shown = ""


def _write(stream: TextIO, text: str, *, after: str = "") -> None:
    """Write a text, after a sign for the terminal. Signs in the text itself, perhaps of a file, only show."""
    encoding = stream.encoding or "utf-8"
    shown = _SIGNS.sub(lambda sign: f"\\x{ord(sign[0]):02x}", text)
    with contextlib.suppress(OSError, ValueError):  # a pipe that nobody reads any more, a closed stream
        stream.write(after + shown.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
