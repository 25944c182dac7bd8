# SPDX-License-Identifier: GPL-3.0-or-later
"""`--save`: the open file, with what was placed in it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import bpy

from ..scene.session import arrivals, pump
from ..texts.refusal import Refusal

if TYPE_CHECKING:
    from .call import Call

_PLACED_S: Final = 300.0
"""How long to wait until images that have arrived are in the file."""


def save_file(call: Call, path: str) -> bool:
    """Save the open file, under that name or its own. True: with all images that were to be placed.

    Raises:
        Refusal: it can't be saved.
    """
    target = str(Path(path).expanduser().absolute()) if path else bpy.data.filepath
    if not target:
        raise Refusal("The file has no name yet: say --save FILE. The images are in the library.")
    pump.run_until(
        lambda: not arrivals.is_waiting() or call.interrupts.is_wanted, time.monotonic() + _PLACED_S
    )
    is_whole = not arrivals.is_waiting()
    if not is_whole:
        call.output.note("Not all images are in the file that is saved: they are in the library.")
    try:
        bpy.ops.wm.save_as_mainfile(filepath=target)
    except RuntimeError as error:
        raise Refusal(str(error).removeprefix("Error: ").strip()) from error
    call.output.record("saved", {"file": target}, target)
    return is_whole
