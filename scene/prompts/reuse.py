# SPDX-License-Identifier: GPL-3.0-or-later
"""An earlier request back in the form, with what becomes of its result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ...client.edit_mask import MaskKind
from ...client.options import OPTIONS
from ...client.requests import EditRequest, GenerateRequest, Sizing
from ...jobs.placement import BrushTexture, CameraBackground, ImageEmpty, Placement, Surfaces, WorldImage
from ...prompting.templates import NO_TEMPLATE
from ...prompting.tokens import escape
from ...texts.phrases import phrase
from ..listing.form_sources import add_file, add_image
from ..masks.masks import areas_of, markers_of, mask_problem
from ..refs import find_image

if TYPE_CHECKING:
    from ...client.edit_mask import EditMask


def reuse(form: Any, request: GenerateRequest, placement: Placement | None = None) -> list[str]:
    """Fill the form with all of a request: prompt as it was typed, template, model, options, sources, mask.

    Args:
        placement: what became of its result, where that is known: the way to place, and which images and
            files the sources were. In the session that is open.

    Returns:
        what is gone by now: names of sources, and phrases for the rest.
    """
    is_edit = isinstance(request, EditRequest)
    form.mode = "EDIT" if is_edit else "GENERATE"
    form.model = request.model.value
    setattr(form, form.prompt_name, request.written or escape(request.prompt))
    form.brought = ""  # by a template
    gone: list[str] = []
    if not _choose(form, "template", request.template if request.written else NO_TEMPLATE):
        form.template = NO_TEMPLATE
        gone.append(phrase("the template"))
    _reuse_options(form.options(request.model), request)
    if placement is not None:
        _reuse_way(form, placement)
    if isinstance(request, EditRequest):
        gone = [*_reuse_sources(form, request, placement), *gone, *_reuse_mask(form, request.mask, placement)]
    return gone


def _reuse_options(group: Any, request: GenerateRequest) -> None:
    for name in (option.name for option in OPTIONS):
        if name in group.bl_rna.properties:
            value = getattr(request, name)
            if value in ("", None) or not _choose(group, name, value):
                group.property_unset(name)


def _choose(group: Any, name: str, value: Any) -> bool:
    """Set a property; False where this version has no such choice."""
    try:
        setattr(group, name, value)
    except (TypeError, ValueError):
        return False
    return True


def _reuse_way(form: Any, placement: Placement) -> None:
    """Choose the way to place, as far as the form has it, with its options."""
    if not _choose(form, "placement", placement.kind.value):
        return
    target = placement.target
    if isinstance(target, Surfaces):
        form.edit_scope = target.scope.value
    for name, value in _options_of_way(target):
        _choose(form.ways, name, value)


def _options_of_way(target: Any) -> Iterator[tuple[str, Any]]:
    match target:
        case ImageEmpty():
            yield "reference_height", target.pose.height
            yield "reference_depth", target.depth
            yield "reference_side", target.side
            yield "reference_opacity", target.opacity
        case CameraBackground():
            yield "background_opacity", target.opacity
            yield "background_depth", target.depth
            yield "background_frame", target.frame
        case WorldImage():
            yield "world_mapping", target.mapping
        case BrushTexture():
            yield "brush_mapping", target.mapping
        case _:
            pass


def _reuse_sources(form: Any, request: EditRequest, placement: Placement | None) -> list[str]:
    """Bring the sources back: images that the file has, and files that the job has sent."""
    form.sources.clear()
    form.is_following = False
    if not request.mask.has_area:  # with one there was no choice
        form.sizing = _sizing_of(request).value
    missing: list[str] = []
    files = [Path(path) for path in placement.sent_files] if placement is not None else []
    # The last source of a masked edit was its marked copy.
    for source in request.sources[: -1 if request.mask.is_set else None]:
        image = _image_called(source.name, placement)
        file = next((path for path in files if path.name == source.name), None)
        if image is not None:
            add_image(form, image)
        elif file is not None and file.is_file():
            add_file(form, file)
        else:
            missing.append(source.name)
            continue
        form.sources[form.active_source].role = source.role
    form.active_source = 0
    return missing


def _sizing_of(request: EditRequest) -> Sizing:
    if not request.keeps_place:
        return Sizing.AS_IT_CAME
    return Sizing.KEEP_SIZE if request.keeps_size else Sizing.NEW_SIZE


def _image_called(name: str, placement: Placement | None) -> bpy.types.Image | None:
    """Find a source: the very image that was sent, whatever it is called by now; else one of its name."""
    for ref in placement.sent if placement is not None else ():
        if ref.name == name and (image := find_image(ref)) is not None:
            return image
    return bpy.data.images.get(name)


def _reuse_mask(form: Any, mask: EditMask, placement: Placement | None) -> Sequence[str]:
    """Bring the mask back as far as it is still there. What was drawn or selected is the artist's own."""
    settings = form.mask
    settings.kind = mask.kind.value
    if not mask.is_set:
        return ()
    image = form.sources[0].image if form.sources else None
    if mask.has_area:
        settings.feather, settings.bleed, settings.invert = mask.feather, mask.bleed, mask.inverts
    if mask.kind is MaskKind.IMAGE and placement is not None and placement.sent:
        settings.image = find_image(placement.sent[-1]) or settings.image
    if mask.kind is MaskKind.MARKERS and image is not None and not markers_of(settings, image):
        for known in mask.markers:
            marker = settings.markers.add()
            marker.image, marker.place, marker.instruction = image, known.place, known.text
    is_lost = {
        MaskKind.AREA: lambda: image is None or not areas_of(settings, image),
        MaskKind.FACES: lambda: bool(mask_problem(bpy.context, settings, image)),
        MaskKind.IMAGE: lambda: settings.image is None,
    }
    return [phrase("the mask")] if mask.kind in is_lost and is_lost[mask.kind]() else []
