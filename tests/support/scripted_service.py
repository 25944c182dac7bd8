# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that a test scripts: what a status lists, in which order, and how the answer is transferred.

The simulator behaves as the service was observed to; this one as it might. Pure Python, loopback only.
"""

import http.server
import io
import json
import re
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo


def picture(tag: str) -> bytes:
    """Return a small PNG whose bytes are unique for its tag."""
    info, file = PngInfo(), io.BytesIO()
    info.add_text("Comment", tag)
    Image.new("RGB", (16, 16), "brown").save(file, "PNG", pnginfo=info)
    return file.getvalue()


def tag_of(data: bytes) -> str:
    """Return the tag in the bytes of a `picture`, or of a file of the library."""
    with Image.open(io.BytesIO(data)) as image:
        return str(image.info["Comment"])


@dataclass(kw_only=True)
class Manner:
    """How one answer is transferred, and what replaces it."""

    status: int = 0
    """An error's status instead of the answer; 0: the answer."""
    is_after: bool = True
    """The error or cut comes after the task was made and paid for; else before."""
    interim: tuple[int, ...] = ()
    """Statuses sent before the real one, such as 102 or 103."""
    is_cut: bool = False
    """The connection ends in the middle of the answer."""
    byte_pause_s: float = 0.0
    """Pause between two bytes of the answer."""
    pause_s: float = 0.0
    """Pause before the answer."""
    hold: threading.Event | None = None
    """The answer waits for it."""


@dataclass(kw_only=True)
class Task:
    """A paid task."""

    id: str
    tags: list[str]
    """The tags of its images, for `picture`."""
    raw: dict[int, bytes] = field(default_factory=dict[int, bytes])
    """Contents of results that are no pictures, by their indices."""
    lists: list[list[int]] = field(default_factory=list[list[int]])
    """The lists of FINISHED at successive polls: indices into `tags`, -1 for one without a link. The last
    list stays. Empty: all in order."""
    link: Callable[["Task", int, int], str] | None = None
    """Returns path and query of the link to an image, given its index and the number of the poll."""
    ends: list[str] = field(default_factory=lambda: ["FINISHED"])
    """The status at successive polls; the last one stays."""
    polls: int = 0
    prompt: str = ""
    asked: int = 0
    """Number of requested images."""
    is_told: bool = False
    """Its id was sent completely."""


Plan = Callable[[Task], None]


class ScriptedService:
    """A thread that serves; `with` ends it."""

    def __init__(self) -> None:
        self.tasks: dict[str, Task] = {}
        self.posts = 0
        """Number of received submits."""
        self.plans: list[Plan] = []
        """For the next tasks: each is called with a new task."""
        self.manners: dict[str, list[Manner]] = {"POST": [], "STATUS": [], "ASSET": []}
        """The manners of the next answers of each kind; later ones are normal."""
        self.lock = threading.Lock()
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "ScriptedService":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def calm(self) -> None:
        """Send all answers normally from now on."""
        with self.lock:
            for manners in self.manners.values():
                manners.clear()
            self.plans.clear()

    # -- for the handler ----------------------------------------------------------------------------

    def next_manner(self, kind: str) -> Manner:
        with self.lock:
            manners = self.manners[kind]
            return manners.pop(0) if manners else Manner()

    def make_task(self, count: int, prompt: str = "") -> Task:
        with self.lock:
            number = len(self.tasks)
            tags = [f"{number}.{index}" for index in range(count)]
            task = Task(id=str(uuid.uuid4()), tags=tags, prompt=prompt, asked=count)
            if self.plans:
                self.plans.pop(0)(task)
            self.tasks[task.id] = task
        return task

    def status_of(self, task: Task) -> dict[str, Any]:
        with self.lock:
            nth, task.polls = task.polls, task.polls + 1
        lists = task.lists or [list(range(len(task.tags)))]
        state = task.ends[min(nth, len(task.ends) - 1)]
        indices = lists[min(nth, len(lists) - 1)] if state == "FINISHED" else []
        return {
            "status": state,
            "failure_reason": "It broke." if state == "FAILED" else None,
            "results": [{"asset": self._link(task, index, nth) if index >= 0 else None} for index in indices],
        }

    def _link(self, task: Task, index: int, nth: int) -> str:
        path = task.link(task, index, nth) if task.link else f"/{index}.png?signature={nth}"
        return f"{self.url}/assets/{task.id}{path}"


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, service: ScriptedService) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.service = service

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that disconnect."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's
        pass

    def do_POST(self) -> None:
        service = self.server.service
        request = json.loads(self._read_body())
        with service.lock:
            service.posts += 1
        manner = service.next_manner("POST")
        if (manner.status or manner.is_cut) and not manner.is_after:
            self._answer(manner, {"error": "Not now."})
            return
        task = service.make_task(request.get("num_images", 1), request.get("prompt", ""))
        self._answer(manner, {"task_id": task.id}, status=201)
        task.is_told = not (manner.status or manner.is_cut)

    def do_GET(self) -> None:
        service = self.server.service
        if "wallet" in self.path:
            self._answer(Manner(), {"balance": "5"})
        elif found := re.match(r"/assets/([^/]+)/(?:.*(?:image|id)=)?(\d+)", self.path):
            task, index = service.tasks[found[1]], int(found[2])
            content = task.raw[index] if index in task.raw else picture(task.tags[index])
            self._answer(service.next_manner("ASSET"), content)
        elif (found := re.search(r"request/([^/]+)/", self.path)) and found[1] in service.tasks:
            manner = service.next_manner("STATUS")
            is_told = not (manner.status or manner.is_cut)
            answer = service.status_of(service.tasks[found[1]]) if is_told else {"error": "Not now."}
            self._answer(manner, answer)
        else:
            self._answer(Manner(status=404), {"detail": "No task."})

    def _read_body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers["Content-Length"]))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self, manner: Manner, content: Any, *, status: int = 200) -> None:
        if manner.hold is not None:
            manner.hold.wait(60)
        time.sleep(manner.pause_s)
        for interim in manner.interim:
            self.wfile.write(f"HTTP/1.1 {interim} Wait\r\n\r\n".encode())
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(manner.status or status)
        self.send_header("Content-Length", str(len(data)))
        if manner.status == 429:
            self.send_header("Retry-After", "0")
        self.end_headers()
        if manner.is_cut:
            data, self.close_connection = data[: len(data) // 2], True
        if not manner.byte_pause_s:
            self.wfile.write(data)
            return
        for byte in data:
            self.wfile.write(bytes([byte]))
            time.sleep(manner.byte_pause_s)
