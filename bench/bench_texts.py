# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading 64 kB of any answer of the service: the worst of many hostile texts, under the interpreter lock."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator

from nasty_texts import SHAPES, UNITS, of_length

from bench.table import Row
from easel.client.answers import parse_json, read_status
from easel.client.error_bodies import read_refusal
from easel.client.errors import ClientError

BYTES = 64 * 1024
TINY = {"size": 1024}
PROMISED_MS = 5.0
KEY = "3das-secret-0123456789abcdef"


def rows(size: int = BYTES) -> Iterator[Row]:
    """Measure, and yield the rows."""
    texts = {name: of_length(unit, size)[:size] for name, unit in UNITS.items()}
    for shape, make in SHAPES.items():
        bodies = {name: make(text) for name, text in texts.items()}
        yield _worst(f"an error's body, the text {shape}", size, bodies, lambda data: read_refusal(data, KEY))
    reasons = {
        name: json.dumps({"status": "FAILED", "failure_reason": text}).encode()
        for name, text in texts.items()
    }
    yield _worst("a status with a reason", size, reasons, lambda data: read_status(parse_json(data), KEY))


def _worst(what: str, size: int, bodies: dict[str, bytes], read: Callable[[bytes], object]) -> Row:
    def ms(data: bytes) -> float:
        start = time.perf_counter()
        with contextlib.suppress(ClientError):
            read(data)
        return (time.perf_counter() - start) * 1000 * size / max(len(data), size)

    took = {name: min(ms(data) for _ in range(5)) for name, data in bodies.items()}
    worst = max(took, key=lambda name: took[name])
    return Row(what=what, naive=None, ours=took[worst], unit="ms", promised=PROMISED_MS, note=worst)
