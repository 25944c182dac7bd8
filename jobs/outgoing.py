# SPDX-License-Identifier: GPL-3.0-or-later
"""The last step before the upload: bring every source into the form in which it leaves the machine."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from ..client.requests import EditRequest
from ..imaging.outgoing import make_outgoing
from .desk import Desk, Follow
from .preparation import Preparation


def put_in_form(
    desk: Desk, follow: Follow, request: EditRequest, made: Preparation, originals: Container[str]
) -> Preparation:
    """Remove metadata and keep the artist's limits.

    The copy that the answer is compared with stays unchanged.
    Worker thread.

    Args:
        originals: paths of the artist's own files, which may contain anything.

    Raises:
        ImagingError, OSError: nothing was sent.
    """
    folder = desk.library.sources_folder(follow.job_id)
    for index, upload in enumerate(made.uploads):
        follow.check()
        if not upload.path:
            continue
        form = make_outgoing(
            Path(upload.path),
            folder,
            f"sent-{index + 1}",
            desk.upload_rule,
            is_ours=upload.path not in originals,
            is_data=request.holds_data and index == 0,
        )
        made = made.with_upload(index, form.path, form.format.media_type)
    return made
