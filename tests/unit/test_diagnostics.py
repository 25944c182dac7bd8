# SPDX-License-Identifier: GPL-3.0-or-later
"""Diagnostics can be posted in public: they never show a key, a home folder or an unasked prompt."""

import string

import pytest
from hypothesis import assume, given, strategies as st

from easel.diagnostics import HIDDEN_PROMPT, Facts, JobFacts, Secrets, homes_of, masked, report

HOMES = ["/home/anna", "C:\\Users\\Änna Müller", "/Users/anna.b", "D:\\joe"]
KEYS = st.text(string.ascii_letters + string.digits + "-_~.", min_size=16, max_size=64)
PROMPTS = st.text(min_size=12, max_size=120).filter(
    lambda text: all(len(line.strip()) >= 6 for line in text.splitlines() or [""])
)


def facts(text: str, prompt: str = "") -> Facts:
    """Return facts that have `text` in every place."""
    return Facts(
        versions={"Blender": text},
        settings={"Library": text},
        troubles=[text],
        jobs=[JobFacts(label="Gemini", state="FAILED", prompt=prompt, message=text, task_id=text)],
    )


@given(st.text(max_size=60), st.text(max_size=60), KEYS, st.sampled_from(HOMES))
def test_no_key_and_no_home_comes_through(before: str, after: str, key: str, home: str) -> None:
    assume(key.lower() not in home.lower())
    secrets = Secrets(keys=[key], homes=homes_of(home))
    for text in (key, home, f"{home}/{key}", f"Bearer {key}", f"{key}{home}"):
        written = report(facts(f"{before}{text}{after}"), secrets)
        assert key not in written
        assert home not in written


@pytest.mark.parametrize("home", HOMES)
def test_a_home_is_found_in_every_spelling(home: str) -> None:
    secrets = Secrets(homes=homes_of(home))
    forward = home.replace("\\", "/")
    for spelling in (home, forward, repr(home)[1:-1], home.upper(), f"file://{forward.replace(' ', '%20')}"):
        hidden = masked(f"can't open {spelling}/library/x.png", secrets)
        assert "anna" not in hidden.lower()
        assert "joe" not in hidden.lower()
        assert "~" in hidden


@given(PROMPTS, st.text(max_size=20))
def test_no_prompt_comes_through_unasked(prompt: str, around: str) -> None:
    text = f"{around}{prompt}{around} in {prompt!r}"
    written = report(facts(text, prompt), Secrets(prompts=[prompt]))
    usual = report(facts(""), Secrets())
    lines = [line for line in prompt.splitlines() if line not in usual]
    assert not [line for line in lines if line in written]
    assert HIDDEN_PROMPT in written


def test_the_prompt_in_a_files_name_is_hidden() -> None:
    prompt = "Secret project: a golden car"
    trouble = "The file is gone: ~/library/images/2026-11/2026-11-21_secret-project-a-golden-car_ab_1.png"
    assert "golden" not in report(facts(trouble, prompt), Secrets(prompts=[prompt]))


def test_what_was_asked_for_is_told() -> None:
    written = report(facts("all is well", "A golden car"), Secrets())
    assert "FAILED · Gemini · A golden car · all is well · task all is well" in written


@pytest.mark.parametrize("home", ["", "/", "C:\\", "\\"])
def test_a_home_that_is_everything_hides_nothing(home: str) -> None:
    assert masked("/usr/lib C:\\x", Secrets(homes=homes_of(home))) == "/usr/lib C:\\x"


def test_signatures_and_passwords_in_addresses_are_hidden() -> None:
    written = report(facts("http://me:pass@proxy:3128 https://cdn.example/a.png?sig=SECRET"), Secrets())
    assert "pass" not in written
    assert "SECRET" not in written


def test_secrets_do_not_show_themselves() -> None:
    assert "k-123456789" not in repr(Secrets(keys=["k-123456789"]))
