# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the balance from the service, report it, and compare it with jobs whose cost is uncertain."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ..client.api import Api
from ..client.errors import DEFECT, ClientError
from .balances import Reading
from .events import SpendRead, WalletFailed, WalletRead
from .ledger import Ledger
from .ledger_file import LedgerError
from .limiter import RateLimiter
from .news import News
from .writer import Writer

logger = logging.getLogger(__name__)


class WalletReader:
    """Any thread.

    Args:
        look: reports what weighing has changed. Called on the writer's thread.
    """

    def __init__(
        self,
        api: Api,
        ledger: Ledger,
        limiter: RateLimiter,
        news: News,
        writer: Writer,
        look: Callable[[], None],
    ) -> None:
        self._api = api
        self._ledger = ledger
        self._limiter = limiter
        self._news = news
        self._writer = writer
        self._look = look
        self.balance: Reading | None = None
        """The last balance read; None before that."""

    def read_spend(self, budget: str) -> None:
        """Report the spending, after all earlier orders are written. Returns at once."""

        def read() -> None:
            try:
                overview = self._ledger.overview(self._limiter.server, budget)
            except LedgerError as error:
                logger.warning("adding up what was spent: %s", error)
            else:
                self._news.emit(SpendRead(overview=overview))

        self._writer.look(read)

    def read(self) -> None:
        """Read the balance, report it, and weigh uncertain jobs by it. A worker thread."""
        asked_at = self._ledger.clock()
        try:
            wallet = self._api.fetch_wallet()
        except ClientError as error:
            self._news.emit(WalletFailed(message=str(error), remedy=error.remedy.name))
            return
        except Exception:
            logger.exception("reading the balance")
            self._news.emit(WalletFailed(message=DEFECT, remedy=""))
            return
        if wallet.rate_limit:
            self._limiter.per_minute = wallet.rate_limit
        reading = Reading(
            balance=float(wallet.balance),
            asked_at=asked_at,
            read_at=self._ledger.clock(),
            account=wallet.account,
        )
        self.balance = reading
        self._news.emit(
            WalletRead(balance=reading.balance, read_at=reading.read_at, rate_limit=wallet.rate_limit)
        )
        self._writer.order(
            lambda: self._ledger.weigh(self._limiter.server, reading),
            done=lambda is_news: self._look() if is_news else None,
            failed=lambda error: logger.warning("weighing a balance: %s", error),
        )
