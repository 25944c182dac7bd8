# SPDX-License-Identifier: GPL-3.0-or-later
"""`frozen` and `mutable` behave as Python's own dataclasses."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from easel.classes import frozen, mutable


def declare(decorator: Callable[[type], type]) -> tuple[type, type]:
    """Make a class and one that inherits from it."""

    class Roof:
        name: str
        slates: int = 3
        tags: list[str] = dataclasses.field(default_factory=list)
        note: str = dataclasses.field(default="", compare=False, repr=False)

        def __post_init__(self) -> None:
            if self.slates < 0:
                raise ValueError(self.slates)

    roof = decorator(Roof)

    class Spire(roof):  # type: ignore[misc,valid-type]
        height_m: float = 1.0

    return roof, decorator(Spire)


PYTHON_FROZEN = dataclasses.dataclass(frozen=True, kw_only=True)
PYTHON_MUTABLE = dataclasses.dataclass(kw_only=True)
SAYS = (
    lambda roof, _spire: repr(roof(name="a", tags=["x"], note="n")),
    lambda _roof, spire: repr(spire(name="a", height_m=2.0)),
    lambda roof, _spire: roof(name="a", note="one") == roof(name="a", note="two"),
    lambda roof, _spire: roof(name="a") == roof(name="b"),
    lambda roof, spire: roof(name="a") == spire(name="a"),
    lambda roof, _spire: roof(name="a").tags is roof(name="a").tags,
    lambda _roof, spire: dataclasses.asdict(spire(name="a")),
    lambda _roof, spire: vars(spire(slates=4, name="a")),
    lambda roof, _spire: dataclasses.replace(roof(name="a"), slates=9),
    lambda _roof, spire: [field.name for field in dataclasses.fields(spire)],
)
WRONG = (
    lambda roof: roof(),
    lambda roof: roof(name="a", colour="red"),
    lambda roof: roof(colour="red"),
    lambda roof: roof("a"),
    lambda roof: roof(name="a", slates=-1),
    lambda roof: dataclasses.replace(roof(name="a"), colour="red"),
)


@pytest.mark.parametrize(("ours", "pythons"), [(frozen, PYTHON_FROZEN), (mutable, PYTHON_MUTABLE)])
@pytest.mark.parametrize("say", SAYS)
def test_objects_say_what_those_of_python_say(ours: Any, pythons: Any, say: Any) -> None:
    assert str(say(*declare(ours))) == str(say(*declare(pythons)))


@pytest.mark.parametrize(("ours", "pythons"), [(frozen, PYTHON_FROZEN), (mutable, PYTHON_MUTABLE)])
@pytest.mark.parametrize("make", WRONG)
def test_what_python_refuses_is_refused(ours: Any, pythons: Any, make: Any) -> None:
    with pytest.raises((TypeError, ValueError)) as wanted:
        make(declare(pythons)[0])
    with pytest.raises(wanted.type):
        make(declare(ours)[0])


def test_what_is_frozen_neither_changes_nor_loses_a_field() -> None:
    roof = declare(frozen)[0](name="a")
    with pytest.raises(dataclasses.FrozenInstanceError):
        roof.name = "b"
    with pytest.raises(dataclasses.FrozenInstanceError):
        del roof.name
    assert roof.name == "a"


def test_what_is_mutable_changes() -> None:
    roof = declare(mutable)[0](name="a")
    roof.name = "b"
    assert roof.name == "b"
    assert roof != type(roof)(name="a")


def test_what_is_frozen_has_a_hash_by_its_fields_and_what_is_mutable_has_none() -> None:
    @frozen
    class Slate:
        width: int

    @mutable
    class Pile:
        slates: int

    assert len({Slate(width=1), Slate(width=1), Slate(width=2)}) == 2
    with pytest.raises(TypeError):
        hash(Pile(slates=1))


def test_objects_equal_to_themselves_only() -> None:
    @frozen(eq=False)
    class Slate:
        width: int

    one = Slate(width=1)
    assert one == one
    assert one != Slate(width=1)
    assert len({one, Slate(width=1)}) == 2


def test_fields_in_their_order_where_that_is_declared() -> None:
    @frozen(kw_only=False)
    class Slate:
        width: int
        height: int = 2

    assert Slate(1) == Slate(1, 2) == Slate(1, height=2)
    with pytest.raises(TypeError):
        Slate(1, 2, 3)  # type: ignore[call-arg]


def test_methods_of_a_class_stay_its_own() -> None:
    @frozen
    class Slate:
        width: int

        def __repr__(self) -> str:
            return "mine"

        def __eq__(self, _other: object) -> bool:
            return True

    assert repr(Slate(width=1)) == "mine"
    assert Slate(width=1) == Slate(width=2)
