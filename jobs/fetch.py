# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring the images of a finished task home: download, check, name, and write down, each by itself."""

from __future__ import annotations

import logging
import shutil
import threading
from dataclasses import dataclass
from typing import Final

from ..client.errors import DEFECT, ClientError, Interrupted, LinkExpired, Remedy
from ..imaging.check import check_image
from ..imaging.errors import DiskFull, FileNotWritten, ImagingError
from ..imaging.files import is_for_want_of_space, sha256_of, write_atomically
from ..imaging.formats import Format
from ..imaging.png_chunks import insert_text
from ..texts.phrases import phrase
from .desk import Desk, Follow, Left
from .job import Job, Result
from .recipe import KEYWORD, recipe_text

logger = logging.getLogger(__name__)

PARALLEL: Final = 4
"""Downloads of one job at a time: four on four threads took 86 ms where one by one took 787."""

LEAVING_S: Final = 0.5
"""How long each download that is told to stop is waited for."""


@dataclass(frozen=True, kw_only=True)
class FetchTrouble:
    """Why an image is not here yet. Nothing is lost: it is still with the service."""

    text: str
    remedy: str
    pause_s: float
    """Before the next attempt."""
    is_disk_full: bool = False
    """The artist's to mend, however long that takes; any other trouble ends the attempts after some time."""


def fetch_images(desk: Desk, follow: Follow, job: Job, urls: dict[int, str]) -> FetchTrouble | None:
    """Download images side by side; each is in the ledger as soon as its file is safe.

    Args:
        urls: asset links by position of the result.

    Returns:
        None when all are on disk, else one of the troubles.

    Raises:
        Left
    """
    todo = sorted(urls.items())
    troubles: list[FetchTrouble] = []
    lock = threading.Lock()

    def work() -> None:
        while not follow.leave.is_set():
            with lock:
                if not todo:
                    return
                index, url = todo.pop(0)
            trouble = _try_fetch(desk, follow, job, index, url)
            if trouble is not None:
                with lock:
                    troubles.append(trouble)

    threads = [
        threading.Thread(target=work, name=f"easel-fetch-{job.id[:8]}-{number}", daemon=True)
        for number in range(min(PARALLEL, len(urls)) - 1)
    ]
    for thread in threads:
        thread.start()
    work()
    for thread in threads:
        while thread.is_alive() and not follow.leave.is_set():
            thread.join(0.1)
    for thread in threads:  # told to leave, they still write down the image that has just arrived
        thread.join(LEAVING_S)
    follow.check()
    return troubles[0] if troubles else None


def _try_fetch(desk: Desk, follow: Follow, job: Job, index: int, url: str) -> FetchTrouble | None:
    """Fetch one image, and put every failure into words."""
    try:
        _fetch(desk, follow, job, index, url)
    except (Interrupted, Left):
        return None
    except LinkExpired:
        return FetchTrouble(text=phrase("The link to the image had expired."), remedy="", pause_s=0.5)
    except ClientError as error:
        return FetchTrouble(text=str(error), remedy=error.remedy.name, pause_s=desk.schedule.fetch_pause_s)
    except FileNotWritten as error:
        return FetchTrouble(
            text=str(error),
            remedy=Remedy.FREE_SPACE.name,
            pause_s=desk.schedule.disk_retry_s,
            is_disk_full=isinstance(error, DiskFull),
        )
    except ImagingError as error:
        return FetchTrouble(text=str(error), remedy="", pause_s=desk.schedule.fetch_pause_s)
    except OSError as error:
        text = phrase(
            "The image could not be written to {root}: {reason}.",
            root=desk.library.root,
            reason=error.strerror,
        )
        return FetchTrouble(
            text=text,
            remedy=Remedy.FREE_SPACE.name,
            pause_s=desk.schedule.disk_retry_s,
            is_disk_full=is_for_want_of_space(error),
        )
    except Exception:
        # A thread must not die in silence: a defect of ours is shown like any other trouble.
        logger.exception("fetching image %d of job %s", index, job.id)
        return FetchTrouble(
            text=DEFECT,
            remedy="",
            pause_s=desk.schedule.fetch_pause_s,
        )
    return None


def _fetch(desk: Desk, follow: Follow, job: Job, index: int, url: str) -> None:
    incoming = desk.library.new_incoming_path()
    incoming.parent.mkdir(parents=True, exist_ok=True)
    try:
        with incoming.open("wb") as file:
            desk.api.download(url, file, follow.leave.is_set)
        thumbnail = desk.library.thumbnail_path(job.id, index)
        thumbnail.parent.mkdir(parents=True, exist_ok=True)
        info = check_image(incoming, thumbnail=thumbnail)
        path = desk.library.image_path(job, index, info.format.suffix)
        path.parent.mkdir(parents=True, exist_ok=True)
        with write_atomically(path) as target:
            if info.format is Format.PNG:
                insert_text(incoming, target, {KEYWORD: recipe_text(job, index)})
            else:
                with incoming.open("rb") as source:
                    shutil.copyfileobj(source, target)
    finally:
        incoming.unlink(missing_ok=True)
    result = Result(
        index=index,
        path=path,
        sha256=sha256_of(path),
        byte_count=path.stat().st_size,
        width=info.width,
        height=info.height,
    )
    desk.insist(follow, lambda: desk.ledger.save_result(job.id, result))
    desk.tell(follow, phrase("Downloading"))
