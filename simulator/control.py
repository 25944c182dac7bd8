# SPDX-License-Identifier: GPL-3.0-or-later
"""Control a simulator in another process: `/_sim/…`, only with `--control`."""

import inspect
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from typing import cast

from .answers import Answer, json_answer
from .catalogue import BY_NAME, course
from .faults import Fault
from .front import Exchange, Front
from .tasks import Task, course_from_json

_MATCH_FIELDS = ("times", "skip", "task_id")
_SETTINGS = {
    "speed", "rate_limit", "rate_window", "retry_after", "polling_counts", "advertise_rate_limit",
    "old_wallet_only", "submit_status", "late_links", "link_seconds", "result_seconds", "latency",
    "keep_sources", "drift",
}  # fmt: skip


def control(simulator: Front, method: str, verb: str, fields: Mapping[str, object]) -> Answer:
    """Answer a request to `/_sim/<verb>`."""
    try:
        match method, verb:
            case "POST", "script":
                entries = cast("list[dict[str, object]]", fields.get("faults", []))
                faults = [fault_from_json(entry) for entry in entries]
                simulator.script(*faults)
                return json_answer({"pending": len(simulator.faults.pending)})
            case "POST", "set":
                unknown = sorted(set(fields) - _SETTINGS)
                if unknown:
                    return json_answer({"detail": f"Unknown settings: {', '.join(unknown)}"}, 400)
                for name, value in fields.items():
                    setattr(simulator, name, value)
                return json_answer({})
            case "GET", "log":
                return json_answer([_exchange_to_json(exchange) for exchange in list(simulator.log)])
            case "GET", "tasks":
                return json_answer([_task_to_json(task) for task in list(simulator.tasks.values())])
            case "GET", "url":
                return json_answer({"url": simulator.url, "asset_url": simulator.asset_url})
            case _:
                return json_answer({"detail": "Not found."}, 404)
    except (KeyError, TypeError, ValueError) as error:
        return json_answer({"detail": str(error)}, 400)


def fault_from_json(entry: Mapping[str, object]) -> Fault:
    """Make a fault of the catalogue: {"name": "throttled", "on": "status", "seconds": 5, "times": 2}.

    "course" takes the fields of a `Course`. Raises KeyError, TypeError or ValueError for unknown ones.
    """
    arguments = dict(entry)
    name = str(arguments.pop("name"))
    match_fields = {key: arguments.pop(key) for key in _MATCH_FIELDS if key in arguments}
    if name == "course":
        fault = course(course_from_json(arguments))
    else:
        maker = BY_NAME[name]
        parameters = inspect.signature(maker).parameters
        for key, value in arguments.items():
            kind: object = parameters[key].annotation
            if isinstance(kind, type) and issubclass(kind, Enum):
                arguments[key] = kind(value)
        fault = maker(**arguments)
    return replace(fault, **match_fields)


def _exchange_to_json(exchange: Exchange) -> dict[str, object]:
    return {
        "host": exchange.host.value,
        "method": exchange.method,
        "path": exchange.path,
        "headers": dict(exchange.headers),
        "authorized": exchange.authorized,
        "at": exchange.at,
        "status": exchange.status,
        "task_id": exchange.task_id,
        "body_size": exchange.body_size,
        "body_sha256": exchange.body_sha256,
    }


def _task_to_json(task: Task) -> dict[str, object]:
    return {
        "task_id": task.task_id,
        "model": task.order.model,
        "edit": task.order.edit,
        "prompt": task.order.prompt,
        "count": task.order.count,
        "price": task.order.price,
        "size": task.order.size,
        "sources": [{"sha256": source.sha256, "size": source.size} for source in task.order.sources],
        "created_at": task.created_at,
        "ready_at": task.ready_at,
        "drawn": task.drawn,
        "gets": task.gets,
        "asset_gets": task.asset_gets,
    }
