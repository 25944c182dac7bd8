# SPDX-License-Identifier: GPL-3.0-or-later
"""A row of a batch: what it orders, its target, and how results are placed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..client.models import MODELS, Model, ModelId
from ..client.options import OPTIONS, Choice
from ..client.requests import Sizing
from ..jobs.plain import record_of
from ..jobs.targets import PlacementKind
from ..prompting.templates import NO_TEMPLATE

PLACES: Final = (
    PlacementKind.IMAGE,
    PlacementKind.TEXTURE,
    PlacementKind.PLANE,
    PlacementKind.REFERENCE_EMPTY,
)
"""The ways to place that a row may name: those that need neither a view nor a click."""

MOST_ROWS: Final = 100_000
"""The most rows of one batch. More is a typing mistake, and would take weeks at the default pace."""

OPTION_NAMES: Final = tuple(option.name for option in OPTIONS if option.name != "count")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The model and its options.

    Rows with equal settings share one object. Options that a model lacks are empty.
    """

    model: ModelId
    aspect_ratio: str = ""
    resolution: str = ""
    image_size: str = ""
    output_format: str = ""
    seed: int | None = None
    safety_checker: bool | None = None

    @property
    def table(self) -> Model:
        """What the model can do."""
        return MODELS[self.model]

    def price(self, count: int) -> int:
        """Credits for so many images."""
        return self.table.price(count=count, resolution=self.resolution)

    def options(self) -> dict[str, Any]:
        """Values by the names of `client.options.OPTIONS`, without the count."""
        return {name: getattr(self, name) for name in OPTION_NAMES}


def settings_of(model_id: ModelId, like: Settings) -> Settings:
    """Return settings for another model: these options as far as it has them, else its own."""
    model = MODELS[model_id]
    values: dict[str, Any] = {}
    for option in OPTIONS:
        if option.name not in OPTION_NAMES:
            continue
        wanted = getattr(like, option.name)
        if not isinstance(option, Choice):
            values[option.name] = wanted if option.is_offered(model) else None
        elif not option.is_offered(model):
            values[option.name] = ""
        else:
            fits = wanted and not option.problem(model, wanted)
            values[option.name] = wanted if fits else option.default(model)
    return Settings(model=model_id, **values)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    prompt: str
    """As written, with its tokens."""
    settings: Settings
    count: int = 1
    template: str = NO_TEMPLATE
    """Id of a template."""
    object: str = ""
    """Name of its target object; empty: none. Tokens get their values from it."""
    material: str = ""
    """Name of its target material, on that object if there is one."""
    sources: tuple[str, ...] = ()
    """Names of image datablocks or absolute paths of files; the first is edited. Empty: a new image."""
    sizing: Sizing = Sizing.KEEP_SIZE
    """The size and place of an edit's result."""
    place: PlacementKind = PlacementKind.IMAGE
    """One of `PLACES`."""
    name: str = ""
    """The name of its files, if they are written into a folder; empty: made from the prompt."""

    @property
    def price(self) -> int:
        """Credits."""
        return self.settings.price(self.count)

    @property
    def digest(self) -> str:
        """Equal for rows with the same content; 32 hex digits. Count and name do not matter."""
        values = {**values_of(self), "count": 1, "name": ""}
        text = json.dumps(values, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def values_of(row: Row) -> dict[str, Any]:
    """Return a row as plain values for JSON; `row_of` reads them."""
    return {**row.__dict__, "settings": dict(row.settings.__dict__)}  # `asdict` would copy each value


def row_of(values: Mapping[str, Any]) -> Row:
    """Build a row from `values_of`.

    Raises:
        ValueError, KeyError, TypeError: the values are not a row's, or a newer Easel's.
    """
    return record_of(Row, values)


class RowReader:
    """`row_of` for many rows of one batch: settings that rows share are read once."""

    def __init__(self) -> None:
        self._settings: dict[tuple[Any, ...], Settings] = {}

    def read(self, values: Mapping[str, Any]) -> Row:
        """As `row_of`."""
        told = values["settings"]
        key = tuple(told.values())
        settings = self._settings.get(key)
        if settings is None or values.keys() != Row.__dataclass_fields__.keys():
            row = row_of(values)
            if tuple(told) == tuple(Settings.__dataclass_fields__):
                self._settings[key] = row.settings
            return row
        known: dict[str, Any] = {
            **values,
            "settings": settings,
            "sources": tuple(values["sources"]),
            "sizing": Sizing(values["sizing"]),
            "place": PlacementKind(values["place"]),
        }
        return Row(**known)
