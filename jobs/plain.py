# SPDX-License-Identifier: GPL-3.0-or-later
"""Build frozen dataclasses from the plain values of JSON, by their declared types.

`dataclasses.asdict` is the opposite.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

AnyRecord = TypeVar("AnyRecord")


def record_of(kind: type[AnyRecord], values: Mapping[str, Any]) -> AnyRecord:
    """Build a dataclass. Unknown keys are ignored, missing ones get their defaults.

    Raises:
        ValueError, KeyError, TypeError: the values don't fit the dataclass.
    """
    if not hasattr(values, "keys"):
        raise TypeError(values)
    hints = _hints(kind)
    known: dict[str, Any] = {}
    for field in fields(kind):  # pyright: ignore[reportArgumentType] - the caller gives a dataclass
        if field.name in values:
            known[field.name] = _value_of(hints[field.name], values[field.name])
        elif field.default is MISSING and field.default_factory is MISSING:
            raise KeyError(field.name)
    return kind(**known)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _value_of(hint: Any, value: Any) -> Any:
    if get_origin(hint) in (types.UnionType, Union):  # the latter from Python 3.14 on
        (kind,) = (each for each in get_args(hint) if each is not type(None))  # one, or None
        return None if value is None else _value_of(kind, value)
    if get_origin(hint) is tuple:
        kinds = get_args(hint)
        if kinds[-1] is Ellipsis:
            return tuple(_value_of(kinds[0], each) for each in value)
        return tuple(_value_of(kind, each) for kind, each in zip(kinds, value, strict=True))
    if get_origin(hint) is Mapping:
        return dict(value)
    if is_dataclass(hint):
        return record_of(hint, value)  # pyright: ignore[reportArgumentType, reportUnknownVariableType]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint):
        raise TypeError(f"{value!r} is no {hint}")
    return value
