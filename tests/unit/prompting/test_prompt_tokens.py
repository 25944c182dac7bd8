# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens: which braces are replaced, which stay, and what an artist reads if a token has no value."""

import contextlib

import pytest
from hypothesis import example, given, strategies as st

from easel.prompting.tokens import TOKENS, PromptUnready, escape, evaluate

BRACES = st.text(alphabet="{}ab_1é {}", max_size=30)


def value_of(name: str) -> str:
    return {"object": "Old Barrel", "size": "1 × 1 × 1.2 m"}[name]


@pytest.mark.parametrize(
    ("text", "evaluated"),
    [
        ("{object}", "Old Barrel"),
        ("Oak for the {object}, {size}.", "Oak for the Old Barrel, 1 × 1 × 1.2 m."),
        ("{Object} and {OBJECT}", "Old Barrel and Old Barrel"),
        ("{{object}}", "{object}"),
        ("{{object}", "{object}"),
        ('{"a": {"b": 1}}', '{"a": {"b": 1}}'),
        ("{ object }", "{ object }"),
        ("{2}", "{2}"),
        ("{}", "{}"),
        ("no braces", "no braces"),
        ("", ""),
    ],
)
def test_what_becomes_of_braces(text: str, evaluated: str) -> None:
    assert evaluate(text, value_of) == evaluated


@pytest.mark.parametrize("text", ["{colour}", "oak {objekt_2}", "{größe}", "{object} {mesh}"])
def test_an_unknown_token_says_which_there_are(text: str) -> None:
    with pytest.raises(PromptUnready) as caught:
        evaluate(text, value_of)
    said = str(caught.value)
    assert all(f"{{{token}}}" in said for token in TOKENS)
    assert "{{" in said


def test_values_are_only_asked_for_where_they_are_needed() -> None:
    asked: list[str] = []
    evaluate("{object} {{size}}", lambda name: asked.append(name) or "")
    assert asked == ["object"]


def test_a_value_is_not_evaluated_again() -> None:
    assert evaluate("{object}", lambda _name: "{size} {{x}}") == "{size} {{x}}"


@given(BRACES)
@example("{a}}")
@example("{{a}}")
@example("{{a}}}")
@example("{{{{")
def test_what_is_escaped_comes_back(text: str) -> None:
    def no_value(name: str) -> str:
        raise AssertionError(name)

    assert evaluate(escape(text), no_value) == text


@given(st.text(alphabet=st.characters(exclude_characters="{"), max_size=50))
def test_text_without_opening_braces_stays(text: str) -> None:
    assert evaluate(text, value_of) == escape(text) == text


@given(BRACES)
def test_it_ends_in_a_text_or_a_reason(text: str) -> None:
    with contextlib.suppress(PromptUnready):
        assert isinstance(evaluate(text, lambda name: name), str)
