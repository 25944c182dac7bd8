# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panels know of the sources: one row of the mirror for each, kept up to date by the pump.

The sources are those of the form, and the images that Easel's panels in other editors are about.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from . import thumbnails
from .describe import SourceInfo, describe, describe_file
from .language import say
from .sources import packed_file_of, path_of


def image_key(image: bpy.types.Image) -> str:
    """Name the row of an image."""
    return f"image:{image.session_uid}"


def file_key(filepath: str) -> str:
    """Name the row of a file."""
    return f"file:{filepath}"


def key_of(source: Any) -> str:
    """Name the row of one of the form's sources; empty while nothing is chosen."""
    if source.image is not None:
        return image_key(source.image)
    return file_key(source.filepath) if source.filepath else ""


def refresh(rows: Any, form: Any, others: list[bpy.types.Image]) -> bool:
    """Bring the mirror's rows up to date. True where anything changed.

    Args:
        others: images of other editors.
    """
    changed = thumbnails.take_next()
    wanted: dict[str, bpy.types.Image | Path] = {image_key(image): image for image in others}
    if form.mode == "EDIT":
        for source in form.sources:
            if key := key_of(source):
                wanted[key] = source.image or Path(bpy.path.abspath(source.filepath))
    for index in reversed(range(len(rows))):
        if rows[index].name not in wanted:
            rows.remove(index)
            changed = True
    if wanted and not thumbnails.is_ready():
        return changed  # a turn later
    for key, source in wanted.items():
        changed |= _refresh_one(rows, key, source)
    return changed


def editor_images() -> list[bpy.types.Image]:
    """List the images that Easel's open tabs in Image and Shader Editors are about, none twice."""
    found: dict[int, bpy.types.Image] = {}
    for window in bpy.data.window_managers[0].windows:
        for area in window.screen.areas:
            image = image_of(area.spaces.active) if is_tab_open(area) else None
            if image is not None:
                found[image.session_uid] = image
    return list(found.values())


def image_of(space: Any) -> bpy.types.Image | None:
    """Return the image that an editor is about: the open one, or the active Image Texture node's."""
    if isinstance(space, bpy.types.SpaceImageEditor):
        return space.image
    if isinstance(space, bpy.types.SpaceNodeEditor):
        node = active_image_node(space)
        return node.image if node is not None else None
    return None


def active_image_node(space: Any) -> bpy.types.ShaderNodeTexImage | None:
    """Return the Image Texture node that is active in a Shader Editor."""
    tree = getattr(space, "edit_tree", None)
    node = tree.nodes.active if tree is not None else None
    return node if isinstance(node, bpy.types.ShaderNodeTexImage) else None


def is_tab_open(area: bpy.types.Area) -> bool:
    """Tell whether an area's sidebar is open at Easel's tab."""
    return any(
        region.type == "UI" and region.width > 1 and region.active_panel_category == "Easel"
        for region in area.regions
    )


def _refresh_one(rows: Any, key: str, source: bpy.types.Image | Path) -> bool:
    info = describe_file(source) if isinstance(source, Path) else describe(source)
    thumbnail_key = _ask_for_thumbnail(key, source, info)
    row = rows.get(key)
    is_new = row is None
    if is_new:
        row = rows.add()
        row.name = key
    values = {
        "text": say(info.text),
        "warning": "\n".join(map(say, info.warnings)),
        "problem": say(info.problem),
        "icon": thumbnails.icon_of(thumbnail_key),
    }
    changed = is_new
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
            changed = True
    return changed


def _ask_for_thumbnail(key: str, source: bpy.types.Image | Path, info: SourceInfo) -> str:
    """Ask for a thumbnail of what is stored; return its key. Pixels in memory have Blender's own icon."""
    if info.problem:
        return ""
    if isinstance(source, Path):
        stamp, stored = _stamp(source), source
    elif source.has_data or source.source == "GENERATED":
        return ""
    elif (packed := packed_file_of(source)) is not None:
        stamp, stored = f"{packed.size}", None
        if not thumbnails.is_asked(f"{key}:{stamp}"):
            stored = packed.data
    else:
        stored = path_of(source)
        stamp = _stamp(stored)
    thumbnail_key = f"{key}:{stamp}"
    if stored is not None:
        thumbnails.ask(thumbnail_key, stored)
    return thumbnail_key


def _stamp(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{status.st_mtime_ns}:{status.st_size}"
