# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the ways to place, as parameters of the operators that place: for scripts."""

from typing import Any

from ..jobs.placement import PlacementKind
from ..scene.placement.ways import CHOICES, OPTIONS
from .parameters import chosen, parameters_of

WayParameters: Any = parameters_of("WayParameters", "the options of all ways", OPTIONS)


def chosen_way_options(operator: Any, form: Any, kind: PlacementKind) -> dict[str, Any]:
    """The options of a way that were given, else the form's.

    Raises:
        Refusal: the form's is of a newer Easel.
    """
    return {name: chosen(operator, form.ways, name) for name in CHOICES[kind].options}
