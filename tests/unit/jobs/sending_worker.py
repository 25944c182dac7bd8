# SPDX-License-Identifier: GPL-3.0-or-later
"""Send one job in a process that ends when nothing follows the job any more. test_move_library.py runs it.

python sending_worker.py <library> <url>
"""

import sys
from pathlib import Path

from easel.client.models import ModelId
from easel.client.requests import GenerateRequest
from easel.client.server import Server
from easel.jobs.engine import Engine
from easel.jobs.library import Library
from easel.jobs.placement import Placement


def main() -> None:
    """Send a job, and wait until the engine is idle."""
    engine = Engine(
        library=Library(Path(sys.argv[1])),
        server=Server(name="test", url=sys.argv[2]),
        key=lambda: "test-key",
        may_go_online=lambda: False,
    )
    engine.start()
    engine.submit(GenerateRequest(model=ModelId.GEMINI_2_5_FLASH, prompt="moss"), Placement())
    while engine.is_busy:
        engine.wait(0.05)
        list(engine.drain())
    engine.stop()


if __name__ == "__main__":
    main()
