# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows from lines of a text, lists, objects, images, or steps of a seed.

Each is made from a row that has what they share.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from ..client.options import MAX_SEED
from ..jobs.targets import PlacementKind
from ..prompting.tokens import escape
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .row import MOST_ROWS, Row

_WORD: Final = re.compile(r"(?<!\{)\{([^\W\d]\w*)\}(?!\})")
_LIST: Final = re.compile(r"\s*\{?([^\W\d]\w*)\}?\s*[:=](.*)")


def of_lines(text: str, like: Row) -> list[Row]:
    """Return a row for each line that is not empty. Lines that begin with “#” are ignored as notes."""
    lines = (line.strip() for line in text.splitlines())
    return _checked([replace(like, prompt=line) for line in lines if line and not line.startswith("#")])


def of_objects(names: Sequence[str], like: Row) -> list[Row]:
    """Return a row for each object: a texture."""
    place = PlacementKind.TEXTURE if like.place is PlacementKind.IMAGE else like.place
    return _checked([replace(like, object=name, material="", place=place) for name in names])


def of_images(names: Sequence[str], like: Row) -> list[Row]:
    """Return the same edit for many images. Its other sources stay."""
    return _checked([replace(like, sources=(name, *like.sources)) for name in names])


def of_lists(lists: Mapping[str, Sequence[str]], like: Row) -> list[Row]:
    """Return a row for each combination of list values: “a {style} {thing}” with styles and things.

    The last list changes fastest.

    Args:
        lists: values by the names that stand in braces in the prompt.

    Raises:
        Refusal: the prompt does not name a list, or a list is empty.
    """
    named = set(_WORD.findall(like.prompt))
    for name, values in lists.items():
        if name not in named:
            raise Refusal(
                phrase(
                    "The prompt does not contain {token}: it would use nothing of that list.",
                    token=f"{{{name}}}",
                )
            )
        if not values:
            raise Refusal(phrase("The list of {token} is empty.", token=f"{{{name}}}"))
    count = 1
    for values in lists.values():
        count *= len(values)
    _check_count(count)
    return [
        replace(like, prompt=_put_in(like.prompt, dict(zip(lists, values, strict=True))))
        for values in itertools.product(*lists.values())
    ]


def read_lists(text: str, prompt: str = "") -> tuple[str, dict[str, list[str]]]:
    """Read a prompt and its lists: lines such as “style: art deco, brutalist”; all other lines are prompt.

    A list may also begin with its name alone, “thing:”, followed by lines that begin with “-”.

    Args:
        prompt: used if the text has none.
    """
    lists: dict[str, list[str]] = {}
    lines: list[str] = []
    open_list: list[str] | None = None
    wanted = set(_WORD.findall(text)) | set(_WORD.findall(prompt))
    for line in text.splitlines():
        found = _LIST.fullmatch(line)
        if found and found[1] in wanted:
            values = [value.strip() for value in re.split(r"[,;]", found[2])]
            open_list = lists.setdefault(found[1], [])
            open_list += filter(None, values)
        elif open_list is not None and line.lstrip().startswith("-"):
            open_list += filter(None, [line.lstrip()[1:].strip()])
        elif line.strip() and not line.lstrip().startswith("#"):
            lines.append(line.strip())
            open_list = None
    return " ".join(lines) or prompt, lists


def of_variations(count: int, like: Row, *, seed: int | None = None, step: int = 1) -> list[Row]:
    """Return the same row several times: with steps of the seed if the model has one, else as equal rows.

    Args:
        seed: the first; None: equal rows, each a new image.

    Raises:
        Refusal: a seed would be too large.
    """
    _check_count(count)
    if seed is None or not like.settings.table.has_seed:
        settings = replace(like.settings, seed=None)
        return [replace(like, settings=settings, count=1)] * count
    if not 0 <= seed + step * (count - 1) <= MAX_SEED or seed < 0:
        raise Refusal(phrase("The seeds go beyond {max_seed}: choose a smaller step.", max_seed=MAX_SEED))
    return [
        replace(like, settings=replace(like.settings, seed=seed + step * number), count=1)
        for number in range(count)
    ]


def _put_in(prompt: str, values: Mapping[str, str]) -> str:
    """Replace names by words. Braces in the words are not tokens."""
    return _WORD.sub(lambda found: escape(values[found[1]]) if found[1] in values else found[0], prompt)


def _checked(rows: list[Row]) -> list[Row]:
    _check_count(len(rows))
    return rows


def _check_count(count: int) -> None:
    if count > MOST_ROWS:
        raise Refusal(
            phrase("That would be {count:,} rows. A batch has {most:,} at most.", count=count, most=MOST_ROWS)
        )
