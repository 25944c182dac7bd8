# SPDX-License-Identifier: GPL-3.0-or-later
"""Phase correlation: how well two pictures match at each shift. Many at once, small FFTs only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Spectrum: TypeAlias = "NDArray[np.complexfloating[Any, Any]]"
Surface: TypeAlias = "NDArray[np.floating[Any]]"


class Correlator:
    """Correlates fields of one size (height, width), within a reach of shifts (rows, columns).

    `whitening` 1 counts every frequency alike (the sharpest peak), 0 by its strength (the least noise).
    `blur` is the peak's width in pixels.
    """

    def __init__(
        self, size: tuple[int, int], reach: tuple[int, int], *, blur: float, whitening: float = 1.0
    ) -> None:
        self.reach = reach
        self._whitening = whitening
        self._window = np.outer(*(np.hanning(length + 2)[1:-1] for length in size)).astype(np.float32)
        down, across = (np.fft.fftfreq(length) for length in size)
        radius = np.hypot(down[:, np.newaxis], across)
        self._low_pass = np.exp(-2 * (np.pi * blur * radius) ** 2).astype(np.float32)

    def spectrum(self, fields: NDArray[np.complex64]) -> Spectrum:
        """Return the spectra of one field or many (…, height, width), faded out to their borders."""
        if fields.ndim > 2:  # one by one, because each fits the processor's cache
            return np.stack([self.spectrum(field) for field in fields])
        return np.fft.fft2(fields * self._window)

    def match(self, source: Spectrum, result: Spectrum) -> Surface:
        """Return how well they match at shifts of -reach to +reach, 1 being perfectly (where whitened)."""
        if source.ndim > 2:
            return np.stack([self.match(*pair) for pair in zip(source, result, strict=True)])
        cross = np.conj(source) * result
        strength = np.abs(cross)
        floor = np.float32(1e-3) * strength.mean() + np.float32(1e-12)
        cross *= self._low_pass / (strength**self._whitening + floor)
        surface = np.fft.ifft2(cross).real
        down, across = (np.arange(-reach, reach + 1) for reach in self.reach)
        return surface[np.ix_(down, across)] / self._low_pass.mean()


def peak_offset(before: float, peak: float, after: float) -> float:
    """Return where between -½ and ½ a parabola through three values has its peak."""
    bend = before - 2 * peak + after
    if bend >= 0:
        return 0.0
    return min(max((before - after) / (2 * bend), -0.5), 0.5)
