# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of all operators that act on a click: check, act, report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from ..scene.language import say
from ..texts.refusal import Refusal

if TYPE_CHECKING:
    import bpy

Outcome: TypeAlias = str | set[str] | None
"""The report, or how the operator has ended if it has reported already."""


class Verb:
    """A mixin for operators. It names the obstacle (`obstacle`) and does the work (`act`)."""

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        """Say why it can't be clicked now; empty if it can. Asked whenever its button is drawn."""
        return ""

    def act(self, context: bpy.types.Context) -> Outcome:
        """Do the operator's work.

        Raises:
            Refusal, OSError: reported as an error; the operator is cancelled.
        """
        raise NotImplementedError

    @classmethod
    def poll(cls: Any, context: bpy.types.Context) -> bool:
        obstacle = cls.obstacle(context)
        if obstacle:
            cls.poll_message_set(say(obstacle))
        return not obstacle

    def execute(self: Any, context: bpy.types.Context) -> set[str]:
        try:
            outcome = self.act(context)
        except Refusal as refusal:
            return self.refuse(refusal)
        except OSError as error:  # the disk's, in its own words
            return self.refuse(error)
        if isinstance(outcome, set):
            return outcome
        if outcome:
            self.report({"INFO"}, say(outcome))
        return {"FINISHED"}

    def refuse(self: Any, reason: object, level: str = "ERROR") -> set[str]:
        """Report why nothing was done. Returns how the operator ends."""
        self.report({level}, say(str(reason)))
        return {"CANCELLED"}
