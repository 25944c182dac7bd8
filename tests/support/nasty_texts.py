# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that a careless reader needs much longer for than for others."""

import json
from collections.abc import Callable, Mapping

UNITS: Mapping[str, str] = {
    "one long word": "x",
    "words and colons": "a:",
    "hosts of users": "a@",
    "users with passwords": "u:p@h ",
    "drives": "C:\\@x",
    "slashes": "//",
    "users in addresses": "//u",
    "questions": "?",
    "bearers": "bearer ",
    "bearers without an end": "bearer\t",
    "nothing": " ",
    "control characters": "\x00",
    "half surrogates": "\ud800",
    "open tags": "<",
    "scripts without an end": "<script>",
    "heads and their ends": "<head></head >",
    "comments without an end": "<!--",
    "ends of scripts": "</script",
    "characters by number": "&#1",
    "characters by name": "&a",
    "digits": "&#" + "9" * 5000,
    "lists": "[",
}


def of_length(unit: str, length: int) -> str:
    return unit * (length // len(unit) + 1)


SHAPES: Mapping[str, Callable[[str], bytes]] = {
    "as it is": lambda text: text.encode("utf-8", "surrogatepass"),
    "as a page": lambda text: b"<html>" + text.encode("utf-8", "surrogatepass"),
    "as an error": lambda text: json.dumps({"error": text}).encode(),
    "as a reason": lambda text: json.dumps({"status": "FAILED", "failure_reason": text}).encode(),
    "as a field": lambda text: json.dumps({text: [[{text: [text]}]]}).encode(),
}
