# SPDX-License-Identifier: GPL-3.0-or-later
"""A studio's policy for all its artists: a TOML file that an environment variable names.

    models = ["GEMINI_3_1_FLASH", "REMOVE_BACKGROUND"]    # `ModelId`; all others are refused
    largest_resolution = "2K"
    library = "/mnt/studio/easel"
    prices = "prices.toml"                                # beside this file, or an absolute path
    key = "environment"                                   # or "preferences": where alone it may come from

    [limits]                                              # credits; 0 takes a limit off
    click = 100
    day = 500
    month = 5000
    project = 2000

A file that can't be read, or that says what this Easel does not know, lets nothing be sent: a slip of the pen
must not take a limit away.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from ..client.every_model import EVERY_MODEL
from ..client.key import ORIGINS, KeyOrigin
from ..client.models import MODELS, TOOLS, ModelId, side_of
from ..client.prices import NO_PRICES, Prices, PricesUnreadable, read_prices
from ..client.requests import GenerateRequest
from ..texts.phrases import joined, phrase
from ..texts.refusal import Refusal
from .caps import Cap

MOST_BYTES: Final = 1_000_000
"""The largest policy file in bytes. A larger one is something else."""


class PolicyUnreadable(Refusal):
    """A studio's policy can't be read, or isn't one: nothing is sent."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The content of a policy; empty if there is none."""

    problem: str = ""
    """Why it can't be followed, for the artist. Then nothing is sent."""
    models: frozenset[ModelId] | None = None
    largest_resolution: str = ""
    library: str = ""
    prices: Prices = NO_PRICES
    """The prices from a file that the policy or the environment names."""
    limits: Mapping[Cap, int] = field(default_factory=dict[Cap, int])
    key: KeyOrigin | None = None
    """The only allowed source of the key; None: any source."""

    def refusal(self, model: ModelId, size: str = "") -> str:
        """Return why a model or a size must not be used; empty if it may be.

        Args:
            size: a resolution, or a name that contains one ("auto_3K"); "": not checked.
        """
        if self.problem:
            return self.problem
        if self.models is not None and model not in self.models:
            return phrase(
                "Your studio does not allow {model}: choose another", model=EVERY_MODEL[model].label
            )
        if self.largest_resolution and side_of(size) > side_of(self.largest_resolution):
            return phrase(
                "Your studio allows {resolution} at most: choose a smaller resolution",
                resolution=self.largest_resolution,
            )
        return ""

    def check(self, request: GenerateRequest) -> None:
        """Raise Refusal if a request must not be sent."""
        if text := self.refusal(request.model, request.resolution or request.image_size):
            raise Refusal(joined(text, phrase("Nothing was sent."), by=". "))


NO_POLICY: Final = Policy()
_SIZES: Final = {
    model.id.value: model.qualities or model.resolutions for model in (*MODELS.values(), *TOOLS.values())
}
"""The sizes that a file of prices may name, by the models' ids."""


def read_policy(path: Path | None, prices: Path | None = None) -> Policy:
    """Read a studio's policy. Don't call it on the main thread: the disk may not answer.

    A policy that can't be followed is returned with its `problem`.

    Args:
        prices: a file of prices, if the policy names none.
    """
    policy, read = NO_POLICY, path
    try:
        if path is not None:
            policy, named = _read(path)
            prices = named or prices
        if prices is not None:
            read = prices
            policy = replace(policy, prices=read_prices(prices, _SIZES))
        return policy
    except OSError as error:
        why = str(error.strerror or error)
    except (ValueError, PolicyUnreadable, PricesUnreadable) as error:  # from TOML, or from decoding UTF-8
        why = str(error)
    return Policy(
        problem=phrase(
            "Your studio's rules in {path} can't be followed: {why}. Ask whoever manages them",
            path=read,
            why=why.removesuffix("."),
        )
    )


def _read(path: Path) -> tuple[Policy, Path | None]:
    """Return the content, and the file of prices that it names."""
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise PolicyUnreadable(phrase("the file is too large"))
    told = tomllib.loads(data.decode("utf-8-sig"))
    known = {
        "models": list,
        "largest_resolution": str,
        "library": str,
        "prices": str,
        "key": str,
        "limits": dict,
    }
    _check_names(told, known)
    for name, kind in known.items():
        if name in told and not isinstance(told[name], kind):
            raise PolicyUnreadable(phrase("“{name}” has a value of the wrong type", name=name))
    limits: dict[str, Any] = told.get("limits", {})
    _check_names(limits, {cap.value: int for cap in Cap})
    for name, value in limits.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise PolicyUnreadable(phrase("“{name}” is not a number of credits", name=name))
    resolution = told.get("largest_resolution", "")
    if resolution and not side_of(resolution):
        raise PolicyUnreadable(phrase("“{name}” is not a resolution such as 1K, 2K or 4K", name=resolution))
    key = told.get("key", "")
    if key and key not in ORIGINS:
        text = phrase("“key” must be “environment” or “preferences”, never the key itself")
        raise PolicyUnreadable(text)  # which may stand there by mistake, and is not repeated
    prices = told.get("prices", "")
    policy = Policy(
        models=frozenset(map(_model, told["models"])) if "models" in told else None,
        largest_resolution=resolution,
        library=told.get("library", "").strip(),
        limits={Cap(name): value for name, value in limits.items()},
        key=ORIGINS.get(key),
    )
    return policy, path.parent / prices if prices else None


def _check_names(told: Mapping[str, object], known: Mapping[str, type]) -> None:
    for name in told:
        if name not in known:
            raise PolicyUnreadable(phrase("“{name}” is unknown", name=name))


def _model(name: object) -> ModelId:
    try:
        return ModelId(str(name))
    except ValueError:
        raise PolicyUnreadable(phrase("“{name}” is not a model", name=name)) from None
