# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts about a source for panels, in words and numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from ...imaging.forecast import Look, Stored, foresee
from ...imaging.outgoing import UploadRule
from ...texts.phrases import joined, phrase
from ...texts.wording import bytes_text, pixels_text

_ENCODED: Final = phrase("JPEG or PNG")
"""Formats that Easel encodes. Only the pixels tell which one (`imaging.outgoing`)."""

_MUCH_LARGER: Final = 1.5
"""Times that a source has more pixels than the answer, from which on it is seen."""


@dataclass(frozen=True, kw_only=True)
class SendPlan:
    """How a source is to be sent, by the form and the preferences."""

    rule: UploadRule
    is_first: bool = True
    """It is the one that is edited."""
    ratios: tuple[str, ...] | None = None
    """The ratios of the canvas that it is sent on, if it keeps size and place."""
    answer_side: int = 0
    """Pixels along the longer side of the model's answer, roughly; 0 = not known."""


@dataclass(frozen=True, kw_only=True)
class SourceInfo:
    """The facts about a source for panels."""

    state: str
    """In words: "File", "Packed", "Painted, not saved", "Generated"."""
    width: int = 0  # pixels, 0 = not known without decoding
    height: int = 0  # pixels
    byte_count: int = 0
    """The size that is sent; 0 while it is not known."""
    is_about: bool = False
    """`byte_count` is an estimate."""
    is_most: bool = False
    """`byte_count` is an upper bound."""
    sent_size: tuple[int, int] = (0, 0)
    """Pixels that are sent, if that is another size."""
    sent_as: str = _ENCODED
    """The format that leaves the machine."""
    is_known: bool = True
    """False while its file was not looked at yet."""
    stored: Stored | None = None
    """The facts that `foresee` needs; None if there is nothing to foresee."""
    has_layers: bool = False
    """Its file has several, of which one is sent."""
    warnings: tuple[str, ...] = ()
    """Warnings for the artist, each a sentence without its period."""
    problem: str = ""
    """Why it can't be sent and what to do; empty if it can."""

    @property
    def text(self) -> str:
        """All of it in one line: "2048 × 2048 · PNG · 3.1 MB"."""
        if self.problem or not self.is_known:
            return ""
        size = pixels_text(self.width, self.height) if self.width else ""
        if size and self.sent_size not in ((0, 0), (self.width, self.height)):
            size = joined(size, pixels_text(*self.sent_size), by=" → ")
        weight = bytes_text(self.byte_count) if self.byte_count else ""
        if weight and self.is_most:
            weight = phrase("at most {size}", size=weight)
        elif weight and self.is_about:
            weight = phrase("about {size}", size=weight)
        return joined(size, self.sent_as, weight, by=" · ")

    def foreseen(self, plan: SendPlan, look: Look | None) -> SourceInfo:
        """The same for the sent picture: pixel size, format, bytes."""
        if self.problem or not self.is_known or self.stored is None:
            return self
        is_data = self.stored.is_data and plan.is_first
        stored = replace(self.stored, width=self.width, height=self.height, is_data=is_data)
        sent = foresee(stored, look, plan.rule, plan.ratios)
        return replace(
            self,
            warnings=(*self.warnings, *self._enlarged(plan)),
            byte_count=sent.byte_count,
            is_about=sent.is_about,
            is_most=sent.is_most,
            sent_size=(sent.width, sent.height),
            sent_as=_ENCODED if sent.format is None else sent.format.value,
        )

    def _enlarged(self, plan: SendPlan) -> tuple[str, ...]:
        """Say that the result will be softer than its source."""
        side = max(self.width, self.height)
        if plan.ratios is None or not plan.answer_side or side < _MUCH_LARGER * plan.answer_side:
            return ()
        text = phrase(
            "At this resolution the result is enlarged, from about {answer} to {side} pixels",
            answer=plan.answer_side,
            side=side,
        )
        return (text,)
