# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw the images of tasks ahead of time, one after another on a thread of their own."""

import logging
import queue
import threading
from collections.abc import Callable
from pathlib import Path

from .tasks import Task

_log = logging.getLogger(__name__)
_Report = Callable[[Task, str], None]


class Studio:
    """Hold the drawn files of tasks. A file that is missing is drawn again when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()  # one image is drawn at a time
        self._stopped = False
        self._thread: threading.Thread | None = None

    def order(self, task: Task, report: _Report) -> None:
        """Have a task's images drawn; `report` is called when they are, with '' or the reason of a failure."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="simulator-studio", daemon=True)
            self._thread.start()
        self._queue.put(lambda: self._draw_all(task, report))

    def get(self, task: Task, index: int) -> Path:
        """Return the file of an image, drawn if need be."""
        path = self._folder / f"{task.task_id}-{index}.{task.order.output_format}"
        with self._lock:
            if not path.exists() and not self._stopped:
                from .drawing import draw_order  # numpy and Pillow are imported with the first image

                data = draw_order(task.order, index, task.drift)
                if not self._stopped:
                    path.write_bytes(data)
        return path

    def stop(self) -> None:
        """Give up what was not drawn yet; waits for nothing."""
        self._stopped = True
        self._queue.put(None)

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            if not self._stopped:
                work()

    def _draw_all(self, task: Task, report: _Report) -> None:
        try:
            for index in range(task.delivered):
                self.get(task, index)
        except Exception as error:
            _log.exception("An image could not be drawn")
            report(task, f"Drawing failed: {error}")
        else:
            report(task, "")
