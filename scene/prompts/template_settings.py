# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings that a template brings besides its words: shape, number, way to place, size and place.

They are set when the artist chooses the template in the form, and shown there. They are reset by a click, or
when another template is chosen. Settings that the artist has changed since then stay.
"""

from __future__ import annotations

import json
from typing import Any, Final

from ...client.models import SIZE_RATIOS, ModelId
from ...prompting.templates import TEMPLATES
from ...texts.phrases import joined, phrase
from ...texts.wording import option_label

_OF_FORM: Final = ("placement", "sizing")
"""Properties of the form itself, not options of a model."""


def choose(form: Any, template: str) -> None:
    """Choose a template like the artist: its settings replace those of the last one."""
    take_back(form)
    form.template = template
    wanted = _wanted(form, template)
    before = {name: getattr(_owner(form, name), name) for name in wanted}
    for name, value in wanted.items():
        setattr(_owner(form, name), name, value)
    kept = {name: [before[name], value] for name, value in wanted.items() if before[name] != value}
    form.brought = json.dumps({"model": form.model, "values": kept}) if kept else ""


def take_back(form: Any) -> None:
    """Reset a template's settings to the earlier values."""
    model, values = _read(form)
    for name, (before, brought) in values.items():
        owner = _owner(form, name, model)
        if owner is not None and getattr(owner, name, None) == brought:
            setattr(owner, name, before)
    form.brought = ""


def brought_text(form: Any) -> str:
    """Return which of a template's settings are still set; empty if none."""
    model, values = _read(form)
    told: list[str] = []
    for name, (_before, brought) in values.items():
        owner = _owner(form, name, model)
        is_seen = name in _OF_FORM or model == form.model
        if not is_seen or owner is None or getattr(owner, name, None) != brought:
            continue
        if name == "count":
            told.append(phrase("1 image") if brought == 1 else phrase("{count} images", count=brought))
        elif name in _OF_FORM:
            told.append(phrase(form.bl_rna.properties[name].enum_items[brought].name))
        else:
            told.append(option_label(brought))
    return joined(*told, by=" · ")


def _wanted(form: Any, template: str) -> dict[str, Any]:
    """Return a template's settings for the current form: only those that the model and the mode have."""
    chosen = TEMPLATES[template]
    if not chosen.text:
        return {}
    options = form.options(form.model_id).bl_rna.properties
    sizing = chosen.sizing if form.mode == "EDIT" else None
    named = {"placement": chosen.placement, "count": chosen.count, "sizing": sizing}
    wanted: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    if "aspect_ratio" in options:
        wanted["aspect_ratio"] = chosen.aspect_ratio
    elif "image_size" in options:
        size = next((name for name, ratio in SIZE_RATIOS.items() if ratio == chosen.aspect_ratio), "")
        wanted |= {"image_size": size} if size else {}
    return wanted


def _owner(form: Any, name: str, model: str = "") -> Any:
    """Return the owner of a property: the form, or a model's options; None if there is no such model."""
    if name in _OF_FORM:
        return form
    try:
        return form.options(ModelId(model or form.model_id))
    except ValueError:  # another Easel's
        return None


def _read(form: Any) -> tuple[str, dict[str, Any]]:
    try:
        kept = json.loads(form.brought or "{}")
        return str(kept.get("model", "")), dict(kept.get("values", {}))
    except (ValueError, TypeError, AttributeError):  # another Easel's
        return "", {}
