# SPDX-License-Identifier: GPL-3.0-or-later
"""Prompts in Text datablocks, for Blender versions without text fields of several lines in panels (before
5.2).

The pump compares each prompt with its text at each turn, and copies the changed one to the other. If both
have changed, or that is unknown (another file was opened), the text wins, because long prompts are written
there.
"""

from __future__ import annotations

from typing import Any

import bpy

from .. import live

TEXT_NAMES = {"prompt": "Easel Prompt", "edit_prompt": "Easel Edit Prompt"}
"""Names of new datablocks, by the form's property."""


class _Agreed(dict[tuple[int, str], str]):
    """The last common content of prompt and text, by the text's `session_uid` and the form's property."""


def sync() -> bool:
    """Synchronise prompts and their texts. True if a prompt has changed."""
    changed = False
    for scene in bpy.data.scenes:
        if scene.library is not None:
            continue
        for prompt_name in TEXT_NAMES:
            text = getattr(scene.easel, f"{prompt_name}_text")
            if text is not None:
                changed |= _sync(scene.easel, prompt_name, text)
    return changed


def ensure_text(form: Any, prompt_name: str) -> bpy.types.Text:
    """Return the prompt's Text datablock; create and fill it if it is missing."""
    text = getattr(form, f"{prompt_name}_text")
    if text is None:
        text = bpy.data.texts.new(TEXT_NAMES[prompt_name])
        text.from_string(getattr(form, prompt_name))
        setattr(form, f"{prompt_name}_text", text)
    _sync(form, prompt_name, text)
    return text


def _sync(form: Any, prompt_name: str, text: bpy.types.Text) -> bool:
    agreed = live.part(_Agreed)
    written, prompt = text.as_string(), getattr(form, prompt_name)
    where = (text.session_uid, prompt_name)
    if written == prompt:
        agreed[where] = written
        return False
    if agreed.get(where) == written and text.library is None:
        text.from_string(prompt)
        agreed[where] = text.as_string()
        return False
    setattr(form, prompt_name, written)
    agreed[where] = written
    return True
