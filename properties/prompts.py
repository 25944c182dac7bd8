# SPDX-License-Identifier: GPL-3.0-or-later
"""The lists of earlier and of saved prompts. `scene.prompts.prompt_lists` fills them."""

from typing import Any

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, IntProperty, StringProperty

from ..prompting.history import matches
from ..prompting.templates import TEMPLATES

TEMPLATE_ITEMS = tuple(
    (template.id, template.label, template.hint, "", template.number) for template in TEMPLATES.values()
)


def template_property() -> EnumProperty:
    """Make the form's choice of a template."""
    return EnumProperty(
        name="Template", description="What the model is told besides the prompt", items=TEMPLATE_ITEMS
    )


def chosen_template_property() -> EnumProperty:
    """Make the form's menu of templates. Choosing one also sets its settings."""
    by_number = {template.number: template.id for template in TEMPLATES.values()}

    def get(form: Any) -> int:
        template = TEMPLATES.get(form.template)
        return template.number if template is not None else len(TEMPLATES)

    def choose(form: Any, number: int) -> None:
        from ..scene.prompts import template_settings

        template_settings.choose(form, by_number[number])

    return EnumProperty(
        name="Template",
        description="What the model is told besides the prompt. It also sets shape and placement",
        items=TEMPLATE_ITEMS,
        get=get,
        set=choose,
    )


def _select_first_match(lists: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    """Select the first match of the artist's search, unless a match is selected already."""
    for rows, active in ((lists.past, "active_past"), (lists.saved, "active_saved")):
        found = [index for index, row in enumerate(rows) if row.matches(lists.search)]
        if found and getattr(lists, active) not in found:
            setattr(lists, active, found[0])


class EASEL_PG_prompt(bpy.types.PropertyGroup):
    """One prompt; `name` is a saved one's name."""

    text: StringProperty(name="Prompt")
    template: StringProperty(description="Id of the template")
    verb: StringProperty(description="generate or edit")
    times: IntProperty(description="How many requests had it")
    age: StringProperty(description="When it was last used, in words, as the list was opened")
    model: StringProperty(description="Id of the model whose options were saved with it")

    def matches(self, search: str) -> bool:
        """Tell whether it has all words that are searched for."""
        return matches(f"{self.name} {self.text}", search)


class EASEL_PG_prompt_lists(bpy.types.PropertyGroup):
    """Both lists, and the artist's search texts."""

    past: CollectionProperty(type=EASEL_PG_prompt)
    active_past: IntProperty(name="Prompt")
    saved: CollectionProperty(type=EASEL_PG_prompt)
    active_saved: IntProperty(name="Prompt")
    search: StringProperty(
        name="Search",
        description="Show prompts that have all of these words",
        options={"TEXTEDIT_UPDATE"},
        update=_select_first_match,
    )
    new_name: StringProperty(name="Name", description="Name of the prompt to save")
    with_options: BoolProperty(
        name="With Model and Options", description="Save the model and its options too", default=True
    )
    trouble: StringProperty(description="Why the saved prompts can't be shown")

    @property
    def selected_past(self) -> EASEL_PG_prompt | None:
        """The earlier prompt that is active in its list."""
        return self.past[self.active_past] if 0 <= self.active_past < len(self.past) else None

    @property
    def selected_saved(self) -> EASEL_PG_prompt | None:
        """The saved prompt that is active in its list."""
        return self.saved[self.active_saved] if 0 <= self.active_saved < len(self.saved) else None


CLASSES = (EASEL_PG_prompt, EASEL_PG_prompt_lists)
