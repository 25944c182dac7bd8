# SPDX-License-Identifier: GPL-3.0-or-later
"""Other threads, such as Blender's own, run while a whole picture is processed."""

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from easel.imaging.bands import in_three


def turns_of_others(work: Callable[[], object]) -> int:
    """Return how often another thread gets a turn during `work`."""
    is_over = threading.Event()
    turns = 0

    def tick() -> None:
        nonlocal turns
        while not is_over.wait(0.001):
            turns += 1

    other = threading.Thread(target=tick)
    other.start()
    time.sleep(0.02)
    before = turns
    work()
    seen = turns - before
    is_over.set()
    other.join()
    return seen


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_a_grey_plane_has_the_same_value_in_three_channels(dtype: type) -> None:
    plane = np.arange(24).astype(dtype).reshape(4, 6)[:, ::2]
    colours = in_three(plane)
    assert colours.dtype == dtype
    np.testing.assert_array_equal(colours, np.repeat(plane[..., np.newaxis], 3, 2))


def test_other_threads_run_while_a_grey_picture_gets_three_channels() -> None:
    plane = np.zeros((6144, 6144), np.uint8)
    assert max(turns_of_others(lambda: in_three(plane)) for _ in range(3)) > 4
