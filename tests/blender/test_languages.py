# SPDX-License-Identifier: GPL-3.0-or-later
"""The dictionaries have every text of the interface, and ask for the same values.

Without a window Blender is built without languages: tests/gui sees them used.
"""

from string import Formatter

import messages
import pytest

from easel import languages, registration
from easel.client.models import MODELS

NAMES = ("Easel", "PNG", "JPEG", "WebP", "1K", "2K", "4K", *(model.label for model in MODELS.values()))


def fields(text: str) -> list[tuple[str, str]]:
    """Placeholders of a template with their formats, sorted."""
    return sorted((name, form or "") for _text, name, form, _conversion in Formatter().parse(text) if name)


@pytest.fixture(scope="module")
def texts() -> set[str]:
    return messages.messages(registration.CLASSES, NAMES)


def test_the_texts_of_all_rooms_are_found(texts: set[str]) -> None:
    assert {
        "Generate",  # an enum item
        "Write a prompt first",  # why a button is grey
        "The service could not make it: {reason}",  # a job's message
        "Only what failed",  # an enum item's description
        "The scene has no camera",  # of an operator's poll
        "{count:,} files",
        "No jobs yet",  # a label
    } <= texts


@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_a_dictionary_is_complete_and_has_nothing_else(language: str, texts: set[str]) -> None:
    known = set(languages.dictionary(language))
    assert sorted(texts - known) == []
    assert sorted(known - texts) == []


@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_a_translation_asks_for_the_same_values(language: str) -> None:
    for text, translation in languages.dictionary(language).items():
        assert translation.strip(), text
        assert fields(translation) == fields(text), text


@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_a_sentence_stays_a_sentence(language: str) -> None:
    stops = (".", "。")
    for text, translation in languages.dictionary(language).items():
        assert text.endswith(".") == translation.endswith(stops), text
