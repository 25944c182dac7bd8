# SPDX-License-Identifier: GPL-3.0-or-later
"""The choices of the form, of which a newer Easel may have more.

A .blend keeps a choice as a number. Blender reads a number that this version has no name for as "".
"""

from __future__ import annotations

from typing import Any

from ..texts.phrases import phrase
from ..texts.refusal import Refusal


def unknown_choice(group: Any, *names: str) -> str:
    """Say which choice of a property group this version does not know; empty if it knows all.

    Cheap enough for `draw`.

    Args:
        names: of the properties; none: all that the group has.
    """
    for prop in group.bl_rna.properties:
        is_meant = prop.type == "ENUM" and (not names or prop.identifier in names)
        if is_meant and not getattr(group, prop.identifier):
            return phrase(
                "“{choice}” was chosen in a newer Easel: choose again, or update Easel",
                choice=phrase(prop.name),
            )
    return ""


def choice(group: Any, name: str) -> str:
    """Return what was chosen.

    Raises:
        Refusal: it is a choice of a newer Easel.
    """
    chosen: str = getattr(group, name)
    if not chosen:
        raise Refusal(phrase("{problem}.", problem=unknown_choice(group, name)))
    return chosen
