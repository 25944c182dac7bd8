# SPDX-License-Identifier: GPL-3.0-or-later
"""Report a .blend's images made with Easel: their files, and how they were made. CSV or Markdown."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any, Final, cast

from ..client.models import MODELS, ModelId
from ..imaging.files import write_atomically
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from ..threads.pace import Pace
from .chores import Outcome
from .export import cell
from .image_rows import storable
from .ledger import Ledger
from .ledger_facts import JobFacts

FORMATS: Final = (".csv", ".md")
"""Suffixes of reports."""
_AT_A_TIME: Final = 200


class Keeping(Enum):
    """Where the pixels of an image are stored, in words for the artist. Those at risk come first."""

    MISSING = phrase("File missing")
    SILENT = phrase("The disk does not answer")
    PAINTED = phrase("Painted, not saved")
    LIBRARY = phrase("Only in the library")
    UNUSED = phrase("Used by nothing, dropped at saving")
    ELSEWHERE = phrase("In another folder")
    BESIDE = phrase("Beside the file")
    PACKED = phrase("Packed")
    LINKED = phrase("In a linked file")

    @property
    def is_at_risk(self) -> bool:
        """Whether the image may get lost, or be missing when the .blend is opened elsewhere."""
        return self in (
            Keeping.MISSING,
            Keeping.SILENT,
            Keeping.PAINTED,
            Keeping.LIBRARY,
            Keeping.UNUSED,
        )


@dataclass(frozen=True, kw_only=True)
class HeldImage:
    """An image datablock that was made with Easel."""

    name: str
    session_uid: int
    keeping: Keeping
    source: str
    """As Blender's `Image.source`."""
    jobs: tuple[str, ...]
    """The jobs' ids; a tiled image has one for each tile."""
    index: int
    """The image's index in its job."""
    is_as_it_came: bool
    path: str
    """Absolute; empty if it has no file."""
    told_path: str
    """The path as Blender stores it, without folders of this machine: only a name if it is not relative."""
    materials: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    """Other users: worlds, textures, node groups …"""


def write_report(
    ledger: Ledger, images: Sequence[HeldImage], path: Path, words: Mapping[str, str], pace: Pace
) -> Outcome:
    """Write a report. Worker only.

    Args:
        path: the suffix selects the format. An existing file is replaced: the artist was asked.
        words: the words of Markdown in the artist's language, by the names of `COLUMNS`, of `Keeping` and
            of `_WORDS`.

    Raises:
        Refusal: nothing was written.
    """
    if path.suffix.lower() not in FORMATS:
        raise Refusal(phrase("A report's name ends with .csv or .md: {name}.", name=path.name))
    ids = list(dict.fromkeys(job for image in images for job in image.jobs))
    facts: dict[str, JobFacts] = {}
    for start in range(0, len(ids), _AT_A_TIME):
        if pace():
            raise Refusal(phrase("It was stopped."))
        pace.tell(start, len(ids))
        facts |= ledger.job_facts(ids[start : start + _AT_A_TIME])
    records = [_record(image, facts) for image in images]
    if path.suffix.lower() == ".csv":
        data = _csv(records).encode("utf-8-sig")  # with a byte order mark, for spreadsheets
    else:
        data = _markdown(records, images, facts, words).encode()
    with write_atomically(path, shared=True) as file:
        file.write(data)
    return Outcome(text=phrase("The report is in {path}.", path=storable(str(path))))


COLUMNS: Final = {
    "image": phrase("Image"),
    "kept": phrase("Kept"),
    "at_risk": phrase("At Risk"),
    "prompt": phrase("Prompt"),
    "model": phrase("Model"),
    "credits": phrase("Credits"),
    "made": phrase("Made"),
    "materials": phrase("Materials"),
    "objects": phrase("Objects"),
    "others": phrase("Elsewhere"),
    "file": phrase("File"),
    "jobs": phrase("Jobs"),
}
"""The columns of a report. Credits are those of the whole click, which may have made several images."""
WORDS: Final = {
    "title": phrase("Images Made with Easel"),
    "images": phrase("Images"),
    "yes": phrase("yes"),
    "total": phrase("Credits in All"),
}


def _record(image: HeldImage, facts: Mapping[str, JobFacts]) -> dict[str, Any]:
    known = [facts[job] for job in image.jobs if job in facts]
    first = known[0] if known else JobFacts()
    return {
        "image": image.name,
        "kept": image.keeping,
        "at_risk": image.keeping.is_at_risk,
        "prompt": first.prompt,
        "model": _model_name(first.model),
        "credits": sum(fact.credits for fact in known) if known else "",
        "made": datetime.fromtimestamp(first.made_at, UTC).isoformat(timespec="seconds")
        if first.made_at
        else "",
        "materials": list(image.materials),
        "objects": list(image.objects),
        "others": list(image.others),
        "file": image.told_path,
        "jobs": list(image.jobs),
    }


def _model_name(model: str) -> str:
    try:
        return MODELS[ModelId(model)].label
    except (ValueError, KeyError):  # there is no recipe, or a newer Easel's
        return model


def _csv(records: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(COLUMNS), lineterminator="\r\n")
    writer.writeheader()
    for record in records:
        line = {**record, "kept": record["kept"].name.lower(), "at_risk": "yes" if record["at_risk"] else ""}
        writer.writerow({name: cell(value) for name, value in line.items()})
    return storable(text.getvalue())


def _markdown(
    records: list[dict[str, Any]],
    images: Sequence[HeldImage],
    facts: Mapping[str, JobFacts],
    words: Mapping[str, str],
) -> str:
    counts = {keeping: sum(image.keeping is keeping for image in images) for keeping in Keeping}
    lines = [f"# {words['title']}", ""]
    lines += [f"- {words['images']}: {len(images):,}"]
    spent = sum(facts[job].credits for job in {job for image in images for job in image.jobs} if job in facts)
    lines += [f"- {words['total']}: {spent:,}"]
    lines += [f"- {words[keeping.name]}: {count:,}" for keeping, count in counts.items() if count]
    lines += ["", _row(words[name] for name in COLUMNS), _row("---" for _ in COLUMNS)]
    for record in records:
        told = {**record, "kept": words[record["kept"].name], "at_risk": words["yes"]}
        if not record["at_risk"]:
            told["at_risk"] = ""
        lines.append(_row(_text(told[name]) for name in COLUMNS))
    return storable("\n".join(lines) + "\n")


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(value: Any) -> str:
    """Return a value as a cell of a table, without characters that Markdown would interpret."""
    text = ", ".join(cast("list[str]", value)) if isinstance(value, list) else str(value)
    for sign in ("\\", "|", "*", "_", "`", "[", "<", "#"):
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())


def words_of_report() -> dict[str, str]:
    """Return all words of a report in English, to be translated and passed in."""
    return {**WORDS, **COLUMNS, **{keeping.name: keeping.value for keeping in Keeping}}
