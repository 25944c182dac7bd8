# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of asset libraries: their catalogues, and names for new .blends in them. Worker only."""

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
    """Return the path of a catalogue as Blender has it: parts with a slash between them, none empty."""
    parts = (" ".join(part.replace(":", "-").split()) for part in path.replace("\\", "/").split("/"))
    return "/".join(filter(None, parts))


def catalogue_id(folder: Path, path: str) -> str:
    """Return the id of a catalogue, which is added to the folder's where it is missing.

    Args:
        folder: of an asset library, or that of a .blend by itself.
        path: as `plain_catalogue`.

    Raises:
        Refusal, OSError: the file can't be read or written.
    """
    file = folder / CATALOGUES
    text = file.read_text("utf-8") if file.is_file() else _HEAD
    for line in text.splitlines():
        known, _, rest = line.partition(":")
        if not line.startswith(("#", "VERSION")) and rest.rpartition(":")[0] == path:
            return known.strip()
    made = str(uuid.uuid4())
    text += "" if text.endswith("\n") else "\n"
    text += f"{made}:{path}:{path.replace('/', '-')}\n"
    with write_atomically(file, shared=True) as target:
        target.write(text.encode())
    return made


def new_blend(folder: Path, name: str) -> Path:
    """Return the path of a new .blend in an asset library, in a folder of Easel's own."""
    place = folder / "Easel"
    place.mkdir(exist_ok=True)
    return unique_path(place, slug(name, fallback="material"), ".blend")
