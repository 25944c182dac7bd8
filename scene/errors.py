# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong between Easel and the open file, in words for the artist."""

from __future__ import annotations

from typing import Final

from ..texts.phrases import phrase


class SourceUnusable(Exception):
    """An image can't be a source; `str(error)` says why and what to do, for the artist."""


class PlacementImpossible(Exception):
    """An image can't go where it was meant to; `str(error)` says why and what to do, for the artist."""


SOURCE_REMOVED: Final = phrase("A source image was removed before its pixels were read.")
