# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of asset libraries: their catalogues, and names for new .blend files. Worker only."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Final

from ..imaging.files import slug, unique_path, write_atomically

CATALOGUES: Final = "blender_assets.cats.txt"
"""https://docs.blender.org/manual/en/latest/files/asset_libraries/catalogs.html"""
_HEAD: Final = """\
# This is an Asset Catalog Definition file for Blender.
#
# Empty lines and lines starting with `#` will be ignored.
# The first non-ignored line should be the version indicator.
# Other lines are of the format "UUID:catalog/path/for/assets:simple catalog name"

VERSION 1

"""


def plain_catalogue(path: str) -> str:
    """Return a catalogue's path as Blender writes it: parts joined by slashes, without empty parts."""
    parts = (" ".join(part.replace(":", "-").split()) for part in path.replace("\\", "/").split("/"))
    return "/".join(filter(None, parts))


def catalogue_id(folder: Path, path: str) -> str:
    """Return the id of a catalogue, and add the catalogue to the folder if it is missing.

    Args:
        folder: an asset library's folder, or the folder of a single .blend.
        path: as `plain_catalogue` returns it.

    Raises:
        FileNotWritten, OSError: the file can't be read or written.
    """
    file = folder / CATALOGUES
    text = file.read_text("utf-8", "surrogateescape") if file.is_file() else ""  # another tool's bytes stay
    text = text if text.strip() else _HEAD
    for line in text.splitlines():
        known, _, rest = line.partition(":")
        if not line.startswith(("#", "VERSION")) and rest.rpartition(":")[0] == path:
            return known.strip()
    made = str(uuid.uuid4())
    text += "" if text.endswith("\n") else "\n"
    text += f"{made}:{path}:{path.replace('/', '-')}\n"
    with write_atomically(file, shared=True) as target:
        target.write(text.encode("utf-8", "surrogateescape"))
    return made


def new_blend(folder: Path, name: str) -> Path:
    """Return the path for a new .blend in an asset library, inside Easel's own folder."""
    place = folder / "Easel"
    place.mkdir(exist_ok=True)
    return unique_path(place, slug(name, fallback="material"), ".blend")
