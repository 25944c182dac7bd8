# SPDX-License-Identifier: GPL-3.0-or-later
"""The API key: paste, forget. It is never an operator's property, because the Info log would show it."""

import os

import bpy

from ..client.errors import KeyMissing
from ..client.key import VARIABLE, KeyOrigin
from ..scene import studio
from ..scene.session import account, pump, session
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .verb import Verb


def _obstacle_to_change() -> str:
    only = studio.policy().key
    if only is KeyOrigin.ENVIRONMENT:
        return phrase("Your studio takes the key from the environment variable {variable}", variable=VARIABLE)
    if os.environ.get(VARIABLE, "").strip() and only is not KeyOrigin.FILE:
        return phrase("The key comes from the environment variable {variable}", variable=VARIABLE)
    return ""


class EASEL_OT_paste_key(Verb, bpy.types.Operator):
    """Read the API key from the clipboard and store it in a file that only you can read"""

    bl_idname = "easel.paste_key"
    bl_label = "Paste Key"
    bl_options = set()

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return _obstacle_to_change()

    def act(self, context: bpy.types.Context) -> str:
        try:
            session.save_key(context.window_manager.clipboard)
        except KeyMissing as error:
            raise Refusal(phrase("The clipboard has no usable key. {error}", error=error)) from error
        account.key_changed()
        pump.show_now()
        return phrase("The API key is set")


class EASEL_OT_forget_key(Verb, bpy.types.Operator):
    """Remove the API key from this computer"""

    bl_idname = "easel.forget_key"
    bl_label = "Forget Key"
    bl_options = set()

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return _obstacle_to_change() or ("" if session.has_key() else phrase("There is no key to forget"))

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_confirm(
            self, event, title="Forget the API Key?", confirm_text="Forget Key"
        )

    def act(self, context: bpy.types.Context) -> None:
        session.forget_key()
        account.key_changed()
        pump.show_now()


CLASSES = (EASEL_OT_paste_key, EASEL_OT_forget_key)
