# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits that keep size and place: the source is sent on a canvas, and the answer is cut out of it.

Models answer in other sizes and ratios, slightly shifted. The paid image is kept unchanged. A second
image is placed: the paid one in the source's shape, aligned with it, at the source's size or the answer's.
"""

from __future__ import annotations

import dataclasses
import logging
import shutil
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ..client.errors import DEFECT
from ..client.every_model import EVERY_MODEL
from ..client.models import SIZE_RATIOS, ModelId
from ..client.requests import EditRequest
from ..imaging.check import read_header
from ..imaging.errors import ImagingError
from ..imaging.files import (
    create_private,
    make_private_folder,
    open_regular,
    sha256_of,
    write_atomically,
)
from ..imaging.formats import Format
from ..imaging.inscription import EDITED, inscribe
from ..texts.phrases import joined, phrase
from ..texts.wording import pixels_text
from ..threads.task import Task
from .desk import Desk, Follow, Left
from .job import Job, Result
from .models import unpack_archives
from .preparation import Preparation
from .recipe import recipe_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..imaging.restore import DecodedSource, RestoredEdit

    Answer: TypeAlias = Path | NDArray[np.uint8]

logger = logging.getLogger(__name__)

_CHUNK_BYTES = 1 << 20
_TOO_LITTLE_MEMORY = phrase("There is too little memory for the picture.")

_AT_EXIT = "shutdown"
"""Part of Python's errors when a thread is requested while Python exits. That may happen before anybody told
us to leave. "cannot schedule new futures after shutdown", "… after interpreter shutdown", "can't create new
thread at interpreter shutdown"."""


def put_on_canvas(desk: Desk, follow: Follow, request: EditRequest, made: Preparation) -> Preparation:
    """Make the canvas for the first source, if the artist wants the result to keep size and place.

    The source itself is copied, because the answer is compared with it, and its file may change until then.
    Worker thread.

    Raises:
        ImagingError, OSError: nothing was sent.
    """
    if not request.keeps_place or not made.uploads[0].path:
        return made
    from ..imaging.fit import MAX_SIDE, plan_fit
    from ..imaging.restore import write_canvas

    desk.tell(follow, phrase("Aligning with the source"))
    source = Path(made.uploads[0].path)
    folder = desk.library.sources_folder(follow.job_id)
    original = folder / f"original{source.suffix}"
    with open_regular(source) as theirs, create_private(original) as ours:
        shutil.copyfileobj(theirs, ours, _CHUNK_BYTES)
    info = read_header(original)
    fit = plan_fit(
        (info.width, info.height),
        canvas_ratios(request.model, request.image_size),
        max_side=min(MAX_SIDE, desk.upload_rule.max_side),
    )
    if fit.canvas != fit.source:
        canvas = folder / f"canvas{Format.PNG.suffix}"
        fit = write_canvas(original, canvas, fit, is_data=request.holds_data)
        made = made.with_upload(0, canvas, Format.PNG.media_type)
    return dataclasses.replace(made, fit=fit.to_dict(), original=str(original))


def canvas_ratios(model: ModelId, image_size: str) -> tuple[str, ...]:
    """Return the aspect ratios that the model accepts, at the resolution if the artist chose one."""
    if ratio := SIZE_RATIOS.get(image_size):
        return (ratio,)
    return EVERY_MODEL[model].aspect_ratios


def is_brought_back(job: Job) -> bool:
    """Return whether a job's images will get the size and place of their source (`bring_back`)."""
    made = job.preparation
    return isinstance(job.request, EditRequest) and made is not None and bool(made.fit)


def get_ready(follow: Follow, job: Job) -> None:
    """Do what an edit needs before its answer is here, while the service works on it.

    Its source is written in a form that is decoded on all cores, and whose parts beyond a mask are copied as
    they are. Failure does no harm: the source itself will do. Worker thread.

    Raises:
        Left
    """
    request, made = job.request, job.preparation
    if not isinstance(request, EditRequest) or made is None or not made.fit:
        return
    is_png = Path(made.original).suffix.lower() == Format.PNG.suffix
    if not (is_png or request.mask.has_area):  # a JPEG is decoded as fast
        return
    from ..imaging.restore import write_ready

    follow.check()
    try:
        write_ready(Path(made.original), _ready_path(made), follow.check)
    except Left:
        raise
    except (ImagingError, OSError) as error:
        logger.warning("job %s: its source is not made ready: %s", job.id, error)
    except Exception as error:
        if isinstance(error, RuntimeError) and _AT_EXIT in str(error):
            raise Left from error
        logger.exception("job %s: its source is not made ready", job.id)


def begin_decoding(follow: Follow, job: Job) -> None:
    """Decode an edit's source on another thread, while its image is checked and recorded (`follow.source`).

    Only for a job whose images are brought back.
    """
    request, made = job.request, job.preparation
    if not isinstance(request, EditRequest) or made is None:
        return
    from ..imaging.bands import begin_beside
    from ..imaging.restore import decode_source

    source, is_deep = _source_of(made), request.mask.has_area and not made.original_floats
    outcome: Future[DecodedSource] = Future()

    def work(_stop: threading.Event) -> None:
        begin_beside()
        try:
            outcome.set_result(decode_source(source, is_deep=is_deep))
        except BaseException as error:  # noqa: BLE001 - whoever needs the source gets it
            outcome.set_exception(error)

    follow.source = outcome
    Task(f"source-{job.id[:8]}", work)


def _ready_path(made: Preparation) -> Path:
    """Return where a source is ready: a PNG replaces its copy, because it holds the same values."""
    return Path(made.original).with_suffix(Format.PNG.suffix)


def _source_of(made: Preparation) -> Path:
    ready = _ready_path(made)
    return ready if ready.is_file() else Path(made.original)


def bring_back(desk: Desk, follow: Follow, job: Job) -> None:
    """Give each downloaded image the size and place of its source, and record what was done.

    If that fails, the image stays unchanged, with a note. Worker thread.

    Raises:
        Left, LedgerError
    """
    request, made = job.request, job.preparation
    if not isinstance(request, EditRequest) or made is None or not made.fit:
        return
    decoded, follow.decoded = follow.decoded, None
    begun, follow.source = follow.source, None
    for result in job.results:
        if result.fitted is None and not result.fit_note:
            follow.check()
            desk.tell(follow, phrase("Restoring the size"))
            is_known = decoded is not None and decoded.path == result.path
            answer = decoded.pixels if decoded is not None and is_known else result.path
            restored = _restored(_Edit(desk, job, request, made, result, answer, begun))
            begun = None  # its pixels are changed
            follow.check()  # a failure during shutdown is no reason to give up on the image
            desk.insist(follow, lambda restored=restored: desk.ledger.save_result(job.id, restored))


def bring_back_what_is_here(desk: Desk, follow: Follow) -> bool:
    """Make the images placeable that had arrived when the artist stopped watching. False: there are none.

    The job stays with the service, and is looked up again at the next start. Worker thread.

    Args:
        follow: a new one; the artist's verb has told the old one to leave.

    Raises:
        Left, LedgerError
    """
    follow.check()
    job = follow.job
    if not (job.parked and job.results) or job.is_half_here:
        return False
    bring_back(desk, follow, job)
    unpack_archives(desk, follow, job)
    return True


class _Edit(NamedTuple):
    """An image that is brought back, and what that takes."""

    desk: Desk
    job: Job
    request: EditRequest
    made: Preparation
    result: Result
    answer: Answer
    begun: Future[DecodedSource] | None
    """`Follow.source`."""


def _restored(edit: _Edit) -> Result:
    """Return the result with its fitted image, or with the reason why that failed. Raises Left."""
    desk, job, request, result = edit.desk, edit.job, edit.request, edit.result
    try:
        make_private_folder(desk.library.fitted_path(job.id, result.index).parent)
        put = _put_into_source if request.mask.has_area else _put_in_place
        done = put(edit)
        _say_how_it_was_made(desk, job, result, done.path)
    except (ImagingError, OSError) as error:
        logger.warning("job %s: image %d stays as it came: %s", job.id, result.index, error)
        reason = str(error) if isinstance(error, ImagingError) else phrase("{reason}.", reason=error.strerror)
    except Exception as error:
        if isinstance(error, RuntimeError) and _AT_EXIT in str(error):
            raise Left from error
        # A defect, or too little memory for the picture: no reason to withhold a paid image.
        logger.exception("job %s: image %d stays as it came", job.id, result.index)
        reason = _TOO_LITTLE_MEMORY if isinstance(error, MemoryError) else DEFECT
    else:
        kept = phrase("Nothing changed outside the mask") if request.mask.has_area else ""
        note = joined(pixels_text(*done.size), done.text, kept, by=" · ")
        return dataclasses.replace(result, fitted=done.path, fit_note=note)
    if request.mask.has_area:
        return dataclasses.replace(result, fit_note=phrase("The mask can't be kept: {reason}", reason=reason))
    return dataclasses.replace(result, fit_note=phrase("Placed as generated: {error}", error=reason))


def _say_how_it_was_made(desk: Desk, job: Job, result: Result, path: Path) -> None:
    """Write the image's recipe into the fitted image. Failure does no harm to the image."""
    try:
        if path.suffix == Format.PNG.suffix:
            recipe = recipe_text(job, result.index, result.content, now=desk.ledger.clock())
            with write_atomically(path) as target:
                inscribe(path, target, recipe, source_type=EDITED, content=sha256_of(path))
    except Exception:
        logger.exception("job %s: image %d is brought back without its recipe", job.id, result.index)


def _put_in_place(edit: _Edit) -> RestoredEdit:
    from ..imaging.fit import Fit
    from ..imaging.restore import restore_edit

    path = edit.desk.library.fitted_path(edit.job.id, edit.result.index)
    fit = Fit.from_dict(edit.made.fit)
    return restore_edit(
        _source_of(edit.made),
        edit.answer,
        path,
        fit,
        is_data=edit.request.holds_data,
        stores_premultiplied=edit.job.placement.is_premultiplied,
        keeps_size=edit.request.keeps_size,
        begun=edit.begun,
    )


def _put_into_source(edit: _Edit) -> RestoredEdit:
    """Put the answer into the source's own values, inside the mask. The file has the source's bit depth."""
    from ..imaging.files import FLOAT_SUFFIX
    from ..imaging.fit import Fit
    from ..imaging.mask_making import read_mask
    from ..imaging.restore import restore_edit
    from ..imaging.spaces import LinearSpace

    request, made = edit.request, edit.made
    path = edit.desk.library.fitted_path(edit.job.id, edit.result.index)
    return restore_edit(
        _source_of(made),
        edit.answer,
        path.with_suffix(FLOAT_SUFFIX) if made.original_floats else path,
        Fit.from_dict(made.fit),
        is_data=request.holds_data,
        mask=read_mask(Path(made.mask)),
        feather=request.mask.feather,
        deep=Path(made.original_floats) if made.original_floats else None,
        space=LinearSpace.from_dict(made.floats_space),
        is_premultiplied=bool(made.original_floats) and not (request.holds_data or request.ignores_alpha),
        stores_premultiplied=edit.job.placement.is_premultiplied,
        begun=edit.begun,
    )
