# SPDX-License-Identifier: GPL-3.0-or-later
"""What files hold that Easel has not written: custom properties of any type, choices of a newer Easel."""

from typing import Any

ODD_VALUES = (
    5,
    -(2**31),
    2.5,
    True,
    "",
    "not a job",
    b"\xff\x00",
    [],
    [1, 2, 3],
    [0.5, 0.25],
    {"a": {"b": [1]}},
    [{"a": 1}, {"a": 2}],
)
"""Whatever a custom property can be."""

UNKNOWN = 97
"""A choice that no version of Easel has."""


def choose_of_newer(group: Any, name: str, number: int = UNKNOWN) -> None:
    """Have an enum of a property group hold what only a newer Easel has a name for, as its file would."""
    stored = (
        group.bl_system_properties_get(do_create=True)
        if hasattr(group, "bl_system_properties_get")
        else group
    )
    stored[name] = number
    assert getattr(group, name) == ""
