# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens in a prompt: `{object}` becomes the active object's name.

Only a word in braces is a token, so that prompts written as JSON stay what they are. `{{object}}` is sent
as `{object}`, and `{{` as `{`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from ..texts.phrases import phrase
from ..texts.refusal import Refusal

TOKENS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "object": phrase("Name of the active object"),
        "material": phrase("Name of the active object's active material"),
        "collection": phrase("Name of the active collection"),
        "size": phrase("Dimensions of the active object, such as “2 × 1.5 × 0.8 m”"),
    }
)
"""All tokens, with what they stand for."""

_BRACES: Final = re.compile(r"\{\{(?:(?P<literal>[^\W\d]\w*)\}\})?|\{(?P<token>[^\W\d]\w*)\}")


class PromptUnready(Refusal):
    """A prompt can't be sent as it stands."""


def evaluate(text: str, value_of: Callable[[str], str]) -> str:
    """Put values in the place of tokens.

    Args:
        value_of: the value of one of `TOKENS`; raises PromptUnready if there is none. Asked only for
            tokens that the text has.

    Raises:
        PromptUnready: a token has no value, or is none of Easel's.
    """

    def replacement(match: re.Match[str]) -> str:
        name: str | None = match["token"]
        if name is None:
            return f"{{{match['literal']}}}" if match["literal"] else "{"
        if name.lower() not in TOKENS:
            known = ", ".join(f"{{{token}}}" for token in TOKENS)
            raise PromptUnready(
                phrase(
                    "There is no token {token}. There are {known}; to send the braces, write {escaped}",
                    token=f"{{{name}}}",
                    known=known,
                    escaped=f"{{{{{name}}}}}",
                )
            )
        return value_of(name.lower())

    return _BRACES.sub(replacement, text)


def escape(text: str) -> str:
    """Write a text so that `evaluate` gives it back as it is."""
    if not _BRACES.search(text):
        return text
    return re.sub(r"\{(?:([^\W\d]\w*)\})?", lambda m: f"{{{{{m[1]}}}}}" if m[1] else "{{", text)
