# SPDX-License-Identifier: GPL-3.0-or-later
"""The API key: paste, forget. It is never a property of an operator, which the Info log would show."""

import os

import bpy

from ..client.key import VARIABLE
from ..scene.language import said
from ..scene.session import account, pump, session


def _poll_changeable(cls: type[bpy.types.Operator]) -> bool:
    if os.environ.get(VARIABLE, "").strip():
        cls.poll_message_set(
            said("The key comes from the environment variable {variable}", variable=VARIABLE)
        )
        return False
    return True


class EASEL_OT_paste_key(bpy.types.Operator):
    """Take the API key from the clipboard and keep it in a file that only you can read"""

    bl_idname = "easel.paste_key"
    bl_label = "Paste Key"
    bl_options = set()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _poll_changeable(cls)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            session.save_key(context.window_manager.clipboard)
        except (ValueError, OSError) as error:
            self.report({"ERROR"}, said("The clipboard holds no usable key. {error}", error=error))
            return {"CANCELLED"}
        account.key_changed()
        pump.show_now()
        self.report({"INFO"}, said("The API key is set"))
        return {"FINISHED"}


class EASEL_OT_forget_key(bpy.types.Operator):
    """Remove the API key from this computer"""

    bl_idname = "easel.forget_key"
    bl_label = "Forget Key"
    bl_options = set()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not _poll_changeable(cls):
            return False
        if session.has_key():
            return True
        cls.poll_message_set(said("There is no key to forget"))
        return False

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_confirm(
            self, event, title="Forget the API Key?", confirm_text="Forget Key"
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            session.forget_key()
        except OSError as error:
            self.report({"ERROR"}, said("The key's file can't be removed: {error}", error=error))
            return {"CANCELLED"}
        account.key_changed()
        pump.show_now()
        return {"FINISHED"}


CLASSES = (EASEL_OT_paste_key, EASEL_OT_forget_key)
