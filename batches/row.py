# SPDX-License-Identifier: GPL-3.0-or-later
"""A row of a batch: what is wanted, for which target, and how it is placed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..client.models import MODELS, Model, ModelId
from ..client.options import OPTIONS, Choice
from ..client.requests import Sizing
from ..jobs.placement import PlacementKind
from ..jobs.plain import record_of
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
    """The model and its options. Rows that are alike share one. Options that a model lacks are empty."""

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
    """Another model with the options of these settings, as far as it has them; else its own."""
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
    """What one line of the table wants."""

    prompt: str
    """As it was written, with its tokens."""
    settings: Settings
    count: int = 1
    template: str = NO_TEMPLATE
    """Id of a template."""
    object: str = ""
    """Name of the object that it is for; empty: none. Tokens are about it."""
    material: str = ""
    """Name of the material that it is for, without an object, or of that object."""
    sources: tuple[str, ...] = ()
    """Names of image datablocks or absolute paths of files; the first one is edited. None: a new image."""
    sizing: Sizing = Sizing.KEEP_SIZE
    """At which size and place an edit comes back."""
    place: PlacementKind = PlacementKind.IMAGE
    """One of `PLACES`."""
    name: str = ""
    """The name of its files, if they are written into a folder; empty: after the prompt."""

    @property
    def price(self) -> int:
        """Credits."""
        return self.settings.price(self.count)

    @property
    def digest(self) -> str:
        """Equal for rows that ask for the same; 32 hex digits. Count and name do not matter."""
        values = {**values_of(self), "count": 1, "name": ""}
        text = json.dumps(values, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def values_of(row: Row) -> dict[str, Any]:
    """A row as plain values for JSON; `row_of` is the way back."""
    return {**row.__dict__, "settings": dict(row.settings.__dict__)}  # `asdict` would copy each value


def row_of(values: Mapping[str, Any]) -> Row:
    """The way back from `values_of`.

    Raises:
        ValueError, KeyError, TypeError: the values are not a row's, or a newer Easel's.
    """
    return record_of(Row, values)


class RowReader:
    """`row_of` for many rows of one batch: settings that rows have alike are read once."""

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
