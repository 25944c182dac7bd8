# SPDX-License-Identifier: GPL-3.0-or-later
"""Read at a click how a file was made, without waiting for a silent disk."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from ...jobs.making import Making, read_making
from ...texts.refusal import Refusal
from ...threads.task import Task
from .file_facts import silence

PATIENCE_S: Final = 1.0
"""How long a click waits for a file."""


def making_of(path: Path) -> Making:
    """Read how an image was made, by Easel or by another tool.

    Raises:
        SourceUnusable: the disk does not answer.
        Refusal, OSError: the file has no such data, or can't be read.
    """
    found: list[Making | Refusal | OSError] = []

    def read(_stop: threading.Event) -> None:
        try:
            found.append(read_making(path))
        except (Refusal, OSError) as error:
            found.append(error)

    if not Task("making", read).wait(PATIENCE_S) or not found:
        raise silence(path)
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]
