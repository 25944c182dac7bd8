# SPDX-License-Identifier: GPL-3.0-or-later
"""Prices from a file that replace those of the table (`models.py`), until a newer Easel knows them.

as_of = 2026-12-01                              # when they were read, for the reader of the file

[credits]                                       # for one image
GEMINI_2_5_FLASH = 6                            # at any size
GEMINI_3_PRO = { "1K" = 55, "4K" = 90 }         # by resolution, or by quality; the rest is the table's
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final, cast

from ..texts.phrases import phrase
from ..texts.refusal import Refusal

MOST_BYTES: Final = 1_000_000
"""The largest file of prices. A larger one is something else."""


class PricesUnreadable(Refusal):
    """A file of prices can't be read, or isn't one."""


@dataclass(frozen=True, kw_only=True)
class Prices:
    """The contents of such a file."""

    as_of: date | None = None
    credits: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])
    """For one image, by `ModelId` and size; "": at any size."""

    def of(self, model: str, size: str) -> int | None:
        """Return the credits for one image; None if the file has no price."""
        told = self.credits.get(model, {})
        return told.get(size, told.get(""))


NO_PRICES: Final = Prices()
_used = NO_PRICES


def use(prices: Prices) -> None:
    """Use these as the prices of the table of models from now on. Main thread."""
    global _used
    _used = prices


def told(model: str, size: str) -> int | None:
    """Return a model's price from the file in use; None without a file, or without a price. Any thread."""
    return _used.of(model, size)


def read_prices(path: Path, sizes: Mapping[str, tuple[str, ...]]) -> Prices:
    """Read a file of prices. Not on the main thread: the disk may not answer.

    Args:
        sizes: the models that may be in it, with the resolutions or qualities that have different prices.

    Raises:
        PricesUnreadable: it contains something that this Easel does not know; none of it is used.
        OSError
    """
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise PricesUnreadable(phrase("the file is too large"))
    try:
        values = tomllib.loads(data.decode("utf-8-sig"))
    except ValueError as error:  # of TOML, and of UTF-8
        raise PricesUnreadable(str(error)) from error
    for name in values:
        if name not in ("as_of", "credits"):
            raise PricesUnreadable(phrase("“{name}” is unknown", name=name))
    as_of, table = values.get("as_of"), values.get("credits", {})
    for name, value, kind in (("as_of", as_of, date), ("credits", table, dict)):
        if value is not None and not isinstance(value, kind):
            raise PricesUnreadable(phrase("“{name}” has a value of the wrong type", name=name))
    return Prices(
        as_of=as_of,
        credits={model: _of_model(model, value, sizes) for model, value in table.items()},
    )


def _of_model(model: str, value: Any, sizes: Mapping[str, tuple[str, ...]]) -> Mapping[str, int]:
    if model not in sizes:
        raise PricesUnreadable(phrase("“{name}” is not a model", name=model))
    by_size = cast("dict[str, Any]", value) if isinstance(value, dict) else {"": value}
    for size, price in by_size.items():
        if size and size not in sizes[model]:
            raise PricesUnreadable(phrase("“{name}” is unknown", name=f"{model} {size}"))
        if isinstance(price, bool) or not isinstance(price, int) or price < 1:
            raise PricesUnreadable(
                phrase("“{name}” is not a number of credits", name=f"{model} {size}".strip())
            )
    return by_size
