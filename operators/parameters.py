# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters that several verbs have."""

from collections.abc import Mapping, Set
from typing import Any, Final

import bpy
from bpy.props import BoolProperty, IntProperty, StringProperty

from ..scene.choices import choice
from ..scene.language import say

SKIP_SAVE: Final = {"SKIP_SAVE"}
"""Nothing is remembered from call to call."""
HIDDEN: Final = {"SKIP_SAVE", "HIDDEN"}
"""And no dialog shows it."""


def wait_property(
    description: str = "Return when the images are there, for scripts. Blender does not respond meanwhile",
    options: Set[str] = SKIP_SAVE,
) -> Any:
    """Make the parameter with which a script waits for the outcome."""
    return BoolProperty(name="Wait", description=description, options=options)


def timeout_property(default: int = 3600, options: Set[str] = SKIP_SAVE) -> Any:
    """Make the parameter that bounds that, seconds."""
    return IntProperty(
        name="Timeout",
        description="How many seconds Wait lasts at most; 0 for no limit",
        default=default,
        min=0,
        options=options,
    )


def parameters_of(name: str, what: str, properties: Mapping[str, Any]) -> Any:
    """Make a mixin for an operator whose parameters are a form's properties, with the same declarations.

    Nothing is remembered between calls; missing parameters come from the form (`chosen`).
    """
    annotations: dict[str, Any] = {}
    for each, declared in properties.items():
        keywords = {**declared.keywords, "options": SKIP_SAVE}
        keywords.pop("update", None)  # a parameter changes nothing before the click
        annotations[each] = declared.function(**keywords)
    about = {"__doc__": f"Mixed into an operator: {what}.", "__module__": __name__}
    return type(name, (), {**about, "__annotations__": annotations})


def chosen(operator: Any, form: Any, name: str, of_form: str = "") -> Any:
    """Return a given parameter, or the form's value.

    Args:
        of_form: the form's name for it, if that differs.

    Raises:
        Refusal: the form has a choice of a newer Easel.
    """
    if operator.properties.is_property_set(name):
        return getattr(operator, name)
    of_form = of_form or name
    prop = form.bl_rna.properties[of_form]
    is_choice = prop.type == "ENUM" and not prop.is_enum_flag
    return choice(form, of_form) if is_choice else getattr(form, of_form)


class SpendingParameters:
    """Parameters of a verb that spends, for scripts. Mixed in."""

    wait: wait_property()
    timeout: timeout_property()
    max_credits: IntProperty(
        name="Most Credits",
        description="Refuse what costs more, before anything is sent; -1 is no limit",
        default=-1,
        min=-1,
        options=HIDDEN,
    )
    dry_run: BoolProperty(
        name="Dry Run", description="Check everything and say the price. Nothing is sent", options=HIDDEN
    )

    def is_choice(self) -> bool:
        """Whether the artist chooses among its images. Tiles are not a choice."""
        return False

    def most(self, price: int) -> int:
        """Say what the click may cost in the end if its requests cost this many credits."""
        return price


class FormButton:
    """A verb whose button in a form may be grey. Mixed in before `Verb`."""

    grey: StringProperty(name="Obstacle", description="Why its button in the form is grey", options=HIDDEN)

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:
        """Show the reason in the tooltip of a grey button, or else what the operator does."""
        return say(properties.grey) if properties.grey else ""
