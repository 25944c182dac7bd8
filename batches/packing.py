# SPDX-License-Identifier: GPL-3.0-or-later
"""Equal rows share a request: the service makes several images at once, and counts requests a minute."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .row import Row, Settings


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rows that are sent as one request."""

    rows: tuple[int, ...]
    """Their numbers in the batch, from 0, in the order of the results. Each has `count` of them."""
    count: int
    """Images in all."""
    settings: Settings

    @property
    def price(self) -> int:
        """Credits."""
        return self.settings.price(self.count)


def pack(rows: Sequence[Row], which: Iterable[int] | None = None, *, shares: bool = True) -> list[Group]:
    """Pack equal rows together, in the order of the first of each.

    Rows are equal if they have equal content and the same target. Rows with a seed stay alone, because only
    the service knows what the second image of a seed is.

    Args:
        which: numbers of the rows to pack, in their order; None: all.
        shares: whether equal rows share a request; else each has its own.
    """
    groups: list[list[int]] = []
    counts: list[int] = []
    open_groups: dict[object, int] = {}
    for number in range(len(rows)) if which is None else which:
        row = rows[number]
        settings = row.settings
        if not shares or settings.seed is not None or row.count >= settings.table.max_images:
            groups.append([number])
            counts.append(row.count)
            continue
        key = _key(row)
        found = open_groups.get(key)
        if found is None or counts[found] + row.count > settings.table.max_images:
            open_groups[key] = len(groups)
            groups.append([number])
            counts.append(row.count)
        else:
            groups[found].append(number)
            counts[found] += row.count
    return [
        Group(rows=tuple(numbers), count=count, settings=rows[numbers[0]].settings)
        for numbers, count in zip(groups, counts, strict=True)
    ]


def _key(row: Row) -> tuple[object, ...]:
    return (
        *(row.prompt, row.settings, row.template, row.object, row.material, row.sources),
        *(row.sizing, row.place),
    )
