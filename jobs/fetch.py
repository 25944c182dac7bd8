# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring the images of a finished task home, one by one: download, check, name, and record each."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from ..client.download import MAX_BYTES
from ..client.errors import DEFECT, ClientError, Interrupted, LinkExpired, Remedy, ResultTooLarge
from ..client.requests import EditRequest
from ..imaging.any_header import read_any_header
from ..imaging.check import check_and_decode, check_image
from ..imaging.errors import DiskFull, FileNotWritten, ImagingError
from ..imaging.files import (
    create_private,
    is_for_want_of_space,
    make_private_folder,
    sha256_of,
    write_atomically,
)
from ..imaging.formats import Format, picture_suffix, read_head
from ..imaging.inscription import EDITED, GENERATED, ForOthers, content_of, inscribe
from ..imaging.model_files import MOST_BYTES, NO_IMAGES, look_at_model, suffix_as_it_came
from ..texts.phrases import phrase
from .desk import DecodedResult, Desk, Follow, Left
from .fit import begin_decoding, is_brought_back
from .job import Job, Result
from .ledger_file import LedgerError
from .listing import Asset
from .recipe import place_beside, recipe_text
from .told_others import told_to_others

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

PARALLEL: Final = 4
"""Parallel downloads of one job: four images took 86 ms on four threads, and 787 ms one by one."""

LEAVING_S: Final = 0.5
"""How long to wait for each download that was told to stop."""


@dataclass(frozen=True, kw_only=True)
class FetchTrouble:
    """Why an image is not here yet. Nothing is lost: the service still has it."""

    text: str
    remedy: str
    pause_s: float
    """The pause before the next attempt."""
    is_disk_full: bool = False
    """Only the artist can free space, so attempts go on. After other troubles they end at some time."""
    is_final: bool = False
    """Another attempt would fail in the same way."""


def fetch_images(
    desk: Desk, follow: Follow, job: Job, assets: Sequence[Asset], *, is_last_try: bool = False
) -> tuple[dict[str, str], FetchTrouble | None]:
    """Download images in parallel. Each is recorded in the ledger as soon as its file is safe.

    Args:
        is_last_try: also keep unreadable files that are pictures or belong to a model.

    Returns:
        the SHA-256 of each download, by `Asset.name`, also of images that are here already; and one of
        the troubles, or None if all images arrived.

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
            outcome = _try_fetch(desk, follow, job, asset, is_last_try=is_last_try)
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
    for thread in threads:  # even when told to leave, they still record an image that has just arrived
        thread.join(LEAVING_S)
    follow.check()
    if len(contents) < len(assets) and not troubles:
        raise Left  # the connections were closed
    return contents, min(troubles, key=lambda trouble: trouble.is_final) if troubles else None


def _try_fetch(
    desk: Desk, follow: Follow, job: Job, asset: Asset, *, is_last_try: bool
) -> str | FetchTrouble:
    """Fetch one image; return its SHA-256, or a trouble that explains any failure."""
    try:
        return _fetch(desk, follow, job, asset, is_last_try=is_last_try)
    except (Interrupted, Left):
        return ""  # nobody waits for the image
    except LinkExpired:
        return FetchTrouble(text=phrase("The link to the image had expired."), remedy="", pause_s=0.5)
    except ResultTooLarge as error:
        return FetchTrouble(text=str(error), remedy=error.remedy.name, pause_s=0.0, is_final=True)
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


@dataclass(frozen=True, kw_only=True, eq=False)
class _Look:
    """The result of checking a download."""

    format: Format | None
    suffix: str
    width: int = 0  # pixels; 0 if it can't be read
    height: int = 0  # pixels
    problem: str = ""
    """Why it can't be read, as a sentence."""
    pixels: NDArray[np.uint8] | None = None
    """Only if they were requested."""


def _fetch(desk: Desk, follow: Follow, job: Job, asset: Asset, *, is_last_try: bool) -> str:
    """Download one image and keep it, unless it is here. Returns its SHA-256."""
    incoming, thumbnail = desk.library.new_incoming_path(), desk.library.new_incoming_path()
    make_private_folder(incoming.parent)
    try:
        with create_private(incoming) as file:
            most_bytes = MOST_BYTES if _may_be_model(job) else MAX_BYTES
            desk.api.download(asset.link, file, follow.leave.is_set, most_bytes=most_bytes)
        content = sha256_of(incoming)
        here = desk.ledger.job(job.id).results
        if not asset.is_copy and any(result.content == content for result in here):
            return content
        if _may_be_model(job):
            look = _look_at_any(incoming, thumbnail, asset, is_last_try=is_last_try)
        else:
            is_for_edit = follow.decoded is None and is_brought_back(job)
            if is_for_edit and follow.source is None:
                begin_decoding(follow, job)
            look = _look_at(incoming, thumbnail, is_last_try=is_last_try, decodes=is_for_edit)
        path = _find_unrecorded(desk, job, content)
        if path is None:
            path = _keep(desk, job, asset, incoming, look, content)
        if path.suffix.lower() in NO_IMAGES and not place_beside(path).exists():  # also after a crash
            _write_beside(desk, path, job, asset, content)
        result = Result(
            index=asset.index,
            path=path,
            sha256=sha256_of(path),
            byte_count=path.stat().st_size,
            width=look.width,
            height=look.height,
            asset=asset.name,
            content=content,
            fit_note=_kept_text(look.problem, path) if look.problem else "",
        )
        saved = desk.insist(follow, lambda: desk.ledger.add_result(job.id, result, is_copy=asset.is_copy))
        if saved is None:
            _drop_spare(desk, job, path)
        else:
            _keep_thumbnail(thumbnail, desk.library.thumbnail_path(job.id, saved.index))
            if look.pixels is not None:
                follow.decoded = DecodedResult(saved.path, look.pixels)
    finally:
        incoming.unlink(missing_ok=True)
        thumbnail.unlink(missing_ok=True)
    desk.tell(follow, phrase("Downloading"))
    return content


def _look_at(incoming: Path, thumbnail: Path, *, is_last_try: bool, decodes: bool = False) -> _Look:
    """Check a download, and make its thumbnail.

    Raises ImagingError, or any other error of the check. Then the download is tried again, except at the last
    try with the bytes of a picture.

    Args:
        decodes: the caller needs the pixels soon.
    """
    pixels: NDArray[np.uint8] | None = None
    try:
        if decodes:
            info, pixels = check_and_decode(incoming, thumbnail=thumbnail)
        else:
            info = check_image(incoming, thumbnail=thumbnail)
    except Exception as error:
        suffix = picture_suffix(read_head(incoming))
        if not is_last_try or not suffix:
            raise
        logger.exception("kept as it came: %s", incoming.name)
        problem = str(error) if isinstance(error, ImagingError) else DEFECT
        return _Look(format=None, suffix=suffix, problem=problem)
    return _Look(
        format=info.format,
        suffix=info.format.suffix,
        width=info.width,
        height=info.height,
        pixels=pixels,
    )


def _may_be_model(job: Job) -> bool:
    """Return whether a job may give a model. A task that was added by its ID may."""
    return job.request.makes_model or not job.request.count


def _look_at_any(incoming: Path, thumbnail: Path, asset: Asset, *, is_last_try: bool) -> _Look:
    """Check a model's file, or a picture beside it; raises as `_look_at`.

    At the last try any file counts as paid for, except an error page of a proxy.
    """
    try:
        found = look_at_model(incoming, asset.name.rpartition("/")[2].partition("?")[0])
        if found is not None:
            return _Look(format=None, suffix=found.suffix)
        return _look_at(incoming, thumbnail, is_last_try=is_last_try)
    except Exception as error:
        suffix = suffix_as_it_came(incoming) if is_last_try else ""
        if not suffix:
            raise
        logger.exception("kept as it came: %s", asset.name)
        problem = str(error) if isinstance(error, ImagingError) else DEFECT
        return _Look(format=None, suffix=suffix, problem=problem)


def _kept_text(problem: str, path: Path) -> str:
    return phrase("{problem} The file is kept unchanged: {path}.", problem=problem, path=path.name)


def _keep_thumbnail(thumbnail: Path, place: Path) -> None:
    """Move a thumbnail to its place. Failure does no harm to the image. Models have no thumbnail."""
    if not thumbnail.exists():
        return
    try:
        make_private_folder(place.parent)
        thumbnail.replace(place)
    except OSError as error:
        logger.warning("No thumbnail: %s", error)


def _keep(desk: Desk, job: Job, asset: Asset, incoming: Path, look: _Look, content: str) -> Path:
    """Copy a download into the library, with its recipe. Never replaces an existing file."""
    path = desk.library.image_path(job, asset.index, look.suffix)
    make_private_folder(path.parent)
    with write_atomically(path, exclusive=True) as target:
        if look.format is None or not _wrote_with_recipe(desk, incoming, target, job, asset, content):
            target.seek(0)
            target.truncate()
            with incoming.open("rb") as source:
                shutil.copyfileobj(source, target)
    return target.path


def _write_beside(desk: Desk, path: Path, job: Job, asset: Asset, content: str) -> None:
    """Write a model's recipe beside its file. Failure does no harm to the model."""
    try:
        with write_atomically(place_beside(path)) as file:
            file.write(recipe_text(job, asset.index, content, now=desk.ledger.clock()).encode())
    except (ImagingError, OSError) as error:
        logger.warning("job %s: file %d is kept without its recipe: %s", job.id, asset.index, error)


def _wrote_with_recipe(
    desk: Desk, incoming: Path, target: BinaryIO, job: Job, asset: Asset, content: str
) -> bool:
    """Write an image with its recipe inside. False: that is impossible, so the image is kept without one."""
    recipe = recipe_text(job, asset.index, content, now=desk.ledger.clock())
    source_type = EDITED if isinstance(job.request, EditRequest) else GENERATED
    others = _told_to_others(job, incoming) if desk.tells_others else None
    for also in dict.fromkeys((others, None)):
        try:
            target.seek(0)
            target.truncate()
            inscribe(incoming, target, recipe, source_type=source_type, content=content, others=also)
        except OSError:  # the disk's
            raise
        except Exception:
            logger.exception("job %s: image %d is not told of as it was to be", job.id, asset.index)
        else:
            return True
    return False


def _told_to_others(job: Job, path: Path) -> ForOthers:
    header = read_any_header(path)
    return told_to_others(job, header.width, header.height)


def _find_unrecorded(desk: Desk, job: Job, content: str) -> Path | None:
    """Return the file of this image that a crash left after writing it, before it was recorded."""
    known = {result.path for result in desk.ledger.job(job.id).results}
    for path in desk.library.images_of(job):
        if path not in known and _is_made_of(path, content):
            return path
    return None


def _is_made_of(path: Path, content: str) -> bool:
    """Return whether a file of the library holds this download, whatever its recipe says."""
    try:
        return sha256_of(path) == content or content_of(path) == content
    except (ImagingError, OSError):
        return False


def _drop_spare(desk: Desk, job: Job, path: Path) -> None:
    """Remove a file whose image the ledger has in another file. Raises LedgerError."""
    if all(result.path != path for result in desk.ledger.job(job.id).results):
        path.unlink(missing_ok=True)
