# SPDX-License-Identifier: GPL-3.0-or-later
"""Dataclasses that cost little to declare: `frozen`, which never change, and `mutable`, which may.

Python's own decorator writes and compiles methods for each class, 0.7 ms to 1.2 ms a class: for 300 classes,
that was half of the time that enabling Easel took. Here the methods read the fields. `dataclasses.fields`,
`replace`, `asdict` and `field` work as they do there.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

_Class = TypeVar("_Class", bound=type)


@overload
def frozen(cls: _Class, /) -> _Class: ...
@overload
def frozen(*, eq: bool = True, kw_only: bool = True) -> Callable[[_Class], _Class]: ...
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(Field, field))
def frozen(cls: Any = None, /, *, eq: bool = True, kw_only: bool = True) -> Any:
    """Make a class a dataclass that is frozen, with a hash; its objects are equal if their fields are.

    Args:
        eq: False where an object is equal to itself only.
        kw_only: False where fields may also be given in their order.
    """
    if cls is None:
        return lambda cls: _declared(cls, eq=eq, kw_only=kw_only, is_frozen=True)
    return _declared(cls, eq=eq, kw_only=kw_only, is_frozen=True)


@overload
def mutable(cls: _Class, /) -> _Class: ...
@overload
def mutable(*, eq: bool = True, kw_only: bool = True) -> Callable[[_Class], _Class]: ...
@dataclass_transform(kw_only_default=True, field_specifiers=(Field, field))
def mutable(cls: Any = None, /, *, eq: bool = True, kw_only: bool = True) -> Any:
    """Make a class a dataclass whose objects may change; they have no hash if they are equal by their fields.

    Args:
        eq: as of `frozen`.
        kw_only: as of `frozen`.
    """
    if cls is None:
        return lambda cls: _declared(cls, eq=eq, kw_only=kw_only, is_frozen=False)
    return _declared(cls, eq=eq, kw_only=kw_only, is_frozen=False)


def _declared(cls: type, *, eq: bool, kw_only: bool, is_frozen: bool) -> type:
    cls.__doc__ = cls.__doc__ or cls.__name__  # else Python writes its signature there, slowly
    dataclass(init=False, repr=False, eq=False, match_args=False, kw_only=kw_only)(cls)
    methods: dict[str, Any] = {"__init__": _maker(cls), "__repr__": _teller(cls)}
    if eq:
        same, hashed = _comparers(cls)
        methods |= {"__eq__": same, "__hash__": hashed if is_frozen else None}
    if is_frozen:
        methods |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
    for name, method in methods.items():
        if vars(cls).get(name) is None:  # what a class defines itself stays
            setattr(cls, name, method)
    return cls


def _maker(cls: type) -> Callable[..., None]:
    known = fields(cls)
    names = tuple(it.name for it in known)
    ordered = tuple(it.name for it in known if not it.kw_only)
    defaults = {it.name: it.default for it in known if it.default is not MISSING}
    factories = [(it.name, it.default_factory) for it in known if it.default_factory is not MISSING]
    finishes = hasattr(cls, "__post_init__")
    put = object.__setattr__  # past the refusal of what is frozen

    def __init__(self: Any, *in_order: Any, **given: Any) -> None:  # noqa: N807
        if in_order:
            given |= zip(ordered, in_order, strict=False)
        values = defaults | given
        for name, make in factories:
            if name not in given:
                values[name] = make()
        if len(values) != len(names) or len(in_order) > len(ordered):
            raise TypeError(_wrong_fields(type(self), names, values))
        try:
            for name in names:
                put(self, name, values[name])
        except KeyError:
            raise TypeError(_wrong_fields(type(self), names, values)) from None
        if finishes:
            self.__post_init__()

    return __init__


def _wrong_fields(cls: type, names: tuple[str, ...], values: dict[str, Any]) -> str:
    missing = ", ".join(name for name in names if name not in values)
    unknown = ", ".join(values.keys() - set(names))
    return f"{cls.__qualname__}: missing: {missing or 'none'}; not a field: {unknown or 'none'}"


def _teller(cls: type) -> Callable[..., str]:
    names = [it.name for it in fields(cls) if it.repr]

    @reprlib.recursive_repr()
    def __repr__(self: Any) -> str:  # noqa: N807
        told = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({told})"

    return __repr__


def _comparers(cls: type) -> tuple[Callable[[Any, object], bool], Callable[[Any], int]]:
    names = [it.name for it in fields(cls) if it.compare]
    key: Callable[[Any], Any] = attrgetter(*names) if names else lambda _self: ()

    def __eq__(self: Any, other: object) -> bool:  # noqa: N807
        return key(self) == key(other) if type(self) is type(other) else NotImplemented

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(key(self))

    return __eq__, __hash__


def _refuse_to_set(_self: Any, name: str, _value: object) -> None:
    raise FrozenInstanceError(name)


def _refuse_to_delete(_self: Any, name: str) -> None:
    raise FrozenInstanceError(name)
