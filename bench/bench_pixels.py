# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels from file to file: masked edits at 4K and 8K, painted images, and the check of a result.

Each work has its seconds, those of all processors, the longest hold of the interpreter lock, and the peak of
memory. It also runs with an older Easel: `make bench AGAINST=f03a427 BENCH=pixels`.
"""

from __future__ import annotations

import functools
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import PIL.Image
import synthetic_edits as synthetic
from walls import wall

from bench import pictures
from bench.holds import watched
from bench.table import Row
from easel.client.models import ASPECT_RATIOS
from easel.imaging.check import check_image
from easel.imaging.depth import keep_floats, read_deep
from easel.imaging.fit import plan_fit
from easel.imaging.mask_making import write_marked
from easel.imaging.outgoing import UploadRule, make_outgoing
from easel.imaging.png import ArrayRows, write_png
from easel.imaging.restore import restore_edit, write_canvas
from easel.imaging.snapshot import Encoding, PixelsSnapshot
from easel.imaging.upload import prepare_upload

try:
    import easel.imaging.png_bands  # noqa: F401
except ImportError:  # an older Easel, whose job decodes the image that its edit is put into
    JOB_DECODES = True
else:
    JOB_DECODES = False

try:
    from easel.imaging.restore import write_ready
except ImportError:  # an older Easel, which does nothing while the service works
    write_ready = None

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from easel.imaging.fit import Fit

Result = TypeVar("Result")

SIZE: Final = 4096  # pixels; an answer is half of it
LARGE: Final = 8192
TINY: Final = {"size": 512, "large": 512}
FEATHER: Final = 32
HOLD_MS: Final = 10.0


def rows(size: int = SIZE, large: int = LARGE) -> Iterator[Row]:
    """Measure, and yield a row as soon as it is known."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield from _checks(folder, size)
        yield from _painted(folder, size)
        yield from _edits(folder, size)
        yield from _large_edit(folder, large)


def _edits(folder: Path, size: int) -> Iterator[Row]:
    """Measure masks of a quarter of the picture, on PNGs of Easel and another program, and on floats."""
    source = synthetic.texture("rust", size)
    mask = np.zeros((size, size), np.uint8)
    mask[size // 4 : 3 * size // 4, size // 4 : 3 * size // 4] = 255
    fit = plan_fit((size, size), ("1:1",))
    half = np.asarray(PIL.Image.fromarray(source).resize((size // 2, size // 2)))
    drift = synthetic.Drift(dx=10, dy=-6, scale=1.01)
    answer = folder / "answer.png"
    PIL.Image.fromarray(synthetic.drifted(synthetic.edited(half, "recolour", 1), drift)).save(answer)
    rgba = np.dstack((source, np.full((size, size), 255, np.uint8)))
    sources = {
        "8 bits": _written(folder / "8.png", source),
        "8 bits with alpha": _written(folder / "8a.png", rgba),
        "16 bits": _written(folder / "16.png", source.astype(np.uint16) * np.uint16(257)),
    }
    theirs = folder / "theirs.png"
    PIL.Image.fromarray(source).save(theirs, compress_level=1)
    ready = folder / "ready.png"
    if write_ready is not None:
        write_ready(theirs, ready, lambda: None)
    sources["8 bits, another program's file"] = theirs if write_ready is None else ready
    for what, path in sources.items():
        work = functools.partial(_restored, path, None, answer, folder / "back.png", fit, mask)
        yield from _measured(f"masked edit, {what}", work)
    floats = folder / "floats.npy"
    values = (source[::-1] / np.float32(255)) ** np.float32(2.2)
    keep_floats(
        PixelsSnapshot(pixels=values.ravel(), width=size, height=size, channels=3, encoding=Encoding.LINEAR),
        floats,
    )
    del values, rgba, source
    work = functools.partial(_restored, sources["8 bits"], floats, answer, folder / "back.exr", fit, mask)
    yield from _measured("masked edit, floats to an EXR", work)


def _large_edit(folder: Path, size: int) -> Iterator[Row]:
    mask = np.zeros((size, size), np.uint8)
    mask[:, : size // 2] = 255
    source, canvas, marked, answer = (
        folder / f"large-{it}.png" for it in ("source", "canvas", "marked", "back")
    )
    _written(source, wall((size, size)))
    plan = plan_fit((size, size), ASPECT_RATIOS)
    fit = write_canvas(source, canvas, plan)
    with PIL.Image.open(canvas) as image:
        sent = image.convert("RGB")
        sent.resize((size // 2, size // 2)).point(lambda value: value // 2 + 20).save(answer)
    seen = source if JOB_DECODES or fit.canvas == fit.source else canvas

    def edit() -> None:
        write_canvas(source, canvas, plan)
        write_marked(seen, marked, fit, mask=mask)
        _restored(source, None, answer, folder / "large-done.png", fit, mask)

    yield from _measured("large edit: canvas, marked copy, back", edit)


def _painted(folder: Path, size: int) -> Iterator[Row]:
    snapshot = PixelsSnapshot(
        pixels=pictures.as_buffer(pictures.painted(size)),
        width=size,
        height=size,
        channels=4,
        encoding=Encoding.SRGB_BYTES,
    )

    def send() -> Path:
        upload = prepare_upload(snapshot, folder, "painted")
        return make_outgoing(upload.path, folder, "sent", UploadRule(), is_ours=True).path

    yield from _measured("painted RGBA to what is sent", send)
    yield Row(what="- bytes", naive=None, ours=send().stat().st_size / 1e6, unit="MB")


def _checks(folder: Path, size: int) -> Iterator[Row]:
    image = PIL.Image.fromarray(pictures.photograph(size)[..., :3])
    for kind in ("PNG", "WEBP"):
        path = folder / f"result.{kind.lower()}"
        image.save(path, kind, quality=90)
        check = functools.partial(check_image, path, thumbnail=folder / "small.png")
        yield from _measured(f"{kind} result: check and thumbnail", check)


def _restored(
    source: Path, floats: Path | None, answer: Path, to: Path, fit: Fit, mask: NDArray[np.uint8]
) -> None:
    deep = read_deep(floats or source) if JOB_DECODES else floats
    restore_edit(source, answer, to, fit, mask=mask, feather=FEATHER, deep=deep)


def _written(path: Path, pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> Path:
    with path.open("wb") as file:
        write_png(file, ArrayRows(pixels))
    return path


def _measured(what: str, work: Callable[[], object]) -> Iterator[Row]:
    _forget_peak()
    resident = _memory_mib("VmRSS")
    before = time.process_time()
    held = watched(work)[1]
    yield Row(what=what, naive=None, ours=held.seconds, unit="s")
    yield Row(what=f"- {what}: processors", naive=None, ours=time.process_time() - before, unit="s")
    yield Row(
        what=f"- {what}: longest hold",
        naive=None,
        ours=1000 * held.longest_s,
        promised=HOLD_MS,
        unit="ms",
        note="of the interpreter lock",
    )
    yield Row(what=f"- {what}: memory", naive=None, ours=_memory_mib("VmHWM") - resident, unit="MiB")


def _forget_peak() -> None:
    """Reset Linux's peak of memory."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _memory_mib(field: str) -> float:
    """Return the process's memory, or its peak (Linux); 0 elsewhere."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(field + ":")), 0.0)
