# SPDX-License-Identifier: GPL-3.0-or-later
"""Prompts: the history, saving and using them, writing them in the Text Editor."""

from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ..prompting.saved import SavedPromptsError
from ..properties.prompts import TEMPLATE_ITEMS
from ..scene.language import said, say
from ..scene.prompts import prompt_lists, prompt_text
from ..scene.session import pump, session
from ..texts.wrapping import first_line
from .request import REFUSALS


class EASEL_OT_prompt_history(bpy.types.Operator):
    """Find a prompt that was used before, in any file, and use it again"""

    bl_idname = "easel.prompt_history"
    bl_label = "Prompt History"
    bl_options = set()

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            prompt_lists.fill_history(context.window_manager.easel.prompts, session.engine())
        except REFUSALS as error:
            self.report({"ERROR"}, say(str(error)))
            return {"CANCELLED"}
        return _open_panel("EASEL_PT_prompt_history")


class EASEL_OT_saved_prompts(bpy.types.Operator):
    """Use, save, rename and delete prompts that have a name"""

    bl_idname = "easel.saved_prompts"
    bl_label = "Saved Prompts"
    bl_options = set()

    def execute(self, context: bpy.types.Context) -> set[str]:
        lists = context.window_manager.easel.prompts
        prompt_lists.fill_saved(lists)
        lists.search = ""
        return _open_panel("EASEL_PT_saved_prompts")


class EASEL_OT_use_prompt(bpy.types.Operator):
    """Put this prompt into the form, with its template"""

    bl_idname = "easel.use_prompt"
    bl_label = "Use Prompt"
    bl_options = {"UNDO", "INTERNAL"}

    text: StringProperty(name="Prompt", options={"SKIP_SAVE"})
    template: EnumProperty(name="Template", items=TEMPLATE_ITEMS, options={"SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        prompt_lists.use(context.scene.easel, self.text, self.template)
        return {"FINISHED"}


class EASEL_OT_use_saved_prompt(bpy.types.Operator):
    """Put a saved prompt into the form, with its template, model and options"""

    bl_idname = "easel.use_saved_prompt"
    bl_label = "Use Saved Prompt"
    bl_options = {"UNDO", "INTERNAL"}

    name: StringProperty(name="Name", options={"SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            prompt = prompt_lists.saved_prompts().find(self.name)
        except (SavedPromptsError, OSError) as error:
            self.report({"ERROR"}, say(str(error)))
            return {"CANCELLED"}
        prompt_lists.use_saved(context.scene.easel, prompt)
        return {"FINISHED"}


class EASEL_OT_save_prompt(bpy.types.Operator):
    """Save the prompt with its template. Without a name it is named after its beginning"""

    bl_idname = "easel.save_prompt"
    bl_label = "Save Prompt"
    bl_options = {"INTERNAL"}

    name: StringProperty(name="Name", options={"SKIP_SAVE"})
    with_options: BoolProperty(
        name="With Model and Options", description="Save the model and its options too", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.scene.easel.active_prompt.strip():
            return True
        cls.poll_message_set(said("Write a prompt first"))
        return False

    def execute(self, context: bpy.types.Context) -> set[str]:
        lists = context.window_manager.easel.prompts
        form = context.scene.easel
        name = self.name.strip() or lists.new_name.strip() or first_line(form.active_prompt, 40)
        prompt = prompt_lists.take(form, name, with_options=self.with_options)
        try:
            aside = prompt_lists.saved_prompts().save(prompt)
        except (SavedPromptsError, OSError) as error:
            self.report({"ERROR"}, say(str(error)))
            return {"CANCELLED"}
        prompt_lists.fill_saved(lists, prompt.name)
        lists.new_name = ""
        if aside is not None:
            self.report(
                {"WARNING"}, said("The damaged file of saved prompts is kept as {aside}", aside=aside)
            )
        return {"FINISHED"}


class EASEL_OT_rename_prompt(bpy.types.Operator):
    """Give a saved prompt another name"""

    bl_idname = "easel.rename_prompt"
    bl_label = "Rename Saved Prompt"
    bl_options = {"INTERNAL"}

    name: StringProperty(name="Old Name", options={"SKIP_SAVE", "HIDDEN"})
    new_name: StringProperty(name="Name", options={"SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self.new_name = self.name
        return context.window_manager.invoke_props_dialog(self, confirm_text="Rename")

    def execute(self, context: bpy.types.Context) -> set[str]:
        return _change(
            self, context, lambda saved: saved.rename(self.name, self.new_name), select=self.new_name
        )


class EASEL_OT_delete_prompt(bpy.types.Operator):
    """Delete a saved prompt for good"""

    bl_idname = "easel.delete_prompt"
    bl_label = "Delete Saved Prompt"
    bl_options = {"INTERNAL"}

    name: StringProperty(name="Name", options={"SKIP_SAVE", "HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_confirm(
            self, event, title="Delete the Saved Prompt?", message=self.name, confirm_text="Delete"
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        return _change(self, context, lambda saved: saved.delete(self.name))


class EASEL_OT_edit_prompt_text(bpy.types.Operator):
    """Write the prompt in a Text Editor. The text and the prompt are kept in step"""

    bl_idname = "easel.edit_prompt_text"
    bl_label = "Edit in Text Editor"
    bl_options = set()

    def execute(self, context: bpy.types.Context) -> set[str]:
        form = context.scene.easel
        text = prompt_text.ensure_text(form, form.prompt_name)
        pump.wake()
        if not bpy.app.background:
            _show_text(context, text)
        return {"FINISHED"}


def _open_panel(name: str) -> set[str]:
    if not bpy.app.background:
        bpy.ops.wm.call_panel(name=name, keep_open=True)
    return {"FINISHED"}


def _change(operator: Any, context: bpy.types.Context, change: Any, *, select: str = "") -> set[str]:
    """Change the file of saved prompts, and show it anew."""
    try:
        change(prompt_lists.saved_prompts())
    except (SavedPromptsError, OSError) as error:
        operator.report({"ERROR"}, say(str(error)))
        return {"CANCELLED"}
    prompt_lists.fill_saved(context.window_manager.easel.prompts, select)
    return {"FINISHED"}


def _show_text(context: bpy.types.Context, text: bpy.types.Text) -> None:
    """Show a text in a Text Editor that is open, else in a new window."""
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
    EASEL_OT_use_prompt,
    EASEL_OT_use_saved_prompt,
    EASEL_OT_save_prompt,
    EASEL_OT_rename_prompt,
    EASEL_OT_delete_prompt,
    EASEL_OT_edit_prompt_text,
)
