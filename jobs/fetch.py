# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring the images of a finished task home: download, check, name, and write down, each by itself."""

from __future__ import annotations

import io
import logging
import shutil
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..client.errors import DEFECT, ClientError, Interrupted, LinkExpired, Remedy
from ..imaging.check import check_image
from ..imaging.errors import DiskFull, FileNotWritten, ImagingError
from ..imaging.files import (
    create_private,
    is_for_want_of_space,
    make_private_folder,
    sha256_of,
    write_atomically,
)
from ..imaging.formats import Format
from ..imaging.png_chunks import insert_text, read_text
from ..texts.phrases import phrase
from .desk import Desk, Follow, Left
from .job import Job, Result
from .ledger_file import LedgerError
from .listing import Asset
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


def fetch_images(
    desk: Desk, follow: Follow, job: Job, assets: Sequence[Asset]
) -> tuple[dict[str, str], FetchTrouble | None]:
    """Download images side by side; each is in the ledger as soon as its file is safe.

    Returns:
        the SHA-256 of what was downloaded, by `Asset.name`, whether it was new or is here already; and
        one of the troubles, None where all arrived.

    Raises:
        Left
    """
    todo = list(assets)
    contents: dict[str, str] = {}
    troubles: list[FetchTrouble] = []
    lock = threading.Lock()

    def work() -> None:
        while not follow.leave.is_set():
            with lock:
                if not todo:
                    return
                asset = todo.pop(0)
            outcome = _try_fetch(desk, follow, job, asset)
            with lock:
                if isinstance(outcome, FetchTrouble):
                    troubles.append(outcome)
                elif outcome:
                    contents[asset.name] = outcome

    threads = [
        threading.Thread(target=work, name=f"easel-fetch-{job.id[:8]}-{number}", daemon=True)
        for number in range(min(PARALLEL, len(assets)) - 1)
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
    if len(contents) < len(assets) and not troubles:
        raise Left  # the connections were ended
    return contents, troubles[0] if troubles else None


def _try_fetch(desk: Desk, follow: Follow, job: Job, asset: Asset) -> str | FetchTrouble:
    """Fetch one image; return its SHA-256, or every failure put into words."""
    try:
        return _fetch(desk, follow, job, asset)
    except (Interrupted, Left):
        return ""  # nobody waits for it
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
    except (ImagingError, LedgerError) as error:
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
        logger.exception("fetching image %d of job %s", asset.index, job.id)
        return FetchTrouble(
            text=DEFECT,
            remedy="",
            pause_s=desk.schedule.fetch_pause_s,
        )


def _fetch(desk: Desk, follow: Follow, job: Job, asset: Asset) -> str:
    """Download one image and keep it, unless it is here. Returns its SHA-256."""
    incoming, thumbnail = desk.library.new_incoming_path(), desk.library.new_incoming_path()
    make_private_folder(incoming.parent)
    try:
        with create_private(incoming) as file:
            desk.api.download(asset.link, file, follow.leave.is_set)
        content = sha256_of(incoming)
        here = desk.ledger.job(job.id).results
        if not asset.is_copy and any(result.content == content for result in here):
            return content
        info = check_image(incoming, thumbnail=thumbnail)
        path = _find_unrecorded(desk, job, incoming, info.format)
        if path is None:
            path = _keep(desk, job, asset, incoming, info.format, content)
        result = Result(
            index=asset.index,
            path=path,
            sha256=sha256_of(path),
            byte_count=path.stat().st_size,
            width=info.width,
            height=info.height,
            asset=asset.name,
            content=content,
        )
        saved = desk.insist(follow, lambda: desk.ledger.add_result(job.id, result, is_copy=asset.is_copy))
        if saved is None:
            _drop_spare(desk, job, path)
        else:
            place = desk.library.thumbnail_path(job.id, saved.index)
            make_private_folder(place.parent)
            thumbnail.replace(place)
    finally:
        incoming.unlink(missing_ok=True)
        thumbnail.unlink(missing_ok=True)
    desk.tell(follow, phrase("Downloading"))
    return content


def _keep(desk: Desk, job: Job, asset: Asset, incoming: Path, format_: Format, content: str) -> Path:
    """Copy a download into the library, with its recipe. Nothing that lies there is replaced."""
    path = desk.library.image_path(job, asset.index, format_.suffix)
    make_private_folder(path.parent)
    with write_atomically(path, exclusive=True) as target:
        if format_ is Format.PNG:
            insert_text(incoming, target, {KEYWORD: recipe_text(job, asset.index, content)})
        else:
            with incoming.open("rb") as source:
                shutil.copyfileobj(source, target)
    return target.path


def _find_unrecorded(desk: Desk, job: Job, incoming: Path, format_: Format) -> Path | None:
    """Return the file that a crash has left of this very image, between the disk and the ledger."""
    known = {result.path for result in desk.ledger.job(job.id).results}
    for path in desk.library.images_of(job):
        if path not in known and _is_made_of(path, incoming, format_):
            return path
    return None


def _is_made_of(path: Path, incoming: Path, format_: Format) -> bool:
    """Tell whether a file of the library is a download, whatever its recipe says."""
    try:
        if format_ is not Format.PNG:
            return sha256_of(path) == sha256_of(incoming)
        whole = io.BytesIO()
        insert_text(incoming, whole, {KEYWORD: read_text(path).get(KEYWORD, "")})
        return whole.getvalue() == path.read_bytes()
    except (ImagingError, OSError):
        return False


def _drop_spare(desk: Desk, job: Job, path: Path) -> None:
    """Remove a file whose image the ledger has by another one. Raises LedgerError."""
    if all(result.path != path for result in desk.ledger.job(job.id).results):
        path.unlink(missing_ok=True)
