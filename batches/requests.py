# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a request from a row, with the values of its tokens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from ..client.requests import EditRequest, GenerateRequest, Sizing, Source, validate
from ..prompting.templates import compose
from .row import Row


def request_of(
    row: Row,
    value_of: Callable[[str], str],
    *,
    count: int = 0,
    holds_data: bool = False,
    alpha_mode: str = "",
) -> GenerateRequest:
    """Make the request of a row.

    Args:
        value_of: the value of a token (`prompting.tokens.TOKENS`), about its object; raises PromptUnready.
        count: images of all rows that share it (`packing.Group`); 0: the row's own count.
        holds_data, alpha_mode: of an edit's first source, as in `EditRequest`.

    Raises:
        PromptUnready: a token has no value.
        RequestInvalid: the request can't succeed.
    """
    words: dict[str, Any] = {
        "prompt": compose(row.prompt, row.template, value_of),
        "written": row.prompt.strip(),
        "template": row.template,
    }
    options: dict[str, Any] = {
        **row.settings.options(),
        "model": row.settings.model,
        "count": count or row.count,
    }
    if row.sources:
        request: GenerateRequest = EditRequest(
            **words,
            **options,
            sources=tuple(Source(name=PurePath(name).name) for name in row.sources),
            keeps_place=row.sizing is not Sizing.AS_IT_CAME,
            keeps_size=row.sizing is Sizing.KEEP_SIZE,
            holds_data=holds_data,
            alpha_mode=alpha_mode,
        )
    else:
        request = GenerateRequest(**words, **options)
    validate(request)
    return request
