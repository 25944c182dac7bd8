# SPDX-License-Identifier: GPL-3.0-or-later
"""The last step before the upload: every source gets the form in which it leaves the machine."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from ..client.requests import EditRequest
from ..imaging.outgoing import make_outgoing
from .desk import Desk, Follow


def put_in_form(desk: Desk, follow: Follow, request: EditRequest, originals: Container[str]) -> EditRequest:
    """Take out metadata and keep the artist's limits. What the answer is compared with stays whole.

    Worker thread.

    Args:
        originals: paths of files with the artist's own bytes, and whatever else is in them.

    Raises:
        ImagingError, OSError: nothing was sent.
    """
    folder = desk.library.sources_folder(follow.job_id)
    forms: dict[int, tuple[Path, str]] = {}
    for index, source in enumerate(request.sources):
        follow.check()
        if not source.path:
            continue
        made = make_outgoing(
            Path(source.path),
            folder,
            f"sent-{index + 1}",
            desk.upload_rule,
            is_ours=source.path not in originals,
            is_data=request.holds_data and index == 0,
        )
        forms[index] = (made.path, made.format.media_type)
    return request.with_uploads(forms)
