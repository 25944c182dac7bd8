# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m simulator`: run until SIGTERM, Ctrl-C or the end of standard input."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from .server import Simulator


def _path(text: str) -> Path:
    return Path(text).expanduser()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator", description="The image API in a box.")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times quicker than the service")
    parser.add_argument("--rate-limit", type=int, default=3, help="submits a minute; 0 for no limit")
    parser.add_argument("--rate-window", type=float, default=60.0, help="seconds of that minute")
    parser.add_argument("--balance", default="1000", help="credits at the start")
    parser.add_argument("--seed", type=int, default=0, help="of the tasks' times")
    parser.add_argument("--late-links", type=float, default=4.0, help="seconds from FINISHED to its links")
    parser.add_argument(
        "--refuse-unknown", action="store_true", help="400 for a field that is not documented"
    )
    parser.add_argument("--state-dir", type=_path, help="a folder that keeps the tasks for the next run")
    parser.add_argument("--control", action="store_true", help="answer at /_sim/ too")
    parser.add_argument("--print-url", action="store_true", help="write the URL as the first line")
    parser.add_argument("--ignore-stdin", action="store_true", help="don't stop when standard input ends")
    return parser.parse_args()


def main() -> int:
    """Run the simulator and return the exit code."""
    arguments = _arguments()
    done = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        done.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    simulator = Simulator(
        arguments.port,
        speed=arguments.speed,
        balance=arguments.balance,
        rate_limit=arguments.rate_limit or None,
        state_dir=arguments.state_dir,
        seed=arguments.seed,
        late_links=arguments.late_links,
        refuse_unknown=arguments.refuse_unknown,
        control=arguments.control,
    )
    simulator.rate_window = arguments.rate_window
    with simulator:
        if arguments.print_url:
            sys.stdout.write(f"{simulator.url}\n")
            sys.stdout.flush()
        if not arguments.ignore_stdin:
            threading.Thread(target=_wait_for_end, args=(done,), daemon=True).start()
        while not done.wait(0.2):  # in steps: on Windows an endless wait blocks Ctrl-C
            pass
    return 0


def _wait_for_end(done: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1024):  # not with sys.stdin, whose lock would be held at the exit
        pass
    done.set()


if __name__ == "__main__":
    sys.exit(main())
