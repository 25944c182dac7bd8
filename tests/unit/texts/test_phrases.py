# SPDX-License-Identifier: GPL-3.0-or-later
"""Phrases are English, can be said in another language, and survive being stored."""

from hypothesis import given, strategies as st

from easel.texts.phrases import Phrase, joined, pack, phrase, unpack

GERMAN = {
    "{model} has no seed.": "{model} hat keinen Seed.",
    "Nothing was sent.": "Es wurde nichts gesendet.",
}


def to_german(text: str) -> str:
    return GERMAN.get(text, text)


def test_a_phrase_is_its_english_text() -> None:
    assert phrase("{model} has no seed.", model="Seedream") == "Seedream has no seed."


def test_a_phrase_is_said_in_another_language_with_the_phrases_in_it() -> None:
    text = joined(phrase("{model} has no seed.", model="Seedream"), phrase("Nothing was sent."))
    assert text == "Seedream has no seed. Nothing was sent."
    assert isinstance(text, Phrase)
    assert text.said(to_german) == "Seedream hat keinen Seed. Es wurde nichts gesendet."


def test_joining_drops_what_is_empty() -> None:
    assert joined("", "a", "", "b", by=". ") == "a. b"
    assert joined() == ""


def test_what_is_joined_is_joined_by_the_signs_of_the_language() -> None:
    japanese = {"Saved": "保存しました", "{p0}. {p1}": "{p0}。{p1}", "{p0}, {p1}": "{p0}、{p1}"}
    text = joined(phrase("Saved"), joined("a", "b", "c", by=", "), by=". ")
    assert text == "Saved. a, b, c"
    assert isinstance(text, Phrase)
    for found in (text, unpack(pack(text))):
        assert isinstance(found, Phrase)
        assert found.said(lambda template: japanese.get(template, template)) == "保存しました。a、b、c"


@given(st.text(), st.one_of(st.text(), st.integers(), st.floats(allow_nan=False)), st.text())
def test_a_phrase_survives_being_stored(text: str, value: object, sentence: str) -> None:
    said = joined(phrase("{text}: {value}", text=text, value=value), sentence, "Always there")
    stored = unpack(pack(said))
    assert stored == said
    assert isinstance(stored, Phrase)
    assert stored.said(lambda template: f"« {template} »") == said.said(lambda template: f"« {template} »")


def test_a_translation_that_does_not_fit_is_passed_over() -> None:
    assert phrase("{count} images", count=3).said(lambda _template: "{number} Bilder") == "3 images"


@given(st.text(st.characters(exclude_characters="\x1f")))
def test_what_is_no_phrase_is_stored_as_it_is(text: str) -> None:
    assert unpack(pack(text)) == pack(text) == text


def test_a_phrase_of_another_version_is_shown_as_it_is() -> None:
    assert unpack("\x1f{") == "{"
    assert unpack('\x1f{"text": 1}') == '{"text": 1}'
