# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches: send, pause, take back, move, try again, place."""

import math
import time
from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from ..batches.ranges import read_ranges
from ..imaging import pillow
from ..jobs.batch import RowState
from ..scene.language import said
from ..scene.session import arrivals, batch, batch_plan, batch_window, mirror, pump
from ..texts.batch_wording import plan_lines, requests_text, rows_text
from ..texts.phrases import joined, phrase
from ..texts.refusal import Refusal
from .parameters import HIDDEN, SKIP_SAVE, timeout_property, wait_property
from .request import ask_to_spend, obstacle_to_sending
from .verb import Outcome, Verb


class BatchVerb(Verb):
    """A verb about the current batch."""

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return "" if batch.run() is not None else phrase("There is no batch")


class EASEL_OT_batch_start(BatchVerb, bpy.types.Operator):
    """Send the rows that wait, a few at a time. The price is on the button"""

    bl_idname = "easel.batch_start"
    bl_label = "Start Batch"
    bl_options = set()

    wait: wait_property()
    timeout: timeout_property(default=0)
    max_credits: IntProperty(
        name="Most Credits",
        description="Stop before the batch costs more than this; 0 is no limit, -1 as it is set",
        default=-1,
        min=-1,
        options=SKIP_SAVE,
    )

    dry_run: BoolProperty(
        name="Dry Run", description="Check everything and say the price. Nothing is sent", options=HIDDEN
    )

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        if obstacle := obstacle_to_start():
            return obstacle
        return obstacle_to_sending() or pillow.obstacle()

    def invoke(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        plan = batch_plan.reckon()
        if plan is None:
            return self.refuse(phrase("There is no batch"))
        what = joined(rows_text(plan.fitting_rows), requests_text(plan.fitting), by=" · ")
        return ask_to_spend(self, context, event, plan.fitting_credits, what)

    def act(self, context: bpy.types.Context) -> Outcome:
        ends_at = time.monotonic() + (self.timeout or math.inf)
        if self.wait:
            pump.run_until(lambda: not batch.is_reading(), ends_at)
        if problem := obstacle_to_start():
            raise Refusal(problem)
        most = self.max_credits if self.max_credits >= 0 else None
        if self.dry_run and (plan := batch_plan.reckon(most)) is not None:
            return joined(*plan_lines(plan), by=". ")
        if most is not None:
            batch.change(most=most)
        plan = batch_plan.reckon()
        if plan is not None and not plan.fitting:
            raise Refusal(joined(plan.stop, plan.advice, by=". "))
        batch.start(context.scene)
        pump.wake()
        if not self.wait:
            return phrase(
                "The batch runs: {rows}", rows=rows_text(plan.fitting_rows if plan is not None else 0)
            )
        pump.run_until(is_settled, ends_at)
        return self._outcome()

    def _outcome(self) -> Outcome:
        text = batch.summary()
        run = batch.run()
        if run is None or not is_settled():
            raise Refusal(phrase("The waiting time is over. The batch goes on."))
        if not run.is_over:
            raise Refusal(joined(text, batch.message(), by=": "))
        return text


def obstacle_to_start() -> str:
    """Say why the batch can't start, as far as its rows go; empty if it can."""
    run = batch.run()
    if run is None:
        return phrase("There is no batch")
    if run.is_going:
        return phrase("The batch is running")
    return "" if run.counts[RowState.WAITING] or run.has_unsent else phrase("No row waits")


def is_settled() -> bool:
    """Whether the batch itself is finished, even if other jobs are running."""
    run = batch.run()
    if run is None:
        return True
    is_still = run.is_over or (not run.is_running and not run.is_under_way(batch_plan.left(run)))
    return is_still and not batch.is_reading() and not any(map(run.has_job, arrivals.waiting()))


class EASEL_OT_batch_pause(BatchVerb, bpy.types.Operator):
    """Send nothing more. Jobs at the service go on; the others wait again"""

    bl_idname = "easel.batch_pause"
    bl_label = "Pause Batch"
    bl_options = set()

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        run = batch.run()
        return "" if run is not None and run.is_running else phrase("No batch is running")

    def act(self, context: bpy.types.Context) -> Outcome:
        batch.pause()
        pump.show_now()


class _RowsVerb(BatchVerb):
    """One about some rows."""

    rows: StringProperty(
        name="Rows",
        description="Numbers of rows, such as “1-40, 45”; empty: all suitable rows",
        options=SKIP_SAVE,
    )

    def numbers(self) -> list[int] | None:
        """The numbers that are meant; None: all. Raises Refusal."""
        run = batch.run()
        if run is None or not self.rows.strip():
            return None
        chosen = read_ranges(self.rows, 1 + max((told.number for told in run.told), default=-1))
        known = {told.number for told in run.told}
        if missing := [number + 1 for number in chosen if number not in known]:
            raise Refusal(phrase("There is no row {number} in this batch.", number=missing[0]))
        return chosen


class EASEL_OT_batch_cancel(_RowsVerb, bpy.types.Operator):
    """Cancel what was not sent. It costs nothing; jobs at the service go on"""

    bl_idname = "easel.batch_cancel"
    bl_label = "Cancel What Waits"
    bl_options = set()

    def act(self, context: bpy.types.Context) -> Outcome:
        batch.cancel(self.numbers())
        pump.show_now()


class EASEL_OT_batch_retry(_RowsVerb, bpy.types.Operator):
    """Put failed rows back in the queue. Nothing is sent before the batch goes on"""

    bl_idname = "easel.batch_retry"
    bl_label = "Retry Failed"
    bl_options = set()

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        if batch.is_going():
            return phrase("A batch is running: pause it first")
        return super().obstacle(context)

    def act(self, context: bpy.types.Context) -> Outcome:
        count = batch.again(self.numbers())
        pump.show_now()
        return phrase("Waiting again: {rows}", rows=rows_text(count))


class ChosenRowVerb(BatchVerb):
    """One about one row: by its number, else the chosen one."""

    row: IntProperty(
        name="Row", description="Number of the row; 0 is the chosen one", min=0, options=SKIP_SAVE
    )

    def number(self: Any) -> int:
        """The ledger's number of the row, from 0; -1: none is chosen."""
        chosen = mirror.mirror().batch.chosen
        return self.row - 1 if self.row else (chosen.number if chosen is not None else -1)


class EASEL_OT_batch_move(ChosenRowVerb, bpy.types.Operator):
    """Move the chosen row in the order in which rows are sent"""

    bl_idname = "easel.batch_move"
    bl_label = "Move Row"
    bl_options = set()

    to: EnumProperty(
        name="To",
        description="Where the row goes",
        items=(
            ("TOP", "Top", "Send it first"),
            ("UP", "Up", "Send it earlier"),
            ("DOWN", "Down", "Send it later"),
            ("BOTTOM", "Bottom", "Send it last"),
        ),
        default="TOP",
        options=SKIP_SAVE,
    )

    def act(self, context: bpy.types.Context) -> Outcome:
        group = mirror.mirror().batch
        run = batch.run()
        number = self.number()
        if run is None or all(told.number != number for told in run.told):
            raise Refusal(phrase("Choose a row"))
        batch.move(number, {"TOP": -len(run.rows), "UP": -1, "DOWN": 1, "BOTTOM": len(run.rows)}[self.to])
        batch.show()
        shown = next((place for place, row in enumerate(group.rows) if row.number == number), None)
        if shown is not None:
            group.active = shown
        pump.show_now()


class EASEL_OT_batch_put_away(BatchVerb, bpy.types.Operator):
    """Remove the batch from the panel. Its images stay; jobs at the service go on"""

    bl_idname = "easel.batch_put_away"
    bl_label = "Close Batch"
    bl_options = set()

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        if batch.is_going():
            return phrase("A batch is running: pause it first")
        return super().obstacle(context)

    def invoke(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        run = batch.run()
        if run is None or run.is_over:
            return self.execute(context)
        return context.window_manager.invoke_confirm(
            self, event, title=said("Close the Batch?"), message=said("Rows that wait are not sent.")
        )

    def act(self, context: bpy.types.Context) -> Outcome:
        batch.put_away()
        pump.show_now()


class EASEL_OT_batch_place(BatchVerb, bpy.types.Operator):
    """Place the results that are here and not placed yet, by the names of their targets"""

    bl_idname = "easel.batch_place"
    bl_label = "Place Results"
    bl_options = set()

    def act(self, context: bpy.types.Context) -> Outcome:
        count = batch.place_rest()
        pump.wake()
        return phrase("Results to place: {count}", count=count)


class EASEL_OT_batch_page(Verb, bpy.types.Operator):
    """Show other rows"""

    bl_idname = "easel.batch_page"
    bl_label = "Other Rows"
    bl_options = {"INTERNAL"}

    by: IntProperty(name="By", description="Pages forward, or back", default=1, options=HIDDEN)

    def act(self, context: bpy.types.Context) -> Outcome:
        group = mirror.mirror().batch
        group.first = max(0, min(group.first + self.by * batch_window.ROWS, group.total - batch_window.ROWS))
        pump.show_now()


CLASSES = (
    EASEL_OT_batch_start,
    EASEL_OT_batch_pause,
    EASEL_OT_batch_cancel,
    EASEL_OT_batch_retry,
    EASEL_OT_batch_move,
    EASEL_OT_batch_put_away,
    EASEL_OT_batch_place,
    EASEL_OT_batch_page,
)
