# SPDX-License-Identifier: GPL-3.0-or-later
"""Prompts that the artist saved under a name, in one JSON file of the library folder.

Each change first reads the file again, because other Blenders write it too. A file that can't be read is
never written over: a change moves it aside first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from ..imaging.files import make_private_folder, open_regular
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .templates import NO_TEMPLATE

VERSION: Final = 1


class SavedPromptsError(Refusal):
    """Saved prompts can't be read or changed."""


class SavedPromptsDamaged(SavedPromptsError):
    """The file holds something else."""


@dataclass(frozen=True, kw_only=True)
class SavedPrompt:
    """One prompt of the list."""

    name: str
    text: str
    template: str = NO_TEMPLATE
    model: str = ""
    """Id of the model that it goes with; empty if it was saved without its options."""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Options of the model, by their names in requests."""


class SavedPrompts:
    """The list in one file. Any thread. All methods raise SavedPromptsError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> list[SavedPrompt]:
        """Return all, by name."""
        try:
            with open_regular(self.path) as file:
                content = file.read().decode("utf-8")
        except FileNotFoundError:
            return []
        except UnicodeDecodeError as error:
            raise self._damaged() from error
        except OSError as error:
            raise SavedPromptsError(
                phrase("{path} can't be read: {reason}", path=self.path, reason=error.strerror)
            ) from error
        try:
            document = json.loads(content)
            if document["version"] > VERSION:
                raise SavedPromptsError(phrase("A newer Easel wrote the saved prompts: update this one"))
            prompts = [_from_values(values) for values in document["prompts"]]
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            raise self._damaged() from error
        return sorted(prompts, key=lambda prompt: prompt.name.casefold())

    def find(self, name: str) -> SavedPrompt:
        """Return the prompt of a name."""
        return _find(self.load(), name)

    def save(self, prompt: SavedPrompt) -> Path | None:
        """Add a prompt, or replace the one of its name.

        Returns:
            where a damaged file was moved to, if there was one.
        """
        prompt = replace(prompt, name=_checked_name(prompt.name))
        aside = None
        try:
            prompts = self.load()
        except SavedPromptsDamaged:
            aside = self._move_aside()
            prompts = []
        self._write([*(other for other in prompts if other.name != prompt.name), prompt])
        return aside

    def rename(self, name: str, new_name: str) -> None:
        """Give a prompt another name, which no other may have."""
        new_name = _checked_name(new_name)
        prompts = self.load()
        if new_name != name and any(prompt.name == new_name for prompt in prompts):
            raise SavedPromptsError(phrase("There is a saved prompt “{new_name}” already", new_name=new_name))
        chosen = _find(prompts, name)
        self._write([replace(prompt, name=new_name) if prompt is chosen else prompt for prompt in prompts])

    def delete(self, name: str) -> None:
        """Remove a prompt for good."""
        prompts = self.load()
        chosen = _find(prompts, name)
        self._write([prompt for prompt in prompts if prompt is not chosen])

    def _write(self, prompts: list[SavedPrompt]) -> None:
        from ..imaging.errors import FileNotWritten
        from ..imaging.files import write_atomically

        document = {"version": VERSION, "prompts": [asdict(prompt) for prompt in prompts]}
        try:
            make_private_folder(self.path.parent)
            with write_atomically(self.path) as file:
                file.write(json.dumps(document, ensure_ascii=False, indent=2).encode())
        except (FileNotWritten, OSError) as error:
            raise SavedPromptsError(phrase("The prompt could not be saved: {error}", error=error)) from error

    def _move_aside(self) -> Path:
        from ..imaging.files import unique_path

        aside = unique_path(self.path.parent, f"{self.path.stem}-damaged", self.path.suffix)
        try:
            return self.path.rename(aside)
        except OSError as error:
            raise SavedPromptsError(phrase("The prompt could not be saved: {error}", error=error)) from error

    def _damaged(self) -> SavedPromptsDamaged:
        return SavedPromptsDamaged(
            phrase(
                "The saved prompts in {path} can't be read: the file is damaged. "
                "It stays as it is until the next prompt is saved, "
                "and is then kept beside the new one",
                path=self.path,
            )
        )


def _from_values(values: Mapping[str, Any]) -> SavedPrompt:
    """Rebuild a prompt from the file's values. Unknown ones (of a newer Easel) are left out."""
    name, text = values["name"], values["text"]
    template, model = values.get("template", NO_TEMPLATE), values.get("model", "")
    if not all(isinstance(value, str) for value in (name, text, template, model)):
        raise TypeError("no text")
    options: dict[str, Any] = dict(values.get("options", {}))
    return SavedPrompt(name=name, text=text, template=template, model=model, options=options)


def _find(prompts: list[SavedPrompt], name: str) -> SavedPrompt:
    for prompt in prompts:
        if prompt.name == name:
            return prompt
    raise SavedPromptsError(phrase("There is no saved prompt “{name}” any more", name=name))


def _checked_name(name: str) -> str:
    if not name.strip():
        raise SavedPromptsError(phrase("A saved prompt needs a name"))
    return name.strip()
