# SPDX-License-Identifier: GPL-3.0-or-later
"""Broken texts fit, lose nothing, and have correct line breaks in Chinese and Japanese."""

import unicodedata

import pytest
from hypothesis import given, strategies as st

from easel.texts.wrapping import first_line, wrap

WIDE = st.text(st.sampled_from("画像を送信しました。、「」Easel 3D 24 時間…的图片"), max_size=60)


def width(line: str) -> int:
    """Return the number of columns that a line takes."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)


def test_a_templates_text_is_not_in_the_first_line() -> None:
    assert first_line("Old\nbricks\n\nThe image is a texture.") == "Old bricks"


@given(st.one_of(st.text(), WIDE), st.integers(0, 80))
def test_wrapped_lines_fit_and_lose_no_word(text: str, columns: int) -> None:
    lines = wrap(text, columns)
    assert all(len(line) <= max(columns, 8) for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(WIDE, st.integers(8, 40))
def test_wide_signs_take_two_columns(text: str, columns: int) -> None:
    # Punctuation that may not begin a line may stick out by one sign at the end of the line before.
    assert all(width(line) <= columns + 2 for line in wrap(text, columns))


@pytest.mark.parametrize(
    "text", ["画像は24時間後に消えます。もう一度ご確認ください。", "图片会在 24 小时后消失。请再看一次。"]
)
def test_no_line_begins_with_a_full_stop(text: str) -> None:
    for columns in range(8, 50):
        assert not any(line.startswith(("。", "、")) for line in wrap(text, columns))


@given(WIDE, st.integers(8, 40))
def test_the_first_line_of_a_wide_text_fits(text: str, length: int) -> None:
    line = first_line(text, length)
    assert width(line) <= length + 2
    assert "\n" not in line


def test_a_value_keeps_its_unit_and_no_line_begins_with_a_dot_between_facts() -> None:
    text = "Shift undone: 3.0 px, 1.2 px · Scaled down by 2.0% · 87% of the picture agrees"
    for columns in range(12, 60):
        lines = wrap(text, columns)
        assert " ".join(lines) == text
        assert not any(line.startswith(("·", "px")) for line in lines), lines
        assert not any(line.startswith("MB") for line in wrap("Lädt 2 Bilder hoch, 3,4 MB", columns))
        assert not any(line.startswith("Credits") for line in wrap("Gemini 3.1 Flash · 15 Credits", columns))
