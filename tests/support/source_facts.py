# SPDX-License-Identifier: GPL-3.0-or-later
"""Show rows of sources after threads have read the files."""

import time
from typing import Any

from easel.scene.listing import thumbnails
from easel.scene.session import mirror
from easel.scene.sources import file_facts


def wait_for_pillow() -> None:
    """Block until a thread has imported Pillow: rows of sources are made from then on."""
    deadline = time.monotonic() + 60
    while not thumbnails.is_ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def show_sources(form: Any, timeout_s: float = 20) -> None:
    """Do the work of some turns of the pump: read the files now, and show the facts."""
    wait_for_pillow()
    file_facts.stop()  # earlier facts may be outdated
    mirror.show_sources(form)
    assert file_facts.wait(timeout_s)
    mirror.show_sources(form)
