# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the images that this computer makes into the library, and record them with their job."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..imaging.files import FLOAT_SUFFIX, create_private, make_private_folder, sha256_of, write_atomically
from ..imaging.inscription import EDITED, ENHANCED, inscribe
from ..imaging.snapshot import BytesSnapshot, FileSnapshot
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from ..threads.pace import Pace
from .job import Job, Result
from .library import Library
from .local_edit import LocalEdit
from .origins import Origin
from .preparation import Preparation
from .prepare import origin_of
from .recipe import recipe_text
from .rows import insert_job, write_result

if TYPE_CHECKING:
    from ..imaging.resample import Pixels
    from ..imaging.snapshot import Snapshot
    from ..imaging.whole import Whole
    from .ledger import Ledger

_PNG: Final = ".png"


def keep_made(ledger: Ledger, job: Job, make_parts: Callable[[Made, Pace], None], pace: Pace) -> Job | None:
    """Make a job's images, and record the job with them. None: it was stopped. Worker only.

    Raises:
        Refusal, OSError: nothing was recorded.
    """
    made = Made(Library(ledger.path.parent), job, ledger)
    is_kept = False
    try:
        make_parts(made, pace)
        if pace.stop.is_set():
            return None
        job = made.write_down()
        is_kept = True
    except MemoryError as error:
        raise Refusal(phrase("There is too little memory for the picture.")) from error
    finally:
        if not is_kept:
            made.drop()
    return job


class Made:
    """The images of a job while they are being made. Only files exist until `write_down`."""

    def __init__(self, library: Library, job: Job, ledger: Ledger) -> None:
        self._library, self._job, self._ledger = library, job, ledger
        self._results: list[Result] = []

    def note_source(self, name: str, snapshot: Snapshot) -> None:
        """Record the picture's content, if it is in a file. Raises OSError."""
        origin = Origin(name=name, content="")
        if isinstance(snapshot, FileSnapshot):
            origin = origin_of(name, snapshot.path)
        elif isinstance(snapshot, BytesSnapshot):
            origin = self._origin_of_bytes(name, snapshot.data)
        self._job = replace(self._job, preparation=Preparation(origins=(origin,)))

    def _origin_of_bytes(self, name: str, data: bytes) -> Origin:
        path = self._library.new_incoming_path()
        make_private_folder(path.parent)
        try:
            with create_private(path) as file:
                file.write(data)
            return origin_of(name, path)
        finally:
            path.unlink(missing_ok=True)

    def add(self, index: int, pixels: Pixels, whole: Whole | None, note: str) -> None:
        """Write an image. Floats become a PNG of 16 bits, and an EXR beside it, which is the one placed.

        Args:
            whole: the pixels that the image was made from; None for a map.

        Raises:
            FileNotWritten, OSError
        """
        import numpy as np

        from ..imaging.exr import write_exr
        from ..imaging.png import ArrayRows, write_png
        from ..imaging.restore import storable_in_png

        is_float = whole is not None and pixels.dtype == np.float32
        request = self._job.request
        holds_data = isinstance(request, LocalEdit) and request.holds_data
        fitted: Path | None = None
        stored = pixels
        if is_float and whole is not None:
            stored = storable_in_png(pixels, holds_data, whole.space)
            fitted = self._library.fitted_path(self._job.id, index).with_suffix(FLOAT_SUFFIX)
            make_private_folder(fitted.parent)
            with write_atomically(fitted) as file:
                write_exr(file, pixels)
            if self._job.preparation is not None:
                made = replace(
                    self._job.preparation,
                    floats_space=whole.space.to_dict(),
                    fit={"source": [pixels.shape[1], pixels.shape[0]]},
                )
                self._job = replace(self._job, preparation=made)
        incoming = self._library.new_incoming_path()
        make_private_folder(incoming.parent)
        try:
            with write_atomically(incoming) as file:
                write_png(file, ArrayRows(np.ascontiguousarray(stored)))
            content = sha256_of(incoming)
            path = self._keep(index, incoming, content)
        except BaseException:
            if fitted is not None:
                fitted.unlink(missing_ok=True)
            raise
        finally:
            incoming.unlink(missing_ok=True)
        self._write_thumbnail(index, stored)
        self._results.append(
            Result(
                index=index,
                path=path,
                sha256=sha256_of(path),
                byte_count=path.stat().st_size,
                width=pixels.shape[1],
                height=pixels.shape[0],
                fitted=fitted,
                fit_note=note,
                content=content,
            )
        )

    def _keep(self, index: int, incoming: Path, content: str) -> Path:
        path = self._library.image_path(self._job, index, _PNG)
        make_private_folder(path.parent)
        recipe = recipe_text(self._job, index, content, now=self._ledger.clock())
        origins = self._job.preparation.origins if self._job.preparation is not None else ()
        source_type = EDITED if any(origin.image for origin in origins) else ENHANCED
        with write_atomically(path, exclusive=True) as target:
            inscribe(incoming, target, recipe, source_type=source_type, content=content)
        return target.path

    def _write_thumbnail(self, index: int, pixels: Pixels) -> None:
        """Write a thumbnail. Failure does no harm to the image."""
        import numpy as np

        from ..imaging.bands import as_image
        from ..imaging.check import THUMBNAIL_SIZE
        from ..imaging.tiling.views import reduced, within

        view = reduced(pixels, within(pixels.shape, THUMBNAIL_SIZE))
        small = (np.clip(view[..., : 3 if view.shape[2] > 2 else 1], 0, 1) * 255 + 0.5).astype(np.uint8)
        place = self._library.thumbnail_path(self._job.id, index)
        with contextlib.suppress(Refusal, OSError):
            make_private_folder(place.parent)
            with write_atomically(place) as file:
                as_image(small[..., 0] if small.shape[2] == 1 else small).save(file, "PNG")

    def write_down(self) -> Job:
        """Write the job to the ledger, with its images. Raises LedgerError."""
        now = self._ledger.clock()
        results = tuple(sorted(self._results, key=lambda result: result.index))
        job = replace(self._job, results=results, updated_at=now, finished_at=now)
        with self._ledger.transaction() as connection:
            insert_job(connection, job, "", 0.0)
            for result in results:
                write_result(connection, job.id, result, self._library.root, now)
        return job

    def drop(self) -> None:
        """Remove the files. Nothing refers to them."""
        for result in self._results:
            for path in (
                result.path,
                result.fitted,
                self._library.thumbnail_path(self._job.id, result.index),
            ):
                if path is not None:
                    with contextlib.suppress(OSError):
                        path.unlink(missing_ok=True)
