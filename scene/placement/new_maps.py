# SPDX-License-Identifier: GPL-3.0-or-later
"""Replace maps of a picture by maps that were made again."""

from __future__ import annotations

from collections.abc import Sequence

import bpy

from ...imaging.tiling.settings import Map
from ...jobs.job import Job
from ...texts.phrases import joined, phrase
from ..history.image_uses import left_text
from ..history.lineage import find_source, keep_for_good
from ..history.versions import find_shown, forget_comparison
from .elsewhere import listed
from .texture_maps import maps_in_use, read_normals_anew
from .way import Show, Shown


def are_shown(image: bpy.types.Image, parts: Sequence[str]) -> bool:
    """Return whether anything shows a map that will be made again."""
    return any(find_shown(one).uses for part, one in maps_in_use(image).items() if part in parts)


def find(job: Job) -> Show:
    """Find the picture; maps that nothing shows any more are only added."""

    def show(images: Sequence[bpy.types.Image]) -> Shown:
        source = find_source(job)
        before = maps_in_use(source) if source is not None else {}
        told: list[str] = []
        left: list[str] = []
        for result, image in zip(job.results, images, strict=True):
            old = before.get(job.part_of(result.index))
            if old is None or old == image:
                continue
            shown = find_shown(old)
            for use in shown.uses:
                forget_comparison(use)
                use.image = image
            if job.part_of(result.index) == Map.NORMAL.value:
                read_normals_anew(image)
            keep_for_good(old)
            if shown.uses:
                told.append(old.name)
            left.append(left_text(shown.left, old))
        if not told:
            return Shown()
        return Shown(text=joined(phrase("In place of {names}", names=listed(told)), *left, by=". "))

    return show
