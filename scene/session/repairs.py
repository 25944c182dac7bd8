# SPDX-License-Identifier: GPL-3.0-or-later
"""Repair seams with a model: textures are sent rolled and rolled back, and only kept if the seam is better.

A click may consent to several rounds. If a round's seam is still visible, the next round is sent: only in the
file and session of the click, and never after an error.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import bpy

from ...client.edit_mask import EditMask, MaskKind
from ...client.requests import EditRequest, Source, validate
from ...imaging.snapshot import MASK_INDEX, PendingPixels, UVShapes, released_on_failure
from ...imaging.tiling.settings import VISIBLE, cross
from ...jobs.local_edit import TilingWork, base_of, local_edit
from ...jobs.placement import Placement
from ...jobs.targets import PlacementKind, Repair
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from .. import live
from ..errors import SourceUnusable
from ..language import said
from ..placement.images import find_result
from ..placement.local_edits import edit_placement, look_of_edit
from ..project import made_here
from ..refs import find_image, known_image, reference
from ..sources import never_upload
from ..sources.chosen_sources import ChosenSource, note_sent
from ..sources.snapshots import snapshot
from ..windows import reports
from . import engine_life, followed, mirror, session, spend, works

if TYPE_CHECKING:
    from ...imaging.snapshot import Taken
    from ...jobs.job import Job
    from ...jobs.workshop import Work

_FEATHER: Final = 12  # pixels
_TOLD: Final = (
    "The picture is a texture. In the marked cross its parts do not meet: there are hard lines. Redraw only"
    " the cross, so that the pattern, the colours and the light of all sides go on through it without a line."
    " Nothing else changes, and nothing new is added."
)
"""The prompt."""

_Prepared: TypeAlias = tuple[EditRequest, Placement, Mapping[int, "Taken"]]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Round:
    """A round whose answer is being measured."""

    job: Job
    work: Work
    left: list[float]
    """The visibility of its seam, once measured."""


@dataclass(kw_only=True)
class _Rounds:
    between: list[_Round] = field(default_factory=list[_Round])
    """Rounds that another one may follow."""
    sent: str = ""
    """Job id of the last further round."""


def _rounds() -> _Rounds:
    return live.part(_Rounds)


def request_of(image: bpy.types.Image, options: Mapping[str, Any]) -> EditRequest:
    """Make the request to repair an image's seam.

    Raises:
        Refusal: it may not be sent, or the model can't do it.
    """
    if image.source == "TILED":
        raise Refusal(phrase("An image with UDIM tiles does not repeat"))
    if problem := never_upload.refusal(image):
        raise SourceUnusable(problem)
    mask = EditMask(kind=MaskKind.AREA, feather=_FEATHER)
    request = EditRequest(
        prompt=_prompt(image),
        sources=(Source(name=image.name), Source(name="Mask", role=mask.role)),
        keeps_place=True,
        holds_data=image.source != "VIEWER" and image.colorspace_settings.is_data,
        alpha_mode=image.alpha_mode,
        mask=mask,
        **options,
    )
    validate(request)
    return request


def _prompt(image: bpy.types.Image) -> str:
    return f"Seam of {image.name}\n\n{_TOLD}"


def prepared(
    image: bpy.types.Image, request: EditRequest, scene: bpy.types.Scene, *, round_: int = 1, rounds: int
) -> _Prepared:
    """Have the image rolled by half for a request, and make the placement. Raises Refusal."""
    placement = Placement(
        kind=PlacementKind.REPAIR,
        target=Repair(image=reference(image), round=round_, rounds=rounds),
        session=session.session_id(),
        scene=reference(scene),
    )
    taken = snapshot(image, scene=scene)
    promise = PendingPixels(is_srgb=True)
    with released_on_failure([taken]):
        session.engine().workshop.fulfil_rolled(promise, taken)
    chosen = [ChosenSource(name=image.name, picture=image)]
    area = UVShapes(polygons=cross(), repeats=False)
    return request, note_sent(placement, chosen, None), {0: promise, MASK_INDEX: area}


def is_between_rounds() -> bool:
    """Return whether another round may still follow."""
    return bool(_rounds().between)


def take_sent() -> str:
    """Return the job id of a new further round, once; empty if there is none."""
    state = _rounds()
    job_id, state.sent = state.sent, ""
    return job_id


def give_up() -> None:
    """Send no further round, because another file is open or the engine is stopped."""
    live.forget(_Rounds)


def send_next() -> str:
    """Send another round of a repair whose seam is still visible. Returns its job's id. For the pump."""
    state = _rounds()
    over = next((it for it in state.between if _is_over(it)), None)
    if over is None:
        return ""
    state.between.remove(over)
    try:
        state.sent = _send_next(over)
    except Refusal as refusal:
        mirror.tell_placement(over.job.id, str(refusal))
        reports.add("WARNING", str(refusal))
    return state.sent


def _is_over(it: _Round) -> bool:
    return it.work.chore.is_over and followed.is_settled(it.work.job_id)


def _send_next(last: _Round) -> str:
    target, request = last.job.placement.target, last.job.request
    if not isinstance(target, Repair) or not isinstance(request, EditRequest):
        return ""
    if not last.left or last.left[-1] < VISIBLE or last.job.placement.session != session.session_id():
        return ""  # it could not be measured, or the seam is gone, or another file is open
    was_kept = last.work.chore.outcome is not None
    image = find_result(last.work.job_id, 0) if was_kept else find_image(target.image)
    scene = bpy.context.scene
    if image is None or scene is None:
        return ""
    number = target.round + 1
    sources = (replace(request.sources[0], name=image.name), *request.sources[1:])
    again = replace(request, prompt=_prompt(image), written="", sources=sources)
    if again.seed is not None:
        again = replace(again, seed=again.seed + 1)  # else the answer would be the same
    if again.price > last.job.price:
        raise Refusal(phrase("Prices have changed: repair it again if you want another round."))
    if problem := never_upload.refusal(image):
        raise SourceUnusable(problem)
    spend.check(again.price)
    engine = engine_life.engine_for_new_job()
    request, placement, taken = prepared(image, again, scene, round_=number, rounds=target.rounds)
    placement = made_here(placement)
    with released_on_failure(taken.values()):
        (job_id,) = engine.submit_click([(request, placement, taken)])
    return job_id


def roll_back_and_go_on(job: Job) -> None:
    """Begin to roll a repaired texture back, after which another round may follow. Raises Refusal."""
    last = roll_back(job)
    target = job.placement.target
    if isinstance(target, Repair) and target.round < target.rounds:
        _rounds().between.append(last)


def roll_back(job: Job) -> _Round:
    """Begin to roll a repaired texture back; it is placed if its seam is less visible than before.

    Raises:
        Refusal: its image is gone or can't be read, or the answer doesn't fit.
    """
    target = job.placement.target
    result = next(iter(job.results), None)
    if not isinstance(target, Repair) or result is None:
        raise Refusal(phrase("This job did not repair a seam."))
    if result.fitted is None:
        raise Refusal(job.mask_loss or phrase("The repair does not fit the texture."))
    works.require_none_of(job, phrase("Looking at the repair"))
    image = known_image(target.image)
    taken = snapshot(image)
    left: list[float] = []
    with released_on_failure([taken]):
        base = base_of(image.name)
        request = local_edit(
            image.name,
            base,
            said("Repaired: {image}", image=image.name),
            TilingWork(),
            holds_data=image.colorspace_settings.is_data,
            alpha_mode=image.alpha_mode,
        ).of_names((f"{base}_Seamless",))
        placement = replace(edit_placement(image), look=look_of_edit(image, taken))
        work = session.engine().workshop.roll_back(
            request, works.placed_here(placement, job), taken, result.fitted, left
        )
    works.note(
        work,
        image,
        phrase("Looking at the repair"),
        of_job=job.id,
        done=phrase("Rolled back, and compared"),
    )
    return _Round(job=job, work=work, left=left)
