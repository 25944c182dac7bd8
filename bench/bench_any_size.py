# SPDX-License-Identifier: GPL-3.0-or-later
"""The largest source, 8192 × 8192, edited inside a mask: canvas, marked copy, and back.

It also serves as a test that would take too long elsewhere: it raises if the canvas lacks a part of the
source, or a pixel outside mask and feather has changed.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import PIL.Image
from walls import FEATHER, assert_kept, assert_whole, wall

from bench.holds import watched
from bench.table import Row
from easel.client.models import ASPECT_RATIOS
from easel.imaging.depth import read_deep
from easel.imaging.fit import plan_fit
from easel.imaging.mask_making import write_marked
from easel.imaging.outgoing import UploadRule, make_outgoing
from easel.imaging.png import ArrayRows, write_png
from easel.imaging.restore import restore_edit, write_canvas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Result = TypeVar("Result")

SIZE: Final = 8192  # pixels; an answer is half of it
TINY: Final = {"size": 256}
PROMISED_MS: Final = 10.0


def rows(size: int = SIZE) -> Iterator[Row]:
    """Measure, and yield a row as soon as it is known.

    Raises:
        AssertionError: the edited result is wrong.
    """
    source = wall((size, size))
    mask = np.zeros((size, size), np.uint8)
    mask[:, : size // 2] = 255
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, canvas, marked, answer = (folder / f"{it}.png" for it in ("wall", "canvas", "marked", "answer"))
        with path.open("wb") as file:
            write_png(file, ArrayRows(source))
        plan = plan_fit((size, size), ASPECT_RATIOS)
        before = _memory_mib("VmRSS")
        fit, row = _measured(
            "the source on its canvas",
            lambda: write_canvas(path, canvas, plan),
        )
        yield from row
        yield from _measured("the marked copy", lambda: write_marked(path, marked, fit, mask=mask))[1]
        rule = UploadRule()
        out, row = _measured(
            "the canvas as it is sent", lambda: make_outgoing(canvas, folder, "sent", rule, is_ours=True)
        )
        yield from row
        with PIL.Image.open(out.path) as sent:
            assert_whole(np.asarray(sent.convert("RGB")), source, fit)
            sent.resize((size // 2, size // 2)).point(lambda value: value // 2 + 20).save(answer)
        done, row = _measured(
            "the answer, back in its source",
            lambda: restore_edit(
                path, answer, folder / "done.png", fit, mask=mask, feather=FEATHER, deep=read_deep(path)
            ),
        )
        yield from row
        extra_mib = _memory_mib("VmHWM") - before
        yield Row(what="extra memory at most, of all that", naive=None, ours=extra_mib, unit="MiB")
        assert_kept(read_deep(done.path), source)


def _measured(what: str, work: Callable[[], Result]) -> tuple[Result, list[Row]]:
    """Do the work once, which is long enough for a measurement."""
    before = time.process_time()
    result, held = watched(work)
    note = f"{time.process_time() - before:.1f} s of all processors"
    freeze = Row(
        what="- longest freeze",
        naive=None,
        ours=1000 * held.longest_s,
        promised=PROMISED_MS,
        unit="ms",
        note="of a thread that ticks each ms",
    )
    return result, [Row(what=what, naive=None, ours=held.seconds, unit="s", note=note), freeze]


def _memory_mib(field: str) -> float:
    """Return the process's memory, or its maximum (Linux); 0 elsewhere."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(field + ":")), 0.0)
