# SPDX-License-Identifier: GPL-3.0-or-later
"""The prompt: its field, template, what will be sent; and the lists of earlier and of saved prompts."""

from typing import Any

import bpy

from ..client.models import MODELS
from ..prompting.templates import NO_TEMPLATE, TEMPLATES
from ..scene.language import said
from ..scene.prompts.prompt_context import SentText
from ..scene.prompts.template_settings import brought_text
from ..texts.phrases import joined, phrase
from ..texts.wrapping import first_line, wrap
from .common import columns, draw_aside, draw_text, is_chosen_row

HAS_TEXTBOX = "textbox" in bpy.types.UILayout.bl_rna.functions  # Blender 5.2
_UNITS = 18  # width of the lists; a unit is 20 pixels at interface scale 1
_COLUMNS = 52  # characters in a line of them


def draw_prompt(context: bpy.types.Context, layout: bpy.types.UILayout, form: Any, sent: SentText) -> None:
    """Draw the prompt's field, its buttons, and the text that will be sent if it differs."""
    name = form.prompt_name
    hint = said("What should change?") if form.mode == "EDIT" else said("What should it show?")
    column = layout.column(align=True)
    if HAS_TEXTBOX:
        column.textbox(form, name, initial_visible_lines=3, placeholder=hint)
    else:
        column.prop(form, name, text="", placeholder=hint)
    if not HAS_TEXTBOX or getattr(form, f"{name}_text") is not None:
        column.operator("easel.edit_prompt_text", icon="TEXT")
    row = layout.row(align=True)
    row.prop(form, "chosen_template", text="")
    row.operator("easel.prompt_history", text="", icon="TIME")
    row.operator("easel.saved_prompts", text="", icon="BOOKMARKS")
    row.operator("easel.reset_form", text="", icon="LOOP_BACK")
    if brought := brought_text(form):
        row = layout.row(align=True)
        draw_text(context, row, phrase("With it: {settings}", settings=brought), "BLANK1")
        row.operator("easel.undo_template", text="", icon="X", emboss=False)
    _draw_sent(context, layout, getattr(form, name), sent)


def _draw_sent(context: bpy.types.Context, layout: bpy.types.UILayout, written: str, sent: SentText) -> None:
    is_readable = HAS_TEXTBOX or ("\n" not in written and len(written) <= columns(context))
    if not sent.text or (sent.text == written.strip() and is_readable):
        return
    header, body = layout.panel("EASEL_sent_text", default_closed=True)
    header.label(text=said("Will Be Sent ({words})", words=_words_more(written, sent.text)), translate=False)
    if body is not None:
        draw_text(context, body, sent.text)


def _words_more(written: str, sent: str) -> str:
    """Say how many words are added to those that were written; if none are, how many are sent."""
    count = len(sent.split())
    more = count - len(written.split())
    if more <= 0:
        return phrase("1 word") if count == 1 else phrase("{count} words", count=count)
    return phrase("+1 word") if more == 1 else phrase("+{count} words", count=more)


class _PromptList:
    """Shows the prompts that have all the words of the search."""

    def filter_items(
        self, context: bpy.types.Context, data: Any, collection: str
    ) -> tuple[list[int], list[int]]:
        if not data.search:
            return [], []
        shown = self.bitflag_filter_item
        return [shown if row.matches(data.search) else 0 for row in getattr(data, collection)], []

    def draw_filter(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        """The search field stands above the list."""


class EASEL_UL_past_prompts(_PromptList, bpy.types.UIList):
    """Earlier prompts, newest first."""

    def draw_item(
        self,
        context: bpy.types.Context,
        layout: bpy.types.UILayout,
        data: Any,
        item: Any,
        icon: int,
        active_data: Any,
        active_property: str,
        index: int,
    ) -> None:
        row = layout.row(align=True)
        row.label(
            text=first_line(item.text, _COLUMNS - 14),
            translate=False,
            icon="BRUSH_DATA" if item.verb == "edit" else "IMAGE_DATA",
        )
        draw_aside(row, item.age, is_chosen=is_chosen_row(active_data, active_property, index))


class EASEL_UL_saved_prompts(_PromptList, bpy.types.UIList):
    """Saved prompts, by name."""

    def draw_item(
        self,
        context: bpy.types.Context,
        layout: bpy.types.UILayout,
        data: Any,
        item: Any,
        icon: int,
        active_data: Any,
        active_property: str,
        index: int,
    ) -> None:
        row = layout.row(align=True)
        row.label(text=item.name, icon="BOOKMARKS", translate=False)
        draw_aside(row, _model_label(item), is_chosen=is_chosen_row(active_data, active_property, index))


class _ListPanel:
    """A panel that an operator opens beside the mouse."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "HEADER"
    bl_ui_units_x = _UNITS


class EASEL_PT_prompt_history(_ListPanel, bpy.types.Panel):
    """Find an earlier prompt."""

    bl_label = "Prompt History"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        lists = context.window_manager.easel.prompts
        if not lists.past:
            layout.label(text="No prompts were sent yet")
            return
        _draw_search(layout, lists)
        layout.template_list("EASEL_UL_past_prompts", "", lists, "past", lists, "active_past", rows=8)
        prompt = lists.selected_past
        if prompt is None or not prompt.matches(lists.search):
            return
        _draw_whole(layout, prompt)
        use = layout.operator("easel.use_prompt")
        use.text = prompt.text
        use.template = prompt.template if prompt.template in TEMPLATES else NO_TEMPLATE


class EASEL_PT_saved_prompts(_ListPanel, bpy.types.Panel):
    """Use, save, rename and delete prompts."""

    bl_label = "Saved Prompts"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        lists = context.window_manager.easel.prompts
        if lists.trouble:
            _draw_wrapped(layout, lists.trouble, "ERROR")
        elif not lists.saved:
            layout.label(text="No prompts are saved yet")
        else:
            _draw_search(layout, lists)
            layout.template_list("EASEL_UL_saved_prompts", "", lists, "saved", lists, "active_saved", rows=6)
            prompt = lists.selected_saved
            if prompt is not None and prompt.matches(lists.search):
                _draw_saved(layout, prompt)
        layout.separator()
        row = layout.row(align=True)
        row.prop(lists, "new_name", text="", placeholder="Name for the prompt in the form")
        row.operator("easel.save_prompt", text="", icon="ADD").with_options = lists.with_options
        layout.prop(lists, "with_options")


def _draw_saved(layout: bpy.types.UILayout, prompt: Any) -> None:
    _draw_whole(layout, prompt)
    row = layout.row(align=True)
    row.operator("easel.use_saved_prompt", text="Use Prompt").name = prompt.name
    # Buttons in a panel like this run at once; these two ask first.
    row.operator_context = "INVOKE_DEFAULT"
    row.operator("easel.rename_prompt", text="", icon="GREASEPENCIL").name = prompt.name
    row.operator("easel.delete_prompt", text="", icon="TRASH").name = prompt.name


def _draw_search(layout: bpy.types.UILayout, lists: Any) -> None:
    row = layout.row()
    row.activate_init = True
    row.prop(lists, "search", text="", icon="VIEWZOOM", placeholder="Search")


def _draw_whole(layout: bpy.types.UILayout, prompt: Any) -> None:
    """Draw a whole prompt with its details."""
    box = layout.box()
    _draw_wrapped(box, prompt.text)
    template = TEMPLATES.get(prompt.template)
    parts = [template.label] if template is not None and template.text else []
    if _model_label(prompt):
        parts.append(_model_label(prompt))
    if parts:
        draw_aside(box, joined(*parts, by=" · "), alignment="LEFT")


def _draw_wrapped(layout: bpy.types.UILayout, text: str, icon: str = "NONE") -> None:
    column = layout.column(align=True)
    column.scale_y = 0.85
    for number, line in enumerate(wrap(text, _COLUMNS)):
        column.label(text=line, icon=icon if number == 0 else "NONE", translate=False)


def _model_label(prompt: Any) -> str:
    return MODELS[prompt.model].label if prompt.model in MODELS else ""


CLASSES = (EASEL_UL_past_prompts, EASEL_UL_saved_prompts, EASEL_PT_prompt_history, EASEL_PT_saved_prompts)
