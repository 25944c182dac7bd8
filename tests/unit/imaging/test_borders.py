# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist moves a sheet's borders, but every view keeps some room and a side of its own."""

import itertools

from hypothesis import given, strategies as st

from easel.imaging.turnaround.borders import LEAST, Parting, added, even, moved, nearest, removed, turned
from easel.imaging.turnaround.sides import FEWEST, MOST

DEEDS = st.tuples(st.sampled_from(["move", "add", "remove", "turn"]), st.integers(0, 5), st.floats(-0.5, 1.5))


def done(parting: Parting, what: str, index: int, at: float) -> Parting:
    match what:
        case "move":
            return moved(parting, index % len(parting.borders), at)
        case "add":
            return added(parting, at)
        case "remove":
            return removed(parting, index % len(parting.borders))
        case _:
            return turned(parting, index % len(parting.sides), 1 if at > 0 else -1)


@given(st.integers(FEWEST, MOST), st.lists(DEEDS, max_size=40))
def test_every_view_keeps_its_room_and_a_side_of_its_own(count: int, deeds: list) -> None:
    parting = even(count)
    for what, index, at in deeds:
        parting = done(parting, what, index, at)
        assert FEWEST <= len(parting.sides) <= MOST
        assert len(parting.borders) == len(parting.sides) - 1
        assert len(set(parting.sides)) == len(parting.sides)
        edges = (0.0, *parting.borders, 1.0)
        assert all(right - left >= LEAST - 1e-9 for left, right in itertools.pairwise(edges))


@given(st.integers(FEWEST, MOST), st.floats(0.05, 0.95))
def test_what_was_added_is_under_the_mouse_and_goes_again(count: int, at: float) -> None:
    before = even(count)
    parting = added(before, at)
    if parting != before:
        index = nearest(parting, at, 0.0)
        assert index is not None
        assert removed(parting, index) == before
    assert nearest(before, 2.0, 0.5) is None


def test_a_view_that_is_named_anew_changes_places_with_the_one_of_that_name() -> None:
    parting = even(4)
    assert [side.value for side in turned(parting, 0).sides] == ["THREE_QUARTER", "FRONT", "RIGHT", "BACK"]
    assert turned(turned(parting, 2), 2, -1).borders == parting.borders
