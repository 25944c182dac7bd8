# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw the images of tasks ahead of time, one after another on its own thread."""

import logging
import queue
import threading
from collections.abc import Callable
from pathlib import Path

from .tasks import Task

logger = logging.getLogger(__name__)
_Report = Callable[[Task, str], None]


class Studio:
    """Holds the drawn files of tasks. A missing file is drawn again on request."""

    def __init__(self, folder: Path, drawn_side: int | None) -> None:
        self._folder = folder
        self._drawn_side = drawn_side
        self._queue: queue.SimpleQueue[tuple[Task, _Report] | None] = queue.SimpleQueue()
        self._drawing = threading.Lock()  # one image is drawn at a time
        self._starting = threading.Lock()
        self._stopped = False
        self._thread: threading.Thread | None = None

    def order(self, task: Task, report: _Report) -> None:
        """Order a task's images; `report` gets '' when they are drawn, or the reason of a failure."""
        self._queue.put((task, report))
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="simulator-studio", daemon=True)
                self._thread.start()

    def get(self, task: Task, index: int) -> Path:
        """Return the file of an image, drawn if needed."""
        path = self._folder / f"{task.task_id}-{index}.{task.order.suffix(index)}"
        if path.exists():
            return path
        with self._drawing:
            if not path.exists() and not self._stopped:
                from .drawing import DRAWN_SIDE, draw_order  # numpy and Pillow: with the first image

                temporary = path.with_suffix(".part")
                side = self._drawn_side or DRAWN_SIDE
                temporary.write_bytes(draw_order(task.order, index, task.drift, side))
                temporary.replace(path)
        return path

    def stop(self) -> None:
        """Drop the images that are not drawn yet; does not wait."""
        self._stopped = True
        self._queue.put(None)

    def _run(self) -> None:
        while (ordered := self._queue.get()) is not None and not self._stopped:
            self._draw_all(*ordered)

    def _draw_all(self, task: Task, report: _Report) -> None:
        reason = ""
        try:
            for index in range(task.delivered):
                self.get(task, index)
        except (
            Exception
        ) as error:  # Pillow raises many exceptions for broken sources; others must still be drawn
            reason = f"Drawing failed: {error}"
            if not self._stopped:
                logger.exception("A task can't be drawn")
        if self._stopped:
            return
        report(task, reason)
