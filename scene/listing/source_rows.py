# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels' rows about sources: one row of the mirror for each, kept up to date by the pump.

The sources are those of the form, and the images that Easel's panels in other editors are about.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import bpy

from ...client.models import MODELS, ONLY_RESOLUTION, side_of
from ...client.requests import Sizing
from ...jobs.fit import canvas_ratios
from .. import live, settings
from ..language import say
from ..pictures.tiles import chosen_tiles
from ..sources import file_facts
from ..sources.snapshots import packed_file_of, path_of
from . import thumbnails, tile_rounds
from .describe import describe, describe_file
from .source_info import SendPlan

MOST: Final = 2 * max(model.max_sources for model in MODELS.values())
"""How many sources of a form are described: more than any model takes. Besides them the active one."""
A_TURN: Final = 8
"""How many sources are looked at in one turn: each takes up to a millisecond."""
_MORE: Final = "more:"
"""Begins the key of a source that is not the one to be edited."""


@dataclass(kw_only=True)
class _State:
    turns: itertools.count[int] = field(default_factory=itertools.count)


def image_key(image: bpy.types.Image, ticked: str = "") -> str:
    """Name the row of an image; `ticked`: the tiles of which it tells, where the artist has said that."""
    return f"image:{image.session_uid}:{ticked}" if ticked else f"image:{image.session_uid}"


def file_key(filepath: str) -> str:
    """Name the row of a file."""
    return f"file:{filepath}"


def key_of(source: Any) -> str:
    """Name the row of one of the form's sources; empty while nothing is chosen.

    The first one is sent in another way than the others, and the same picture may be both.
    """
    sources = source.id_data.easel.sources
    more = "" if len(sources) and source == sources[0] else _MORE
    if source.image is not None:
        return more + image_key(source.image, source.tiles)
    return more + file_key(source.filepath) if source.filepath else ""


def refresh(rows: Any, form: Any, others: list[bpy.types.Image]) -> bool:
    """Bring the mirror's rows up to date. True if anything changed.

    Args:
        others: images of other editors.
    """
    changed = thumbnails.take_next()
    scene = form.id_data
    wanted: dict[str, tuple[bpy.types.Image | Path, str, bool]] = {
        image_key(image): (image, "", True) for image in others
    }
    if form.mode == "EDIT":
        for index in _described(form):
            source = form.sources[index]
            if key := key_of(source):
                picture = source.image or Path(settings.typed_path(source.filepath))
                wanted[key] = (picture, source.tiles, not index)
    for index in reversed(range(len(rows))):
        if rows[index].name not in wanted:
            rows.remove(index)
            changed = True
    tile_rounds.keep_only(wanted)
    if not wanted or not thumbnails.is_ready():
        return changed  # a turn later
    first, other = _plans(form)
    for key in _next_keys(list(wanted), rows):
        source, ticked, is_first = wanted[key]
        changed |= _refresh_one(rows, key, source, ticked, scene, first if is_first else other)
    return changed


def _described(form: Any) -> list[int]:
    """Choose the sources that panels are told of, however many there are."""
    count, active = len(form.sources), form.active_source
    chosen = list(range(min(count, MOST)))
    return [*chosen, active] if MOST <= active < count else chosen


def _next_keys(keys: list[str], rows: Any) -> list[str]:
    """Choose the sources to look at in this turn: first those without a row, then the others in turn."""
    if len(keys) <= A_TURN:
        return keys
    start = next(live.part(_State).turns) * A_TURN % len(keys)
    in_turn = keys[start:] + keys[:start]
    return sorted(in_turn, key=lambda key: key in rows)[:A_TURN]


def _plans(form: Any) -> tuple[SendPlan, SendPlan]:
    """Return how the edited source will be sent, and how all others."""
    other = SendPlan(rule=settings.read().upload_rule, is_first=False)
    keeps_place = form.comes_back is not Sizing.AS_IT_CAME
    options = form.options(form.model_id)
    ratios = canvas_ratios(form.model_id, getattr(options, "image_size", "")) if keeps_place else None
    size = getattr(options, "resolution", "") or getattr(options, "image_size", "") or ONLY_RESOLUTION
    return replace(other, is_first=True, ratios=ratios, answer_side=side_of(size)), other


def _refresh_one(
    rows: Any,
    row_key: str,
    source: bpy.types.Image | Path,
    ticked: str,
    scene: bpy.types.Scene,
    plan: SendPlan,
) -> bool:
    key = row_key.removeprefix(_MORE)  # the picture is the same
    if isinstance(source, Path):
        icon_key = f"{key}:{_stamp(source)}"
        info = describe_file(source, plan=plan, look=thumbnails.look_of(icon_key), ask=file_facts.known)
        if info.is_known and not info.problem:
            thumbnails.ask(icon_key, source, as_viewed=True)
    else:
        tiles = chosen_tiles(source, ticked)
        if not plan.is_first:
            tiles = tiles[:1]  # of others one is sent
        tile, ask = next(iter(tiles), 0), file_facts.known
        info = describe(source, scene=scene, tile=tile, plan=plan, ask=ask)
        is_meant = info.is_known and not info.problem
        icon_key = _ask_for_thumbnail(key, source, scene, tile) if is_meant else ""
        look = thumbnails.look_of(icon_key)
        if look is not None or len(tiles) > 1:
            info = tile_rounds.describe_in_turn(
                row_key, source, tiles, scene=scene, plan=plan, look=look, ask=ask
            )
    row = rows.get(row_key)
    is_new = row is None
    if is_new:
        row = rows.add()
        row.name = row_key
    values = {
        "state": say(info.state),
        "text": say(info.text),
        "warning": "\n".join(map(say, info.warnings)),
        "problem": say(info.problem),
        "icon": thumbnails.icon_of(icon_key),
        "width": info.width,
        "height": info.height,
        "byte_count": min(info.byte_count, 2**31 - 1),
        "has_layers": info.has_layers,
        "is_about": info.is_about,
        "is_most": info.is_most,
    }
    changed = is_new
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
            changed = True
    return changed


def _ask_for_thumbnail(key: str, image: bpy.types.Image, scene: bpy.types.Scene, tile: int) -> str:
    """Ask for a thumbnail of the stored file; return its key. Pixels in memory have Blender's own icon."""
    is_stored = image.source == "SEQUENCE" or (image.source in ("FILE", "TILED") and not image.has_data)
    if not is_stored:
        return ""
    packed = packed_file_of(image, tile=tile)
    if packed is not None:
        thumbnail_key = f"{key}:{tile}:{packed.size}"
        if not thumbnails.is_asked(thumbnail_key):
            thumbnails.ask(thumbnail_key, packed.data)
        return thumbnail_key
    path = path_of(image, scene=scene, tile=tile)
    thumbnail_key = f"{key}:{path.name}:{_stamp(path)}"
    thumbnails.ask(thumbnail_key, path)
    return thumbnail_key


def _stamp(path: Path) -> str:
    fact = file_facts.known(path)
    return fact.stamp if fact is not None else ""
