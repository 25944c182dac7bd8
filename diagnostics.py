# SPDX-License-Identifier: GPL-3.0-or-later
"""What a support request needs to know, as text: no secret, no path of the artist's home, no prompt unasked.

Pure: what Blender knows comes in as plain values, and everything that goes out passes `masked`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .client.redact import redact
from .imaging.files import slug

HIDDEN_PROMPT = "(prompt)"


@dataclass(frozen=True, kw_only=True)
class JobFacts:
    """What is told of one job."""

    label: str
    """Model and verb."""
    state: str
    prompt: str
    message: str = ""
    task_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that may be told."""

    versions: Mapping[str, str]
    settings: Mapping[str, str]
    troubles: Sequence[str]
    """The last warnings and errors of the log, oldest first."""
    jobs: Sequence[JobFacts]
    """The newest ones, newest first."""


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What may not be told."""

    keys: Iterable[str] = field(default=(), repr=False)
    homes: Iterable[str] = ()
    """The home folder, in every spelling that paths may have."""
    prompts: Iterable[str] = ()
    """Prompts that stay with the artist; also what file names and datablocks have of them."""


def report(facts: Facts, secrets: Secrets) -> str:
    """Write it all down."""
    sections = {
        "Versions": [f"{name}: {value}" for name, value in facts.versions.items()],
        "Settings": [f"{name}: {value}" for name, value in facts.settings.items()],
        "Jobs, newest first": [_job_line(job) for job in facts.jobs],
        "Last warnings and errors": facts.troubles,
    }
    lines = ["Easel Diagnostics"]
    for title, texts in sections.items():
        # Masked before the lines are indented: a prompt may have several.
        lines += ["", title, *(_indented(masked(text, secrets)) for text in texts)]
    return "\n".join(lines)


def masked(text: str, secrets: Secrets) -> str:
    """Hide secrets, prompts and homes, the longest first, so that no rest of one stays behind another."""
    for trace in _longest_first(trace for prompt in secrets.prompts for trace in _traces(prompt)):
        text = text.replace(trace, HIDDEN_PROMPT)
    for home in _longest_first(secrets.homes):
        text = re.sub(re.escape(home), "~", text, flags=re.IGNORECASE)
    # Last, since what was put in so far might complete a key, while "•" is in none.
    return redact(text, *_longest_first(secrets.keys))


def homes_of(home: str) -> list[str]:
    """Return the spellings of a home folder: with both kinds of slashes, escaped, and in a file's URL."""
    home = home.rstrip("/\\")
    if len(home) < 3:  # of root, or of nobody: hiding "/" would hide everything
        return []
    backward, forward = home.replace("/", "\\"), home.replace("\\", "/")
    return [home, forward, backward, backward.replace("\\", "\\\\"), forward.replace(" ", "%20")]


def _traces(prompt: str) -> list[str]:
    """What of a prompt may be found: itself, as a traceback shows it, its file's name, its first words."""
    text = " ".join(prompt.split())
    return [prompt, repr(prompt)[1:-1], text, text[:40].rstrip(), slug(prompt), *prompt.splitlines()]


def _longest_first(texts: Iterable[str]) -> list[str]:
    return sorted({text for text in texts if text.strip()}, key=len, reverse=True)


def _job_line(job: JobFacts) -> str:
    parts = (job.state, job.label, job.prompt, job.message, f"task {job.task_id}" if job.task_id else "")
    return " · ".join(part for part in parts if part)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
