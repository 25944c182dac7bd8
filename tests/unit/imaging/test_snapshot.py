# SPDX-License-Identifier: GPL-3.0-or-later
"""A wait for pixels of the main thread always ends: they arrive, fail, are given up, or take too long."""

import subprocess
import sys
import threading

import numpy as np
import pytest

from easel.imaging.errors import SnapshotFailed
from easel.imaging.snapshot import Encoding, PendingPixels, PixelsSnapshot

SNAPSHOT = PixelsSnapshot(
    pixels=np.zeros(4, np.float32), width=1, height=1, channels=4, encoding=Encoding.SRGB_BYTES
)


def test_pixels_arrive_while_the_worker_waits() -> None:
    pending = PendingPixels()
    threading.Timer(0.1, pending.fulfil, [SNAPSHOT]).start()
    assert pending.wait(threading.Event(), timeout_s=10) is SNAPSHOT
    assert not pending.released.is_set()


def test_a_failure_carries_its_text() -> None:
    pending = PendingPixels()
    pending.fail("The image was removed.")
    with pytest.raises(SnapshotFailed, match=r"The image was removed\."):
        pending.wait(threading.Event())


def test_a_stop_ends_the_wait() -> None:
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    assert PendingPixels().wait(stop, timeout_s=20) is None, (
        "else it would fail, and without a limit never end"
    )


def test_a_wait_has_an_end() -> None:
    with pytest.raises(SnapshotFailed, match="in time"):
        PendingPixels().wait(threading.Event(), timeout_s=0.01)


def test_the_types_of_the_main_thread_import_neither_numpy_nor_pillow() -> None:
    code = """
import sys
import easel.imaging.snapshot, easel.imaging.upload, easel.imaging.check, easel.imaging.files
sys.exit(bool({"numpy", "PIL", "PIL.Image"} & set(sys.modules)))
"""
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
