# SPDX-License-Identifier: GPL-3.0-or-later
"""The service's tasks and the accounts that pay for them; also on disk, if there is a state folder."""

import contextlib
import json
import logging
import threading
import time
from collections.abc import Generator, Mapping
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import cast

from .faults import Course, LateShape, Outcome, ResultShape
from .orders import Order
from .uploads import Source

_log = logging.getLogger(__name__)

_NEARLY_EMPTY = 80  # credits: less is not enough for the most expensive image
_KEPT_SECONDS = 7 * 24 * 3600.0  # a task's files outlive its results, which last for a day


@dataclass(kw_only=True)
class Task:
    """One task. Times are seconds since the epoch, so that they outlive the process."""

    task_id: str
    order: Order
    course: Course
    account: str
    created_at: float
    started_at: float  # PENDING until then
    ready_at: float  # FINISHED or FAILED from then on
    drift: tuple[float, float, float]  # how an edit is off: right and down in pixels, scale
    drawn: bool = False  # its images exist; before, it is not over, whatever the time
    settled: bool = False  # images that were not delivered have been refunded
    gets: int = 0  # status requests
    asset_gets: int = 0

    @property
    def delivered(self) -> int:
        """How many images it makes."""
        return self.order.result_count if self.course.delivered is None else self.course.delivered

    @property
    def urls_at(self) -> float:
        """When the URLs of its results appear."""
        return self.ready_at + (self.course.late_urls_s or 0.0)

    def is_over(self, now: float) -> bool:
        """Whether it is FINISHED or FAILED."""
        return self.drawn and now >= self.ready_at

    def progress(self, now: float) -> int:
        """Percent, 0–100."""
        if self.is_over(now):
            return 100
        span = max(self.ready_at - self.started_at, 1e-6)
        return min(99, max(0, int(100 * (now - self.started_at) / span)))


class Store:
    """Keeps tasks and balances in memory and, with a folder, as JSON files in it. Thread-safe."""

    def __init__(self, folder: Path | None, balance: Decimal) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self.tasks: dict[str, Task] = {}
        self._full = balance
        self._balances: dict[str, Decimal] = {}  # of the accounts that have spent
        if folder is not None:
            self._load(folder)

    def balance(self, account: str) -> Decimal:
        """The credits that an account has left."""
        with self._lock:
            return self._balances.get(account, self._full)

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that have spent."""
        with self._lock:
            return tuple(self._balances)

    def fill(self, balance: Decimal) -> None:
        """Set every account's credits."""
        with self._lock:
            self._full = balance
            self._balances.clear()

    def add(self, task: Task) -> bool:
        """Add a task and charge its price, or neither if the account has too little."""
        with self._lock:
            left = self._balances.get(task.account, self._full) - task.order.price
            if left < 0:
                return False
            self._save(task)  # before anything is charged: the disk may be full
            self.tasks[task.task_id] = task
            self._balances[task.account] = left
            self._save_balances()
            return True

    def save(self, task: Task) -> None:
        with self._lock:
            self._save(task)

    def settle(self, now: float) -> None:
        """Refund images that were not made, once for each ended task."""
        with self._lock:
            for task in self.tasks.values():
                if task.settled or not task.is_over(now):
                    continue
                task.settled = True
                if task.course.refund:
                    missing = max(0, task.order.count - task.delivered)
                    left = self._balances.get(task.account, self._full)
                    self._balances[task.account] = left + missing * task.order.price_per_image
                    self._save_balances()
                self._save(task)

    def _load(self, folder: Path) -> None:
        """Load the readable files. A power cut or another version must not prevent a start."""
        for path in folder.glob("task-*.json"):
            with _skipping(path):
                self._load_task(path)
        wallet = folder / "wallet.json"
        if wallet.exists():
            with _skipping(wallet):
                self._load_balances(wallet)

    def _load_task(self, path: Path) -> None:
        task = task_from_json(json.loads(path.read_text(encoding="utf-8")))
        if task.ready_at < time.time() - _KEPT_SECONDS:
            _forget(task, path)
            return
        task.drawn = True  # again, on request
        self.tasks[task.task_id] = task

    def _load_balances(self, path: Path) -> None:
        for account, text in json.loads(path.read_text(encoding="utf-8"))["balances"].items():
            left = Decimal(text)
            if left >= _NEARLY_EMPTY:  # else this run starts with full accounts, because nobody can buy more
                self._balances[account] = left

    def _save(self, task: Task) -> None:
        if self._folder is not None:
            _write(self._folder / f"task-{task.task_id}.json", task_to_json(task))

    def _save_balances(self) -> None:
        if self._folder is not None:
            balances = {account: str(left) for account, left in self._balances.items()}
            _write(self._folder / "wallet.json", {"balances": balances})


@contextlib.contextmanager
def _skipping(path: Path) -> Generator[None]:
    """Skip a file that is unreadable, or in another version's form."""
    try:
        yield
    except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
        _log.warning("%s is passed by", path, exc_info=True)


def _write(path: Path, payload: object) -> None:
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps(payload), encoding="utf-8")  # ASCII: a prompt may hold half a surrogate
    temporary.replace(path)


def _forget(task: Task, path: Path) -> None:
    for source in task.order.sources:
        if source.path is not None:
            source.path.unlink(missing_ok=True)
    path.unlink()


def task_to_json(task: Task) -> dict[str, object]:
    """Return the task as values for JSON."""
    return cast("dict[str, object]", _plain(asdict(task)))


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in cast("dict[str, object]", value).items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast("list[object]", value)]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Enum):
        return cast("object", value.value)
    if isinstance(value, Path):
        return str(value)
    return value


def task_from_json(payload: Mapping[str, object]) -> Task:
    """Return the task from the values of `task_to_json`."""
    values = dict(payload)
    values["order"] = _order_from_json(cast("dict[str, object]", values["order"]))
    values["course"] = course_from_json(cast("dict[str, object]", values["course"]))
    values["drift"] = tuple(cast("list[float]", values["drift"]))
    return Task(**values)  # pyright: ignore[reportArgumentType]


def _order_from_json(payload: Mapping[str, object]) -> Order:
    values = dict(payload)
    values["size"] = tuple(cast("list[int]", values["size"]))
    values["files"] = tuple(cast("list[str]", values.get("files", [])))
    seconds = cast("list[float] | None", values.get("seconds"))
    values["seconds"] = None if seconds is None else tuple(seconds)
    sources: list[Source] = []
    for item in cast("list[dict[str, object]]", values["sources"]):
        path = item["path"]
        item = {**item, "head": bytes.fromhex(str(item["head"])), "path": Path(str(path)) if path else None}
        sources.append(Source(**item))  # pyright: ignore[reportArgumentType]
    values["sources"] = tuple(sources)
    return Order(**values)  # pyright: ignore[reportArgumentType]


def course_from_json(payload: Mapping[str, object]) -> Course:
    """Return a course from its fields, with enums given by their values."""
    enums: dict[str, type[Enum]] = {"outcome": Outcome, "late_shape": LateShape, "result_shape": ResultShape}
    known = {field.name for field in fields(Course)}
    unknown = sorted(set(payload) - known)
    if unknown:
        raise ValueError(f"Unknown fields of a course: {', '.join(unknown)}")
    values = {
        key: enums[key](value) if key in enums and value is not None else value
        for key, value in payload.items()
    }
    return Course(**values)  # pyright: ignore[reportArgumentType]
