# SPDX-License-Identifier: GPL-3.0-or-later
"""Work on pictures that this computer does by itself: on a thread, into the library, told like a job.

A job of it is written down when it is done, with its images; one that fails has cost nothing, and leaves
nothing.
"""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..imaging.files import FLOAT_SUFFIX, create_private, make_private_folder, sha256_of, write_atomically
from ..imaging.inscription import EDITED, ENHANCED, inscribe
from ..imaging.snapshot import BytesSnapshot, FileSnapshot, PendingPixels
from ..imaging.tiling.settings import Map
from ..texts.phrases import joined, phrase
from ..texts.refusal import Refusal
from ..texts.seam_words import seam_text
from ..threads.pace import Pace
from .chores import Chore, Chores, Outcome
from .events import JobEnded
from .export_maps import MapsWanted, export_maps
from .job import Job, JobState, Result
from .library import Library
from .local_edit import LocalEdit
from .map_work import map_of_answer
from .origins import Origin
from .preparation import Preparation
from .prepare import origin_of
from .recipe import recipe_text
from .repair_work import fulfil_rolled, repaired
from .rows import insert_job, write_result
from .sheet_work import fulfil_sheet, read_all, sheet_of
from .views_work import fulfil_views, painted_textures

if TYPE_CHECKING:
    from ..imaging.resample import Pixels
    from ..imaging.snapshot import Snapshot
    from ..imaging.surface.pieces import Piece
    from ..imaging.tiling.seamless import Seamless
    from ..imaging.whole import Whole
    from .ledger import Ledger
    from .news import News
    from .placement import ModelViews, Placement
    from .writer import Writer

_LOOK_S: Final = 0.05
"""How often work that waits for pixels looks whether it is to stop."""
_PNG: Final = ".png"


@dataclass(frozen=True, kw_only=True)
class Work:
    """One piece of work that has begun."""

    job_id: str
    """Of the job that tells of it once it is done."""
    chore: Chore


class Workshop:
    """For the main thread; returns at once."""

    def __init__(self, ledger: Ledger, news: News, writer: Writer) -> None:
        self._ledger = ledger
        self._news = news
        self._chores = Chores(news, writer)

    def begin(
        self,
        request: LocalEdit,
        placement: Placement,
        taken: Snapshot | PendingPixels,
        *,
        title: str,
        tells: bool,
    ) -> Work:
        """Begin. `JobEnded` follows with the job, or nothing where it fails; `ChoreOver` in any case.

        Args:
            title: what is being done, for the artist.
            tells: why it failed is told there; else whoever waits for it tells.
        """
        job = self._new_job(request, placement)
        return self._begin(job, lambda pace: make(self._ledger, job, taken, pace), title, tells=tells)

    def _new_job(self, request: LocalEdit, placement: Placement) -> Job:
        now = self._ledger.clock()
        return Job(
            id=uuid.uuid4().hex,
            state=JobState.DONE,
            request=request,
            placement=placement,
            server="",
            price=0,
            created_at=now,
            updated_at=now,
        )

    def _begin(self, job: Job, do: Callable[[Pace], Job | None], title: str, *, tells: bool) -> Work:
        def work(pace: Pace) -> Outcome:
            made = do(pace)
            if made is None:
                raise Refusal(phrase("It was stopped."))
            self._news.emit(JobEnded(job=made))
            return Outcome(text="")

        return Work(job_id=job.id, chore=self._chores.begin("workshop", title, work, tells=tells))

    def fulfil_sheet(
        self, sheet: PendingPixels, taken: Sequence[Snapshot | PendingPixels], side: int
    ) -> None:
        """Have the sheet made that a job waits for. What goes wrong is that job's."""
        title = phrase("Putting textures on a sheet")
        self._chores.begin("sheet", title, lambda pace: fulfil_sheet(sheet, taken, side, pace), tells=False)

    def take_apart(
        self,
        request: LocalEdit,
        placement: Placement,
        taken: Sequence[Snapshot | PendingPixels],
        sheet: Path,
        side: int,
    ) -> Work:
        """Take an edited sheet apart. As `begin`.

        Args:
            taken: the textures as they were.
            sheet: the edited one.
            side: pixels of the longer side of the sheet that was sent.
        """

        def make_parts(made: Made, pace: Pace) -> None:
            from ..imaging.depth import read_shallow
            from ..imaging.sheets import taken_off

            pictures = read_all(taken, pace)
            sent, layout = sheet_of(pictures, side)
            answer = read_shallow(sheet)
            for number, picture in enumerate(pictures):
                if pace.stop.is_set():
                    return
                made.add(number, taken_off(answer, sent, layout, number, picture), None, "")

        job = self._new_job(request, placement)
        title = phrase("Taking the sheet apart")
        return self._begin(
            job, lambda pace: keep_made(self._ledger, job, make_parts, pace), title, tells=True
        )

    def fulfil_views(self, sheet: PendingPixels, pieces: Sequence[Piece], views: int, side: int) -> None:
        """Have the views of a model drawn that a job waits for. What goes wrong is that job's."""
        title = phrase("Drawing the views")
        self._chores.begin(
            "views", title, lambda pace: fulfil_views(sheet, pieces, views, side, pace), tells=False
        )

    def paint_model(
        self,
        request: LocalEdit,
        placement: Placement,
        pieces: Sequence[Piece],
        sheet: Path,
        target: ModelViews,
        told: str,
    ) -> Work:
        """Project the views of an edited sheet onto the textures of a model. As `begin`.

        Args:
            pieces: the objects, whose parts count the textures from 0.
            sheet: the edited one.
            target: what it shows.
            told: what is to be said of the textures besides.
        """

        def make_parts(made: Made, pace: Pace) -> None:
            from ..imaging.depth import read_shallow

            answer = read_shallow(sheet)
            sizes = [target.size] * len(target.surfaces)
            textures = painted_textures(answer, pieces, target.views, target.side, sizes, told, pace)
            for number, (pixels, note) in enumerate(textures):
                made.add(number, pixels, None, note)

        job = self._new_job(request, placement)
        title = phrase("Painting the model")
        return self._begin(
            job, lambda pace: keep_made(self._ledger, job, make_parts, pace), title, tells=True
        )

    def fulfil_rolled(self, promise: PendingPixels, taken: Snapshot | PendingPixels) -> None:
        """Have a picture rolled by half that a job waits for. What goes wrong is that job's."""
        title = phrase("Rolling the picture by half")
        self._chores.begin("roll", title, lambda pace: fulfil_rolled(promise, taken, pace), tells=False)

    def roll_back(
        self,
        request: LocalEdit,
        placement: Placement,
        taken: Snapshot | PendingPixels,
        answer: Path,
        left: list[float],
    ) -> Work:
        """Roll a repaired picture back, and keep it if it is better than it was (`taken`). As `begin`.

        Args:
            left: as of `repaired`, by the time the work is over.
        """

        def make_parts(made: Made, pace: Pace) -> None:
            pixels, told = repaired(answer, taken, left, pace)
            made.add(0, pixels, None, told)

        job = self._new_job(request, placement)
        title = phrase("Looking at the repair")
        return self._begin(
            job, lambda pace: keep_made(self._ledger, job, make_parts, pace), title, tells=True
        )

    def make_map(
        self, request: LocalEdit, placement: Placement, taken: Snapshot | PendingPixels, answer: Path
    ) -> Work:
        """Make the one map of a request of what a model has drawn of a texture (`taken`). As `begin`."""
        (part,) = request.work.maps

        def make_parts(made: Made, pace: Pace) -> None:
            pixels, told = map_of_answer(answer, taken, part, pace)
            made.add(0, pixels, None, told)

        job = self._new_job(request, placement)
        title = phrase("Reading the map")
        return self._begin(
            job, lambda pace: keep_made(self._ledger, job, make_parts, pace), title, tells=True
        )

    def export_maps(self, wanted: MapsWanted, *, tells: bool) -> Chore:
        """Write a material's images to a folder. As `Chores.begin`."""
        title = phrase("Exporting maps")
        return self._chores.begin("maps", title, lambda pace: export_maps(wanted, pace), tells=tells)

    def under_way(self) -> list[Chore]:
        """What is at work, in the order in which it was begun."""
        return self._chores.under_way()

    def stop(self) -> None:
        """Have all of it end at its next step. Returns at once."""
        self._chores.stop()


def make(ledger: Ledger, job: Job, taken: Snapshot | PendingPixels, pace: Pace) -> Job | None:
    """Do the work of a job, and write it down with its images. None: it was stopped. Worker only.

    Raises:
        Refusal, OSError: nothing was written down.
    """
    request = job.request
    if not isinstance(request, LocalEdit):
        raise TypeError(request)

    def make_parts(made: Made, pace: Pace) -> None:
        snapshot = _settled(taken, pace)
        if snapshot is not None:
            made.note_source(request.sources[0].name, snapshot)
            _make_parts(made, request, snapshot, taken, pace)

    try:
        return keep_made(ledger, job, make_parts, pace)
    finally:
        if isinstance(taken, PendingPixels):
            taken.released.set()


def keep_made(ledger: Ledger, job: Job, make_parts: Callable[[Made, Pace], None], pace: Pace) -> Job | None:
    """Have a job's images made, and write it down with them. None: it was stopped. Worker only.

    Raises:
        Refusal, OSError: nothing was written down.
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


def _make_parts(
    made: Made,
    request: LocalEdit,
    snapshot: Snapshot,
    taken: Snapshot | PendingPixels,
    pace: Pace,
) -> None:
    from ..imaging.tiling.maps import make_maps
    from ..imaging.tiling.seamless import make_seamless
    from ..imaging.whole import whole_of

    whole = whole_of(snapshot)
    if isinstance(taken, PendingPixels):
        taken.released.set()  # others wait for the buffer
    pixels, work = whole.pixels, request.work
    parts = request.work.parts
    if work.seamless:
        done = make_seamless(
            pixels,
            size=work.size,
            flatten=work.flatten,
            is_mirrored=work.is_mirrored,
            is_data=request.holds_data,
        )
        pixels = done.pixels
        if pixels is not whole.pixels or not work.maps:
            made.add(0, pixels, whole, seamless_text(done))
    if work.maps and not pace.stop.is_set():
        for name, values in make_maps(pixels, set(work.maps), work.settings).items():
            made.add(parts.index(name.value), values, None, _map_text(name, request))


def seamless_text(done: Seamless) -> str:
    """Say what became of a picture's seams, and what was done for it."""
    told = [
        phrase(
            "Seam {before} → {after}", before=seam_text(done.before.worst), after=seam_text(done.after.worst)
        )
    ]
    if done.flattened:
        told.append(phrase("Light evened out by {amount:.0%}", amount=done.flattened))
    stretch = max((abs(hidden.stretch - 1) for hidden in (done.across, done.down)), default=0.0)
    if stretch > 0.001:
        told.append(phrase("Stretched by {amount:.1%} so that all courses are whole", amount=stretch))
    return joined(*told, by=" · ")


def _map_text(name: Map, request: LocalEdit) -> str:
    if name is not Map.NORMAL:
        return phrase("Estimated from the picture")
    if request.work.settings.is_directx:
        return phrase("Estimated from the picture · DirectX")
    return phrase("Estimated from the picture · OpenGL")


def _settled(taken: Snapshot | PendingPixels, pace: Pace) -> Snapshot | None:
    if not isinstance(taken, PendingPixels):
        return taken
    pause = threading.Event()
    while not taken.is_settled:
        if pace.stop.is_set():
            return None
        pause.wait(_LOOK_S)
    return taken.wait(pause)


class Made:
    """The images of a job, as they come. Nothing but files until `write_down`."""

    def __init__(self, library: Library, job: Job, ledger: Ledger) -> None:
        self._library, self._job, self._ledger = library, job, ledger
        self._results: list[Result] = []

    def note_source(self, name: str, snapshot: Snapshot) -> None:
        """Tell what the picture is by its content, where a file holds it. Raises OSError."""
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
        """Write an image. Floats become a PNG of 16 bits, and an EXR beside it, which is what is placed.

        Args:
            whole: what the pixels were made of; None for a map.

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
        """Without one the image is as good."""
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
        """Put the job into the ledger, with its images. Raises LedgerError."""
        now = self._ledger.clock()
        results = tuple(sorted(self._results, key=lambda result: result.index))
        job = replace(self._job, results=results, updated_at=now, finished_at=now)
        with self._ledger.transaction() as connection:
            insert_job(connection, job, "", 0.0)
            for result in results:
                write_result(connection, job.id, result, self._library.root, now)
        return job

    def drop(self) -> None:
        """Remove the files: nobody is told of them."""
        for result in self._results:
            for path in (
                result.path,
                result.fitted,
                self._library.thumbnail_path(self._job.id, result.index),
            ):
                if path is not None:
                    with contextlib.suppress(OSError):
                        path.unlink(missing_ok=True)
