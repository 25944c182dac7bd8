# SPDX-License-Identifier: GPL-3.0-or-later
"""Ready-made faults, named after what a client sees.

    simulator.script(catalogue.late_urls(2.0), catalogue.throttled(On.STATUS, 5, retry_after=False))

Each takes effect once; `dataclasses.replace(fault, times=3, skip=1, task_id=…)` says otherwise.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from .answers import ErrorShape, error_answer, html_answer, storage_error
from .faults import (
    Course,
    Cut,
    Drop,
    Fault,
    Flood,
    Hang,
    LateShape,
    On,
    Outcome,
    Redirect,
    Reply,
    ResultShape,
    Revoke,
    Spoil,
    Spoilt,
    Trickle,
    When,
)

# What happens to the next task.


def late_urls(seconds: float, shape: LateShape = LateShape.EMPTY) -> Fault:
    """FINISHED comes `seconds` before its URLs."""
    return course(Course(late_urls_s=seconds, late_shape=shape))


def failed(reason: str | None = "The request was blocked by the safety filter.") -> Fault:
    """FAILED, and refunded."""
    return course(Course(outcome=Outcome.FAILED, failure_reason=reason, delivered=0))


def finished_with_reason(reason: str = "No image was returned by the model.") -> Fault:
    """FINISHED with a failure_reason and no asset."""
    return course(Course(failure_reason=reason, delivered=0))


def finished_empty() -> Fault:
    """FINISHED with neither an asset nor a reason, for ever."""
    return course(Course(delivered=0))


def fewer(delivered: int, *, refund: bool = True) -> Fault:
    """Fewer results than requested."""
    return course(Course(delivered=delivered, refund=refund))


def unknown_word(word: str = "POST_PROCESSING") -> Fault:
    """A status word that the contract doesn't know, while the task runs."""
    return course(Course(running_word=word))


def final_word(word: str = "COMPLETED", reason: str | None = None) -> Fault:
    """A final word that the contract doesn't know, with the images or with a reason."""
    delivered = None if reason is None else 0
    return course(Course(final_word=word, failure_reason=reason, delivered=delivered))


def older_shape(shape: ResultShape = ResultShape.ASSET_URL) -> Fault:
    """Results in the form of older answers."""
    return course(Course(result_shape=shape, null_metadata=True))


def null_fields() -> Fault:
    """`metadata` and `progress` are null."""
    return course(Course(null_metadata=True, null_progress=True))


def absent_fields() -> Fault:
    """Neither `metadata` nor `progress` is there."""
    return course(Course(absent_metadata=True, absent_progress=True))


def takes(seconds: float) -> Fault:
    """The task takes exactly so long, whatever the simulator's speed."""
    return course(Course(seconds=seconds))


def course(what: Course) -> Fault:
    """Any course."""
    return Fault(on=On.SUBMIT, effect=what)


# Answers that replace the right one.


def error(
    on: On,
    status: int,
    code: str = "",
    text: str = "Something went wrong.",
    *,
    shape: ErrorShape = ErrorShape.ERROR_CODE,
    when: When = When.BEFORE,
) -> Fault:
    """Any HTTP error, in any body shape."""
    return Fault(on=on, when=when, effect=Reply(answer=error_answer(status, code, text, shape)))


def throttled(
    on: On,
    seconds: int = 30,
    *,
    retry_after: bool = True,
    in_text: bool = True,
    shape: ErrorShape = ErrorShape.ERROR_CODE,
    when: When = When.BEFORE,
) -> Fault:
    """429, with the wait in the header, in the text, in both or in neither."""
    text = "Request was throttled." + (f" Expected available in {seconds} seconds." if in_text else "")
    headers = {"Retry-After": str(seconds)} if retry_after else {}
    answer = error_answer(429, "rate_limited", text, shape, headers)
    return Fault(on=on, when=when, effect=Reply(answer=answer))


def trouble(on: On, status: int = 503, *, when: When = When.BEFORE) -> Fault:
    """502, 503 or 504 with a proxy's page; `when=AFTER`: although the task was made."""
    return Fault(on=on, when=when, effect=Reply(answer=html_answer(status, f"{status} Service Trouble")))


def html_page(on: On, *, when: When = When.AFTER) -> Fault:
    """An HTML error page that comes with 200."""
    return Fault(on=on, when=when, effect=Reply(answer=html_answer(200, "Something went wrong")))


def unknown_task() -> Fault:
    """404, as for a task that never existed or is gone."""
    text = "No PublicAPIGenerationRequest matches the given query."
    return error(On.STATUS, 404, text=text, shape=ErrorShape.DETAIL)


def foreign_task() -> Fault:
    """403, as for another account's task."""
    text = "You do not have permission to perform this action."
    return error(On.STATUS, 403, text=text, shape=ErrorShape.DETAIL)


# The connection.


def dropped(on: On, *, when: When = When.BEFORE, after_bytes: int | None = None) -> Fault:
    """The connection closes without an answer; `after_bytes`: in the middle of the upload."""
    return Fault(on=on, when=when, effect=Drop(after_bytes=after_bytes))


def hang(on: On, *, when: When = When.BEFORE, seconds: float | None = None) -> Fault:
    """Nothing comes: for some seconds, or until the simulator stops."""
    return Fault(on=on, when=when, effect=Hang(seconds=seconds))


def cut(on: On, share: float = 0.5) -> Fault:
    """The body ends early."""
    return Fault(on=on, effect=Cut(share=share))


def slow(on: On, seconds: float = 2.0) -> Fault:
    """The body trickles."""
    return Fault(on=on, effect=Trickle(seconds=seconds))


# The asset host.


def link_revoked() -> Fault:
    """This link answers 403 from now on; a fresh one from the status works."""
    return Fault(on=On.ASSET, effect=Revoke())


def asset_missing() -> Fault:
    """404 at the asset host."""
    answer = storage_error(404, "NoSuchKey", "The specified key does not exist.")
    return Fault(on=On.ASSET, effect=Reply(answer=answer))


def redirected(to: str | None = None) -> Fault:
    """A redirect: to another address, or to a working link of the same asset."""
    return Fault(on=On.ASSET, effect=Redirect(to=to))


def oversized(announced: int | None = None) -> Fault:
    """An asset without end, or of the announced length."""
    return Fault(on=On.ASSET, effect=Flood(announced=announced))


def spoilt(way: Spoilt) -> Fault:
    """An asset with wrong bytes."""
    return Fault(on=On.ASSET, effect=Spoil(way=way))


_MAKERS: tuple[Callable[..., Fault], ...] = (
    late_urls, failed, finished_with_reason, finished_empty, fewer, unknown_word, final_word, older_shape,
    null_fields, absent_fields, takes,
    error, throttled, trouble, html_page, unknown_task, foreign_task,
    dropped, hang, cut, slow,
    link_revoked, asset_missing, redirected, oversized, spoilt,
)  # fmt: skip

BY_NAME: Mapping[str, Callable[..., Fault]] = MappingProxyType({maker.__name__: maker for maker in _MAKERS})
