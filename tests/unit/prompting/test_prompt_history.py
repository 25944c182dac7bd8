# SPDX-License-Identifier: GPL-3.0-or-later
"""The history has each prompt once, newest first, and finds it by any of its words."""

import pytest
from hypothesis import given, strategies as st

from easel.prompting.history import PastPrompt, matches, merge

PROMPTS = st.builds(
    PastPrompt,
    text=st.sampled_from(["oak", "brick", "slate"]),
    template=st.sampled_from(["NONE", "CONCEPT"]),
    verb=st.sampled_from(["generate", "edit"]),
    used_at=st.integers(0, 1000).map(float),
)


@given(st.lists(PROMPTS))
def test_each_prompt_is_there_once_and_none_is_lost(prompts: list[PastPrompt]) -> None:
    merged = merge(prompts)
    assert len({(past.text, past.template) for past in merged}) == len(merged)
    assert {(past.text, past.template) for past in merged} == {(past.text, past.template) for past in prompts}
    assert sum(past.times for past in merged) == len(prompts)
    assert [past.used_at for past in merged] == sorted((past.used_at for past in merged), reverse=True)
    for past in merged:
        assert past.used_at == max(
            other.used_at for other in prompts if (other.text, other.template) == (past.text, past.template)
        )


@pytest.mark.parametrize(
    ("search", "found"),
    [("", True), ("brick", True), ("WALL old", True), ("old brick slate", False), ("straße", True)],
)
def test_words_are_found_in_any_order_and_case(search: str, found: bool) -> None:
    assert matches("An old Brick\nwall in the STRASSE", search) == found
