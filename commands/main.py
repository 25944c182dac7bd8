# SPDX-License-Identifier: GPL-3.0-or-later
"""From arguments to exit code: every command starts here."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import bpy

from ..jobs.job import JobState
from ..jobs.version import own_version
from ..scene.language import say
from ..scene.session import followed, session
from ..terminal.exits import Exit, exit_of, worst
from ..terminal.interrupts import Interrupts
from ..terminal.output import Output
from ..terminal.parser import UsageError, parser
from ..texts.refusal import Refusal
from . import batch, collecting, jobs, library, money, simulating, spending
from .call import Call
from .saving import save_file

if TYPE_CHECKING:
    from ..jobs.job import Job

_MOST_JOBS: Final = 1_000_000

_COMMANDS: Final[Mapping[str, Callable[[Call], int]]] = {
    "generate": spending.generate,
    "edit": spending.edit,
    "paint": spending.paint,
    "batch": batch.batch,
    "collect": collecting.collect,
    "jobs": jobs.jobs,
    "spend": money.spend,
    "wallet": money.wallet,
    "library": library.library,
    "simulate": simulating.simulate,
    "models": money.models,
}

logger = logging.getLogger(__name__)


def run(argv: Sequence[str]) -> int:
    """Carry a command out; return Blender's exit code. Main thread."""
    try:
        arguments = parser().parse_args(list(argv))
    except UsageError as error:
        Output(sys.stdout, sys.stderr).problem(str(error))
        return Exit.USAGE
    except SystemExit as end:  # after --help
        return int(end.code or 0)
    if arguments.version or not arguments.command:
        sys.stdout.write(f"Easel {own_version()}\n" if arguments.version else parser().format_help())
        sys.stdout.flush()
        return Exit.DONE if arguments.version else Exit.USAGE
    output = Output(sys.stdout, sys.stderr, is_json=arguments.json, is_quiet=arguments.quiet)
    interrupts = Interrupts(
        lambda: output.note("Stopping. What was sent is safe: press again to end at once.")
    )
    call = Call(arguments=arguments, output=output, interrupts=interrupts, file=bpy.data.filepath)
    with interrupts.listen():
        try:
            return _carry_out(call)
        finally:
            session.stop()  # signals are still handled: requests on their way are stored


def _save(call: Call, path: str, code: int) -> int:
    """Save the file; return the exit code. The credits are spent even if saving fails."""
    try:
        is_whole = save_file(call, path)
    except Refusal as refusal:
        call.output.problem(say(str(refusal)))
        is_whole = False
    return code if is_whole or code else Exit.FAILED


def _carry_out(call: Call) -> int:
    try:
        _check_file(call.file)
        code = int(_COMMANDS[call.arguments.command](call))
        path: str | None = getattr(call.arguments, "save", None)
        if path is not None and not call.arguments.dry_run and not call.interrupts.is_wanted:
            code = _save(call, path, code)
    except Refusal as refusal:
        call.output.problem(say(str(refusal)))
        return _code_of_sent(call) or Exit.REFUSED
    except OSError as error:  # the disk's, in its own words
        call.output.problem(str(error))
        return _code_of_sent(call) or Exit.FAILED
    except KeyboardInterrupt:
        return call.interrupts.exit_code
    is_cut_short = (
        call.interrupts.is_wanted and call.arguments.command != "simulate"
    )  # which ends no other way
    return call.interrupts.exit_code if is_cut_short else code


def _code_of_sent(call: Call) -> int:
    """Return the exit code if something went wrong after jobs were sent; 0 if none were sent.

    "Refused" would say that nothing was spent, and a script might send all of it once more.
    """
    engine = session.find_engine()
    jobs = [] if engine is None else engine.jobs(_MOST_JOBS)
    ends = [exit_of(job) for job in jobs if _is_sent_by(call, job)]
    return worst((Exit.FAILED, *ends)) if ends else 0


def _is_sent_by(call: Call, job: Job) -> bool:
    if job.submitted_at:
        return job.submitted_at >= call.asked_at
    if job.state is JobState.UNCERTAIN:
        return job.finished_at >= call.asked_at
    return job.state is JobState.SUBMITTING and job.id in followed.ids()  # else it is another Blender's


def _check_file(opened: str) -> None:
    """Raise Refusal if Blender could not open the given file: it would go on with an empty one."""
    before = sys.argv[: sys.argv.index("--command")] if "--command" in sys.argv else []
    named = [text for text in before if text.endswith(".blend")]
    if named and not opened:
        raise Refusal(f"{named[-1]} could not be opened, so nothing was done.")
