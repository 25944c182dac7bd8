# SPDX-License-Identifier: GPL-3.0-or-later
"""Long names fit into little room and still differ from their neighbours."""

import time

import pytest
from hypothesis import given, strategies as st

from easel.texts.names import is_found, shortened
from easel.texts.wrapping import display_width

METAL = "Rusty and weathered painted metal, flaking, seamless, "
ROOF, GUTTER, GATE = METAL + "copper roof", METAL + "copper gutter", METAL + "iron gate"
WORDS = st.lists(st.sampled_from(["moss", "copper", "in", "x" * 30, "樽", "屋根", "ä"]), max_size=9)


def test_what_fits_is_whole() -> None:
    assert shortened("  Marble\nfloor \n\nphotograph", ("Marble",), 20) == "Marble floor"


@pytest.mark.parametrize(
    ("name", "neighbours", "room", "shown"),
    [
        (ROOF, [GUTTER], 20, "Rusty… copper roof"),
        (GATE, [GUTTER], 27, "Rusty… seamless, iron gate"),
        (GUTTER, [ROOF, GATE], 12, "Rust… gutter"),
        (ROOF, ["Marble floor"], 20, "Rusty and weathered…"),
        (ROOF, [ROOF], 20, "Rusty and weathered…"),
        (ROOF, [], 20, "Rusty and weathered…"),
    ],
)
def test_names_are_cut_where_they_differ(name: str, neighbours: list[str], room: int, shown: str) -> None:
    assert shortened(name, tuple(neighbours), room) == shown


@given(WORDS, WORDS, WORDS, st.integers(10, 60))
def test_a_name_never_takes_more_than_its_room(
    same: list[str], one: list[str], other: list[str], room: int
) -> None:
    names = [" ".join([*same, *rest]) for rest in (one, other)]
    shown = [shortened(name, (beside,), room) for name, beside in (names, names[::-1])]
    assert all(display_width(text) <= room for text in shown)


def test_a_page_of_long_prompts_is_named_at_once() -> None:
    names = tuple(
        "weathered copper, " * 100 + f"{number} " + "mossy stone, " * 200 for number in range(100, 160)
    )
    began = time.monotonic()
    assert shortened(names[7], names, 20) == "weathere… 107 mossy…"
    assert len({shortened(name, names, 20) for name in names}) == 60
    assert time.monotonic() - began < 1.0, "it is said while the window is drawn"


def test_all_words_are_looked_for_in_any_order_and_case() -> None:
    assert is_found(ROOF, "ROOF rusty")
    assert not is_found(ROOF, "roof marble")
    assert is_found(ROOF, "")


@given(
    head=st.lists(st.sampled_from(["moss", "wall", "copper"]), min_size=3, max_size=6),
    tail=st.lists(st.sampled_from(["weathered", "old", "green"]), max_size=4),
    numbers=st.lists(st.integers(0, 200), min_size=2, max_size=6, unique=True),
)
def test_numbers_that_tell_names_apart_are_seen(head: list[str], tail: list[str], numbers: list[int]) -> None:
    names = tuple(" ".join([*head, str(number), *tail]) for number in numbers)
    for name, number in zip(names, numbers, strict=True):
        assert str(number) in shortened(name, names, 14).replace("…", " ").split(), names
