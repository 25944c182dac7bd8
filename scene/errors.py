# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong between Easel and the open file, in words for the artist."""

from __future__ import annotations


class SourceUnusable(Exception):
    """An image can't be a source; `str(error)` says why and what to do, for the artist."""


class PlacementImpossible(Exception):
    """An image can't go where it was meant to; `str(error)` says why and what to do, for the artist."""
