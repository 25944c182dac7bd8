# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's language: what is said to the artist by code, rather than by a label that Blender translates."""

from __future__ import annotations

import bpy

from ..phrases import Phrase, phrase


def say(text: str) -> str:
    """Return a phrase, or a plain literal, in the language of Blender's interface. Main thread.

    With "New Data" or "Tooltips" not translated by the artist's preferences, this goes by "Interface".
    """
    if isinstance(text, Phrase):
        return text.said(_translate)
    return _translate(text)


def say_with(template: str, /, **values: object) -> str:
    """Make a phrase and say it at once: `say_with("{count} images added", count=3)`."""
    return phrase(template, **values).said(_translate)


def _translate(text: str) -> str:
    return bpy.app.translations.pgettext_iface(text)
