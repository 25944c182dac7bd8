# SPDX-License-Identifier: GPL-3.0-or-later
"""A template puts the artist's words first, then the words that the use needs."""

import pytest
from hypothesis import given, strategies as st

from easel.prompting.templates import NO_TEMPLATE, TEMPLATES, Template, compose
from easel.prompting.tokens import PromptUnready, escape


def no_value(name: str) -> str:
    raise PromptUnready(f"no {name}")


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=lambda template: template.id)
def test_each_has_a_name_and_says_what_it_is_for(template: Template) -> None:
    assert template.label
    assert template.hint
    assert not template.hint.endswith(".")
    assert "{" not in template.text


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_artists_words_come_first(template: str) -> None:
    sent = compose("  Old {object} ", template, lambda _name: "Barrel")
    assert sent.startswith("Old Barrel")
    assert sent == f"Old Barrel\n\n{TEMPLATES[template].text}".strip()


def test_the_uses_that_were_promised_are_there() -> None:
    assert [template.label for template in TEMPLATES.values()] == [
        "No Template",
        "Seamless Texture",
        "Seamless Metal",
        "Material Close-up",
        "Turnaround Sheet",
        "Concept",
        "Product Shot",
    ]


def test_numbers_in_saved_files_stay_what_they_were() -> None:
    numbers = {template.id: template.number for template in TEMPLATES.values()}
    known = ["NONE", "SEAMLESS_TEXTURE", "MATERIAL_CLOSE_UP", "TURNAROUND_SHEET", "CONCEPT", "PRODUCT_SHOT"]
    assert [numbers[name] for name in known] == [0, 1, 2, 3, 4, 5]
    assert sorted(numbers.values()) == list(range(len(numbers)))


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_alone_is_no_prompt(template: str) -> None:
    assert compose(" \n", template, no_value) == ""


def test_a_token_without_a_value_is_told() -> None:
    with pytest.raises(PromptUnready, match="no object"):
        compose("{object}", NO_TEMPLATE, no_value)


@given(st.text(max_size=60), st.sampled_from([*TEMPLATES, "OF_A_NEWER_EASEL"]))
def test_every_text_survives(text: str, template: str) -> None:
    assert compose(escape(text), template, no_value).startswith(text.strip())
