# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the ways to place, as operator parameters for scripts."""

from typing import Any

from ..jobs.targets import PlacementKind
from ..scene.placement.ways import CHOICES, OPTIONS
from .parameters import chosen, parameters_of

WayParameters: Any = parameters_of("WayParameters", "the options of all ways", OPTIONS)


def chosen_way_options(operator: Any, form: Any, kind: PlacementKind) -> dict[str, Any]:
    """Return the given options of a way, or the form's.

    Raises:
        Refusal: the form's option is from a newer Easel.
    """
    return {name: chosen(operator, form.ways, name) for name in CHOICES[kind].options}
