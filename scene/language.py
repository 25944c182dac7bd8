# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's language: texts that code says to the artist, besides labels that Blender translates."""

from __future__ import annotations

import bpy

from ..languages import CONTEXT
from ..texts.phrases import Phrase, phrase


def say(text: str) -> str:
    """Return a phrase in the language of Blender's interface; any other text, which is the artist's or the
    service's own, as it is. Main thread.
    """
    return text.said(_translate) if isinstance(text, Phrase) else text


def said(template: str, /, **values: object) -> str:
    """Make a phrase and say it at once: `said("{count} images added", count=3)`. Main thread."""
    return say(phrase(template, **values))


def current() -> str:
    """Return Blender's name of its interface language, such as "de_DE"; empty if it has none."""
    return bpy.app.translations.locale


def _translate(text: str) -> str:
    ours = bpy.app.translations.pgettext_iface(text, CONTEXT)
    return ours if ours != text else bpy.app.translations.pgettext_iface(text)  # Blender's own word, if any
