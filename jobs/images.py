# SPDX-License-Identifier: GPL-3.0-or-later
"""The library for scripts: find every paid image by its words. Read-only.

    from bl_ext.user_default.easel.jobs import images

    for row in images.search("~/Easel", "mossy wall last week", is_starred=True):
        print(row.path, row.written, row.model, row.made_at)

It also works without Blender, on the library's machine or on a copy of the library. Don't call it on
Blender's main thread while the artist works, because it waits for the disk.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .image_rows import ImageRow, Order, Search
from .ledger import Ledger
from .library import Library

__all__ = ["ImageRow", "Order", "Search", "count", "search", "tags"]


def search(library: Path | str, text: str = "", **wanted: Any) -> list[ImageRow]:
    """Find images of a library.

    Args:
        library: its folder.
        text: words or their beginnings, and dates: "copper", "grune mau", "yesterday", "2026-11".
        wanted: the fields of `Search`: `is_starred`, `rating`, `tags`, `project`, `model`, `is_edit`,
            `has_mask`, `is_placed`, `edits_of`, `job_id`, `in_bin`, `order`, `limit` (100), `offset`.

    Raises:
        Refusal: there is no library in the folder, or it can't be read.
        TypeError: `Search` has no such field.
    """
    asked = Search(text=text, **wanted)
    with contextlib.closing(_ledger(library)) as ledger:
        return ledger.search(asked)


def count(library: Path | str, text: str = "", **wanted: Any) -> int:
    """Count the images that `search` finds, ignoring its limit."""
    asked = Search(text=text, **wanted)
    with contextlib.closing(_ledger(library)) as ledger:
        return ledger.count_images(asked)


def tags(library: Path | str) -> list[tuple[str, int]]:
    """Return all tags of a library, with the number of images for each."""
    with contextlib.closing(_ledger(library)) as ledger:
        return ledger.tags()


def _ledger(folder: Path | str) -> Ledger:
    path = Library(Path(folder).expanduser()).ledger_path
    if not path.is_file():
        raise Refusal(phrase("There is no library in {folder}.", folder=path.parent))
    return Ledger(path)
