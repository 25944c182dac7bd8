# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the dictionaries in `languages/` with the texts in the code. Needs no Blender.

python tools/dictionaries.py             # report; fails if keys are missing or left over
python tools/dictionaries.py --write     # add missing texts as null, remove left-over ones
python tools/dictionaries.py --release   # also fails if a text is not yet translated
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "languages"


@dataclass(frozen=True, kw_only=True)
class Gaps:
    """The differences between a dictionary and the texts in the code."""

    missing: frozenset[str]
    left_over: frozenset[str]
    untranslated: frozenset[str]
    """null in the dictionary, and shown in English."""


def read(language: str) -> dict[str, str | None]:
    """Read a dictionary's file; a text that is not yet translated is null."""
    return json.loads((FOLDER / f"{language}.json").read_text("utf-8"))


def write(language: str, entries: dict[str, str | None]) -> None:
    """Write a dictionary sorted by the English text, one per line."""
    text = json.dumps(dict(sorted(entries.items())), ensure_ascii=False, indent=2)
    (FOLDER / f"{language}.json").write_text(f"{text}\n", "utf-8", newline="\n")


def gaps(entries: dict[str, str | None], texts: set[str]) -> Gaps:
    """Compare a dictionary with the texts in the code."""
    return Gaps(
        missing=frozenset(texts - set(entries)),
        left_over=frozenset(set(entries) - texts),
        untranslated=frozenset(text for text, translation in entries.items() if translation is None),
    )


def mended(entries: dict[str, str | None], texts: set[str]) -> dict[str, str | None]:
    """Return a dictionary with exactly these texts; new ones are null."""
    return {text: entries.get(text) for text in texts}


def all_texts() -> set[str]:
    """Return all texts that a dictionary needs. It imports Easel, so it needs Blender or the stand-in."""
    import messages

    registration = importlib.import_module("easel.registration")
    models = {
        **importlib.import_module("easel.client.models").MODELS,
        **importlib.import_module("easel.client.engines").ENGINES,
        **importlib.import_module("easel.client.texturers").TEXTURERS,
    }
    names = ["Easel", "PNG", "JPEG", "WebP", "1K", "2K", "4K", *(model.label for model in models.values())]
    return messages.messages(registration.CLASSES, names)


def main(arguments: list[str]) -> int:
    """Run the command line. Returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="add what is missing, drop what is left over")
    parser.add_argument("--release", action="store_true", help="accept no text that is not translated")
    options = parser.parse_args(arguments)
    sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests" / "support")]
    import nameless_blender

    nameless_blender.stand_in()
    texts = all_texts()
    is_bad = False
    for language in sorted(path.stem for path in FOLDER.glob("*.json")):
        entries = read(language)
        if options.write:
            entries = mended(entries, texts)
            write(language, entries)
        found = gaps(entries, texts)
        is_bad |= bool(found.missing or found.left_over or (options.release and found.untranslated))
        _tell(language, found, len(texts))
    return int(is_bad)


def _tell(language: str, found: Gaps, count: int) -> None:
    done = count - len(found.missing) - len(found.untranslated)
    print(f"{language}: {done} of {count} texts")
    for title, texts in (
        ("missing", found.missing),
        ("left over", found.left_over),
        ("not yet translated", found.untranslated),
    ):
        for text in sorted(texts):
            print(f"  {title}: {text!r}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
