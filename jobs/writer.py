# SPDX-License-Identifier: GPL-3.0-or-later
"""The writer: one thread that carries out the main thread's orders to write to the ledger, in their order.

The main thread never waits for the ledger: it orders, and events tell the outcome. Orders that wait at the
same moment share one commit. While another program holds the ledger they wait, however long that takes.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ..client.errors import DEFECT
from .ledger import Ledger
from .ledger_file import LedgerDamaged, LedgerError, LedgerLocked

T = TypeVar("T")
logger = logging.getLogger(__name__)


Act = Callable[[], None]


@dataclass(frozen=True)
class _Order:
    write: Callable[[], Act]
    """Writes, and returns how to report the outcome once it is on the disk."""
    failed: Callable[[LedgerError], None]

    def carry_out(self) -> Act:
        try:
            return self.write()
        except LedgerDamaged:
            raise
        except LedgerError as error:
            failure = error
        except Exception:
            logger.exception("writing")
            failure = LedgerError(DEFECT)
        return lambda: self.failed(failure)


class Writer:
    """Starts with the first order, stops once.

    Args:
        trouble: reports a trouble; an empty text ends it. Called on the writer's thread.
    """

    def __init__(self, ledger: Ledger, trouble: Callable[[str], None]) -> None:
        self._ledger = ledger
        self._trouble = trouble
        self._orders: queue.SimpleQueue[_Order | Act | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="easel-writer", daemon=True)
        self._starting = threading.Lock()
        self._is_stopping = False

    def order(
        self, write: Callable[[], T], done: Callable[[T], None], failed: Callable[[LedgerError], None]
    ) -> None:
        """Order something to be written. Returns at once.

        Args:
            write: makes its changes by the ledger's verbs, in one transaction with other orders'. It is
                called again if that failed because the ledger was held.
            done: called with `write`'s result, when it is on the disk. On the writer's thread.
            failed: called instead if it could not be written. On the writer's thread.
        """

        def carry_out() -> Act:
            written = write()
            return lambda: done(written)

        self._put(_Order(carry_out, failed))

    def look(self, act: Act) -> None:
        """Order something to be read, after all earlier orders are written. Returns at once."""
        self._put(act)

    def stop(self, deadline: float) -> None:
        """Carry out the orders, and end, before `time.monotonic()` reaches `deadline`.

        Orders that a held ledger blocks until then have failed. A thread that waits for a silent disk is left
        behind.
        """
        self._is_stopping = True
        if self._thread.ident:
            self._orders.put(None)
            self._thread.join(max(deadline - time.monotonic(), 0.0))

    def _put(self, item: _Order | Act) -> None:
        with self._starting:
            if not self._thread.ident:
                self._thread.start()
        self._orders.put(item)

    def _run(self) -> None:
        is_last = False
        while not is_last:
            items = [self._orders.get()]
            while not self._orders.empty():
                items.append(self._orders.get())
            is_last = None in items
            for act in self._carry_out([item for item in items if item is not None]):
                try:
                    act()
                except Exception:
                    logger.exception("telling what became of an order")
        self._ledger.close()

    def _carry_out(self, items: list[_Order | Act]) -> list[Act]:
        """Write all orders in one commit. Returns what to do after it."""
        is_troubled = is_mended = False
        while any(isinstance(item, _Order) for item in items):
            try:
                with self._ledger.together():
                    acts = [item.carry_out() if isinstance(item, _Order) else item for item in items]
                items = list[_Order | Act](acts)
            except LedgerLocked as error:
                if self._is_stopping:
                    items = [_failing(item, error) for item in items]
                elif not is_troubled:
                    self._trouble(str(error))
                    is_troubled = True
            except LedgerDamaged as error:  # the next try makes it again
                if is_mended:
                    items = [_failing(item, error) for item in items]
                is_mended = True
            except LedgerError as error:
                items = [_failing(item, error) for item in items]
        if is_troubled:
            self._trouble("")
        return [item for item in items if not isinstance(item, _Order)]


def _failing(item: _Order | Act, error: LedgerError) -> Act:
    """Return what to do instead of an order that failed."""
    return (lambda: item.failed(error)) if isinstance(item, _Order) else item
