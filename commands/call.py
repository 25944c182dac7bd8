# SPDX-License-Identifier: GPL-3.0-or-later
"""What every command uses, and how it calls an operator."""

from __future__ import annotations

import argparse
import re
import time
from dataclasses import dataclass, field
from typing import Any, Final

import bpy

from ..client.key import VARIABLE
from ..scene.session import session
from ..terminal.interrupts import Interrupts
from ..terminal.output import Output
from ..texts.phrases import joined
from ..texts.refusal import Refusal

_DEFECT: Final = "Traceback (most recent call last)"
"""How the text of an operator begins that raised something other than a refusal."""
_FRAME: Final = re.compile(
    r"Operator bpy\.ops\.\S+\.poll\(\) (?:failed, )?|Converting py args to operator properties: "
    r"|^(?:Error|Warning|Info): ",
    re.MULTILINE,
)
"""What Blender puts around the words of a report, of a poll and of its own checks."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of the command."""

    arguments: argparse.Namespace
    output: Output
    interrupts: Interrupts
    file: str
    """The .blend that was opened; empty if none was."""

    began_at: float = field(default_factory=time.monotonic)
    asked_at: float = field(default_factory=time.time)
    """When it began, in epoch seconds, as jobs have it."""

    @property
    def ends_at(self) -> float:
        """When it stops waiting; `time.monotonic`."""
        seconds: float = self.arguments.timeout
        return self.began_at + seconds if seconds else float("inf")


def check_ready() -> None:
    """Raise Refusal if the service can't be asked at all."""
    obstacle = session.obstacle()
    if obstacle is session.Obstacle.NONE:
        return
    way_out = {
        session.Obstacle.ONLINE_ACCESS: "Start Blender with --online-mode, or allow it in the preferences.",
        session.Obstacle.KEY: f"Set {VARIABLE}, or save a key in Easel's preferences.",
    }
    raise Refusal(joined(obstacle.value, way_out[obstacle], by=". "))


def operate(name: str, **values: Any) -> None:
    """Call one of Easel's operators, as a script does.

    Raises:
        Refusal: what it has reported, in its words.
    """
    try:
        getattr(bpy.ops.easel, name)(**values)
    except (RuntimeError, TypeError) as error:  # TypeError: Blender's own check of what is given
        if _DEFECT in str(error):  # nobody knows what was done before that
            if KeyboardInterrupt.__name__ in str(error):
                raise KeyboardInterrupt from error
            raise
        raise Refusal(_FRAME.sub("", str(error)).strip()) from error


def typed_values(name: str, pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Read parameters of an operator as its properties want them.

    Raises:
        Refusal: there is no such parameter, or the text is no such value.
    """
    properties = getattr(bpy.ops.easel, name).get_rna_type().properties
    values: dict[str, Any] = {}
    for key, text in pairs:
        rna = properties.get(key)
        if rna is None or rna.type == "COLLECTION":
            known = ", ".join(it.identifier for it in properties if it.type not in ("COLLECTION", "POINTER"))
            raise Refusal(f"There is no parameter {key}. There are: {known}.")
        try:
            values[key] = _value(rna, text)
        except ValueError as error:
            raise Refusal(f"{key}: {error}") from error
    return values


def _value(rna: Any, text: str) -> Any:
    match rna.type:
        case "BOOLEAN":
            known = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
            if text.lower() not in known:
                raise ValueError(f"{text!r} is neither true nor false")
            return known[text.lower()]
        case "INT":
            return int(text)
        case "FLOAT":
            return float(text)
        case "ENUM" if text not in rna.enum_items and text.upper() in rna.enum_items:
            return text.upper()
        case "ENUM" if text not in rna.enum_items:
            raise ValueError(f"{text!r} is none of {', '.join(rna.enum_items.keys())}")
        case _:
            return text
