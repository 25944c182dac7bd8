# SPDX-License-Identifier: GPL-3.0-or-later
"""Split turnaround sheets into references: a thread cuts them, the pump sets them up as one undo step."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...client.errors import DEFECT
from ...imaging.files import HeldFolder
from ...imaging.snapshot import PendingPixels
from ...texts.phrases import joined, phrase
from ...texts.refusal import Refusal
from ...threads.task import Task
from .. import live, settings
from ..placement import references
from ..placement.copies import copy
from ..placement.images import Keeper
from ..placement.references import ReferencesPlan
from ..sources import pixels
from ..windows import interface, reports

if TYPE_CHECKING:
    from ...imaging.snapshot import BytesSnapshot, FileSnapshot
    from ...imaging.turnaround.cutting import CutSheet

STEP: Final = phrase("Split Turnaround")
_LOOK_S: Final = 0.005
"""How long a script blocks before it checks again for pixels to read."""

logger = logging.getLogger(__name__)


class Split:
    """A sheet that is being cut.

    Args:
        taken: the sheet's content.
        beside: folder for copies of the views; None: they are packed.
    """

    def __init__(
        self,
        plan: ReferencesPlan,
        taken: FileSnapshot | BytesSnapshot | PendingPixels,
        beside: Path | None,
    ) -> None:
        self.plan = plan
        self.cut: CutSheet | None = None
        """Set once the task is over; None if it failed."""
        self.copies: list[Path] = []
        self.failure = ""
        self._taken = taken
        self._beside = beside
        self._folder = HeldFolder()
        self.task = Task("split", self._run)

    def _run(self, stop: threading.Event) -> None:
        try:
            self._cut(stop)
        except (Refusal, OSError) as error:
            self.failure = str(error)
        except Exception:
            logger.exception("splitting a sheet")
            self.failure = DEFECT

    def _cut(self, stop: threading.Event) -> None:
        from ...imaging.turnaround.cutting import cut_sheet  # here, because both need numpy
        from ...imaging.upload import prepare_upload

        taken = self._taken
        try:
            found = taken.wait(stop) if isinstance(taken, PendingPixels) else taken
            if found is None:
                return
            sheet = prepare_upload(found, self._folder.path, "sheet").path
        finally:
            if isinstance(taken, PendingPixels):
                taken.released.set()
        plan, stem = self.plan, references.file_stem(self.plan.sheet.name)
        cut = cut_sheet(sheet, self._folder.path, stem, count=plan.count, borders=plan.borders)
        if self._beside is not None:
            with contextlib.suppress(OSError):  # they are packed then
                self.copies = [copy(view.path, self._beside / view.path.name, stop) for view in cut.views]
        if not stop.is_set():
            self.cut = cut


@dataclass(kw_only=True)
class _State:
    waiting: list[Split] = field(default_factory=list)


def _waiting() -> list[Split]:
    return live.part(_State).waiting


def begin(plan: ReferencesPlan, taken: FileSnapshot | BytesSnapshot | PendingPixels) -> Split:
    """Begin to cut a sheet. The pump or `finish` sets up the views."""
    keeper = Keeper.for_open_file(pack=settings.preferences().file_policy == "PACKED")
    split = Split(plan, taken, keeper.folder)
    _waiting().append(split)
    return split


def finish(split: Split, ends_at: float) -> str:
    """Block until a sheet is cut, and set up its views. Returns what was done; the caller is the undo step.

    Args:
        ends_at: when to give up (`time.monotonic`).

    Raises:
        Refusal: nothing was changed.
    """
    try:
        while not split.task.wait(_LOOK_S):
            pixels.read_next()
            if time.monotonic() > ends_at:
                split.task.stop.set()
                raise Refusal(phrase("The waiting time is over. Nothing was changed."))
        return _set_up(split)
    finally:
        _waiting().remove(split)


def is_waiting() -> bool:
    """Return whether a sheet is being cut or waits to be set up."""
    return bool(_waiting())


def show() -> bool:
    """Set up a cut sheet's views once that disturbs nobody. True if there was one. For the pump."""
    split = next((split for split in _waiting() if split.task.is_over), None)
    if split is None or interface.is_artist_in_operator():
        return False
    _waiting().remove(split)
    name = split.plan.sheet.name
    try:
        text = _set_up(split)
    except Refusal as error:
        reports.add("WARNING", joined(name, str(error), by=": "))
    else:
        interface.push_undo(f"Easel: {STEP}")
        reports.add("INFO", joined(name, text, by=": "))
    return True


def drop_all() -> None:
    """Forget all sheets, because another file is open or Easel is being disabled. Returns at once."""
    for split in _waiting():
        split.task.stop.set()
    _waiting().clear()


def _set_up(split: Split) -> str:
    if split.cut is None:
        raise Refusal(split.failure)
    return references.set_up(split.plan, split.cut, split.copies)
