# SPDX-License-Identifier: GPL-3.0-or-later
"""Paid results that this computer must process before they can be placed. Main thread.

A table lists how the work of each kind begins; see the modules that it names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ...jobs.targets import PlacementKind
from ...texts.refusal import Refusal
from ..windows import reports
from . import mirror, model_maps, painting, repairs, session, sheets

if TYPE_CHECKING:
    from ...jobs.job import Job

BEGIN: Final[Mapping[PlacementKind, Callable[[Job], None]]] = MappingProxyType(
    {
        PlacementKind.SHEET: sheets.take_apart,
        PlacementKind.REPAIR: repairs.roll_back_and_go_on,
        PlacementKind.MODEL_MAP: model_maps.take,
        PlacementKind.MODEL_VIEWS: painting.project,
    }
)
"""For each kind in `WORKED_ON_FIRST`; each raises Refusal."""


def begin_next(job: Job) -> None:
    """Begin work on a new result, in the file of its click. For the end of a job; it reports errors."""
    begin = BEGIN.get(job.placement.kind)
    if begin is None or not job.state.has_images or job.placed_at:
        return
    if job.placement.session != session.session_id():
        return
    try:
        begin(job)
    except Refusal as refusal:
        mirror.tell_placement(job.id, str(refusal))
        reports.add("WARNING", str(refusal))
