# SPDX-License-Identifier: GPL-3.0-or-later
"""Phase correlation: how well two pictures match at each shift. It only needs small FFTs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Spectrum: TypeAlias = "NDArray[np.complexfloating[Any, Any]]"
Surface: TypeAlias = "NDArray[np.floating[Any]]"


class Correlator:
    """Correlates fields of one size (height, width), within a reach of shifts (rows, columns).

    If `is_full`, every frequency counts alike, which gives the sharpest peak. Else strong frequencies count
    more, by the fourth root of their strength, which gives less noise. `blur` is the peak's width in pixels.
    """

    def __init__(
        self, size: tuple[int, int], reach: tuple[int, int], *, blur: float, is_full: bool = True
    ) -> None:
        self._is_full = is_full
        self._shifts = tuple(np.arange(-limit, limit + 1) for limit in reach)
        self._window = np.outer(*(np.hanning(length + 2)[1:-1] for length in size)).astype(np.float32)
        down, across = (np.fft.fftfreq(length) for length in size)
        radius = np.hypot(down[:, np.newaxis], across)
        self._low_pass = np.exp(-2 * (np.pi * blur * radius) ** 2).astype(np.float32)
        self._peak = self._low_pass.mean()

    def spectrum(self, field: NDArray[np.complex64]) -> Spectrum:
        """Return the spectrum of a field that is faded out towards its borders."""
        return np.fft.fft2(field * self._window)

    def match(self, source: Spectrum, result: Spectrum) -> Surface:
        """Return how well they match at shifts of -reach to +reach; if `is_full`, 1 is a perfect match."""
        cross = np.conj(source) * result
        power = cross.real**2
        power += cross.imag**2
        strength = np.sqrt(power)
        floor = np.float32(1e-3) * strength.mean() + np.float32(1e-12)
        if not self._is_full:
            root = np.sqrt(np.sqrt(strength))  # many times faster than any other power
            strength = root * root * root
        cross *= self._low_pass / (strength + floor)
        down, across = self._shifts
        # The second half of the inverse transform only needs these rows.
        return np.fft.ifft(np.fft.ifft(cross, axis=0)[down], axis=1).real[:, across] / self._peak


def peak_offset(before: float, peak: float, after: float) -> float:
    """Return the place, between -½ and ½, of the peak of a parabola through three values."""
    bend = before - 2 * peak + after
    if bend >= 0:
        return 0.0
    return min(max((before - after) / (2 * bend), -0.5), 0.5)
