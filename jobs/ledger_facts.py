# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of images for other places: how they were made, and where their files are."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .balances import Conclusion
from .ledger_steps import LedgerSteps
from .rows import balances_of


@dataclass(frozen=True, kw_only=True)
class JobFacts:
    """Facts of a job besides its images."""

    prompt: str = ""
    """As typed."""
    model: str = ""
    """`ModelId`'s value; empty if no service made it."""
    credits: int = 0
    """The expected price of all its images; 0 if the balance has shown that nothing was charged."""
    made_at: float = 0.0
    """Epoch seconds."""


@dataclass(frozen=True, kw_only=True)
class KnownFile:
    """A file of the library, as the ledger has it."""

    path: Path
    fitted: Path | None
    byte_count: int
    sha256: str
    """Empty if it was never computed; likewise `content`."""
    content: str
    """SHA-256 of the image as the service sent it."""


class LedgerFacts(LedgerSteps):
    """Any thread but the main one. Raises `LedgerError`."""

    def job_facts(self, ids: Iterable[str]) -> dict[str, JobFacts]:
        """Read facts of jobs, a few hundred at most. Unknown jobs are left out."""
        wanted = tuple(ids)
        rows = self._database.query(
            "SELECT id, server, request, price, balances, created_at FROM jobs"
            f" WHERE id IN ({', '.join('?' * len(wanted))})",
            wanted,
        )
        found: dict[str, JobFacts] = {}
        for row in rows:
            with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):  # another version's
                request: dict[str, Any] = json.loads(row["request"])
                balances = balances_of(row["balances"])
                is_free = balances is not None and balances.conclusion is Conclusion.NOT_CHARGED
                found[row["id"]] = JobFacts(
                    prompt=str(request.get("written", "")) or str(request["prompt"]),
                    model=str(request["model"]) if row["server"] else "",
                    credits=0 if is_free else row["price"],
                    made_at=row["created_at"],
                )
        return found

    def known_file(self, job_id: str, index: int) -> KnownFile | None:
        """Return where the file of one of a job's images is, or was."""
        rows = self._database.query(
            "SELECT * FROM results WHERE job_id = ? AND position = ?", (job_id, index)
        )
        return next((self._known_file(row) for row in rows), None)

    def files_with(self, content: str) -> list[KnownFile]:
        """Return the files of an image by the hash of what the service sent."""
        if not content:
            return []
        rows = self._database.query("SELECT * FROM results WHERE content = ?", (content,))
        return [self._known_file(row) for row in rows]

    def _known_file(self, row: Any) -> KnownFile:
        folder = self.path.parent
        return KnownFile(
            path=folder / row["path"],
            fitted=folder / row["fitted"] if row["fitted"] else None,
            byte_count=row["byte_count"],
            sha256=row["sha256"],
            content=row["content"],
        )
