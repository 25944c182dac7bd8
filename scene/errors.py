# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors between Easel and the open file: a branch of `texts.refusal`."""

from __future__ import annotations

from typing import Final

from ..texts.phrases import phrase
from ..texts.refusal import Refusal


class SourceUnusable(Refusal):
    """An image can't be a source."""


class PlacementImpossible(Refusal):
    """An image can't go to its target."""


UNREAD: Final = phrase("The pixels of a source can't be read. Save the image, or choose another one.")
SOURCE_REMOVED: Final = phrase("A source image was removed before its pixels were read.")
