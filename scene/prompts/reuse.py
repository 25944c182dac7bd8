# SPDX-License-Identifier: GPL-3.0-or-later
"""An earlier request back in the form."""

from __future__ import annotations

from typing import Any

import bpy

from ...client.options import OPTIONS
from ...client.requests import EditRequest, GenerateRequest, Sizing
from ..listing.form_sources import add_image


def reuse(form: Any, request: GenerateRequest) -> list[str]:
    """Fill the form with a request's prompt, model and options, and its sources as far as this file has them.

    Returns:
        names of the sources that this file has not.
    """
    is_edit = isinstance(request, EditRequest)
    form.mode = "EDIT" if is_edit else "GENERATE"
    form.model = request.model.value
    setattr(form, "edit_prompt" if is_edit else "prompt", request.written or request.prompt)
    known = form.bl_rna.properties["template"].enum_items.keys()
    if request.written and request.template in known:
        form.template = request.template
    group = form.options(request.model)
    for name in (option.name for option in OPTIONS):
        value = getattr(request, name)
        if name not in group.bl_rna.properties or value == "":
            continue
        if value is None:
            group.property_unset(name)
        else:
            setattr(group, name, value)
    if isinstance(request, EditRequest):
        keeps = Sizing.KEEP_SIZE if request.keeps_size else Sizing.NEW_SIZE
        form.sizing = (keeps if request.keeps_place else Sizing.AS_IT_CAME).value
    return _reuse_sources(form, request) if isinstance(request, EditRequest) else []


def _reuse_sources(form: Any, request: EditRequest) -> list[str]:
    form.sources.clear()
    missing: list[str] = []
    form.mask.kind = request.mask.kind.value
    # The last source of a masked edit was its marked copy.
    for source in request.sources[: -1 if request.mask.is_set else None]:
        image = bpy.data.images.get(source.name)
        if image is None:
            missing.append(source.name)
        else:
            add_image(form, image)
            form.sources[form.active_source].role = source.role
    form.active_source = 0
    return missing
