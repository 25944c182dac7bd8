# SPDX-License-Identifier: GPL-3.0-or-later
"""Advice for refusals that the service's documentation does not explain. Pure functions."""

from __future__ import annotations

import re
from typing import Final

from ..texts.phrases import joined, phrase
from .errors import ClientError, ValidationFailed
from .every_model import EVERY_MODEL
from .models import MODELS
from .requests import GenerateRequest

_TRANSPARENT: Final = re.compile(
    "transparen|透明|alpha channel|alphakanal|(?:no|without|remove the) background|ohne hintergrund"
    "|sin fondo|sans (?:arrière-plan|fond)|背景なし|无背景",
    re.IGNORECASE,
)


def may_mean_sources(text: str, request: GenerateRequest) -> bool:
    """Say whether a 400 may be about the name of the sources' field, which is not documented everywhere.

    It is not when the service names another option. Nothing was charged either way.
    """
    text = text.lower()
    if request.verb == "texture":  # it holds a model too, which would be uploaded a second time
        return "image" in text
    return "image_url" in text or "images" in text or not _names_another(text, request, "")


def with_advice(error: ClientError, request: GenerateRequest) -> ClientError:
    """Say what to do if the service refuses a documented file format."""
    if not isinstance(error, ValidationFailed):
        return error
    advice = _format_advice(str(error), request)
    if not advice:
        return error
    return ValidationFailed(joined(advice, str(error)), status=error.status, code=error.code)


def reason_with_advice(reason: str, request: GenerateRequest) -> str:
    """Return the reason of an accepted task that failed with only "invalid input", with advice added."""
    return joined(reason, _format_advice(reason, request)) if "invalid" in reason.lower() else reason


def asks_for_transparency(request: GenerateRequest) -> bool:
    """Return whether a prompt asks for a transparent background, which no model makes.

    Models paint a checkerboard, or a flat colour instead. Works in the languages of the interface.
    """
    return request.model in MODELS and _TRANSPARENT.search(request.prompt) is not None


def _format_advice(text: str, request: GenerateRequest) -> str:
    """Return an empty text if the format can't be meant: it was not requested, or another field is named."""
    text, model = text.lower(), EVERY_MODEL[request.model]
    is_named = "output_format" in text
    may_be_meant = model.refuses_default_format and not _names_another(text, request, "output_format")
    if "output_format" not in request.fields() or not (is_named or may_be_meant):
        return ""
    return phrase(
        "{model} does not make {output_format} files: choose PNG, and convert them afterwards.",
        model=model.label,
        output_format=request.output_format.upper(),
    )


def _names_another(text: str, request: GenerateRequest, but: str) -> bool:
    """Return whether a text names a field of the request, including those of the sources."""
    names = {"prompt", "image_url", "images", *request.fields()} - {but}
    return any(name in text for name in names)
