# SPDX-License-Identifier: GPL-3.0-or-later
"""The batch as panels show it: a window of its rows, and the artist's choices for it. Never saved."""

from typing import Any

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, IntProperty, StringProperty

from ..jobs.batch import RowState


def _look(_self: object, _context: bpy.types.Context) -> None:
    from ..scene.session import batch, pump

    batch.show()
    pump.wake()


def _get_from_row(self: Any) -> int:
    return self.first + 1


def _set_from_row(self: Any, value: int) -> None:
    self.first = value - 1


def _get_most(_self: object) -> int:
    from ..scene.session import batch

    run = batch.run()
    return run.batch.most if run is not None else 0


def _set_most(_self: object, value: int) -> None:
    from ..scene.session import batch, pump

    batch.change(most=value)
    pump.wake()


def _get_one_step(_self: object) -> bool:
    from ..scene.session import batch

    run = batch.run()
    return run is not None and run.batch.one_step


def _set_one_step(_self: object, value: bool) -> None:
    from ..scene.session import batch, pump

    batch.change(one_step=value)
    pump.wake()


class EASEL_PG_batch_row(bpy.types.PropertyGroup):
    """One row that is shown."""

    number: IntProperty(description="Which row of the batch it is, from 0")
    state: EnumProperty(items=[(state.value, state.value.title(), "") for state in RowState])
    prompt: StringProperty()
    target: StringProperty(description="What it is for: an object, a material, or the image that is edited")
    model: StringProperty(description="The model's label")
    count: IntProperty()
    price: IntProperty(description="Credits")
    message: StringProperty(description="What went wrong")
    job_id: StringProperty()


class EASEL_PG_batch(bpy.types.PropertyGroup):
    """The visible part of the batch."""

    rows: CollectionProperty(type=EASEL_PG_batch_row)
    active: IntProperty(name="Row", description="The chosen row")
    first: IntProperty(min=0, update=_look)
    """Which row is shown first, from 0."""
    from_row: IntProperty(
        name="First Row", description="Which row is shown first", min=1, get=_get_from_row, set=_set_from_row
    )
    total: IntProperty(description="How many rows there are to look through")
    show: EnumProperty(
        name="Show",
        description="Which rows are shown",
        items=(
            ("ALL", "All", "All rows, in the order in which they are sent"),
            ("WAITING", "Waiting", "Rows that wait or are on their way"),
            ("DONE", "Done", "Rows whose images are here"),
            ("TROUBLE", "Problems", "Rows that failed, or made only some images"),
        ),
        update=_look,
    )
    most: IntProperty(
        name="Limit",
        description="Stop the batch before it costs more credits than this; 0 is no limit",
        min=0,
        soft_max=100_000,
        get=_get_most,
        set=_set_most,
    )
    one_step: BoolProperty(
        name="One Undo Step",
        description="Place all results together when the batch is over, as one undo step. Else each is placed"
        " as it comes, and is a step of its own",
        get=_get_one_step,
        set=_set_one_step,
    )

    @property
    def chosen(self) -> EASEL_PG_batch_row | None:
        """The chosen row."""
        return self.rows[self.active] if 0 <= self.active < len(self.rows) else None


CLASSES = (EASEL_PG_batch_row, EASEL_PG_batch)
