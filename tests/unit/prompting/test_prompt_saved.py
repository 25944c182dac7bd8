# SPDX-License-Identifier: GPL-3.0-or-later
"""Saved prompts come back unchanged, and an unreadable file is never written over."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from easel.prompting.saved import SavedPrompt, SavedPrompts, SavedPromptsDamaged, SavedPromptsError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NAMES = TEXT.filter(str.strip).map(str.strip)
PROMPTS = st.builds(
    SavedPrompt,
    name=NAMES,
    text=TEXT,
    template=st.sampled_from(["NONE", "CONCEPT", "OF_A_NEWER_EASEL"]),
    model=st.sampled_from(["", "GEMINI_3_PRO"]),
    options=st.dictionaries(TEXT, st.one_of(TEXT, st.integers(), st.booleans()), max_size=3),
)
DAMAGED = (
    b"",
    b"{",
    b"[]",
    b"{}",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"version": 1}',
    b'{"version": "1", "prompts": []}',
    b'{"version": 1, "prompts": ["x"]}',
    b'{"version": 1, "prompts": [{"name": 1, "text": "x"}]}',
    b'{"version": 1, "prompts": [{"name": "x", "text": "x", "options": 3}]}',
)


@pytest.fixture
def saved(tmp_path: Path) -> SavedPrompts:
    return SavedPrompts(tmp_path / "library" / "prompts.json")


def test_there_are_none_at_first(saved: SavedPrompts) -> None:
    assert saved.load() == []
    assert not saved.path.parent.exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(st.lists(PROMPTS, max_size=4, unique_by=lambda prompt: prompt.name))
def test_they_come_back_as_they_were(saved: SavedPrompts, prompts: list[SavedPrompt]) -> None:
    saved.path.unlink(missing_ok=True)
    for prompt in prompts:
        saved.save(prompt)
    assert SavedPrompts(saved.path).load() == sorted(prompts, key=lambda prompt: prompt.name.casefold())


def test_the_same_name_is_the_same_prompt(saved: SavedPrompts) -> None:
    saved.save(SavedPrompt(name="Oak", text="oak"))
    saved.save(SavedPrompt(name=" Oak ", text="old oak"))
    assert [(prompt.name, prompt.text) for prompt in saved.load()] == [("Oak", "old oak")]


def test_renaming_and_deleting(saved: SavedPrompts) -> None:
    for name in ("Oak", "Brick"):
        saved.save(SavedPrompt(name=name, text=name.lower()))
    saved.rename("Oak", "Old Oak")
    saved.rename("Old Oak", "Old Oak")
    assert [prompt.name for prompt in saved.load()] == ["Brick", "Old Oak"]
    with pytest.raises(SavedPromptsError, match="already"):
        saved.rename("Brick", "Old Oak")
    saved.delete("Brick")
    assert [prompt.text for prompt in saved.load()] == ["oak"]


@pytest.mark.parametrize("name", ["", "  "])
def test_a_name_is_needed(saved: SavedPrompts, name: str) -> None:
    with pytest.raises(SavedPromptsError, match="name"):
        saved.save(SavedPrompt(name=name, text="oak"))


def test_one_that_is_gone_is_told(saved: SavedPrompts) -> None:
    for change in (lambda: saved.rename("Oak", "Elm"), lambda: saved.delete("Oak")):
        with pytest.raises(SavedPromptsError, match="“Oak”"):
            change()


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_file_is_told_and_kept(saved: SavedPrompts, content: bytes) -> None:
    saved.path.parent.mkdir()
    saved.path.write_bytes(content)
    for change in (saved.load, lambda: saved.rename("a", "b"), lambda: saved.delete("a")):
        with pytest.raises(SavedPromptsDamaged, match=r"prompts\.json"):
            change()
    assert saved.path.read_bytes() == content
    aside = saved.save(SavedPrompt(name="Oak", text="oak"))
    assert aside is not None
    assert aside.read_bytes() == content
    assert [prompt.name for prompt in saved.load()] == ["Oak"]


def test_a_newer_easels_file_is_left_alone(saved: SavedPrompts) -> None:
    content = '{"version": 2, "prompts": []}'
    saved.path.parent.mkdir()
    saved.path.write_text(content)
    with pytest.raises(SavedPromptsError, match="newer"):
        saved.save(SavedPrompt(name="Oak", text="oak"))
    assert saved.path.read_text() == content


def test_unknown_values_of_a_newer_easel_are_left_out(saved: SavedPrompts) -> None:
    saved.path.parent.mkdir()
    saved.path.write_text('{"version": 1, "prompts": [{"name": "Oak", "text": "oak", "colour": "red"}]}')
    assert saved.load() == [SavedPrompt(name="Oak", text="oak")]


def test_a_folder_that_cannot_be_written_is_told(saved: SavedPrompts) -> None:
    saved.path.parent.write_text("a file stands where the folder should be")
    with pytest.raises(SavedPromptsError, match=r"can.t be read|could not be saved"):
        saved.save(SavedPrompt(name="Oak", text="oak"))
