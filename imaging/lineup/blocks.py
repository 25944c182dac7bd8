# SPDX-License-Identifier: GPL-3.0-or-later
"""Match each block of a source with its place in an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .correlation import Correlator
from .drift_fit import BlockFit, fit_blocks
from .places import Place, Window, placed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .features import EdgeField

_REACH = 24  # pixels, or a quarter of a block
_PARTS = 4  # of a picture in each direction
_FEW = 4  # parts; if there are no more, all blocks are taken


class BlockMatcher:
    """Matches blocks of one size of a source with results."""

    def __init__(self, source: EdgeField, blocks: list[Window]) -> None:
        height, width = source.shape
        self.blocks = blocks
        self._half = width / 2, height / 2
        side = blocks[0].width
        self.reach = min(_REACH, side // 4)
        self._correlator = Correlator((side, side), (self.reach, self.reach), blur=1.0, is_full=False)
        parts = [block.of(source) for block in blocks]
        self._spectra = [self._correlator.spectrum(part) for part in parts]
        self._strength = np.array([np.vdot(part, part).real for part in parts])
        self._x = np.array([block.left + side / 2 - self._half[0] for block in blocks])
        self._y = np.array([block.top + side / 2 - self._half[1] for block in blocks])

    def refine(self, result: EdgeField, place: Place) -> tuple[Place, BlockFit]:
        """Return a better place, and the agreement of the blocks on it."""
        side = self.blocks[0].width
        if len(self.blocks) * side * side < result.size / 2:  # then only these parts of the result are read
            parts = [placed(result, place, block) for block in self.blocks]
        else:
            whole = placed(result, place)
            parts = [block.of(whole) for block in self.blocks]
        # One block after the other, so that the data stays in the processor's cache.
        match, spectrum = self._correlator.match, self._correlator.spectrum
        pairs = zip(self._spectra, parts, strict=True)
        surfaces = np.stack([match(source, spectrum(part)) for source, part in pairs])
        fit = fit_blocks(surfaces, self._x, self._y, self._strength, self._half)
        better = Place(
            place.dx + place.scale_x * fit.dx,
            place.dy + place.scale_y * fit.dy,
            place.scale_x * (1 + fit.growth),
            place.scale_y * (1 + fit.growth),
        )
        return better, fit

    def match_at(self, result: EdgeField, place: Place) -> float:
        """Return how well the blocks match at a place, within a pixel; about 2 for a copy of noise."""
        near = slice(self.reach - 1, self.reach + 2)
        parts = (placed(result, place, block) for block in self.blocks)
        surfaces = (
            self._correlator.match(source, self._correlator.spectrum(part))
            for source, part in zip(self._spectra, parts, strict=True)
        )
        return float(np.mean([surface[near, near].max() for surface in surfaces]))

    def clearest(self, fit: BlockFit) -> list[Window]:
        """Return, for each part of the picture, the agreeing block with the clearest edges."""
        found: dict[tuple[int, int], Window] = {}
        for index in np.argsort(self._strength):
            if fit.agreeing[index]:
                x, y = self._x[index] / self._half[0], self._y[index] / self._half[1]
                found[int((x + 1) * _PARTS / 2), int((y + 1) * _PARTS / 2)] = self.blocks[index]
        if len(found) > _FEW:
            return list(found.values())
        return [block for block, agrees in zip(self.blocks, fit.agreeing, strict=True) if agrees]


def cover(size: tuple[int, int], side: int) -> list[Window]:
    """Return blocks that cover a field (height, width) and overlap by about a quarter."""
    height, width = size
    tops, lefts = _starts(height, side), _starts(width, side)
    return [Window(left, top, side, side) for top in tops.tolist() for left in lefts.tolist()]


def block_size(shorter_side: int) -> int:
    """Return the side of a field's blocks, pixels."""
    return 64 if shorter_side >= 160 else 32


def _starts(length: int, side: int) -> NDArray[np.intp]:
    count = max(1, round((length - side) / (0.75 * side)) + 1)
    return np.round(np.linspace(0, length - side, count)).astype(np.intp)
