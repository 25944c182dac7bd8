# SPDX-License-Identifier: GPL-3.0-or-later
"""Quitting, judged by what of it is Easel's: Blender's own part takes as long as the machine is slow."""

import re

from artist import EXTENSION
from driver import BlenderWindow

STOP_S = 3.0  # for Easel's part; the engine waits up to 2 s of it for the network
PROCESS_S = 10.0  # from the wish to quit to the end of the process: it does not hang

WATCH = f"""
import importlib, time
session = importlib.import_module({EXTENSION!r} + ".scene.session.session")
whole = session.stop

def timed():
    begun = time.perf_counter()
    try:
        whole()
    finally:
        print(f"Easel stopped in {{time.perf_counter() - begun:.3f}} s", flush=True)

session.stop = timed
"""


def quit_quickly(blender: BlenderWindow) -> str:
    """Quit as the artist does; it must go well, and Easel may not hold it up.

    Returns:
        what was measured, in words.
    """
    blender.run(WATCH)
    exit_code, seconds = blender.quit()
    assert exit_code == 0, blender.log()
    stopped = [float(found) for found in re.findall(r"Easel stopped in ([\d.]+) s", blender.log())]
    assert stopped, "Easel was not stopped"
    assert sum(stopped) < STOP_S
    assert seconds < PROCESS_S
    return f"{seconds:.2f} s, of which Easel took {sum(stopped):.2f} s"
