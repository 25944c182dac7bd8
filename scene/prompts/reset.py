# SPDX-License-Identifier: GPL-3.0-or-later
"""Reset the form to its defaults."""

from __future__ import annotations

from typing import Any

_STAYS = frozenset({"rna_type", "name", "mode", "subject", "chosen_template"})
_DRAWN = frozenset({"areas", "markers"})
"""Parts of the mask that were drawn on images: they belong to these images, and are not settings."""


def reset(form: Any) -> None:
    """Unset all that the artist has chosen, typed and added, except the mode and what is drawn on images."""
    _reset_group(form, _STAYS)


def _reset_group(group: Any, stays: frozenset[str]) -> None:
    for known in group.bl_rna.properties:
        name = known.identifier
        if name in stays or (known.is_readonly and known.type not in ("POINTER", "COLLECTION")):
            continue
        if known.type == "COLLECTION":
            getattr(group, name).clear()
        elif known.type == "POINTER" and known.is_readonly:  # a nested group
            _reset_group(getattr(group, name), _DRAWN | {"rna_type", "name"})
        else:
            group.property_unset(name)
