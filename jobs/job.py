# SPDX-License-Identifier: GPL-3.0-or-later
"""The nouns of this room: `Job`, `JobState`, `Result`. All frozen: a job's truth lies in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from ..client.requests import EditRequest, GenerateRequest
from ..imaging.brought import brought_size
from ..texts.phrases import phrase
from .balances import Balances
from .local_edit import LocalEdit
from .placement import Placement
from .preparation import Preparation

RESULT_LIFE_S: Final = 24 * 3600.0
"""How long the service keeps results (vendor's documentation)."""

CUT_OFF: Final = phrase(
    "Blender stopped while this was being sent. It may have been charged: compare your balance before you "
    "send it again."
)
"""What an uncertain job says whose engine stopped."""

_AS_IT_CAME: Final = phrase("As it came from the model")
_NOT_FITTED: Final = phrase("The image was not brought into the mask.")


class JobState(StrEnum):
    """Where a job stands. Only `QUEUED` can be cancelled for free."""

    QUEUED = "QUEUED"
    """Nothing was sent yet: preparing its sources, or waiting for its turn."""
    SUBMITTING = "SUBMITTING"
    """Claimed; the POST is on its way. Found so after a crash, its fate is unknown."""
    RUNNING = "RUNNING"
    """The service has it, its task id is known."""
    DOWNLOADING = "DOWNLOADING"
    """The service is done; results are being saved."""
    DONE = "DONE"
    """All the images asked for are on disk."""
    PARTIAL = "PARTIAL"
    """The service made fewer images than asked for; those are on disk."""
    FAILED = "FAILED"
    """The service or a check refused it; nothing was charged, or it was refunded."""
    UNCERTAIN = "UNCERTAIN"
    """A POST went out and no answer came: it may have been charged. Never sent again by the program."""
    CANCELLED = "CANCELLED"
    """Taken back before it was sent."""
    EXPIRED = "EXPIRED"
    """The service no longer has the results."""

    @property
    def is_final(self) -> bool:
        """True where nothing more will happen by itself. An `UNCERTAIN` job can still be settled by hand."""
        return self in _FINAL

    @property
    def has_images(self) -> bool:
        return self in (JobState.DONE, JobState.PARTIAL)


_FINAL: Final = frozenset(
    {
        JobState.DONE,
        JobState.PARTIAL,
        JobState.FAILED,
        JobState.UNCERTAIN,
        JobState.CANCELLED,
        JobState.EXPIRED,
    }
)


@dataclass(frozen=True, kw_only=True)
class Result:
    """One image of a job, safe on disk."""

    index: int
    path: Path
    """Inside the library folder; absolute."""
    sha256: str
    """Of the file."""
    byte_count: int
    width: int
    height: int
    fitted: Path | None = None
    """The same image brought back to the place of the source that was edited, and to its size unless a new
    one was asked for; where that was wanted and possible. It can be made again; `path` is what was paid
    for."""
    fit_note: str = ""
    """What was done for that, or why it could not be, in words for the artist."""
    asset: str = ""
    """What the service knows it by: the path of its link. Empty for one that an older Easel has fetched."""
    content: str = ""
    """SHA-256 of what was downloaded, before its recipe was put in."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One row of the ledger, as it was when it was read. All times are seconds since the epoch."""

    id: str
    """A UUID of ours, in hex."""
    state: JobState
    request: GenerateRequest
    placement: Placement
    server: str
    """Which service it belongs to; jobs are only followed by an engine of the same server."""
    price: int
    """Credits expected."""
    created_at: float
    updated_at: float
    preparation: Preparation | None = None
    """The files of an edit; None until they are made."""
    task_id: str = ""
    submitted_at: float = 0.0
    """When the service accepted it."""
    finished_at: float = 0.0
    """When the last image was on disk, or the job ended otherwise."""
    progress: int = 0
    """Percent, as the service tells it."""
    message: str = ""
    """For the artist: what went wrong, or what it is waiting for. Empty while all is well."""
    remedy: str = ""
    """Name of the `client.errors.Remedy` that goes with `message`."""
    parked: bool = False
    """Still with the service, and nobody is asking: past its deadline, or the artist stopped watching."""
    placed_at: float = 0.0
    """When its images were placed in a .blend; 0 while they wait."""
    hidden: bool = False
    """The artist took it off the list."""
    balances: Balances | None = None
    """Of the wallet around its POST; None before that, and of one that an older Easel has sent."""
    results: tuple[Result, ...] = ()

    @property
    def expires_at(self) -> float:
        """When the service forgets the results; 0 while there is nothing to forget."""
        return self.submitted_at + RESULT_LIFE_S if self.submitted_at else 0.0

    @property
    def is_imported(self) -> bool:
        """True where it stands for an image of another tool: what was asked of which model is not known."""
        return not self.server and not self.request.count

    @property
    def is_local(self) -> bool:
        """True where this computer has made it of a picture: no service was asked."""
        return isinstance(self.request, LocalEdit)

    def part_of(self, index: int) -> str:
        """Which part of a material one of its results is; empty where a service has made it."""
        return self.request.part_of(index) if isinstance(self.request, LocalEdit) else ""

    @property
    def is_half_here(self) -> bool:
        """True where it is left with the service, and images that arrived before are ready to be placed."""
        is_fitted = all(result.fitted or result.fit_note for result in self.results)
        return self.parked and bool(self.results) and (is_fitted or not self._fit)

    @property
    def mask_loss(self) -> str:
        """Why an image would change outside the mask if it were placed; empty where none would.

        Then nothing is placed unless the artist wants it as it came.
        """
        masked = isinstance(self.request, EditRequest) and self.request.mask.has_area
        if not masked or self.placement.as_it_came:
            return ""
        return next((result.fit_note or _NOT_FITTED for result in self.results if not result.fitted), "")

    @property
    def results_to_place(self) -> tuple[Result, ...]:
        """The results, with path and size of the fitted file where there is one and it is wanted."""
        if self.placement.as_it_came:
            return tuple(
                replace(result, fit_note=_AS_IT_CAME if result.fitted else "") for result in self.results
            )
        return tuple(
            replace(result, path=result.fitted, width=size[0], height=size[1]) if result.fitted else result
            for result, size in ((result, self._fitted_size(result)) for result in self.results)
        )

    @property
    def _fit(self) -> Mapping[str, Any]:
        return self.preparation.fit if self.preparation is not None else {}

    def _fitted_size(self, result: Result) -> tuple[int, int]:
        """Pixel size of a result's fitted file: that of the source that was edited, or its own."""
        request = self.request
        is_new = isinstance(request, EditRequest) and not (request.keeps_size or request.mask.has_area)
        if not is_new or not self._fit:
            width, height = self._fit.get("source", (0, 0))
            return width, height
        return brought_size(self._fit, (result.width, result.height))

    @property
    def is_watched(self) -> bool:
        """True while an engine is expected to move it on."""
        return not self.state.is_final and not self.parked


def in_the_list_already(task_id: str) -> str:
    """What a job says whose task another job has, and collects."""
    return phrase("Its task {task_id} is in the list already, where it was added by its id.", task_id=task_id)
