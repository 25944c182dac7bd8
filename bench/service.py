# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator in a separate process, so that only Easel is measured.

Its images are small, because drawing ten large ones a second would overload a small machine.
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
    """Run it with these options of `Simulator`. Yields its address."""
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
