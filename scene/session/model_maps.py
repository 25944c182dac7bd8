# SPDX-License-Identifier: GPL-3.0-or-later
"""Maps that a model draws: the request, and turning its drawing into data. Main thread."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ...client.requests import EditRequest, Source, validate
from ...imaging.snapshot import released_on_failure
from ...imaging.tiling.settings import Map
from ...jobs.local_edit import TilingWork, base_of, local_edit
from ...jobs.placement import Placement
from ...jobs.targets import ModelMap, PlacementKind
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from ..errors import SourceUnusable
from ..language import said
from ..placement.local_edits import look_of_edit
from ..placement.new_maps import are_shown
from ..refs import known_image, reference
from ..sources import never_upload
from ..sources.chosen_sources import ChosenSource, note_sent
from ..sources.one_picture import one_picture
from ..sources.snapshots import snapshot
from . import at_service, session, works

if TYPE_CHECKING:
    import bpy

    from ...imaging.snapshot import Taken
    from ...jobs.job import Job

_SAME: Final = (
    " Keep every shape exactly at its place, up to the edges: the two pictures are laid over each other."
    " There is no colour, no light, no shadow, no text and no frame."
)
_HEIGHT: Final = (
    "The picture is a texture, seen straight from above. Draw its height map: in greys alone, white is"
    " the highest place and black the lowest. What is dark only by colour or by shadow is not low."
)
_ROUGHNESS: Final = (
    "The picture is a texture, seen straight from above. Draw its roughness map: in greys alone, black is"
    " as smooth as polished metal or still water, white as dull as chalk. Each material in it has a grey"
    " of its own."
)
_TOLD: Final[Mapping[Map, str]] = MappingProxyType(
    {Map.HEIGHT: _HEIGHT + _SAME, Map.ROUGHNESS: _ROUGHNESS + _SAME}
)
"""The prompts."""


def prepared(
    image: bpy.types.Image, part: Map, options: Mapping[str, Any], scene: bpy.types.Scene
) -> tuple[EditRequest, Placement, Mapping[int, Taken]]:
    """Make the request to draw a map of an image. Raises Refusal if it may not be sent, or already was."""
    if problem := at_service.map_problem(image, part.value):
        raise Refusal(phrase("{obstacle}: wait for the result.", obstacle=problem))
    if problem := never_upload.refusal(image):
        raise SourceUnusable(problem)
    request = EditRequest(
        prompt=f"{part.value.capitalize()} of {image.name}\n\n{_TOLD[part]}",
        sources=(Source(name=image.name),),
        keeps_place=True,
        holds_data=image.source != "VIEWER" and image.colorspace_settings.is_data,
        alpha_mode=image.alpha_mode,
        **options,
    )
    validate(request)
    placement = Placement(
        kind=PlacementKind.MODEL_MAP,
        target=ModelMap(image=reference(image), part=part.value),
        session=session.session_id(),
        scene=reference(scene),
    )
    chosen = [ChosenSource(name=image.name, picture=image)]
    return request, note_sent(placement, chosen, None), {0: one_picture(image, scene)}


def take(job: Job) -> None:
    """Begin to make a map of a drawing. It is placed beside its texture later.

    Raises:
        Refusal: the texture is gone or can't be read, or the drawing doesn't fit.
    """
    target = job.placement.target
    result = next(iter(job.results), None)
    if not isinstance(target, ModelMap) or result is None:
        raise Refusal(phrase("This job did not draw a map."))
    if result.fitted is None:
        raise Refusal(result.fit_note or phrase("The drawing does not fit the texture."))
    works.require_none_of(job, phrase("Reading the map"))
    image = known_image(target.image)
    part = Map(target.part)
    taken = snapshot(image)
    with released_on_failure([taken]):
        request = local_edit(
            image.name,
            base_of(image.name),
            said("Maps: {image}", image=image.name),
            TilingWork(maps=(part,)),
            holds_data=image.colorspace_settings.is_data,
            alpha_mode=image.alpha_mode,
        )
        placement = Placement(
            kind=PlacementKind.NEW_MAPS if are_shown(image, (part.value,)) else PlacementKind.MAPS,
            made_from=reference(image),
            look=look_of_edit(image, taken),
        )
        work = session.engine().workshop.make_map(
            request, works.placed_here(placement, job), taken, result.fitted
        )
    works.note(
        work, image, phrase("Reading the map"), of_job=job.id, done=phrase("Made a map of the texture")
    )
