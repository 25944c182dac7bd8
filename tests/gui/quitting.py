# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge how long Easel takes to quit, since Blender's own part depends on how slow the machine is."""

import re

from artist import EXTENSION
from driver import BlenderWindow

STOP_S = 3.0  # for Easel's part; in it the engine waits up to 2 s for the network
PROCESS_S = 10.0  # from the request to quit to the end of the process

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
    """Quit as the artist does; check that this succeeds and that Easel does not delay it.

    Returns:
        the measured times, in words.
    """
    blender.run(WATCH)
    exit_code, seconds = blender.quit()
    assert exit_code == 0, blender.log()
    stopped = [float(found) for found in re.findall(r"Easel stopped in ([\d.]+) s", blender.log())]
    assert stopped, "Easel was not stopped"
    assert sum(stopped) < STOP_S
    assert seconds < PROCESS_S
    return f"{seconds:.2f} s, of which Easel took {sum(stopped):.2f} s"
