# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn the pump like Blender's timer until a condition is true. For the tests with bpy."""

import time
from collections.abc import Callable

PATIENCE_S = 120.0


def pump_until(
    condition: Callable[[], object], timeout_s: float = PATIENCE_S, *, patient: bool = True
) -> None:
    """Turn the pump until a condition is true; fail after `timeout_s`. `patient`: as of `pump.tick`."""
    from easel.scene.session import pump, session

    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        engine = session.find_engine()
        if engine is None or not engine.wait(0.05):
            time.sleep(0.005)
        pump.tick(patient=patient)
