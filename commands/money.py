# SPDX-License-Identifier: GPL-3.0-or-later
"""`easel wallet`, `easel spend` and `easel models`: the balance, what was spent, and prices."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..client.key import VARIABLE, KeyOrigin
from ..client.models import AS_OF
from ..jobs.ledger import Ledger
from ..jobs.library import Library
from ..jobs.spend_file import write_spend
from ..scene import settings, studio
from ..scene.project import budget
from ..scene.session import account, mirror, session
from ..terminal.exits import Exit
from ..terminal.told import every_model, model_lines, model_record, spend_records, spend_rows
from ..texts.refusal import Refusal
from ..texts.wording import credits_text
from ..threads.pace import Pace
from .call import Call, check_ready
from .waiting import ready_engine, turn

if TYPE_CHECKING:
    from ..jobs.engine import Engine

_ANSWER_S: Final = 60.0


def wallet(call: Call) -> int:
    """Ask for the balance, which also helps to judge uncertain jobs."""
    check_ready()
    engine = ready_engine()
    balance = read_balance(call, engine)
    key = session.known_key()
    is_simulator = settings.read().is_simulator
    masked = "" if key is None or is_simulator else str(key)
    origin = VARIABLE if key is not None and key.origin is KeyOrigin.ENVIRONMENT else "preferences"
    call.output.record(
        "wallet",
        {
            "balance": balance,
            "server": engine.server.name,
            "key": masked,
            "key_from": origin if masked else "",
        },
        credits_text(balance),
        f"{engine.server.name}" + (f", key {masked} of {origin}" if masked else ""),
    )
    return Exit.DONE


def read_balance(call: Call, engine: Engine) -> float:
    """Return the balance as the service tells it now.

    Raises:
        Refusal: it does not.
        KeyboardInterrupt: nobody waits for it any more.
    """
    account.ask_for_balance(engine)
    shown, ends_at = mirror.mirror(), time.monotonic() + _ANSWER_S
    while not (shown.has_balance or shown.wallet_message):
        if call.interrupts.is_wanted:
            raise KeyboardInterrupt
        if time.monotonic() > ends_at:
            raise Refusal("The service has not answered.")
        turn(engine)
    if shown.wallet_message:
        raise Refusal(shown.wallet_message)
    return shown.balance


def spend(call: Call) -> int:
    """Say what was spent at the service of the settings, by the ledger alone."""
    wanted = settings.read()
    path = Library(wanted.library).ledger_path
    if not path.is_file():
        raise Refusal(f"There is no library in {wanted.library}.")
    with contextlib.closing(Ledger(path)) as ledger:
        if call.arguments.csv:
            to = Path(call.arguments.csv).expanduser().absolute()
            with call.interrupts.raising():
                outcome = write_spend(ledger, wanted.server.name, to, Pace())
            call.output.record("written", {"file": str(to)}, outcome.text)
            return Exit.DONE
        overview = ledger.overview(wanted.server.name, budget())
    for by, name, sums in spend_records(overview):
        call.output.record("spend", {"by": by, "name": name, **sums})
    call.output.table(spend_rows(overview))
    return Exit.DONE


def models(call: Call) -> int:
    """List all models and tools with their current prices."""
    studio.policy()  # it may name a file of prices
    for model in every_model():
        call.output.record("model", model_record(model), *model_lines(model))
    call.output.note(f"Prices as of {AS_OF.isoformat()}, or of your file of prices.")
    return Exit.DONE
