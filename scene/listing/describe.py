# SPDX-License-Identifier: GPL-3.0-or-later
"""Descriptions of sources for panels, made by the pump, never by `draw`: no pixels, only known facts."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import bpy

from ...imaging.any_header import AnyHeader, read_any_header
from ...imaging.forecast import Look, Stored
from ...imaging.formats import Format
from ...texts.phrases import joined, phrase
from .. import settings
from ..pictures.frames import shown_frame
from ..pictures.tiles import active_tile
from ..sources import file_facts, never_upload
from ..sources.file_facts import Ask, FileFact
from ..sources.layers import meant_layer
from ..sources.snapshots import (
    is_stored_as_shown,
    obstacle,
    obstacle_of_file,
    obstacle_to_read,
    packed_file_of,
    path_of,
)
from .source_info import SendPlan, SourceInfo

_NON_COLOR: Final = phrase("Non-Color data: the model treats it as a picture")
_PAINTED: Final = phrase("Painted and not saved: the painted pixels are sent")
_NO_FILE: Final = phrase("Its file is missing: the pixels in memory are sent")
_FLOATS: Final = phrase("Floats are sent as 8 bits: values outside 0 to 1 are cut off")
_AS_SEEN: Final = phrase("Sent as the scene's view transform shows it")
_LOOKING: Final = phrase("Looking at the file…")
_MOST_NUMBERS: Final = 10
"""How many tiles are named by their numbers."""
_ALPHA: Final = phrase("Has an alpha channel, which a model may ignore")


def describe(
    image: bpy.types.Image,
    *,
    scene: bpy.types.Scene | None = None,
    tile: int = 0,
    plan: SendPlan | None = None,
    look: Look | None = None,
    ask: Ask = file_facts.look_now,
) -> SourceInfo:
    """Describe an image for the panels. Main thread; never triggers a decode.

    Args:
        ask: returns the facts of its file; callers that repeat all the time pass `file_facts.known`.
        plan: how it will be sent; None: as the first source, without a canvas.
        look: what a worker has seen in it.
        scene: whose frame it is; None: that of the first window.
        tile: number of the tile of a UDIM image; 0: the active one.
    """
    problem = never_upload.last_refusal(image)
    problem = problem or obstacle(image, scene=scene, tile=tile, is_file=lambda path: _may_be_file(ask(path)))
    if problem:
        return SourceInfo(state=phrase("Unusable"), problem=problem)
    is_shown = image.source == "VIEWER"
    info = _describe_viewer(image) if is_shown else _describe_pixels(image, scene, tile, ask)
    if info.problem:
        return info
    if not info.is_known:
        return looking(plan)
    is_data = image.colorspace_settings.is_data
    stored = info.stored or Stored(width=info.width, height=info.height)
    info = replace(info, stored=replace(stored, is_data=is_data))
    info = info.foreseen(plan or SendPlan(rule=settings.read().upload_rule), look)
    warnings = (*info.warnings, _NON_COLOR) if is_data else info.warnings
    return replace(info, state=_state(image, info.state, scene, tile), warnings=warnings)


def of_tiles(tiles: Sequence[int], infos: Sequence[SourceInfo]) -> SourceInfo:
    """Describe an image with these tiles, which are sent in a request each."""
    unknown = next((info for info in infos if not info.is_known), infos[0])
    first = next((info for info in infos if info.problem), unknown)
    if len(infos) < 2 or first.problem:
        return first
    shown = list(map(str, tiles if len(tiles) <= _MOST_NUMBERS else (*tiles[: _MOST_NUMBERS - 1], tiles[-1])))
    if len(shown) < len(tiles):
        shown[-1:] = ["…", shown[-1]]
    text = phrase("UDIM tiles {numbers}", numbers=", ".join(shown))
    return replace(
        first,
        state=text if first.is_known else first.state,
        byte_count=sum(info.byte_count for info in infos),
        is_about=any(info.is_about for info in infos),
        is_most=any(info.is_most for info in infos),
        warnings=tuple(dict.fromkeys(warning for info in infos for warning in info.warnings)),
    )


def describe_file(
    path: Path,
    *,
    plan: SendPlan | None = None,
    look: Look | None = None,
    ask: Ask = file_facts.look_now,
) -> SourceInfo:
    """Describe a file that is no datablock of the scene. Arguments as of `describe`."""
    fact = ask(path)
    if fact is None:
        return looking(plan)
    if not fact.is_there:
        return SourceInfo(state=phrase("Unusable"), problem=phrase("The file is missing: {path}", path=path))
    if problem := never_upload.last_refusal_of_file(path):
        return SourceInfo(state=phrase("Unusable"), problem=problem)
    header = fact.header
    if problem := obstacle_of_file(path, header):
        return SourceInfo(state=phrase("Unusable"), problem=problem)
    if not header.format:
        info = _read_by_blender(fact)
        return info.foreseen(plan or SendPlan(rule=settings.read().upload_rule), look)
    is_sent = header.format in Format.__members__ and header.is_viewed_as_stored
    width, height = header.viewed_size
    seen = replace(header, width=width, height=height, is_alpha_unsure=False)  # Pillow itself decodes it
    info = _from_header(phrase("File"), seen, fact.byte_count, is_sent_as_stored=is_sent)
    return info.foreseen(plan or SendPlan(rule=settings.read().upload_rule), look)


def _read_by_blender(fact: FileFact) -> SourceInfo:
    """Describe a file of which Blender makes the pixels, as of an image; of several layers the whole."""
    state, header = phrase("File"), fact.header
    if header.layers:
        state = joined(state, phrase("layer {layer}", layer=header.layers[0].name), by=", ")
    return _from_header(state, header, fact.byte_count, is_sent_as_stored=False)


def looking(plan: SendPlan | None) -> SourceInfo:
    """Describe a source that is not known yet: nothing is sent that is larger than the preferences allow."""
    rule = plan.rule if plan is not None else settings.read().upload_rule
    return SourceInfo(state=_LOOKING, is_known=False, byte_count=rule.max_bytes, is_most=True)


def _describe_viewer(image: bpy.types.Image) -> SourceInfo:
    width, height = image.size
    return SourceInfo(
        state=phrase("Render Result") if image.type == "RENDER_RESULT" else phrase("Viewer"),
        width=width,
        height=height,
        warnings=(_AS_SEEN,),
    )


def _state(image: bpy.types.Image, kept: str, scene: bpy.types.Scene | None, tile: int) -> str:
    """Name the part of an image that is meant, and how it is kept."""
    if image.source == "SEQUENCE":
        return phrase("Frame {frame} of a sequence", frame=shown_frame(image, scene))
    if image.source == "MOVIE":
        return phrase("Frame {frame} of a movie", frame=shown_frame(image, scene))
    if image.source == "TILED":
        return joined(phrase("UDIM tile {number}", number=tile or active_tile(image)), kept, by=", ")
    return joined(kept, phrase("linked"), by=", ") if image.library is not None else kept


def _may_be_file(fact: FileFact | None) -> bool:
    return fact is None or fact.is_file


def _describe_pixels(
    image: bpy.types.Image, scene: bpy.types.Scene | None, tile: int, ask: Ask
) -> SourceInfo:
    if image.source == "GENERATED" or (image.is_dirty and image.source in ("FILE", "TILED")):
        width, height = _size_in_memory(image, tile)
        is_painted = image.is_dirty and image.source != "GENERATED"
        is_float = image.is_float if image.has_data else image.use_generated_float
        return SourceInfo(
            state=phrase("Painted, not saved") if image.is_dirty else phrase("Generated"),
            width=width,
            height=height,
            warnings=(*([_PAINTED] if is_painted else []), *([_FLOATS] if is_float else [])),
        )
    packed = packed_file_of(image, tile=tile)
    if packed is not None:
        header = _packed_header(image.session_uid, packed.size, tile)
        state, byte_count = phrase("Packed"), packed.size
    elif image.source == "TILED" and not image.filepath:
        width, height = _size_in_memory(image, tile)
        return SourceInfo(state=phrase("Generated"), width=width, height=height)
    else:
        fact = ask(path_of(image, scene=scene, tile=tile))
        if fact is None:
            return SourceInfo(state=_LOOKING, is_known=False)
        if not fact.is_file:
            width, height = _size_in_memory(image, tile)
            state = phrase("In memory, its file is missing")
            return SourceInfo(state=state, width=width, height=height, warnings=(_NO_FILE,))
        header = fact.header
        state, byte_count = phrase("File"), fact.byte_count
    if problem := obstacle_to_read(image, header):
        return SourceInfo(state=phrase("Unusable"), problem=problem)
    found = Format.__members__.get(header.format)
    info = _from_header(state, header, byte_count, is_sent_as_stored=is_stored_as_shown(image, found))
    if layer := meant_layer(image, header.layers):
        state = joined(state, phrase("layer {layer}", layer=layer.name), by=", ")
        return replace(info, state=state, width=layer.width, height=layer.height, has_layers=True)
    if not info.width:
        width, height = _size_in_memory(image, tile)
        info = replace(info, width=width, height=height)
    return info


def _from_header(state: str, header: AnyHeader, byte_count: int, *, is_sent_as_stored: bool) -> SourceInfo:
    is_sent_as_stored = is_sent_as_stored and header.is_plain
    return SourceInfo(
        state=state,
        width=header.width,
        height=header.height,
        stored=Stored(
            width=header.width,
            height=header.height,
            format=Format.__members__.get(header.format) if is_sent_as_stored else None,
            byte_count=byte_count if is_sent_as_stored else 0,
            has_alpha=None if header.is_float else header.has_alpha,
            is_alpha_unsure=header.is_alpha_unsure,
        ),
        warnings=(_FLOATS,) if header.is_float else (_ALPHA,) if header.has_alpha else (),
    )


def _size_in_memory(image: bpy.types.Image, tile: int) -> tuple[int, int]:
    if image.source == "TILED" and image.has_data:
        shown = image.tiles.get(tile or active_tile(image))
        width, height = shown.size if shown is not None else (0, 0)
        return width, height
    if image.has_data and image.source != "SEQUENCE":  # which is asked for a frame that is not the one shown
        width, height = image.size
        return width, height
    if image.source == "GENERATED":
        return image.generated_width, image.generated_height
    return 0, 0


@lru_cache(maxsize=64)
def _packed_header(session_uid: int, _byte_count: int, tile: int) -> AnyHeader:
    """Packed bytes are copied to be read, so once per image and size."""
    image = next(image for image in bpy.data.images if image.session_uid == session_uid)
    packed = packed_file_of(image, tile=tile)
    return read_any_header(io.BytesIO(packed.data)) if packed is not None else AnyHeader()
