# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the ways to place, as parameters of the operators that place: for scripts."""

from typing import Any

from ..jobs.placement import PlacementKind
from ..scene.choices import choice
from ..scene.placement.ways import CHOICES, OPTIONS


def _for_scripts(option: Any) -> Any:
    """Make the parameter of a form's property: nothing is remembered from call to call."""
    return option.function(**{**option.keywords, "options": {"SKIP_SAVE"}})


WayParameters: Any = type(
    "WayParameters",
    (),
    {
        "__doc__": "Mixed into an operator: the options of all ways.",
        "__module__": __name__,
        "__annotations__": {name: _for_scripts(option) for name, option in OPTIONS.items()},
    },
)


def chosen_way_options(operator: Any, form: Any, kind: PlacementKind) -> dict[str, Any]:
    """The options of a way that were given, else the form's.

    Raises:
        Refusal: the form's is of a newer Easel.
    """
    return {name: _chosen(operator, form.ways, name) for name in CHOICES[kind].options}


def _chosen(operator: Any, group: Any, name: str) -> Any:
    if operator.properties.is_property_set(name):
        return getattr(operator, name)
    return choice(group, name) if group.bl_rna.properties[name].type == "ENUM" else getattr(group, name)
