# SPDX-License-Identifier: GPL-3.0-or-later
"""Linear colours of other primaries than sRGB's, which Blender uses if the artist chooses so."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

_ENDLESS: Final = 1e30
"""The value that replaces infinity, because the difference of two infinite colours would be no number."""

_UNITY: Final = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
_SAME: Final = 1e-4
"""The largest difference of matrices of the same space, because Blender 4.2 rounds."""


@dataclass(frozen=True, kw_only=True)
class LinearSpace:
    """The primaries of linear colours. The default is Rec.709's, which are also sRGB's."""

    name: str = ""
    """Blender's name for it; empty if Blender did not give one."""
    to_rec709: tuple[float, ...] = ()
    """The 3 × 3 matrix that converts (r, g, b) to Rec.709, by rows; empty if none is needed."""

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read the values of `to_dict`, also after they have been JSON; empty means Rec.709."""
        matrix = tuple(float(value) for value in values.get("to_rec709", ()))
        return cls(name=str(values.get("name", "")), to_rec709=matrix)

    def to_dict(self) -> dict[str, Any]:
        """Return values for JSON."""
        return asdict(self)

    def is_like(self, other: LinearSpace) -> bool:
        """Return whether colours have the same numbers in both."""
        if self.name and self.name == other.name:
            return True
        pairs = zip(self.to_rec709 or _UNITY, other.to_rec709 or _UNITY, strict=True)
        return all(abs(one - another) < _SAME for one, another in pairs)

    def in_rec709(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return pixels of this space in Rec.709; unchanged if they are the same.

        Grey is the same in all spaces.
        (…, channels): a fourth channel is alpha, and stays. Colours may be multiplied by it.
        """
        return _turned(values, self.to_rec709) if self.to_rec709 else values

    def from_rec709(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return pixels of Rec.709 in this space: the opposite of `in_rec709`."""
        return _turned(values, self.to_rec709, is_way_back=True) if self.to_rec709 else values


REC709: Final = LinearSpace()


def _turned(
    values: NDArray[np.float32], rows: tuple[float, ...], *, is_way_back: bool = False
) -> NDArray[np.float32]:
    import numpy as np  # here, because enabling the extension needs no numpy

    if values.ndim < 3 or values.shape[-1] < 3:
        return values
    colours = np.nan_to_num(values[..., :3], nan=0.0, posinf=_ENDLESS, neginf=-_ENDLESS)
    matrix = np.array(rows, np.float64).reshape(3, 3)
    if is_way_back:
        matrix = np.linalg.inv(matrix)
    turned = colours @ matrix.T.astype(np.float32)
    return turned if values.shape[-1] == 3 else np.concatenate((turned, values[..., 3:]), axis=-1)
