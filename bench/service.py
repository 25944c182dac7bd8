# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator in a process of its own, so that what is measured is Easel.

Its images are small: to draw ten large ones a second takes more than a small machine has.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
SIDE: Final = 192  # pixels

_SERVE: Final = """
import json, sys
from simulator import Simulator
with Simulator(**json.loads(sys.argv[1])) as simulator:
    print(simulator.url, flush=True)
    sys.stdin.read()
"""


@contextmanager
def service(**options: Any) -> Iterator[str]:
    """Run it with these options of `Simulator`; yields its address."""
    words = json.dumps({"drawn_side": SIDE, "balance": 1_000_000, "control": True, **options})
    with subprocess.Popen(
        [sys.executable, "-c", _SERVE, words],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
