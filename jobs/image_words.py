# SPDX-License-Identifier: GPL-3.0-or-later
"""Normalise words for searching, in the same way for the index and for typed text.

Case, accents and character widths make no difference, ß is ss, and ü is u and ue. Chinese, Japanese, Thai,
Lao, Burmese and Khmer have no spaces between words: each character is one word, and typed characters without
a gap must be adjacent.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

MOST_WORDS: Final = 4000
"""The most words of one image that are searched. A very long prompt is found by its beginning."""
MOST_TERMS: Final = 24
"""The most typed words that are searched for."""

_UNSPACED: Final = (
    "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai and Lao, Burmese, Khmer: with the marks of their letters
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# Compiled at first use, by `re`, which keeps them: that takes 10 ms.
_TOKEN: Final = rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+"
_TERM: Final = rf"[{_UNSPACED}]+|(?:[^\W_{_UNSPACED}][\u0300-\u036f]*)+"
_IS_UNSPACED: Final = f"[{_UNSPACED}]"
_ACCENTS: Final = "[\u0300-\u036f]"
_LETTERS: Final = str.maketrans(
    {"ø": "o", "œ": "oe", "æ": "ae", "đ": "d", "ł": "l", "\u0131": "i", "þ": "th"}
)
_SPELT_OUT: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def fold(text: str) -> str:
    """Return a text without case, accents of Latin letters, and variant forms of characters."""
    if text.isascii():  # as most texts are
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    return unicodedata.normalize("NFC", re.sub(_ACCENTS, "", unicodedata.normalize("NFD", folded)))


def words_of(texts: Iterable[str]) -> str:
    """Return the words of an image's texts for the index, in their order, joined by spaces."""
    words: list[str] = []
    spelt_out: dict[str, None] = {}
    for text in texts:
        here = re.findall(_TOKEN, fold(text))
        words += here
        if text.isascii():
            continue
        spelt_out.update(dict.fromkeys(set(re.findall(_TOKEN, fold(_spelt_out(text)))).difference(here)))
    return " ".join([*words[:MOST_WORDS], *list(spelt_out)[:MOST_WORDS]])


def terms_of(text: str) -> list[str]:
    """Return the first terms of a typed text, with their accents: words, and adjacent characters."""
    found = re.finditer(_TERM, unicodedata.normalize("NFKC", text).casefold())
    return [term[0] for term in itertools.islice(found, MOST_TERMS)]


def match_of(terms: Iterable[str]) -> str:
    """Return a query for SQLite's FTS5 in which each term is the beginning of a word. Empty for no terms."""
    return " AND ".join(map(_condition, terms))


def _condition(term: str) -> str:
    if re.match(_IS_UNSPACED, term):
        return f'"{" ".join(fold(term))}"'
    words = dict.fromkeys((fold(term), fold(term.translate(_SPELT_OUT))))
    found = [f'"{word}"*' for word in words]
    return found[0] if len(found) == 1 else f"({' OR '.join(found)})"


def _spelt_out(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().translate(_SPELT_OUT)
