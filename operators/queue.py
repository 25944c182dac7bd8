# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions for all jobs at once: take back, send, hide, and show more of them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty, StringProperty

from ..scene.language import said, say
from ..scene.session import listed, mirror, pump, queue, session
from ..scene.session.listed import Group
from ..texts.phrases import joined, phrase
from ..texts.refusal import Refusal
from .jobs import engine_to_send, follow_if
from .request import obstacle_to_sending, spend_texts
from .verb import Outcome, Verb

if TYPE_CHECKING:
    from ..jobs.job import Job


def _obstacle_of_search(context: bpy.types.Context) -> str:
    """Say why nothing is done to all while a search hides some."""
    is_searching = bool(context.window_manager.easel.search)
    return phrase("The search hides some of the jobs: clear it first") if is_searching else ""


class _QueueVerb(Verb):
    """A verb about several jobs. It keeps the ids of the jobs that the artist has confirmed."""

    job_ids: StringProperty(
        name="Jobs", description="IDs of the jobs, separated by spaces", options={"SKIP_SAVE", "HIDDEN"}
    )

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return _obstacle_of_search(context)

    def jobs(self) -> "list[Job]":
        """The jobs that it is about now."""
        raise NotImplementedError

    def asked(self, context: bpy.types.Context) -> dict[str, str]:
        """How the artist is asked: title, message and confirm_text. Raises Refusal."""
        raise NotImplementedError

    def invoke(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self.job_ids = _joined_ids(self.jobs())
        try:
            texts = self.asked(context)
        except Refusal as refusal:
            return self.refuse(refusal)
        return context.window_manager.invoke_confirm(self, event, **texts)

    def chosen(self) -> list[str]:
        """Return the ids of the confirmed jobs; for a script, of all. Raises Refusal."""
        chosen = self.job_ids.split() or _joined_ids(self.jobs()).split()
        if not chosen:
            raise Refusal(phrase("There is no such job in the list"))
        return chosen


def _joined_ids(jobs: "Iterable[Job]") -> str:
    return " ".join(job.id for job in jobs)


class EASEL_OT_cancel_all(_QueueVerb, bpy.types.Operator):
    """Cancel all jobs that were not sent. They cost nothing; jobs at the service go on"""

    bl_idname = "easel.cancel_all"
    bl_label = "Cancel All"
    bl_options = {"INTERNAL"}

    is_of_last_session: BoolProperty(
        name="From the Last Session",
        description="Only those that the last session did not send",
        options={"SKIP_SAVE", "HIDDEN"},
    )

    def jobs(self) -> "list[Job]":
        engine = session.find_engine()
        left = queue.unsent(engine) if engine is not None else []
        return left if self.is_of_last_session else [*listed.jobs_of(Group.WAITING), *left]

    def asked(self, context: bpy.types.Context) -> dict[str, str]:
        count = len(self.chosen())
        title = said("Cancel 1 Job?") if count == 1 else said("Cancel {count} Jobs?", count=count)
        return {
            "title": title,
            "message": said("They were not sent and cost nothing. Jobs at the service go on."),
            "confirm_text": said("Cancel All"),
        }

    def act(self, context: bpy.types.Context) -> Outcome:
        chosen = self.chosen()
        for job_id in chosen:
            session.engine().cancel(job_id)
        pump.wake()


class EASEL_OT_send_rest(_QueueVerb, bpy.types.Operator):
    """Send all jobs that the last session did not send, unchanged"""

    bl_idname = "easel.send_rest"
    bl_label = "Send the Rest"
    bl_options = {"INTERNAL"}

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return super().obstacle(context) or obstacle_to_sending()

    def jobs(self) -> "list[Job]":
        engine = session.find_engine()
        return queue.unsent(engine) if engine is not None else []

    def asked(self, context: bpy.types.Context) -> dict[str, str]:
        count, price = len(self.chosen()), sum(job.request.price for job in self.jobs())
        what = phrase("1 job is sent") if count == 1 else phrase("{count} jobs are sent", count=count)
        return spend_texts(price, what, phrase("Send"))

    def act(self: Any, context: bpy.types.Context) -> Outcome:
        chosen = self.chosen()
        refused: list[str] = []
        for job_id in chosen:
            try:
                follow_if(engine_to_send(job_id).resume(job_id), job_id)
            except Refusal as refusal:
                refused.append(str(refusal))
        if len(refused) == len(chosen):
            raise Refusal(refused[0])
        if refused:
            text = phrase("{count} of {all} were not sent", count=len(refused), all=len(chosen))
            self.report({"WARNING"}, say(joined(text, refused[0], by=": ")))
        return {"FINISHED"}


class EASEL_OT_hide_done(Verb, bpy.types.Operator):
    """Remove all done and cancelled jobs from the list. Their images stay in the library"""

    bl_idname = "easel.hide_done"
    bl_label = "Hide All Done"
    bl_options = {"INTERNAL"}

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return _obstacle_of_search(context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        count = context.window_manager.easel.done_count
        return context.window_manager.invoke_confirm(
            self,
            event,
            title=said("Hide 1 Job?") if count == 1 else said("Hide {count:,} Jobs?", count=count),
            message=said("Their images stay in the library. Hidden in the menu of the list shows the jobs."),
            confirm_text=said("Hide All Done"),
        )

    def act(self, context: bpy.types.Context) -> None:
        mirror.send_back()
        session.engine().hide_done()
        pump.wake()


class EASEL_OT_show_older(Verb, bpy.types.Operator):
    """Read the next 200 jobs of the list"""

    bl_idname = "easel.show_older"
    bl_label = "Show Older"
    bl_options = {"INTERNAL"}

    def act(self, context: bpy.types.Context) -> None:
        mirror.read_more()
        pump.wake()


class EASEL_OT_clear_search(Verb, bpy.types.Operator):
    """Show all jobs of the list again"""

    bl_idname = "easel.clear_search"
    bl_label = "Clear Search"
    bl_options = {"INTERNAL"}

    def act(self, context: bpy.types.Context) -> None:
        context.window_manager.easel.search = ""


CLASSES = (
    EASEL_OT_cancel_all,
    EASEL_OT_send_rest,
    EASEL_OT_hide_done,
    EASEL_OT_show_older,
    EASEL_OT_clear_search,
)
