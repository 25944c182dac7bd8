# SPDX-License-Identifier: GPL-3.0-or-later
"""The service behind the addresses: accounts, rate limit, tasks, wallet, links. It knows no HTTP."""

import hashlib
import math
import random
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

from .answers import ErrorShape, Refusal
from .faults import Course, Fault, LateShape, Outcome, ResultShape, Script
from .links import SIGNATURE, Signer, asset_path
from .orders import INVALID_INPUT, Order, Quirks
from .studio import Studio
from .tasks import Store, Task

MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "glb": "model/gltf-binary",
               "zip": "application/zip", "fbx": "application/octet-stream"}  # fmt: skip
_KINDS = {"glb": "3D_MODEL", "fbx": "3D_MODEL", "zip": "ARCHIVE", "png": "IMAGE"}
_PENDING_SHARE = 0.1  # of a task's time
_EXTRA_IMAGE = 0.25  # of a single image's time, for each further image of a task: a guess
_KEPT_SOURCES = 2  # the files of the first sources are kept; drawing uses no more


class Service:
    """The accounts, the tasks and the rules. Plain attributes may be changed at any time, by any thread."""

    def __init__(
        self,
        *,
        speed: float = 1.0,
        balance: float | str = 1000,
        rate_limit: int | None = 3,
        state_dir: str | Path | None = None,
        seed: int = 0,
        late_links: float = 4.0,
        refuse_unknown: bool = False,
        drawn_side: int | None = None,
    ) -> None:
        self.speed = speed  # a task takes its typical seconds divided by this
        self.late_links = late_links  # seconds from FINISHED to its links, divided by the speed
        self.rate_limit = rate_limit  # submits per window and key; None: no limit
        self.rate_window = 60.0  # seconds
        self.clock: Callable[[], float] = time.monotonic  # seconds; what the limit counts by
        self.retry_after = True  # whether a 429 of the limit carries the header
        self.polling_counts = False  # whether a status request counts for the limit
        self.advertise_rate_limit = False  # whether the wallet tells the limit
        self.old_wallet_only = False  # the wallet answers at its older path alone
        self.valid_keys: set[str] | None = None  # None: any, except expired-… and revoked-…
        self.error_shape = ErrorShape.ERROR_CODE
        self.submit_status = 201  # 200, 201 or 202
        self.quirks = Quirks(refuses_unknown_fields=refuse_unknown)
        self.link_seconds = 3600.0  # how long a link to an asset lives
        self.result_seconds = 24 * 3600.0  # how long an asset lives
        self.drift = (3.0, -2.0, 1.0)  # how an edit is off: right and down in pixels, scale
        self.latency = 0.0  # seconds before every answer
        self.keep_sources = True  # False: sources are counted and forgotten, for benchmarks of the upload
        self.faults = Script()
        self.stopping = threading.Event()

        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._submits: dict[str, list[float]] = {}
        self._revoked: set[str] = set()
        self._assets: dict[str, tuple[str, int]] = {}  # by path: the task's id and the image's index
        self._signer = Signer(b"simulator")
        self._state_dir = None if state_dir is None else Path(state_dir)
        self._scratch = Path(tempfile.mkdtemp(prefix="simulator-"))
        self.source_dir = (self._state_dir or self._scratch) / "sources"
        self.source_dir.mkdir(parents=True, exist_ok=True)
        self.store = Store(self._state_dir, Decimal(str(balance)))
        self.studio = Studio(self._scratch, drawn_side)  # pixels; fewer are drawn sooner, and enlarged

    @property
    def tasks(self) -> dict[str, Task]:
        """All tasks by id, in the order of their submission."""
        return self.store.tasks

    @property
    def balance(self) -> Decimal:
        """The remaining credits, with refunds: of the only account that has spent, or of a fresh one."""
        return self.balance_of(next(iter(self.store.accounts), ""))

    def balance_of(self, account: str) -> Decimal:
        """Return the remaining credits of an account, with refunds."""
        self.store.settle(time.time())
        return self.store.balance(account)

    def script(self, *faults: Fault) -> None:
        """Add faults to the coming ones."""
        self.faults.add(faults)

    def finish(self, task_id: str) -> None:
        """End a task's time now, however long it would take; it is over as soon as it is drawn."""
        task = self.tasks[task_id]
        with self._lock:
            task.ready_at = min(task.ready_at, time.time())
            task.started_at = min(task.started_at, task.ready_at)
        self.store.save(task)

    def expire(self, task_id: str) -> None:
        """Make a task so old that its results are deleted."""
        task = self.tasks[task_id]
        task.ready_at -= self.result_seconds
        self.store.save(task)

    def close(self) -> None:
        """Stop drawing and remove the temporary files."""
        self.stopping.set()
        self.studio.stop()
        shutil.rmtree(self._scratch, ignore_errors=True)

    # Access

    def authenticate(self, authorization: str | None) -> str:
        """Return the account of a key. Each key has its own."""
        scheme, _, key = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise Refusal(401, "invalid_api_key", "Authentication credentials were not provided.")
        if key.startswith("expired-"):
            raise Refusal(401, "api_key_expired", "This API key has expired.")
        if key.startswith("revoked-"):
            raise Refusal(401, "api_key_revoked", "This API key has been revoked.")
        if self.valid_keys is not None and key not in self.valid_keys:
            raise Refusal(401, "invalid_api_key", "Invalid API key.")
        return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:16]

    def throttle(self, account: str) -> None:
        """Count a request, or refuse it. Refused requests don't count."""
        limit = self.rate_limit
        if limit is None:
            return
        now = self.clock()
        with self._lock:
            recent = [at for at in self._submits.get(account, []) if at > now - self.rate_window]
            self._submits[account] = recent
            if len(recent) < limit:
                recent.append(now)
                return
            wait = math.ceil(recent[0] + self.rate_window - now) if recent else math.ceil(self.rate_window)
        raise Refusal(
            429,
            "rate_limited",
            f"Request was throttled. Expected available in {wait} seconds.",
            headers={"Retry-After": str(wait)} if self.retry_after else {},
        )

    # Tasks

    def submit(self, order: Order, account: str) -> Task:
        """Charge the order and start a task."""
        course = self._full_course(order, self.faults.take_course())
        now = time.time()
        seconds = self._duration(order, course)
        task = Task(
            task_id=str(uuid.uuid4()),
            order=order,
            course=course,
            account=account,
            created_at=now,
            started_at=now + seconds * _PENDING_SHARE,
            ready_at=now + seconds,
            drift=self.drift,
        )
        if not self.store.add(task):
            raise Refusal(402, "insufficient_credits", "Insufficient credits. Please top up your account.")
        for source in order.sources[_KEPT_SOURCES:]:
            if source.path is not None:
                source.path.unlink(missing_ok=True)
        self.studio.order(task, self._drawn)
        return task

    def status(self, task_id: str, account: str, asset_base: str) -> dict[str, object]:
        """Return a task's status in the service's form."""
        task = self.tasks.get(task_id)
        if task is None:
            text = "No PublicAPIGenerationRequest matches the given query."
            raise Refusal(404, "not_found", text, shape=ErrorShape.DETAIL)
        if task.account != account:
            text = "You do not have permission to perform this action."
            raise Refusal(403, "permission_denied", text, shape=ErrorShape.DETAIL)
        task.gets += 1
        now = time.time()
        self.store.settle(now)
        payload: dict[str, object] = {
            "status": _status_word(task, now),
            "progress": None if task.course.null_progress else task.progress(now),
            "results": self._results(task, now, asset_base),
            "failure_reason": task.course.failure_reason if task.is_over(now) else None,
        }
        if task.course.absent_progress:
            del payload["progress"]
        return payload

    def wallet(self, account: str) -> dict[str, object]:
        """Return an account's wallet in the service's form."""
        payload: dict[str, object] = {"balance": f"{self.balance_of(account):.2f}"}
        if self.advertise_rate_limit and self.rate_limit is not None:
            payload["rate_limit"] = self.rate_limit
        return payload

    def asset_of(self, path: str) -> tuple[str, int] | None:
        """Return the owner of the asset at a path: the task's id and the image's index."""
        if path not in self._assets:  # a link of an earlier run
            for task in list(self.tasks.values()):
                self._assets.update(
                    {self._asset_path(task, index): (task.task_id, index) for index in range(task.delivered)}
                )
        return self._assets.get(path)

    def find_asset(self, path: str, query: str) -> tuple[Path, str]:
        """Return an asset's file and media type. Raises PermissionError with the code, FileNotFoundError."""
        now = time.time()
        if query.rpartition(f"{SIGNATURE}=")[2] in self._revoked:
            raise PermissionError("Request has expired")
        self._signer.check(path, query, now)
        found = self.asset_of(path)
        task = self.tasks.get(found[0]) if found is not None else None
        if found is None or task is None or now > task.ready_at + self.result_seconds:
            raise FileNotFoundError(path)
        task.asset_gets += 1
        return self.studio.get(task, found[1]), MEDIA_TYPES[task.order.suffix(found[1])]

    def model_at(self, link: str) -> object:
        """Return the source of a model that was converted here, from its link."""
        told = urlsplit(link)
        try:
            self.find_asset(told.path, told.query)
        except (PermissionError, FileNotFoundError) as error:
            raise Refusal(400, "validation_failed", f"file_url: {error}") from error
        found = self.asset_of(told.path)
        return self.tasks[found[0]].order.sources[0] if found is not None else None

    def revoke(self, query: str) -> None:
        """Make a link invalid."""
        self._revoked.add(query.rpartition(f"{SIGNATURE}=")[2])

    def sign(self, path: str) -> str:
        """Return a fresh link to an asset's path, without its host."""
        return self._signer.sign(path, self.link_seconds, time.time())

    def _asset_path(self, task: Task, index: int) -> str:
        return asset_path(task.task_id, index, task.order.suffix(index), task.order.file_name)

    def _full_course(self, order: Order, course: Course) -> Course:
        """Fill in the values that a course leaves open, as the service usually behaves."""
        if order.fails:
            return Course(outcome=Outcome.FAILED, failure_reason=INVALID_INPUT, delivered=0)
        with self._lock:
            shape = self._random.choice(list(LateShape))
        late_s = self.late_links / self.speed
        return replace(
            course,
            late_urls_s=late_s if course.late_urls_s is None else course.late_urls_s,
            late_shape=course.late_shape or shape,
        )

    def _duration(self, order: Order, course: Course) -> float:
        if course.seconds is not None:
            return course.seconds
        with self._lock:
            single = self._random.uniform(*order.typical)
        return single * (1 + _EXTRA_IMAGE * (order.count - 1)) / self.speed

    def _drawn(self, task: Task, error: str) -> None:
        """Record that a task's images exist, perhaps only after their time, or why they don't."""
        if error:
            task.course = Course(outcome=Outcome.FAILED, failure_reason=error, delivered=0)
        with self._lock:
            task.ready_at = max(task.ready_at, time.time())
            task.drawn = True
        self.store.save(task)

    def _results(self, task: Task, now: float, asset_base: str) -> list[dict[str, object]]:
        course = task.course
        if not task.is_over(now) or course.outcome is Outcome.FAILED:
            return []
        late = now < task.urls_at
        if late and course.late_shape is LateShape.EMPTY:
            return []
        results: list[dict[str, object]] = []
        for index in range(task.delivered):
            path = self._asset_path(task, index)
            self._assets[path] = (task.task_id, index)
            url = None if late else asset_base + self.sign(path)
            width, height = task.order.size
            metadata = None if course.null_metadata else {"width": width, "height": height}
            result: dict[str, object] = {
                "asset": url,
                "asset_type": _kind_of(task, index),
                "metadata": metadata,
            }
            if course.result_shape is not ResultShape.ASSET:
                result["asset_url"] = url
                result["asset"] = None
            if course.result_shape is ResultShape.ASSET_URL:
                del result["asset"]
            if course.result_shape is ResultShape.BOTH:
                result["thumbnail"] = url
            if course.absent_metadata:
                del result["metadata"]
            results.append(result)
        return results


def _kind_of(task: Task, index: int) -> str:
    if task.order.files:
        return _KINDS[task.order.suffix(index)]
    return "EDITED_IMAGE" if task.order.edit else "IMAGE"


def _status_word(task: Task, now: float) -> str:
    if task.is_over(now):
        return task.course.final_word or task.course.outcome.value
    if now < task.started_at:
        return "PENDING"
    return task.course.running_word or "IN_PROGRESS"


def iso_time(seconds: float) -> str:
    """Return a time in the service's format."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
