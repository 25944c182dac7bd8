# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions for one job. Each operator takes the job's id; the default is the active job."""

from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import StringProperty

from ..client.requests import EditRequest
from ..jobs.events import NOT_OURS
from ..scene import project
from ..scene.errors import SourceUnusable
from ..scene.language import said, say
from ..scene.session import engine_life, mirror, pump, session, spend
from ..scene.sources import never_upload
from ..texts.phrases import joined, phrase
from ..texts.refusal import Refusal
from ..texts.wording import conclusion_text
from .request import ask_to_spend, obstacle_to_sending
from .verb import Outcome, Verb

if TYPE_CHECKING:
    from ..jobs.engine import Engine


class JobVerb(Verb):
    """A verb about one job."""

    job_id: StringProperty(name="Job", description="Id of the job", options={"SKIP_SAVE", "HIDDEN"})

    def row(self, context: bpy.types.Context) -> Any:
        """The job as the panels show it; None if it is not in the list."""
        shown = context.window_manager.easel
        return mirror.find(self.job_id) if self.job_id else shown.selected_job

    def known_row(self, context: bpy.types.Context) -> Any:
        """The same. Raises Refusal if it is not in the list."""
        row = self.row(context)
        if row is None:
            raise Refusal(phrase("There is no such job in the list"))
        return row

    def act(self, context: bpy.types.Context) -> Outcome:
        outcome = self.act_on(context, self.known_row(context))
        pump.wake()
        return outcome

    def act_on(self, context: bpy.types.Context, row: Any) -> Outcome:
        """Do the operator's work on the job, as `act`."""
        raise NotImplementedError

    def confirm(self, context: bpy.types.Context, event: bpy.types.Event, message: str) -> set[str]:
        """Ask before spending what the request costs at current prices."""
        row = self.row(context)
        if row is None:
            return {"CANCELLED"}
        return ask_to_spend(self, context, event, self.price(row), message)

    def price(self, row: Any) -> int:
        """Return the price, if the verb spends."""
        return row.price_now


class SendingVerb(JobVerb):
    """A verb about one job that asks the service for something."""

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return obstacle_to_sending()


def follow_if(is_followed: bool, job_id: str) -> None:
    """Show a job that the engine has taken up; if it has not, say why."""
    if not is_followed:
        raise Refusal(NOT_OURS)
    pump.follow(job_id)


def engine_to_send(job_id: str) -> "Engine":
    """Return the engine for a stored request, by the current settings.

    Raises:
        Refusal: the job belongs to another service or another library than the settings name, or a source
            has been marked Never Upload since.
    """
    engine = engine_life.engine_for_new_job()
    try:
        job = engine.job(job_id)
    except KeyError as error:
        raise Refusal(phrase("This job is in a different library than the current one.")) from error
    if isinstance(job.request, EditRequest):
        names = [source.name for source in job.request.sources]
        placement = job.placement.in_session(session.session_id())
        problem = never_upload.refusal_of_job(names, placement)
        if problem:
            raise SourceUnusable(problem)
    return engine


class EASEL_OT_cancel(JobVerb, bpy.types.Operator):
    """Cancel the job. Nothing was sent yet, so it costs nothing"""

    bl_idname = "easel.cancel"
    bl_label = "Cancel Job"
    bl_options = {"INTERNAL"}

    def act_on(self, context: bpy.types.Context, row: Any) -> None:
        session.engine().cancel(row.name)


class EASEL_OT_resume(SendingVerb, bpy.types.Operator):
    """Send the job that an earlier session did not send"""

    bl_idname = "easel.resume"
    bl_label = "Send Now"
    bl_options = {"INTERNAL"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return self.confirm(context, event, phrase("The job is sent unchanged."))

    def act_on(self, context: bpy.types.Context, row: Any) -> None:
        job_id = row.name  # a changed engine shows its own rows
        spend.check(self.price(row))
        follow_if(engine_to_send(job_id).resume(job_id), job_id)


class EASEL_OT_stop_watching(JobVerb, bpy.types.Operator):
    """Stop asking about the job. The service can't cancel it: it is paid for and can be collected later"""

    bl_idname = "easel.stop_watching"
    bl_label = "Stop Watching"
    bl_options = {"INTERNAL"}

    def act_on(self, context: bpy.types.Context, row: Any) -> None:
        session.engine().stop_watching(row.name)


class EASEL_OT_look_again(SendingVerb, bpy.types.Operator):
    """Ask the service about the job again, and collect its images if they are ready. Costs nothing"""

    bl_idname = "easel.look_again"
    bl_label = "Look Again"
    bl_options = {"INTERNAL"}

    def act_on(self, context: bpy.types.Context, row: Any) -> None:
        follow_if(session.engine().look_again(row.name), row.name)


class EASEL_OT_send_again(SendingVerb, bpy.types.Operator):
    """Send the same request as a new job. It costs again"""

    bl_idname = "easel.send_again"
    bl_label = "Send Again"
    bl_options = {"INTERNAL"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        row = self.row(context)
        is_uncertain = row is not None and row.state == "UNCERTAIN"
        charged = phrase("The first one may have been charged too.") if is_uncertain else ""
        return self.confirm(context, event, joined(phrase("The same request is sent as a new job."), charged))

    def act_on(self, context: bpy.types.Context, row: Any) -> None:
        job_id = row.name  # a changed engine shows its own rows
        spend.check(self.price(row))
        again = engine_to_send(job_id).again.send(job_id, session.session_id(), project.budget())
        pump.follow(again)


class EASEL_OT_hide(JobVerb, bpy.types.Operator):
    """Remove the job from the list. Its images stay in the library, and Hidden shows it again"""

    bl_idname = "easel.hide"
    bl_label = "Hide Job"
    bl_options = {"INTERNAL"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        row = self.row(context)
        if row is None or row.state != "UNCERTAIN":
            return self.execute(context)
        why = phrase("Your account at the service shows whether it was charged.")
        return context.window_manager.invoke_confirm(
            self,
            event,
            title=said("Forget a Job that May Be Paid?"),
            message=say(joined(conclusion_text(row.conclusion), why, by=". ")),
            confirm_text=said("Forget"),
        )

    def act_on(self, context: bpy.types.Context, row: Any) -> None:
        job_id = row.name
        session.engine().hide(job_id)
        mirror.remove(job_id)


class EASEL_OT_copy_error(JobVerb, bpy.types.Operator):
    """Copy what happened to the job, with its task ID, for a message to the service's support"""

    bl_idname = "easel.copy_error"
    bl_label = "Copy Error"
    bl_options = {"INTERNAL"}

    def act_on(self, context: bpy.types.Context, row: Any) -> str:
        lines = [
            f"{row.model}, {row.verb}, {row.state.lower()}",
            row.message,
            f"Task ID: {row.task_id}" if row.task_id else "No task ID",
            f"Job: {row.name}",
        ]
        context.window_manager.clipboard = "\n".join(line for line in lines if line)
        return phrase("Copied")


class EASEL_OT_unhide(JobVerb, bpy.types.Operator):
    """Put the job on the list again"""

    bl_idname = "easel.unhide"
    bl_label = "Show Job Again"
    bl_options = {"INTERNAL"}

    def act_on(self, context: bpy.types.Context, row: Any) -> None:
        job_id = row.name
        session.engine().unhide(job_id)
        if context.window_manager.easel.shows_hidden:
            mirror.remove(job_id)
        else:  # it was brought from the library
            mirror.show(session.engine().job(job_id), followed=False)


class EASEL_OT_copy_prompt(JobVerb, bpy.types.Operator):
    """Copy the job's prompt"""

    bl_idname = "easel.copy_prompt"
    bl_label = "Copy Prompt"
    bl_options = {"INTERNAL"}

    def act_on(self, context: bpy.types.Context, row: Any) -> str:
        context.window_manager.clipboard = row.prompt
        return phrase("Copied")


CLASSES = (
    EASEL_OT_cancel,
    EASEL_OT_resume,
    EASEL_OT_stop_watching,
    EASEL_OT_look_again,
    EASEL_OT_send_again,
    EASEL_OT_hide,
    EASEL_OT_unhide,
    EASEL_OT_copy_error,
    EASEL_OT_copy_prompt,
)
