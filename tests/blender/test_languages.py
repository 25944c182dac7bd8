# SPDX-License-Identifier: GPL-3.0-or-later
"""The dictionaries have every text of the interface, and ask for the same values.

A Blender without a window is built without languages; tests/gui checks the use of languages.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from string import Formatter

import dictionaries
import pytest

from easel import languages


def fields(text: str) -> list[tuple[str, str]]:
    """Return the placeholders of a template with their formats, sorted."""
    return sorted((name, form or "") for _text, name, form, _conversion in Formatter().parse(text) if name)


@pytest.fixture(scope="module")
def texts() -> set[str]:
    return dictionaries.all_texts()


def test_the_texts_of_all_rooms_are_found(texts: set[str]) -> None:
    assert {
        "Generate",  # an enum item
        "Write a prompt first",  # why a button is grey
        "The service could not make it: {reason}",  # a job's message
        "Only what failed",  # an enum item's description
        "The scene has no camera",  # an operator's poll
        "{count:,} files",
        "No jobs yet",  # a label
    } <= texts


@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_a_dictionary_is_complete_and_has_nothing_else(language: str, texts: set[str]) -> None:
    found = dictionaries.gaps(dictionaries.read(language), texts)
    assert sorted(found.missing) == [], "make messages WRITE=1 adds them, not yet translated"
    assert sorted(found.left_over) == [], "make messages WRITE=1 takes them out"


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


def test_a_text_that_is_not_yet_translated_stays_english(tmp_path: Path) -> None:
    (tmp_path / "xx.json").write_text('{"Generate": null, "Edit": "Tide"}', "utf-8")
    assert languages.dictionary("xx", tmp_path) == {"Edit": "Tide"}


def test_the_same_texts_are_found_without_blender(texts: set[str]) -> None:
    """`make messages` uses a stand-in for it, whose properties only know their declarations."""
    script = "import nameless_blender; nameless_blender.stand_in(); import dictionaries, json, sys;"
    script += "json.dump(sorted(dictionaries.all_texts()), sys.stdout)"
    folders = [str(dictionaries.ROOT / "tools"), str(dictionaries.ROOT / "tests" / "support")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True)
    assert json.loads(done.stdout) == sorted(texts)
