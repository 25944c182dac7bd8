# SPDX-License-Identifier: GPL-3.0-or-later
"""A model's answer to an edit of a 4K texture, restored to its size and place within a mask, file to file.

The naive way decodes, resizes with Pillow, pastes within the mask and saves: no drift, no linear light, no 16
bits.
"""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import PIL.Image
import synthetic_edits as synthetic

from bench.holds import watched
from bench.table import Row
from easel.imaging.fit import Fit, plan_fit
from easel.imaging.png import ArrayRows, write_png
from easel.imaging.restore import restore_edit, write_canvas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from easel.imaging.resample import Pixels

SIZE = 4096  # pixels; an answer is half of it
TINY = {"size": 512}
PROMISED_MS = 10.0


def rows(size: int = SIZE) -> Iterator[Row]:
    """Measure, and yield a row as soon as it is known."""
    source = synthetic.texture("rust", size)
    mask = np.zeros((size, size), np.bool_)
    mask[size // 4 : 3 * size // 4, size // 4 : 3 * size // 4] = True
    fit = plan_fit((size, size), ("1:1",))
    opaque = np.full((size, size, 1), 255, np.uint8)
    rgba = np.concatenate((source, opaque), 2)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sent, answer = folder / "sent.png", folder / "answer.png"
        with sent.open("wb") as file:
            write_png(file, ArrayRows(source))
        drift = synthetic.Drift(dx=20, dy=-12, scale=1.01)
        edited = synthetic.drifted(synthetic.edited(source, "recolour", 1), drift)
        PIL.Image.fromarray(edited).resize((size // 2, size // 2)).save(answer)
        naive_ms = 1000 * watched(lambda: _naive(source, answer, mask, folder / "naive.png"))[1].seconds
        for what, deep, suffix in (
            ("8 bits", None, ".png"),
            ("8 bits with alpha", rgba, ".png"),
            ("16 bits", source.astype(np.uint16) * np.uint16(257), ".png"),
            ("floats, to an EXR", (source / np.float32(255)) ** np.float32(2.2), ".exr"),
        ):
            work = functools.partial(_restored, sent, answer, folder / f"back{suffix}", fit, mask, deep)
            yield from _measured(what, work, naive_ms)
        work = functools.partial(write_canvas, sent, folder / "canvas.png", plan_fit((size, size), ("3:2",)))
        yield from _measured("the source on its canvas, before", work, None)


def _measured(what: str, work: Callable[[], object], naive_ms: float | None) -> Iterator[Row]:
    """Measure the best of three, because other programs affect the longest."""
    seen = [watched(work)[1] for _ in range(3)]
    yield Row(what=what, naive=naive_ms, ours=1000 * min(held.seconds for held in seen), unit="ms")
    yield Row(
        what="- longest freeze",
        naive=None,
        ours=1000 * min(held.longest_s for held in seen),
        promised=PROMISED_MS,
        unit="ms",
        note="of a thread that ticks each ms",
    )


def _restored(
    sent: Path, answer: Path, to: Path, fit: Fit, mask: NDArray[np.bool_], deep: Pixels | None
) -> None:
    restored = restore_edit(sent, answer, to, fit, mask=mask, feather=32, deep=deep)
    assert restored.dx, "the drift was found"


def _naive(source: NDArray[np.uint8], answer: Path, mask: NDArray[np.bool_], to: Path) -> None:
    whole = PIL.Image.fromarray(source)
    with PIL.Image.open(answer) as image:
        edited = image.convert("RGB").resize(whole.size, PIL.Image.Resampling.LANCZOS)
    whole.paste(edited, mask=PIL.Image.fromarray(mask))
    whole.save(to)
