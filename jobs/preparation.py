# SPDX-License-Identifier: GPL-3.0-or-later
"""What a worker has made of an edit's sources: files of this machine, of whose places no recipe tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..client.requests import EditRequest, Upload
from .origins import Origin


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """The files of one edit."""

    uploads: tuple[Upload, ...] = ()
    """One for each source, in their order."""
    fit: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """How the first source lies on its canvas (`imaging.fit.Fit.to_dict`); empty if it has none."""
    original: str = ""
    """The first source at its own size, where the result is to keep size and place."""
    original_floats: str = ""
    """The first source's own values, where it holds floats and the result is to be put into it."""
    floats_space: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The linear colour space of those values (`imaging.spaces.LinearSpace.to_dict`); empty: Rec.709."""
    mask: str = ""
    """The mask's area as a grey PNG of the first source's size, white where it may change."""
    origins: tuple[Origin, ...] = ()
    """What each source is by its content, in their order, without the marked copy. Recipes tell of it."""
    mask_content: str = ""
    """SHA-256 of the mask's file."""

    def request_of(self, request: EditRequest) -> EditRequest:
        """The request as it is sent: a canvas has an aspect ratio of its own."""
        return request.in_ratio(str(self.fit.get("ratio", "")))

    def with_upload(self, index: int, path: Path, media_type: str) -> Preparation:
        """The same with another file for a source."""
        upload = replace(self.uploads[index], path=str(path), media_type=media_type)
        return replace(self, uploads=(*self.uploads[:index], upload, *self.uploads[index + 1 :]))
