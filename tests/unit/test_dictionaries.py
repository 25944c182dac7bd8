# SPDX-License-Identifier: GPL-3.0-or-later
"""How `make messages` mends a dictionary, and that it loses no translation."""

import dictionaries
from hypothesis import given, strategies as st

ENTRIES = st.dictionaries(st.text(max_size=3), st.none() | st.text(min_size=1, max_size=3))
TEXTS = st.sets(st.text(max_size=3))


@given(ENTRIES, TEXTS)
def test_a_mended_dictionary_has_each_text_and_no_other(
    entries: dict[str, str | None], texts: set[str]
) -> None:
    before = dictionaries.gaps(entries, texts)
    mended = dictionaries.mended(entries, texts)
    after = dictionaries.gaps(mended, texts)
    assert not after.missing
    assert not after.left_over
    assert after.untranslated == (before.untranslated - before.left_over) | before.missing


@given(ENTRIES, TEXTS)
def test_no_translation_is_lost_while_its_text_is_there(
    entries: dict[str, str | None], texts: set[str]
) -> None:
    mended = dictionaries.mended(entries, texts)
    assert {text: entries[text] for text in texts & set(entries)}.items() <= mended.items()
