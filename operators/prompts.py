# SPDX-License-Identifier: GPL-3.0-or-later
"""Prompts: the history, saving and using them, writing them in the Text Editor."""

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ..properties.prompts import TEMPLATE_ITEMS
from ..scene.language import said
from ..scene.prompts import prompt_lists, prompt_text, template_settings
from ..scene.prompts.reset import reset
from ..scene.session import pump, session
from ..texts.phrases import phrase
from ..texts.wrapping import first_line
from .verb import Verb


class EASEL_OT_prompt_history(Verb, bpy.types.Operator):
    """Find a prompt used before in any file, and use it again"""

    bl_idname = "easel.prompt_history"
    bl_label = "Prompt History"
    bl_options = set()

    def act(self, context: bpy.types.Context) -> None:
        prompt_lists.fill_history(context.window_manager.easel.prompts, session.engine())
        _open_panel("EASEL_PT_prompt_history")


class EASEL_OT_saved_prompts(Verb, bpy.types.Operator):
    """Use, save, rename and delete named prompts"""

    bl_idname = "easel.saved_prompts"
    bl_label = "Saved Prompts"
    bl_options = set()

    def act(self, context: bpy.types.Context) -> None:
        lists = context.window_manager.easel.prompts
        prompt_lists.fill_saved(lists)
        lists.search = ""
        _open_panel("EASEL_PT_saved_prompts")


class EASEL_OT_undo_template(Verb, bpy.types.Operator):
    """Reset what the template changed. The template itself stays"""

    bl_idname = "easel.undo_template"
    bl_label = "Undo Template's Settings"
    bl_options = {"UNDO", "INTERNAL"}

    def act(self, context: bpy.types.Context) -> None:
        template_settings.take_back(context.scene.easel)


class EASEL_OT_reset_form(Verb, bpy.types.Operator):
    """Reset the form: prompt, template, sources, mask, options and placement get their defaults"""

    bl_idname = "easel.reset_form"
    bl_label = "Reset Form"
    bl_options = {"UNDO", "INTERNAL"}

    def act(self, context: bpy.types.Context) -> None:
        reset(context.scene.easel)
        pump.wake()


class EASEL_OT_use_prompt(Verb, bpy.types.Operator):
    """Put this prompt into the form, with its template"""

    bl_idname = "easel.use_prompt"
    bl_label = "Use Prompt"
    bl_options = {"UNDO", "INTERNAL"}

    text: StringProperty(name="Prompt", options={"SKIP_SAVE"})
    template: EnumProperty(name="Template", items=TEMPLATE_ITEMS, options={"SKIP_SAVE"})

    def act(self, context: bpy.types.Context) -> None:
        prompt_lists.use(context.scene.easel, self.text, self.template)


class EASEL_OT_use_saved_prompt(Verb, bpy.types.Operator):
    """Put a saved prompt into the form, with its template, model and options"""

    bl_idname = "easel.use_saved_prompt"
    bl_label = "Use Saved Prompt"
    bl_options = {"UNDO", "INTERNAL"}

    name: StringProperty(name="Name", options={"SKIP_SAVE"})

    def act(self, context: bpy.types.Context) -> None:
        prompt_lists.use_saved(context.scene.easel, prompt_lists.saved_prompts().find(self.name))


class EASEL_OT_save_prompt(Verb, bpy.types.Operator):
    """Save the prompt with its template. Its first words become its name if none is given"""

    bl_idname = "easel.save_prompt"
    bl_label = "Save Prompt"
    bl_options = {"INTERNAL"}

    name: StringProperty(name="Name", options={"SKIP_SAVE"})
    with_options: BoolProperty(
        name="With Model and Options", description="Save the model and its options too", options={"SKIP_SAVE"}
    )

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return "" if context.scene.easel.active_prompt.strip() else phrase("Write a prompt first")

    def act(self, context: bpy.types.Context) -> None:
        lists = context.window_manager.easel.prompts
        form = context.scene.easel
        name = self.name.strip() or lists.new_name.strip() or first_line(form.active_prompt, 40)
        prompt = prompt_lists.take(form, name, with_options=self.with_options)
        aside = prompt_lists.saved_prompts().save(prompt)
        prompt_lists.fill_saved(lists, prompt.name)
        lists.new_name = ""
        if aside is not None:
            self.report(
                {"WARNING"}, said("The damaged file of saved prompts is kept as {aside}", aside=aside)
            )


class EASEL_OT_rename_prompt(Verb, bpy.types.Operator):
    """Give a saved prompt another name"""

    bl_idname = "easel.rename_prompt"
    bl_label = "Rename Saved Prompt"
    bl_options = {"INTERNAL"}

    name: StringProperty(name="Old Name", options={"SKIP_SAVE", "HIDDEN"})
    new_name: StringProperty(name="Name", options={"SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self.new_name = self.name
        return context.window_manager.invoke_props_dialog(self, confirm_text="Rename")

    def act(self, context: bpy.types.Context) -> None:
        prompt_lists.saved_prompts().rename(self.name, self.new_name)
        prompt_lists.fill_saved(context.window_manager.easel.prompts, self.new_name)


class EASEL_OT_delete_prompt(Verb, bpy.types.Operator):
    """Delete a saved prompt for good"""

    bl_idname = "easel.delete_prompt"
    bl_label = "Delete Saved Prompt"
    bl_options = {"INTERNAL"}

    name: StringProperty(name="Name", options={"SKIP_SAVE", "HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_confirm(
            self, event, title="Delete the Saved Prompt?", message=self.name, confirm_text="Delete"
        )

    def act(self, context: bpy.types.Context) -> None:
        prompt_lists.saved_prompts().delete(self.name)
        prompt_lists.fill_saved(context.window_manager.easel.prompts)


class EASEL_OT_edit_prompt_text(Verb, bpy.types.Operator):
    """Write the prompt in a Text Editor. The text and the prompt are kept in step"""

    bl_idname = "easel.edit_prompt_text"
    bl_label = "Edit in Text Editor"
    bl_options = set()

    def act(self, context: bpy.types.Context) -> None:
        form = context.scene.easel
        text = prompt_text.ensure_text(form, form.prompt_name)
        pump.wake()
        if not bpy.app.background:
            _show_text(context, text)


def _open_panel(name: str) -> None:
    if not bpy.app.background:
        bpy.ops.wm.call_panel(name=name, keep_open=True)


def _show_text(context: bpy.types.Context, text: bpy.types.Text) -> None:
    """Show a text in an open Text Editor, or in a new window."""
    windows = context.window_manager.windows
    area = next(
        (area for window in windows for area in window.screen.areas if area.type == "TEXT_EDITOR"), None
    )
    if area is None:
        bpy.ops.wm.window_new()
        area = windows[-1].screen.areas[0]
        area.type = "TEXT_EDITOR"
        area.spaces.active.show_word_wrap = True
        area.spaces.active.show_syntax_highlight = False
    space = area.spaces.active
    if space.text != text:
        space.text = text
        space.top = 0  # Blender has scrolled to the cursor, which is in the last line: the rest seemed lost


CLASSES = (
    EASEL_OT_prompt_history,
    EASEL_OT_saved_prompts,
    EASEL_OT_undo_template,
    EASEL_OT_reset_form,
    EASEL_OT_use_prompt,
    EASEL_OT_use_saved_prompt,
    EASEL_OT_save_prompt,
    EASEL_OT_rename_prompt,
    EASEL_OT_delete_prompt,
    EASEL_OT_edit_prompt_text,
)
