# SPDX-License-Identifier: GPL-3.0-or-later
"""The service's answers: plain values, and errors in body forms that clients have met."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One HTTP answer; `body` is bytes, or the file whose bytes are sent."""

    status: int = 200
    body: bytes | Path = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class ErrorShape(Enum):
    """The wording of an error in the body; all forms were seen."""

    ERROR_CODE = "error_code"  # {"error_code": "insufficient_credits", "error": "…"}
    CODE_DETAIL = "code_detail"  # {"code": "insufficient_credits", "detail": "…"}
    CODE_MESSAGE_UPPER = "code_message_upper"  # {"code": "INSUFFICIENT_CREDITS", "message": "…"}
    ERROR_CODE_UPPER = "error_code_upper"  # {"error_code": "INSUFFICIENT_CREDITS", "message": "…"}
    DETAIL = "detail"  # {"detail": "…"}, no code: the framework's own errors
    TEXT = "text"  # no JSON
    HTML = "html"  # a proxy's page
    EMPTY = "empty"


class Refusal(Exception):
    """The service says no. `shape` None means: as the simulator is set (`Simulator.error_shape`)."""

    def __init__(
        self,
        status: int,
        code: str,
        text: str,
        *,
        shape: ErrorShape | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text
        self.shape = shape
        self.headers: Mapping[str, str] = headers or {}


def json_answer(payload: object, status: int = 200) -> Answer:
    """Return the payload as a JSON answer."""
    return Answer(status=status, body=json.dumps(payload).encode())


def html_answer(status: int, title: str) -> Answer:
    """Return a page like those that a proxy sends instead of the service."""
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body>{title}</body></html>\n"
    return Answer(status=status, body=page.encode(), content_type="text/html; charset=utf-8")


def storage_error(status: int, code: str, text: str) -> Answer:
    """Return an error in an object store's words."""
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{text}</Message></Error>'
    )
    return Answer(status=status, body=body.encode(), content_type="application/xml")


def error_answer(
    status: int, code: str, text: str, shape: ErrorShape, headers: Mapping[str, str] | None = None
) -> Answer:
    """Word an error in one of the shapes."""
    match shape:
        case ErrorShape.ERROR_CODE:
            answer = json_answer({"error_code": code, "error": text}, status)
        case ErrorShape.CODE_DETAIL:
            answer = json_answer({"code": code, "detail": text}, status)
        case ErrorShape.CODE_MESSAGE_UPPER:
            answer = json_answer({"code": code.upper(), "message": text}, status)
        case ErrorShape.ERROR_CODE_UPPER:
            answer = json_answer({"error_code": code.upper(), "message": text}, status)
        case ErrorShape.DETAIL:
            answer = json_answer({"detail": text}, status)
        case ErrorShape.TEXT:
            answer = Answer(status=status, body=text.encode(), content_type="text/plain; charset=utf-8")
        case ErrorShape.HTML:
            answer = html_answer(status, f"{status} {text}")
        case ErrorShape.EMPTY:
            answer = Answer(status=status, content_type="text/plain")
    return replace(answer, headers=headers or {})
