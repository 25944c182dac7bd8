# SPDX-License-Identifier: GPL-3.0-or-later
"""The batch of this session: read, run, and shown a window of rows at a time. Main thread, for the pump.

What takes long (reading a table, rows of the ledger) is on threads, which hand over what they have made.
"""

from __future__ import annotations

import queue
import time
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...batches.check import Checker, Known, Problem
from ...batches.csv_in import Table, read_table
from ...batches.feed import Feeder, ahead_of
from ...batches.plan import Plan, Terms
from ...batches.run import SPENDS, Run, stored_rows
from ...client.errors import DEFECT
from ...jobs.batch import Batch, RowState
from ...texts.phrases import joined, phrase
from ...texts.refusal import Refusal
from ...threads.task import Task
from .. import live, settings
from ..language import say
from ..windows import reports
from . import arrivals, batch_window, followed, mirror, session, spend
from .batch_requests import make_request

if TYPE_CHECKING:
    from ...batches.row import Row
    from ...jobs.engine import Engine
    from ...jobs.events import BatchRead
    from ...jobs.job import Job

LOOK_S: Final = 1.0
"""Between two looks at the plan while a batch runs."""
PER_TURN: Final = 4
"""Jobs that one turn hands out: each makes a plan and may name an image."""


@dataclass
class _State:
    engine: Engine | None = None
    """Which was asked for its batch."""
    run: Run | None = None
    feeder: Feeder | None = None
    made: queue.SimpleQueue[Callable[[], None]] = field(default_factory=queue.SimpleQueue)
    """What threads have ready for the main thread."""
    tasks: list[Task] = field(default_factory=list[Task])
    problems: tuple[Problem, ...] = ()
    good: tuple[Row, ...] = ()
    """The rows of a table that has problems elsewhere."""
    name: str = ""
    """Of that table."""
    scene: str = ""
    """Name of the scene that results are for."""
    plan: Plan | None = None
    planned_at: float = 0.0
    shown: tuple[object, ...] = ()
    waits: bool = False
    """A click waits for what a thread makes."""
    message: str = ""
    """Why the last thing that was wanted could not be done."""


def _state() -> _State:
    return live.part(_State)


# -- looking ----------------------------------------------------------------------------------------


def run() -> Run | None:
    """The batch at hand; None where there is none, or it is not read yet."""
    return _state().run


def plan() -> Plan | None:
    """What will become of what waits, as last reckoned."""
    return _state().plan


def problems() -> tuple[Problem, ...]:
    """What is wrong with the table that was chosen last."""
    return _state().problems


def good_count() -> int:
    """How many of its rows have nothing wrong."""
    return len(_state().good)


def message() -> str:
    """Why the last thing that was wanted could not be done; else why the batch stands still."""
    state = _state()
    return state.message or (state.run.note_text if state.run is not None else "")


def is_reading() -> bool:
    """True while rows are being made, read or written."""
    return _state().waits


def is_busy() -> bool:
    """True while something is to be handed out or taken soon."""
    state = _state()
    return state.waits or (state.run is not None and state.run.is_running and not state.run.is_over)


# -- what the artist wants --------------------------------------------------------------------------


def fill(rows: Sequence[Row], name: str, *, skips: bool) -> None:
    """Make a batch of these rows, in the place of the one at hand. Raises Refusal."""
    engine = _engine()
    if not rows:
        raise Refusal(phrase("This makes no rows"))
    if (at_hand := run()) is not None and at_hand.is_running and not at_hand.is_over:
        raise Refusal(phrase("A batch is running: pause it first"))
    state = _state()
    state.waits, state.message = True, ""
    batch = Batch(id=uuid.uuid4().hex, server=engine.server.name, name=name, created_at=time.time())
    checker = Checker(policy=settings.read().policy)

    def make() -> Callable[[], None]:
        wrong = [
            Problem(line=number, column=column, text=text)
            for number, row in enumerate(rows, start=1)
            for column, text in checker.problems(row)
        ]
        if wrong:
            return lambda: _take_table(Table(rows=(), lines=(), problems=tuple(wrong)), name, skips=skips)
        stored = stored_rows(rows)
        return lambda: engine.batches.add(batch, stored, skips=skips)

    _on_thread(make)


def read_file(path: Path, defaults: Row, *, skips: bool) -> None:
    """Make a batch of a table. What is wrong with it is told, and then nothing is made. Raises Refusal."""
    _engine()
    state = _state()
    state.waits, state.message = True, ""
    policy = settings.read().policy
    known = Known(
        objects=frozenset(bpy.data.objects.keys()),
        materials=frozenset(bpy.data.materials.keys()),
        images=frozenset(bpy.data.images.keys()),
        folder=path.parent,
    )

    def make() -> Callable[[], None]:
        try:
            table = read_table(path.read_bytes(), defaults, known, policy)
        except OSError as error:
            text = phrase("{path} can't be read: {error}.", path=path.name, error=error.strerror or error)
            return lambda: _tell(text)
        return lambda: _take_table(table, path.stem, skips=skips)

    _on_thread(make)


def take_good(*, skips: bool) -> None:
    """Make a batch of the good rows of the table that has problems. Raises Refusal."""
    state = _state()
    fill(state.good, state.name, skips=skips)
    state.problems, state.good = (), ()


def start(scene: bpy.types.Scene) -> None:
    """Send what waits: the artist has agreed to the price. Raises Refusal."""
    state = _state()
    if state.run is None or state.feeder is None:
        raise Refusal(phrase("There is no batch"))
    state.scene, state.message = scene.name, ""
    if state.run.batch.one_step:
        arrivals.hold(state.run.batch.id)
    state.feeder.start()


def pause() -> None:
    """Send nothing more. What was handed out and not sent is taken back, and waits again."""
    state = _state()
    if state.run is not None:
        state.run.pause()
        arrivals.let_go(state.run.batch.id)
        _engine_of(state).batches.release_rows(state.run.batch.id, _hand_back(state.run))


def cancel(numbers: list[int] | None) -> None:
    """Take back what was not sent: it costs nothing. None: all."""
    feeder = _state().feeder
    if feeder is not None:
        feeder.cancel(numbers)


def again(numbers: list[int] | None) -> int:
    """Have rows wait once more that have failed, or those that are named. Returns how many."""
    at_hand = run()
    if at_hand is None:
        return 0
    wanted = at_hand.again(numbers)
    _state().waits = bool(wanted)
    if wanted:
        _engine_of(_state()).batches.retry(at_hand.batch.id, wanted)
    return len(wanted)


def move(number: int, by: int) -> None:
    """Move a row in the order of sending."""
    at_hand = run()
    if at_hand is not None and (numbers := at_hand.move(number, by)):
        _engine_of(_state()).batches.reorder(at_hand.batch.id, numbers)


def change(**values: Any) -> None:
    """Set fields of the batch at hand."""
    at_hand = run()
    if at_hand is not None and any(getattr(at_hand.batch, name) != value for name, value in values.items()):
        at_hand.batch = replace(at_hand.batch, **values)
        at_hand.revision += 1
        _engine_of(_state()).batches.change(at_hand.batch)


def put_away() -> None:
    """Show the batch at hand no more."""
    state = _state()
    state.problems, state.good, state.message = (), (), ""
    if state.run is not None:
        arrivals.let_go(state.run.batch.id)
        _engine_of(state).batches.put_away(state.run.batch.id)
        state.run = state.feeder = state.plan = None


def place_rest() -> int:
    """Place what is here and was not placed, by the names of its targets. Returns how many jobs."""
    at_hand = run()
    engine = session.find_engine()
    if at_hand is None or engine is None:
        return 0
    count = 0
    for job_id in at_hand.jobs_of(RowState.DONE):
        job = _find(engine, job_id)
        if job is not None and not job.placed_at and not arrivals.is_waiting(job_id):
            arrivals.place_later(replace(job, placement=job.placement.in_session(session.session_id())))
            count += 1
    return count


# -- what happens -----------------------------------------------------------------------------------


def file_loaded() -> None:
    """Another file is open, which has other targets: the artist says when to go on."""
    state = _state()
    if state.run is not None and state.run.is_running and not state.run.is_over:
        state.run.pause(phrase("Another file was opened"))


def note(job: Job) -> None:
    """Take what a job tells."""
    if job.placement.batch is not None and (at_hand := run()) is not None:
        at_hand.note(job)


def take_read(event: BatchRead) -> bool:
    """Take a batch as the ledger has it: its rows are read on a thread."""
    state = _state()
    engine = state.engine
    if event.text:
        reports.add("INFO", event.text)
    if event.batch is None or engine is None:
        state.waits = False
        state.message = event.message
        if not event.message:
            state.run = state.feeder = state.plan = None
        return True
    batch = event.batch

    def make() -> Callable[[], None]:
        made = Run(batch, event.rows)
        made.groups()
        return lambda: _take_run(engine, made, event.message)

    _on_thread(make)
    return False


def look() -> bool:
    """Take what threads have ready, and hand out what may go next. True where panels look different now."""
    state = _state()
    engine = session.find_engine()
    if engine is not state.engine:
        state.engine, state.run, state.feeder, state.plan = engine, None, None, None
        if engine is not None:
            engine.batches.read()
    changed = False
    while not state.made.empty():
        state.made.get()()
        changed = True
    state.tasks = [task for task in state.tasks if not task.is_over]
    if state.run is not None and state.feeder is not None:
        if state.run.is_running:
            for job_id in state.feeder.turn(PER_TURN):
                followed.add(job_id)
                mirror.show(state.feeder.engine.job(job_id))
                changed = True
        if state.run.is_over or not state.run.is_running:
            arrivals.let_go(state.run.batch.id)
    return show() or changed


def show() -> bool:
    """Bring the window of rows up to date. True where it has changed."""
    state = _state()
    group = mirror.mirror().batch
    at_hand = state.run
    key = (
        at_hand.batch.id if at_hand is not None else "",
        at_hand.revision if at_hand is not None else 0,
        group.first,
        group.show,
        state.waits,
        len(state.problems),
        state.message,
    )
    is_late = at_hand is not None and time.monotonic() - state.planned_at > LOOK_S
    if is_late and session.is_watched() and at_hand is not None:
        state.planned_at = time.monotonic()
        before = state.plan
        state.plan = at_hand.plan(_terms(), _left(at_hand))
        if state.plan != before:
            state.shown = ()
    if key == state.shown:
        return False
    state.shown = key
    batch_window.show(group, at_hand)
    return True


def reckon(most: int | None = None) -> Plan | None:
    """Reckon the plan now, for a click. None: there is no batch.

    Args:
        most: another limit than the batch's own, only to be told; None: its own.
    """
    state = _state()
    if state.run is None:
        return state.plan
    plan = state.run.plan(_terms(), _left(state.run), most)
    if most is None:
        state.plan = plan
    return plan


# -- inside -----------------------------------------------------------------------------------------


def _engine() -> Engine:
    engine = session.engine()
    state = _state()
    if state.engine is not engine:
        state.engine, state.run, state.feeder, state.plan = engine, None, None, None
    return engine


def _find(engine: Engine, job_id: str) -> Job | None:
    """A job as it was last told."""
    try:
        return engine.job(job_id)
    except KeyError:
        return None


def _engine_of(state: _State) -> Engine:
    return state.engine or session.engine()


def _on_thread(make: Callable[[], Callable[[], None]]) -> None:
    """Have something made; what comes of it is done in the next turn."""
    state = _state()

    def work(_stop: object) -> None:
        try:
            state.made.put(make())
        except Exception:
            state.made.put(lambda: _tell(DEFECT))
            raise

    state.tasks.append(Task("batch", work))


def _tell(text: str) -> None:
    state = _state()
    state.waits, state.message = False, text
    reports.add("WARNING", text)


def _take_table(table: Table, name: str, *, skips: bool) -> None:
    state = _state()
    if not table.problems:
        try:
            fill(table.rows, name, skips=skips)
        except Refusal as refusal:  # a batch was started meanwhile
            _tell(str(refusal))
        return
    state.waits = False
    state.problems, state.good, state.name = table.problems, table.rows, name
    _tell(
        phrase(
            "{count} problems in {name}: nothing was made. They are listed in the panel Batch",
            count=len(table.problems),
            name=name,
        )
    )


def _take_run(engine: Engine, made: Run, message: str) -> None:
    state = _state()
    if state.engine is not engine:
        return
    state.waits = False

    def find(job_id: str) -> Job | None:
        return _find(engine, job_id)

    if state.run is not None and state.run.batch.id == made.batch.id:
        made.take_over(state.run, find)
    else:
        made.refresh(find)
        state.problems, state.good = (), ()
        mirror.mirror().batch.first = 0
    if message:
        made.pause(message)
    state.run, state.message, state.planned_at = made, "", 0.0
    state.feeder = Feeder(
        engine,
        made,
        make=lambda row, of, count: make_request(
            row,
            of,
            count,
            scene=bpy.data.scenes.get(state.scene) or bpy.data.scenes[0],
            session_id=session.session_id(),
        ),
        check=spend.check,
        ahead=lambda: ahead_of(engine.per_minute),
    )


def _hand_back(at_hand: Run) -> list[str]:
    """Ids of the jobs that were handed out and not sent."""
    ids = at_hand.queued_ids()
    at_hand.let_go(ids)
    return sorted(ids)


def _left(at_hand: Run) -> Collection[str]:
    """Jobs of a batch that stands still which no session has sent: a start sends them with what waits."""
    engine = session.find_engine()
    return () if engine is None or at_hand.is_running else frozenset(engine.unsent)


def _terms() -> Terms:
    engine = session.find_engine()
    shown = mirror.mirror()
    known = spend.overview()
    return Terms(
        per_minute=engine.per_minute if engine is not None else 3,
        balance=shown.balance if shown.has_balance and not shown.is_simulator else None,
        caps=settings.read().caps,
        spent=known.spent if known is not None else Terms().spent,
        ahead=len(engine.line) if engine is not None else 0,
    )


def told_rows(at_hand: Run) -> list[dict[str, Any]]:
    """What became of each row, for a table (`batches.csv_in.TOLD`)."""
    engine = session.find_engine()
    told_rows: list[dict[str, Any]] = []
    for row, told in zip(at_hand.rows, at_hand.told, strict=True):
        job = _find(engine, told.job_id) if engine is not None and told.job_id else None
        results = job.results[told.first : told.first + told.count] if job is not None else ()
        told_rows.append(
            {
                "state": told.state.value.lower(),
                "images": told.images or "",
                "credits": row.price if told.state in SPENDS else "",
                "files": "; ".join(str(result.path) for result in results),
                "note": say(told.message),
                "job": told.job_id,
            }
        )
    return told_rows


def problem_text() -> str:
    """What is wrong with the table, a line each, for a Text datablock."""
    told = [say(problem.told) for problem in problems()]
    return "\n".join(told)


def summary() -> str:
    """Where the batch stands in a few words."""
    at_hand = run()
    if at_hand is None:
        return ""
    counts = at_hand.counts
    bad = sum(counts[state] for state in batch_window.SHOWN["TROUBLE"])
    return joined(
        phrase("{done:,} of {total:,}", done=counts[RowState.DONE], total=len(at_hand.rows)),
        phrase("{count:,} with problems", count=bad) if bad else "",
        by=" · ",
    )
