# SPDX-License-Identifier: GPL-3.0-or-later
"""A naive user of the simulator: plain `requests`, one call per method."""

import base64
import io
import time
from typing import Any, Self

import requests
from PIL import Image

from easel.simulator import Simulator
from easel.simulator.models import BY_KEY

_PATIENCE = 60.0  # seconds


class ApiUser:
    """Talks to one simulator with one key."""

    def __init__(self, simulator: Simulator, key: str = "test-key") -> None:
        self.simulator = simulator
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {key}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.simulator.url + path, timeout=_PATIENCE)

    def post(self, path: str, body: object) -> requests.Response:
        return self.session.post(self.simulator.url + path, json=body, timeout=_PATIENCE)

    def generate(
        self, model: str = "GEMINI_3_1_FLASH", prompt: str = "copper", **fields: Any
    ) -> requests.Response:
        return self.post(BY_KEY[model].path + "generate/", {"prompt": prompt, **fields})

    def edit(self, model: str = "GEMINI_3_1_FLASH", prompt: str = "oak", **fields: Any) -> requests.Response:
        return self.post(BY_KEY[model].path + "edit/", {"prompt": prompt, **fields})

    def status(self, task_id: str) -> requests.Response:
        return self.get(f"/v1/generation-request/{task_id}/status/")

    def submit(self, *arguments: Any, **fields: Any) -> str:
        """Generate and return the task's id."""
        response = self.generate(*arguments, **fields)
        assert response.status_code == 201, response.text
        return str(response.json()["task_id"])

    def wait(self, task_id: str, *, with_links: bool = True) -> dict[str, Any]:
        """Return the first final status; if it has images, one with their links."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            task = self.simulator.tasks[task_id]  # read first, because it may become ready meanwhile
            has_links = task.drawn and time.time() >= task.urls_at
            payload: dict[str, Any] = self.status(task_id).json()
            is_whole = payload["status"] == "FINISHED" and (has_links or not with_links)
            if is_whole or payload["status"] == "FAILED":
                return payload
            time.sleep(0.02)
        raise TimeoutError(task_id)

    def wait_until_drawn(self, task_id: str) -> None:
        """Wait until a task is drawn, so that only its time is not over."""
        deadline = time.monotonic() + _PATIENCE
        while not self.simulator.tasks[task_id].drawn:
            if time.monotonic() > deadline:
                raise TimeoutError(task_id)
            time.sleep(0.02)

    def download(self, url: str) -> requests.Response:
        """Download an asset without the key."""
        return requests.get(url, timeout=_PATIENCE)

    def files(self, response: requests.Response) -> list[bytes]:
        """Return the images of a submit's answer."""
        assert response.status_code == 201, response.text
        results = self.wait(response.json()["task_id"])["results"]
        return [self.download(result["asset"]).content for result in results]

    def images(self, response: requests.Response) -> list[Image.Image]:
        """Return the decoded images of a submit's answer."""
        return [Image.open(io.BytesIO(data)) for data in self.files(response)]

    def balance(self) -> str:
        return str(self.get("/account/user/wallet/").json()["balance"])


def png(width: int, height: int, colour: tuple[int, int, int] = (120, 130, 140)) -> bytes:
    """Return a plain picture as a file."""
    return encoded(Image.new("RGB", (width, height), colour))


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def data_uri(data: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"
