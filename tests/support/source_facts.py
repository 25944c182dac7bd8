# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of sources as they are once threads have looked at the files."""

import time
from typing import Any

from easel.scene.listing import thumbnails
from easel.scene.session import mirror
from easel.scene.sources import file_facts


def wait_for_pillow() -> None:
    """Stand still until a thread has imported Pillow: rows of sources are made from then on."""
    deadline = time.monotonic() + 60
    while not thumbnails.is_ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def show_sources(form: Any, timeout_s: float = 20) -> None:
    """Do what the pump does in some turns: have the files looked at now, and show what was seen."""
    wait_for_pillow()
    file_facts.stop()  # what was seen a moment ago may be out of date
    mirror.show_sources(form)
    assert file_facts.wait(timeout_s)
    mirror.show_sources(form)
