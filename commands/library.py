# SPDX-License-Identifier: GPL-3.0-or-later
"""`easel library`: find images, copy them elsewhere, bring others in."""

from __future__ import annotations

from pathlib import Path

from ..jobs import images
from ..jobs.image_rows import ImageRow
from ..scene import settings
from ..terminal.exits import Exit
from ..terminal.told import image_record, time_text
from ..texts.refusal import Refusal
from ..texts.wrapping import first_line
from .call import Call, operate


def library(call: Call) -> int:
    """List the images that are found, copy them, or import files."""
    asked = call.arguments
    if asked.bring:
        return _bring(call)
    words = " ".join(asked.words)
    if asked.export:
        if asked.starred or asked.rating or asked.tag or asked.project is not None:
            raise Refusal("--export goes by words alone, without --starred, --rating, --tag and --project.")
        folder = str(Path(asked.export).expanduser().absolute())
        with call.interrupts.raising():
            operate("export_library", directory=folder, search=words, wait=True, timeout=0)
        call.output.record("exported", {"folder": folder}, folder)
        return Exit.DONE
    found = images.search(
        settings.library_folder(),
        words,
        is_starred=asked.starred,
        rating=asked.rating,
        tags=tuple(asked.tag),
        project=asked.project,
        limit=asked.limit,
    )
    for row in found:
        call.output.record("image", image_record(row), _line(row))
    return Exit.DONE


def _line(row: ImageRow) -> str:
    return f"{time_text(row.made_at)[:10]}  {row.path}  {first_line(row.written, 48)}"


def _bring(call: Call) -> int:
    """Copy images into the library: files, or all of a folder."""
    paths = [Path(text).expanduser().absolute() for text in call.arguments.bring]
    if missing := [str(path) for path in paths if not path.exists()]:
        raise Refusal(f"There is no {', '.join(missing)}.")
    by_folder: dict[Path, list[str]] = {}
    for path in paths:
        if not path.is_dir():
            by_folder.setdefault(path.parent, []).append(path.name)
    with call.interrupts.raising():
        for folder in (path for path in paths if path.is_dir()):
            operate("import_images", directory=str(folder), wait=True, timeout=0)
        for folder, names in by_folder.items():
            files = [{"name": name} for name in names]
            operate("import_images", directory=str(folder), files=files, wait=True, timeout=0)
    call.output.record("imported", {"from": [str(path) for path in paths]}, *map(str, paths))
    return Exit.DONE
