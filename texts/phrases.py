# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts for the artist that can still be translated when they are shown. Pure, for every room.

A `Phrase` is the English text, and remembers how it was made. Rooms that know no Blender make phrases, the
ledger keeps them, and `scene.language` says them in Blender's language.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

_MARK: Final = "\x1f"
"""Begins a packed phrase: no text of ours or of the service does."""


JOINTS: Final = ("{p0}. {p1}", "{p0}, {p1}", "{p0}: {p1}")
"""Templates by which `joined` joins. The dictionaries have them, because punctuation differs by language."""


class Phrase(str):
    """A text with its template (the English text with `{names}`) and the values that were put in."""

    template: str
    values: Mapping[str, object]

    def __str__(self) -> str:
        """Return itself: `str(error)` of an error that was raised with a phrase is the phrase."""
        return self

    def said(self, translate: Callable[[str], str]) -> str:
        """Say it with another template; values that are phrases are translated too, all others stay.

        A translation that asks for missing values is ignored, and the English text is used.
        """
        values = {name: translated(value, translate) for name, value in self.values.items()}
        try:
            return translate(self.template).format(**values)
        except (LookupError, ValueError):
            return self.template.format(**values)


def phrase(template: str, /, **values: object) -> Phrase:
    """Make a phrase: `phrase("{model} has no seed.", model=label)`. The template is a literal, always.

    Values are numbers, whose format may stand in the template (`{size:,}`), or what makes a text: a phrase,
    an error that was raised with one, a path.
    """
    kept = {name: value if isinstance(value, (int, float)) else str(value) for name, value in values.items()}
    made = Phrase(template.format(**kept))
    made.template, made.values = template, kept
    return made


def joined(*parts: str, by: str = " ") -> str:
    """Join sentences, phrases or not, into one text whose parts can still be translated; empty ones drop.

    Two at a time, so that a language knows the templates of `JOINTS`.
    """
    text = ""
    for part in filter(None, parts):
        text = phrase(f"{{p0}}{by}{{p1}}", p0=text, p1=part) if text else part
    return text


def translated(value: object, translate: Callable[[str], str]) -> object:
    """Say a phrase in the other language; return anything else as it is."""
    return value.said(translate) if isinstance(value, Phrase) else value


def pack(text: str) -> str:
    """Make a text of a phrase that can be stored; plain text stays as it is."""
    return _MARK + json.dumps(_plain(text), ensure_ascii=False) if isinstance(text, Phrase) else text


def unpack(stored: str) -> str:
    """Undo `pack`. What can't be read (another version's) is returned as it is, without the mark."""
    if not stored.startswith(_MARK):
        return stored
    try:
        return _phrase_of(json.loads(stored[1:]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return stored[1:]


def _plain(value: object) -> Any:
    if isinstance(value, Phrase):
        return {"say": value.template, "with": {name: _plain(part) for name, part in value.values.items()}}
    return value if isinstance(value, (int, float)) else str(value)


def _phrase_of(stored: Any) -> Phrase:
    values = {
        name: _phrase_of(value) if isinstance(value, dict) else value
        for name, value in stored["with"].items()
    }
    return phrase(stored["say"], **values)
