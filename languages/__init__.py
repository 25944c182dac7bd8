# SPDX-License-Identifier: GPL-3.0-or-later
"""Dictionaries of Easel's texts for Blender's languages: a JSON object of English text to translation each,
null if it is not yet translated.

`make messages` says what a dictionary lacks; a test sees that each has all texts, and none that is gone.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Final

import bpy

LANGUAGES: Final = ("de", "fr", "es", "ja", "zh_HANS")
"""File names, and what Blender finds them by: it tries "de_DE", then "de"."""

CONTEXT: Final = "Easel"
"""Where our own classes, properties and phrases look first. In the others Blender's own words win, and its
"Prompt" may be the cursor of the console."""

_CONTEXTS: Final = (CONTEXT, "*", "Operator")
"""All that Blender looks in: labels in "*", labels of operators in "Operator", descriptions in "*"."""

_FOLDER: Final = Path(__file__).parent
_NAME: Final = __package__


def dictionary(language: str, folder: Path = _FOLDER) -> dict[str, str]:
    """Read a language's dictionary, without the texts that are not yet translated: they stay English."""
    entries = json.loads((folder / f"{language}.json").read_text("utf-8"))
    return {text: translation for text, translation in entries.items() if translation is not None}


def register() -> None:
    """Teach Blender our words in the language shown: all languages would take 35 ms.

    Again when the artist has chosen another.
    """
    unregister()
    spoken = bpy.app.translations.locale
    for language in LANGUAGES:
        if spoken == language or spoken.startswith(f"{language}_"):
            words = {
                (context, text): translation
                for text, translation in dictionary(language).items()
                for context in _CONTEXTS
            }
            bpy.app.translations.register(_NAME, {language: words})


def speak(cls: type) -> None:
    """Have a class that is about to be registered, and its properties, look in our own context first."""
    if hasattr(cls, "bl_label"):
        cls.bl_translation_context = CONTEXT
    ours = cls.__module__.partition(".")[0]  # what Blender declares, it also translates
    for base in (base for base in cls.__mro__ if base.__module__.partition(".")[0] == ours):
        for prop in inspect.get_annotations(base).values():
            if isinstance(keywords := getattr(prop, "keywords", None), dict):
                keywords["translation_context"] = CONTEXT


def unregister() -> None:
    """Have Blender forget them."""
    bpy.app.translations.unregister(_NAME)
