# SPDX-License-Identifier: GPL-3.0-or-later
"""`easel simulate`: the simulated service, to try things without a key and without credits."""

from __future__ import annotations

import time
from decimal import Decimal, InvalidOperation

from ..simulator import Simulator
from ..terminal.exits import Exit
from ..texts.refusal import Refusal
from .call import Call


def simulate(call: Call) -> int:
    """Run the simulator until Ctrl-C; the first line says its address."""
    asked = call.arguments
    if not 0 <= asked.port <= 65535 or asked.speed <= 0 or asked.rate_limit < 0:
        raise Refusal("A port is 0 to 65535, the speed more than 0, the rate limit 0 or more.")
    try:
        Decimal(asked.balance)
    except InvalidOperation as error:
        raise Refusal(f"{asked.balance!r} is no balance.") from error
    simulator = Simulator(
        asked.port, speed=asked.speed, rate_limit=asked.rate_limit or None, balance=asked.balance
    )
    with simulator:
        call.output.record("simulator", {"url": simulator.url}, simulator.url)
        call.output.note(f"EASEL_API_URL={simulator.url}, with any key, makes Easel use it. Ctrl-C ends it.")
        while not call.interrupts.is_wanted:
            time.sleep(0.1)  # in steps: on Windows an endless wait blocks Ctrl-C
    return Exit.DONE
