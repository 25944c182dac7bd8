# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits inside a mask: write the mask as a file of the first source's size, and a copy that shows it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from ..client.edit_mask import EditMask, MaskKind
from ..client.requests import EditRequest
from ..imaging.errors import ImagingError
from ..imaging.formats import Format
from ..imaging.snapshot import MASK_INDEX, PendingPixels, UVShapes
from ..imaging.upload import prepare_upload
from ..texts.phrases import phrase
from .desk import Desk, Follow
from .preparation import Preparation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..imaging.fit import Fit


def put_mask(desk: Desk, follow: Follow, request: EditRequest, made: Preparation) -> Preparation:
    """Write the mask, and the marked copy that is the last source. Worker thread.

    Raises:
        ImagingError, OSError: nothing was sent.
    """
    if not request.mask.is_set or not made.fit:
        return made
    from ..imaging.fit import Fit
    from ..imaging.mask_making import write_marked, write_mask

    desk.tell(follow, phrase("Preparing the mask"))
    folder = desk.library.sources_folder(follow.job_id)
    fit = Fit.from_dict(made.fit)
    mask = None
    if request.mask.has_area:
        path = folder / "mask.png"
        area = _area(desk, follow, request.mask, made, fit)
        mask = write_mask(area, path, inverts=request.mask.inverts)
        made = dataclasses.replace(made, mask=str(path))
    marked = folder / "marked.png"
    write_marked(
        Path(made.uploads[0].path or made.original),
        marked,
        fit,
        mask=mask,
        places=[marker.place for marker in request.mask.markers],
        is_data=request.holds_data,
    )
    return made.with_upload(len(made.uploads) - 1, marked, Format.PNG.media_type)


def _area(desk: Desk, follow: Follow, mask: EditMask, made: Preparation, fit: Fit) -> NDArray[np.uint8]:
    """Make the mask's area at the size of the first source, not yet inverted."""
    from ..imaging import mask_making

    if mask.kind is MaskKind.ALPHA:
        return mask_making.area_of_alpha(Path(made.original_floats or made.original), mask.bleed)
    taken = follow.snapshots.get(MASK_INDEX)
    if taken is None:
        raise ImagingError(phrase("Blender closed before the mask was read. Start again."))
    if isinstance(taken, UVShapes):
        return mask_making.area_of_shapes(taken, fit.source, mask.bleed)
    folder = desk.library.sources_folder(follow.job_id)
    upload = prepare_upload(follow.pixels_of(taken), folder, "mask-image")
    if isinstance(taken, PendingPixels):
        taken.released.set()
    return mask_making.area_of_image(upload.path, fit.source, mask.bleed)
