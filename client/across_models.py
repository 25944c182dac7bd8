# SPDX-License-Identifier: GPL-3.0-or-later
"""Translate the options of one model to another, for the same prompt on several models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .answer_sizes import nearest_ratio
from .models import SIZE_RATIOS, Model
from .options import OPTIONS, Choice, Count, Option


def on_model(options: Mapping[str, Any], before: Model, model: Model) -> tuple[dict[str, Any], list[str]]:
    """Turn options of one model into those of another.

    A shape is kept, under the other model's name for it. Options that the other model lacks are left out, and
    values that it does not accept become its default.

    Args:
        options: values by the names of `OPTIONS`; missing ones are the model's default.

    Returns:
        the options, and a sentence for each of the artist's choices that does not apply there.
    """
    wanted = _with_shape(options, before, model)
    kept: dict[str, Any] = {}
    lost: list[str] = []
    for option in OPTIONS:
        value: Any = wanted.get(option.name)
        if option.is_offered(model) and _is_given(value):
            problem = option.problem(model, value)
            kept[option.name] = value if not problem else _nearest(option, model, value)
        else:
            problem = "" if _is_default(option, before, value) else option.problem(model, value)
            if option.is_offered(model) and isinstance(option, Choice):
                kept[option.name] = option.default(model)
        if problem:
            lost.append(problem)
    return kept, lost


def _with_shape(options: Mapping[str, Any], before: Model, model: Model) -> dict[str, Any]:
    """Return the options with the shape in the other model's terms."""
    wanted = dict(options)
    if bool(before.image_sizes) is bool(model.image_sizes):
        return wanted
    if before.image_sizes:
        size = wanted.pop("image_size", "")
        if size in SIZE_RATIOS:
            wanted["aspect_ratio"] = SIZE_RATIOS[size]
        return wanted
    ratio = wanted.get("aspect_ratio", "")
    names = {SIZE_RATIOS[name]: name for name in reversed(model.image_sizes) if name in SIZE_RATIOS}
    if ratio and ratio != "auto" and names:
        across, down = map(int, ratio.split(":"))
        wanted["image_size"] = names[nearest_ratio((across, down), names)]
    if ratio in names:  # else there is a note that no such shape exists
        del wanted["aspect_ratio"]
    return wanted


def _is_given(value: Any) -> bool:
    return value != "" and value is not None


def _nearest(option: Option, model: Model, value: Any) -> Any:
    if isinstance(option, Count):
        return min(max(value, 1), model.max_images)
    return option.default(model) if isinstance(option, Choice) else None


def _is_default(option: Option, before: Model, value: Any) -> bool:
    """Return whether an option has its default."""
    if not _is_given(value) or option.name == "safety_checker":
        return True
    return isinstance(option, Choice) and option.is_offered(before) and value == option.default(before)
