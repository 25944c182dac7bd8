# SPDX-License-Identifier: GPL-3.0-or-later
"""A batch as a job template of Open Job Description (specification 2023-09).

`openjd run` of the openjd-cli takes it, and so does AWS Deadline Cloud. Prompts are in the table alone: a
template puts parameters into commands, where a quotation mark would be read as one. What engines do was
measured with openjd-cli 0.8.0: a task that fails ends the whole run, so a row that fails is recorded and its
task succeeds, and the last step fails for it; an action without a way to be cancelled is killed unwarned.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

SPECIFICATION: Final = "jobtemplate-2023-09"
NOTICE_S: Final = 60
"""How long a cancelled action may take to end, so that the answer to a request is not lost."""
_MOST_NAME: Final = 128
"""Characters of a job's name (section 1.1)."""


def template(name: str, chunks: Sequence[str], *, table: str, seconds_a_row: int = 600) -> str:
    """Return the text of `template.yaml`. It is JSON, which every reader of YAML reads too.

    Args:
        name: of the job.
        chunks: the rows of each task (`farms.chunks`).
        table: file name of the table, beside the template.
        seconds_a_row: the time limit of a task; the next try collects what it sent.
    """
    values: dict[str, Any] = {
        "specificationVersion": SPECIFICATION,
        "name": (name.strip() or "Easel")[:_MOST_NAME],
        "description": "Images made with Easel. The workers have the API key in their environment.",
        "parameterDefinitions": [
            _path("Table", "FILE", "IN", table, "The rows"),
            _path("Out", "DIRECTORY", "OUT", "out", "The folder for the images, shared by all workers"),
            {
                "name": "Blender",
                "type": "STRING",
                "default": "blender",
                "description": "Path of Blender on the workers",
            },
        ],
        "steps": [
            {
                "name": "Images",
                "parameterSpace": {
                    "taskParameterDefinitions": [{"name": "Rows", "type": "STRING", "range": list(chunks)}]
                },
                "script": _script("--rows", "{{Task.Param.Rows}}", seconds=_seconds(chunks, seconds_a_row)),
            },
            {
                "name": "Report",
                "dependencies": [{"dependsOn": "Images"}],
                "script": _script("--report", seconds=3600),
            },
        ],
    }
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def _path(name: str, kind: str, flow: str, default: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "PATH",
        "objectType": kind,
        "dataFlow": flow,
        "default": default,
        "description": description,
    }


def _script(*options: str, seconds: int) -> dict[str, Any]:
    """Blender's own arguments come first: what follows `--command easel` is Easel's."""
    return {
        "actions": {
            "onRun": {
                "command": "{{Param.Blender}}",
                "args": [
                    *("-b", "--online-mode", "--command", "easel", "batch", "{{Param.Table}}"),
                    *(*options, "--out", "{{Param.Out}}", "--farm", "openjd"),
                ],
                "timeout": seconds,
                "cancelation": {"mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": NOTICE_S},
            }
        }
    }


def _seconds(chunks: Sequence[str], seconds_a_row: int) -> int:
    most = max((_rows_in(chunk) for chunk in chunks), default=1)
    return max(most, 1) * seconds_a_row


def _rows_in(chunk: str) -> int:
    count = 0
    for part in chunk.split(","):
        first, _, last = part.partition("-")
        count += int(last or first) - int(first) + 1
    return count
