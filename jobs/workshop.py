# SPDX-License-Identifier: GPL-3.0-or-later
"""Work on pictures that this computer does itself: on a thread, into the library, shown like a job.

Its job is written when the work is done, with its images. Failed work costs nothing, and leaves nothing.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..imaging.snapshot import PendingPixels, release
from ..imaging.tiling.settings import HeightFrom, Map
from ..texts.phrases import joined, phrase
from ..texts.refusal import Refusal
from ..texts.seam_words import seam_text
from ..threads.pace import Pace
from .chores import Chore, Chores, Outcome
from .events import JobEnded
from .export_maps import MapsWanted, export_maps
from .job import Job, JobState
from .local_edit import LocalEdit
from .made import Made, keep_made
from .map_work import map_of_answer
from .repair_work import fulfil_rolled, repaired
from .sheet_work import EditedSheet, fulfil_sheet, textures_of
from .taken import settled
from .views_work import Painting, Sheets, fulfil_views, painted_textures

if TYPE_CHECKING:
    from ..imaging.resample import Pixels
    from ..imaging.snapshot import Snapshot
    from ..imaging.tiling.seamless import Seamless
    from .ledger import Ledger
    from .news import News
    from .placement import Placement
    from .writer import Writer


@dataclass(frozen=True, kw_only=True)
class Work:
    """One piece of work that has begun."""

    job_id: str
    """The id of the job that shows it once it is done."""
    chore: Chore


@dataclass(frozen=True, kw_only=True)
class MadePart:
    """Textures from a sheet that form one job."""

    request: LocalEdit
    placement: Placement
    count: int


class Workshop:
    """Call its methods on the main thread; they return at once."""

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
        """Begin. `JobEnded` follows with the job, or nothing if it fails; `ChoreOver` always follows.

        Args:
            title: of the work, for the artist.
            tells: `ChoreOver` reports a failure to the artist; else the caller reports it.
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
        """Make the sheet that a job waits for. The job reports any failure."""
        title = phrase("Putting textures on a sheet")
        self._chores.begin("sheet", title, lambda pace: fulfil_sheet(sheet, taken, side, pace), tells=False)

    def take_apart(
        self, parts: Sequence[MadePart], taken: Sequence[Snapshot | PendingPixels], sheet: EditedSheet
    ) -> list[Work]:
        """Take textures off an edited sheet: work with one job for each part.

        Args:
            parts: their textures are those that are taken off, one after the other.
            taken: these textures as they were.
        """
        title = phrase("Taking the sheet apart")
        return self._begin_parts(parts, lambda pace: textures_of(sheet, taken, pace), title)

    def _begin_parts(
        self,
        parts: Sequence[MadePart],
        textures: Callable[[Pace], Iterator[tuple[int, Pixels, str]]],
        title: str,
    ) -> list[Work]:
        """Begin work with one job for each part.

        Args:
            textures: yields the textures of all parts in their order: number, pixels and note.
        """
        jobs = [self._new_job(part.request, part.placement) for part in parts]

        def work(pace: Pace) -> Outcome:
            coming = textures(pace)
            first = 0
            for job, part in zip(jobs, parts, strict=True):

                def make_parts(made: Made, _pace: Pace, first: int = first, count: int = part.count) -> None:
                    for number, pixels, note in itertools.islice(coming, count):
                        made.add(number - first, pixels, None, note)

                kept = keep_made(self._ledger, job, make_parts, pace)
                if kept is None:
                    raise Refusal(phrase("It was stopped."))
                self._news.emit(JobEnded(job=kept))
                first += part.count
            return Outcome(text="")

        chore = self._chores.begin("workshop", title, work, tells=True)
        return [Work(job_id=job.id, chore=chore) for job in jobs]

    def fulfil_views(self, promised: Mapping[str, PendingPixels], wanted: Sheets) -> None:
        """Draw the sheets that a job waits for, by their looks. The job reports any failure."""
        title = phrase("Drawing the views")
        self._chores.begin("views", title, lambda pace: fulfil_views(promised, wanted, pace), tells=False)

    def paint_model(self, parts: Sequence[MadePart], sheet: Path, wanted: Painting) -> list[Work]:
        """Project the views of an edited sheet onto a model's textures: work with one job for each part.

        Args:
            parts: their textures are the wanted ones, one after the other.
            sheet: the edited one.
            wanted: what to paint.
        """

        def textures(pace: Pace) -> Iterator[tuple[int, Pixels, str]]:
            from ..imaging.depth import read_shallow

            for texture in painted_textures(read_shallow(sheet), wanted, pace):
                yield texture.number, texture.pixels, texture.note

        return self._begin_parts(parts, textures, phrase("Painting the model"))

    def fulfil_rolled(self, promise: PendingPixels, taken: Snapshot | PendingPixels) -> None:
        """Roll a picture by half that a job waits for. The job reports any failure."""
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
        """Roll a repaired picture back, and keep it if it is better than before (`taken`). As `begin`.

        Args:
            left: as in `repaired`, when the work is over.
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
        """Turn a model's drawing of a texture (`taken`) into the map of the request. As `begin`."""
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
        """The current work, in the order in which it began."""
        return self._chores.under_way()

    def stop(self) -> None:
        """Tell all work to end at its next step. Returns at once."""
        self._chores.stop()


def make(ledger: Ledger, job: Job, taken: Snapshot | PendingPixels, pace: Pace) -> Job | None:
    """Do a job's work, and record the job with its images. None: it was stopped. Worker only.

    Raises:
        Refusal, OSError: nothing was recorded.
    """
    request = job.request
    if not isinstance(request, LocalEdit):
        raise TypeError(request)

    def make_parts(made: Made, pace: Pace) -> None:
        snapshot = settled(taken, pace)
        made.note_source(request.sources[0].name, snapshot)
        _make_parts(made, request, snapshot, taken, pace)

    try:
        return keep_made(ledger, job, make_parts, pace)
    finally:
        release([taken])


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
    release([taken])  # others wait for the buffer
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
    """Return a text about a picture's seams, and what was done about them."""
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
    settings = request.work.settings
    text = phrase("Estimated from the picture")
    if settings.height_from is not HeightFrom.SHADING and name in (Map.HEIGHT, Map.NORMAL, Map.OCCLUSION):
        text = phrase("From the picture's channel {channel}", channel=settings.height_from.value[0])
    if name is not Map.NORMAL:
        return text
    return joined(text, "DirectX" if settings.is_directx else "OpenGL", by=" · ")
