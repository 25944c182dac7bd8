# SPDX-License-Identifier: GPL-3.0-or-later
"""Values in files that this Easel has not written: custom properties of any type, a newer Easel's choices."""

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
"""Values of all types of custom properties."""

UNKNOWN = 97
"""A choice that no version of Easel has."""


def choose_of_newer(group: Any, name: str, number: int = UNKNOWN) -> None:
    """Set an enum of a property group to a value that only a newer Easel names, like its file would."""
    stored = (
        group.bl_system_properties_get(do_create=True)
        if hasattr(group, "bl_system_properties_get")
        else group
    )
    stored[name] = number
    assert getattr(group, name) == ""
