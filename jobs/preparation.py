# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that a worker has made from an edit's sources. Recipes never contain their paths."""

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
    """How the first source lies on its canvas (`imaging.fit.Fit.to_dict`); empty without a canvas."""
    original: str = ""
    """The first source at its own size, if the result will keep size and place."""
    original_floats: str = ""
    """The first source's own values, if it holds floats and the result will be put into it."""
    floats_space: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The linear colour space of those values (`imaging.spaces.LinearSpace.to_dict`); empty: Rec.709."""
    mask: str = ""
    """The mask's area as a grey PNG of the first source's size, white where it may change."""
    origins: tuple[Origin, ...] = ()
    """The content of each source, in their order, without the marked copy. Recipes contain it."""
    mask_content: str = ""
    """SHA-256 of the mask's file."""

    def request_of(self, request: EditRequest) -> EditRequest:
        """Return the request as it is sent: a canvas may have another aspect ratio."""
        return request.in_ratio(str(self.fit.get("ratio", "")))

    def with_upload(self, index: int, path: Path, media_type: str) -> Preparation:
        """Return the preparation with another file for a source."""
        upload = replace(self.uploads[index], path=str(path), media_type=media_type)
        return replace(self, uploads=(*self.uploads[:index], upload, *self.uploads[index + 1 :]))
