# SPDX-License-Identifier: GPL-3.0-or-later
"""Put an earlier request back into the form, with its placement."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...client.edit_mask import MaskKind
from ...client.engines import View
from ...client.model_requests import ModelRequest
from ...client.options import OPTIONS
from ...client.requests import EditRequest, GenerateRequest, Sizing, ToolRequest
from ...client.texture_requests import TextureRequest
from ...jobs.placement import Placement
from ...jobs.targets import BrushTexture, CameraBackground, ImageEmpty, Surfaces, WorldImage
from ...prompting.templates import NO_TEMPLATE
from ...prompting.tokens import escape
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from ..listing.form_sources import add_file, add_image
from ..masks.masks import areas_of, markers_of, mask_problem
from ..pictures.tiles import corner_of, ticked_text
from ..refs import find_image
from ..sources import file_facts

if TYPE_CHECKING:
    from ...client.edit_mask import EditMask


MODEL_PICTURES: Final = {
    View.FRONT: "image",
    View.LEFT: "image_left",
    View.BACK: "image_back",
    View.RIGHT: "image_right",
}
"""Names of the panel Model's properties, by the view that each shows."""

_SAME_PLACE: Final = 1e-4
"""The largest distance of two equal UVs, because properties have 32 bits."""


def reuse(
    form: Any,
    request: GenerateRequest,
    placement: Placement | None = None,
    copies: Sequence[Path] = (),
) -> list[str]:
    """Fill the form from a request: prompt as typed, template, model, options, sources, mask.

    Args:
        placement: of its result, if known: the way to place, and the images and files of the sources. In the
            session that is open.
        copies: files that replace missing sources of an edit, in their order.

    Returns:
        what is missing now: names of sources, and phrases for the rest.

    Raises:
        Refusal: a tool made it.
    """
    if isinstance(request, ToolRequest):
        raise Refusal(phrase("A tool made it without a prompt: there are no settings to reuse."))
    if isinstance(request, ModelRequest):
        return _reuse_model(form.to_model, request, placement)
    if isinstance(request, TextureRequest):
        return _reuse_texture(form.to_texture, request, placement)
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
        missing, edited = _reuse_sources(form, request, placement, copies)
        gone = [*missing, *gone, *_reuse_mask(form.mask, request.mask, edited, placement)]
    return gone


def _reuse_model(form: Any, request: ModelRequest, placement: Placement | None) -> list[str]:
    """Fill the panel Model. Returns the names of missing pictures."""
    form.engine = request.model.value
    form.textures, form.pbr = request.textures, request.pbr
    form.faces = request.faces or request.engine.default_faces or form.faces
    form.prompt = "" if request.sources else request.prompt
    if placement is not None and placement.model is not None:
        form.height = placement.model.height
    views = (request.views or (View.FRONT,))[: len(request.sources)]
    gone: list[str] = []
    for view, name in MODEL_PICTURES.items():
        setattr(form, name, None)
        if view not in views:
            continue
        index = views.index(view)
        sent = placement.sent[index] if placement is not None and index < len(placement.sent) else None
        image = find_image(sent) if sent is not None else None
        image = image or bpy.data.images.get(request.sources[index].name)
        setattr(form, name, image)
        if image is None:
            gone.append(request.sources[index].name)
    return gone


def _reuse_texture(form: Any, request: TextureRequest, placement: Placement | None) -> list[str]:
    """Fill the panel Texture Model. Returns the name of the picture, if it is missing."""
    form.engine = request.model.value
    form.pbr = request.pbr
    if request.quality:
        _choose(form, "quality", request.quality)
    if placement is not None and placement.textured is not None:
        form.modifiers = placement.textured.has_modifiers
    form.image, form.prompt = None, ""
    if not request.has_picture:
        form.prompt = request.prompt
        return []
    name = request.sources[-1].name
    form.image = _image_called(name, placement)
    return [] if form.image is not None else [name]


def _reuse_options(group: Any, request: GenerateRequest) -> None:
    for name in (option.name for option in OPTIONS):
        if name in group.bl_rna.properties:
            value = getattr(request, name)
            if value in ("", None) or not _choose(group, name, value):
                group.property_unset(name)


def _choose(group: Any, name: str, value: Any) -> bool:
    """Set a property; False if this version lacks the value."""
    try:
        setattr(group, name, value)
    except (TypeError, ValueError):
        return False
    return True


def _reuse_way(form: Any, placement: Placement) -> None:
    """Choose the way to place and its options, as far as the form has them."""
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


def _reuse_sources(
    form: Any, request: EditRequest, placement: Placement | None, copies: Sequence[Path]
) -> tuple[list[str], Any | None]:
    """Restore the sources: images of the file, or the files that the job sent, else copies of them.

    Returns:
        names of missing ones, and the form's source that was edited (None if that is missing).
    """
    form.sources.clear()
    form.is_following = False
    if not request.mask.has_area:  # a masked edit had no choice
        form.sizing = _sizing_of(request).value
    # The last source of a masked edit was its marked copy.
    sources = request.sources[: -1 if request.mask.is_set else None]
    found = [_places_of(source.name, placement, copies[at : at + 1]) for at, source in enumerate(sources)]
    facts = file_facts.look_for(one for places in found for one in places if isinstance(one, Path))
    missing: list[str] = []
    is_edited_here = False
    for index, (source, places) in enumerate(zip(sources, found, strict=True)):
        is_there = (
            one for one in places if not (isinstance(one, Path) and one in facts) or facts[one].is_file
        )
        picture = next(is_there, None)  # a silent disk, which gives no facts, may have it
        if picture is None:
            missing.append(source.name)
            continue
        if isinstance(picture, bpy.types.Image):
            add_image(form, picture)
        else:
            add_file(form, picture)
        form.sources[form.active_source].role = source.role
        is_edited_here |= index == 0
    form.active_source = 0
    if not is_edited_here:
        return missing, None
    if placement is not None and placement.tile is not None:
        form.sources[0].tiles = ticked_text([placement.tile.number])
    return missing, form.sources[0]


def _places_of(
    name: str, placement: Placement | None, copies: Sequence[Path]
) -> list[bpy.types.Image] | list[Path]:
    """List the places where a source may be, the likeliest first."""
    image = _image_called(name, placement)
    if image is not None:
        return [image]
    path = _file_called(name, placement)
    return [*([path] if path is not None else []), *copies]


def _file_called(name: str, placement: Placement | None) -> Path | None:
    """Find the file of a source that was a file."""
    paths = map(Path, placement.sent_files if placement is not None else ())
    return next((path for path in paths if path.name == name), None)


def _sizing_of(request: EditRequest) -> Sizing:
    if not request.keeps_place:
        return Sizing.AS_IT_CAME
    return Sizing.KEEP_SIZE if request.keeps_size else Sizing.NEW_SIZE


def _image_called(name: str, placement: Placement | None) -> bpy.types.Image | None:
    """Find a source: the same image that was sent, whatever its name now; else one of its name."""
    for ref in placement.sent if placement is not None else ():
        if ref.name == name and (image := find_image(ref)) is not None:
            return image
    return bpy.data.images.get(name)


def _reuse_mask(
    settings: Any, mask: EditMask, edited: Any | None, placement: Placement | None
) -> Sequence[str]:
    """Restore the mask, as far as it still exists, for the source that it was made for.

    Drawn and selected parts belong to the artist's images. Without its source there is no mask, because on
    another picture it would mean something else.

    Args:
        edited: the edited source, in the form again; None if it is missing.
    """
    settings.kind = mask.kind.value if edited is not None else MaskKind.EVERYTHING.value
    if not mask.is_set:
        return ()
    lost = [phrase("the markers") if mask.kind is MaskKind.MARKERS else phrase("the mask")]
    if edited is None:
        return lost
    image: bpy.types.Image | None = edited.image
    if mask.has_area:
        settings.feather, settings.bleed, settings.invert = mask.feather, mask.bleed, mask.inverts
    match mask.kind:
        case MaskKind.IMAGE:
            was_sent = placement.sent[-1] if placement is not None and placement.sent else None
            settings.image = find_image(was_sent) if was_sent is not None else None
            is_here = settings.image is not None
        case MaskKind.MARKERS:
            is_here = image is not None and _reuse_markers(settings, mask, image, placement)
        case MaskKind.AREA:
            is_here = bool(areas_of(settings, image))
        case MaskKind.FACES:
            is_here = not mask_problem(bpy.context, settings, image)
        case _:
            is_here = True
    return () if is_here else lost


def _reuse_markers(
    settings: Any, mask: EditMask, image: bpy.types.Image, placement: Placement | None
) -> bool:
    """Set the markers on an image without any. False if it has other ones, which stay."""
    u, v = (0, 0) if placement is None or placement.tile is None else corner_of(placement.tile.number)
    known = [((marker.place[0] + u, marker.place[1] + v), marker.text) for marker in mask.markers]
    here = markers_of(settings, image)
    if not here:
        for place, text in known:
            marker = settings.markers.add()
            marker.image, marker.place, marker.instruction = image, place, text
        return True
    return len(here) == len(known) and all(
        marker.instruction == text and math.dist(marker.place, place) < _SAME_PLACE
        for marker, (place, text) in zip(here, known, strict=True)
    )
