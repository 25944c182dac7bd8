# SPDX-License-Identifier: GPL-3.0-or-later
"""Find what is wrong with a row, by column, before anything is sent.

Values that many rows share are checked once: a `Checker` remembers the settings that it has seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..client.options import OPTIONS, Count
from ..jobs.policy import NO_POLICY, Policy
from ..jobs.targets import PlacementKind
from ..prompting.templates import TEMPLATES
from ..prompting.tokens import PromptUnready, evaluate
from ..texts.phrases import phrase
from .row import PLACES, Row, Settings

_OF_MATERIALS: Final = frozenset({"material"})
"""Tokens that a material without an object has a value for."""

_COUNT: Final = next(option for option in OPTIONS if isinstance(option, Count))


@dataclass(frozen=True, kw_only=True)
class Known:
    """The names that rows may use. None: nobody has looked, so any name is accepted."""

    objects: Collection[str] | None = None
    materials: Collection[str] | None = None
    images: Collection[str] | None = None
    """Names of image datablocks."""
    folder: Path | None = None
    """The folder for relative paths of sources that are files. None: such files are not looked for."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong at one place of a table."""

    line: int
    """The line of the file, from 1; for a row that came from no file, its number."""
    column: str
    """Name of the column; empty if it is about the whole line."""
    text: str

    @property
    def told(self) -> str:
        """The problem with its place, as a text."""
        if not self.column:
            return phrase("Line {line}: {text}", line=self.line, text=self.text)
        return phrase("Line {line}, {column}: {text}", line=self.line, column=self.column, text=self.text)


class Checker:
    """Checks rows against the table of models, a studio's policy, and the known names.

    Args:
        known: the names that rows may use.
        policy: what a studio allows.
    """

    def __init__(self, known: Known | None = None, policy: Policy = NO_POLICY) -> None:
        self._known = known or Known()
        self._policy = policy
        self._settings: dict[Settings, tuple[tuple[str, str], ...]] = {}
        self._counts: dict[tuple[str, int], str] = {}
        self._files: dict[str, bool] = {}

    def problems(self, row: Row) -> Iterator[tuple[str, str]]:
        """Return what is wrong: the column and a text. Not on the main thread: it looks for files."""
        yield from self._of_settings(row.settings)
        if text := self._of_count(row):
            yield "count", text
        if text := prompt_problem(row):
            yield "prompt", text
        if row.template not in TEMPLATES:
            yield "template", phrase("there is no template “{name}”", name=row.template)
        if row.object and self._known.objects is not None and row.object not in self._known.objects:
            yield "object", phrase("there is no object “{name}” in this file", name=row.object)
        if row.material and self._known.materials is not None and row.material not in self._known.materials:
            yield "material", phrase("there is no material “{name}” in this file", name=row.material)
        if row.sources:
            yield from self._of_sources(row)
        if row.place not in PLACES:
            yield "place", phrase("a row can't be placed like this")
        elif row.place is PlacementKind.TEXTURE and not (row.object or row.material or row.sources):
            yield "place", phrase("a texture needs an object or a material")

    def _of_settings(self, settings: Settings) -> tuple[tuple[str, str], ...]:
        known = self._settings.get(settings)
        if known is None:
            model = settings.table
            found = [
                (option.name, option.problem(model, getattr(settings, option.name)))
                for option in OPTIONS
                if option is not _COUNT
            ]
            size = settings.resolution or settings.image_size
            found.append(("model", self._policy.refusal(settings.model, size)))
            known = self._settings[settings] = tuple((column, text) for column, text in found if text)
        return known

    def _of_count(self, row: Row) -> str:
        key = row.settings.model.value, row.count
        known = self._counts.get(key)
        if known is None:
            known = self._counts[key] = _COUNT.problem(row.settings.table, row.count)
        return known

    def _of_sources(self, row: Row) -> Iterator[tuple[str, str]]:
        most = row.settings.table.max_sources
        if len(row.sources) > most:
            yield (
                "sources",
                phrase(
                    "{model} edits 1 to {max_sources} source images at once, not {count}.",
                    model=row.settings.table.label,
                    max_sources=most,
                    count=len(row.sources),
                ),
            )
        for source in row.sources:
            if not self._is_there(source):
                yield "sources", phrase("there is no image and no file “{name}”", name=source)

    def _is_there(self, source: str) -> bool:
        if self._known.images is not None and source in self._known.images:
            return True
        if self._known.folder is None:
            return self._known.images is None or Path(source).is_absolute()
        known = self._files.get(source)
        if known is None:
            try:
                known = (self._known.folder / source).is_file()
            except (OSError, ValueError):  # a name that no file can have
                known = False
            self._files[source] = known
        return known


def prompt_problem(row: Row) -> str:
    """Return what is wrong with a row's prompt; empty if nothing."""
    prompt = row.prompt
    if not prompt.strip():
        return phrase("The prompt is empty: say what the picture should show.")
    if "\0" in prompt or not _is_text(prompt):
        return phrase("The prompt contains a character that is not text: type that part again.")
    if "{" not in prompt:
        return ""
    try:
        evaluate(prompt, lambda token: _needed(row, token))
    except PromptUnready as error:
        return str(error)
    return ""


def _is_text(prompt: str) -> bool:
    """Return whether a text has no lone surrogates."""
    if prompt.isascii():
        return True
    try:
        prompt.encode()
    except UnicodeEncodeError:
        return False
    return True


def _needed(row: Row, token: str) -> str:
    """Raise if a token can't have a value. The value itself is known when the row is sent."""
    if not row.object and not (row.material and token in _OF_MATERIALS):
        raise PromptUnready(phrase("{token} has no value: the row has no object", token=f"{{{token}}}"))
    return token
