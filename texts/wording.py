# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts of values for the artist: prices, times, labels. Pure functions, no bpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from .phrases import joined, phrase

_LABELS: Final[Mapping[str, str]] = {
    "auto": phrase("Automatic"),
    "512px": phrase("512 px"),
    "square_hd": phrase("Square HD"),
    "square": phrase("Square"),
    "portrait_4_3": phrase("Portrait 3:4"),
    "portrait_16_9": phrase("Portrait 9:16"),
    "landscape_4_3": phrase("Landscape 4:3"),
    "landscape_16_9": phrase("Landscape 16:9"),
    "auto_2K": phrase("Automatic, 2K"),
    "auto_3K": phrase("Automatic, 3K"),
    "png": "PNG",
    "jpeg": "JPEG",
    "webp": "WebP",
}


def option_label(value: str) -> str:
    """Say one of the API's own option values; those that read well by themselves stay as they are."""
    return _LABELS.get(value, value)


def credits_text(amount: float) -> str:
    """Say an amount of credits: "1 credit", "1,250 credits", "12.50 credits"."""
    number = _number(amount)
    return (
        phrase("{number} credit", number=number) if amount == 1 else phrase("{number} credits", number=number)
    )


def _number(amount: float) -> str:
    return f"{amount:,.0f}" if float(amount).is_integer() else f"{amount:,.2f}"


def button_text(verb: str, price: int, *, is_simulated: bool = False) -> str:
    """Label a button that spends: "Generate · 30 Credits". With the simulator it doesn't, and says so."""
    if is_simulated:
        return joined(verb, phrase("Simulated"), by=" · ")
    price_text = (
        phrase("{price} Credit", price=price) if price == 1 else phrase("{price:,} Credits", price=price)
    )
    return joined(verb, price_text, by=" · ")


def duration_text(seconds: float) -> str:
    """Say a time span in its one or two fitting units: "12 s", "2 min 5 s", "3 h 20 min"."""
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    if whole < 60:
        return phrase("{count} s", count=whole)
    if minutes < 60:
        return (
            phrase("{minutes} min {rest} s", minutes=minutes, rest=rest)
            if rest
            else phrase("{minutes} min", minutes=minutes)
        )
    hours, minutes = divmod(minutes, 60)
    return (
        phrase("{hours} h {minutes} min", hours=hours, minutes=minutes)
        if minutes
        else phrase("{hours} h", hours=hours)
    )


def age_text(seconds: float) -> str:
    """Say how old something is, roughly: "just now", "5 min ago", "3 h ago", "2 days ago"."""
    if seconds < 60:
        return phrase("just now")
    if seconds < 3600:
        return phrase("{count:.0f} min ago", count=seconds // 60)
    if seconds < 48 * 3600:
        return phrase("{count:.0f} h ago", count=seconds // 3600)
    return phrase("{count:.0f} days ago", count=seconds // 86400)


def expiry_text(seconds_left: float) -> str:
    """Say how long the service still keeps images that nobody has collected: "… for 18 h"."""
    if seconds_left <= 0:
        return phrase("The service keeps images for 24 h: look again now, or it may be too late")
    if seconds_left < 3600:
        return phrase("The service keeps it for {count:.0f} min", count=max(seconds_left // 60, 1))
    return phrase("The service keeps it for {count:.0f} h", count=seconds_left // 3600)


def life_text(seconds_left: float) -> str:
    """Say in a few letters how long the service still keeps something: "23 h left"."""
    if seconds_left < 60:
        return phrase("lost soon")
    if seconds_left < 3600:
        return phrase("{count} min left", count=int(seconds_left // 60))
    return phrase("{count} h left", count=int(seconds_left // 3600))


def late_text(count: int, seconds_left: float) -> str:
    """Say what happens to slow or unwatched jobs if the artist quits Blender."""
    life = life_text(seconds_left)
    if count == 1:
        return phrase(
            "1 job is not on disk yet ({life}). You may quit: start Blender again by then", life=life
        )
    return phrase(
        "{count} jobs are not on disk yet (the first: {life}). You may quit: start Blender again by then",
        count=count,
        life=life,
    )


def pixels_text(width: int, height: int) -> str:
    """Say a size in pixels."""
    return f"{width} × {height}"


def side_text(width: int, height: int) -> str:
    """Say a size in pixels, shorter if it is a square."""
    return f"{width}²" if width == height else pixels_text(width, height)


def bytes_text(count: int) -> str:
    """Say a file's size: "820 KB", "3.1 MB"."""
    return (
        phrase("{count:.1f} MB", count=count / 1e6)
        if count >= 1e6
        else phrase("{count} KB", count=max(1, round(count / 1e3)))
    )


def library_text(file_count: int, byte_count: int, kept_bytes: int = 0) -> str:
    """Say how much a folder holds: "1,204 files, 3.1 GB".

    Args:
        kept_bytes: how many of the bytes are floats kept for edits, which are removed by themselves.
    """
    if not file_count:
        return phrase("Empty")
    files = phrase("1 file") if file_count == 1 else phrase("{count:,} files", count=file_count)
    kept = phrase("including {size} of kept originals", size=size_text(kept_bytes)) if kept_bytes else ""
    return joined(files, size_text(byte_count), kept, by=", ")


def size_text(byte_count: int) -> str:
    """Say how much a folder, or many files, hold: "3.1 GB"."""
    return phrase("{count:.1f} GB", count=byte_count / 1e9) if byte_count >= 1e9 else bytes_text(byte_count)


def images_text(names: Sequence[str]) -> str:
    """Name images of the open file: "Image “Copper”", "Images “Copper”, “Copper.001” and 2 more"."""
    quoted = [phrase("“{name}”", name=name) for name in names]
    if len(quoted) == 1:
        return phrase("Image {name}", name=quoted[0])
    if len(quoted) <= 3:
        return phrase("Images {names}", names=joined(*quoted, by=", "))
    return phrase(
        "Images {names} and {count} more", names=joined(*quoted[:2], by=", "), count=len(quoted) - 2
    )


def typical_text(seconds: float, price: int, *, is_simulated: bool = False) -> str:
    """Say the line below the button: how long it takes, and what it would cost without the simulator."""
    duration = duration_text(seconds)
    if is_simulated:
        return phrase("About {duration} · normally {credits}", duration=duration, credits=credits_text(price))
    return phrase("About {duration}", duration=duration)


_CONCLUSIONS: Final[Mapping[str, str]] = {
    "": phrase("The next look at the balance shows whether it was charged"),
    "CHARGED": phrase("It was very likely charged"),
    "NOT_CHARGED": phrase("It was very likely not charged"),
    "OTHERS": phrase("Unknown whether it was charged: other jobs ran meanwhile"),
    "ODD": phrase("Unknown whether it was charged: something else changed the balance too"),
    "UNKNOWN": phrase("Unknown whether it was charged: the balance before it is not known"),
}


def conclusion_text(conclusion: str) -> str:
    """Say what balances tell of an uncertain job. `conclusion`: value of a `jobs.balances.Conclusion`."""
    return _CONCLUSIONS[conclusion]


def balance_sum_text(before: float, after: float, price: float, others: float) -> str:
    """Say the sum behind that: "Balance 1,000 → 940 · this job 30 · other jobs 30"."""
    return joined(
        phrase("Balance {before} → {after}", before=_number(before), after=_number(after)),
        phrase("this job {credits}", credits=_number(price)),
        phrase("other jobs {credits}", credits=_number(others)) if others else "",
        by=" · ",
    )


class JobRow(Protocol):
    """What these texts need of a job; times are whole seconds of one clock, 0 = not yet."""

    state: str
    phase: str
    count: int
    image_count: int
    created: int
    submitted: int
    finished: int
    expires: int
    due: int
    starts: int
    typical_s: int
    is_parked: bool
    is_followed: bool


_STATES: Final[Mapping[str, str]] = {
    "QUEUED": phrase("Queued"),
    "SUBMITTING": phrase("Sending"),
    "RUNNING": phrase("Generating"),
    "DOWNLOADING": phrase("Saving images"),
    "DONE": phrase("Done"),
    "PARTIAL": phrase("Partly done"),
    "FAILED": phrase("Failed"),
    "UNCERTAIN": phrase("Uncertain"),
    "CANCELLED": phrase("Cancelled"),
    "EXPIRED": phrase("Expired"),
}


def state_text(job: JobRow) -> str:
    """Say a job's state in a word or two."""
    if job.is_parked:
        return phrase("With the service")
    if job.state == "QUEUED" and not job.is_followed:
        return phrase("Not sent")
    return _STATES[job.state]


def short_age_text(seconds: float) -> str:
    """Say how old something is in a few letters: "now", "5 min", "3 h", "2 d"."""
    if seconds < 60:
        return phrase("now")
    if seconds < 3600:
        return phrase("{count} min", count=int(seconds // 60))
    if seconds < 48 * 3600:
        return phrase("{count} h", count=int(seconds // 3600))
    return phrase("{count} d", count=int(seconds // 86400))


def remaining_text(seconds: float) -> str:
    """Say how long something still takes: "< 1 min", "8 min", "2 h 10 min"; empty if it is over."""
    if seconds <= 0:
        return ""
    if seconds < 60:
        return phrase("< 1 min")
    return duration_text(-(-seconds // 60) * 60)


def row_time_text(job: JobRow, now: float) -> str:
    """Say beside a job's name how long it has run, when its turn comes, or how old it is; briefly.

    If nobody has collected it, say how long the service still keeps it.
    """
    if job.is_parked and job.expires:
        return life_text(job.expires - now)
    if job.is_followed and job.state == "QUEUED":
        return remaining_text(job.starts - now) if job.starts else ""
    if job.is_followed and job.submitted and not job.finished:
        elapsed = now - job.submitted
        return duration_text(elapsed) if elapsed < 60 else short_age_text(elapsed)
    return short_age_text(now - job.created) if job.state != "QUEUED" else ""


def queue_texts(
    *, running: int, waiting: int, unsent: int, trouble: int, seconds_left: float
) -> Sequence[str]:
    """Summarize the queue, the longest text first: "2 running · 22 waiting · 8 min". May be empty."""
    parts = [
        phrase("{count} running", count=running) if running else "",
        phrase("{count} waiting", count=waiting) if waiting else "",
        phrase("{count} not sent", count=unsent) if unsent else "",
        _trouble_text(trouble) if trouble else "",
    ]
    left = remaining_text(seconds_left) if running or waiting else ""
    short = "/".join(str(count) for count in (running, waiting, unsent) if count)
    rows = (*parts, left), (*parts[:3], left), parts[:3], (short, left)
    return [joined(*row, by=" · ") for row in rows]


def _trouble_text(count: int) -> str:
    return phrase("1 needs you") if count == 1 else phrase("{count} need you", count=count)


def timing_text(job: JobRow, now: float) -> str:
    """Say how long it takes: "12 of about 45 s", "1:19 of about 4:30 min", "14 s" to wait, "41 s" in all.

    Empty if that is unknown. A job that takes longer than usual is only said to take that long.

    Args:
        now: seconds of the same clock as the job's times.
    """
    if job.finished:  # at the service; one that was never there took no time
        return duration_text(job.finished - job.submitted) if job.submitted else ""
    if not job.is_followed:
        return ""
    if not job.submitted:
        return duration_text(job.due - now) if job.due > now else ""
    elapsed = max(0, round(now - job.submitted))
    if elapsed > job.typical_s:
        return duration_text(elapsed)
    if job.typical_s < 60:
        return phrase("{elapsed} of about {typical} s", elapsed=elapsed, typical=job.typical_s)
    times = {"elapsed": _clock_text(elapsed), "typical": _clock_text(job.typical_s)}
    return phrase("{elapsed} of about {typical} min", **times)


def _clock_text(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02}"


def status_text(job: JobRow, now: float) -> str:
    """Describe a running job in one line: "Generating · 12 of about 45 s"."""
    phase = job.phase if job.is_followed else ""
    return joined(phase or state_text(job), timing_text(job, now), by=" · ")


def share_done(job: JobRow, progress: float, now: float) -> float:
    """Guess how much of a job is done, 0–1: by the service's figure, else by time; always below 1."""
    if not job.submitted:
        return 0.0
    by_time = 0.95 * (now - job.submitted) / max(job.typical_s, 1)
    return min(0.98, max(progress, min(by_time, 0.95), 0.0))


def progress_text(jobs: Sequence[JobRow], now: float) -> str:
    """Summarize the open jobs (newest first) for the status bar. The oldest one is shown."""
    first = status_text(jobs[-1], now)
    if len(jobs) == 1:
        return phrase("Easel: {first}    Esc: Hide", first=first)
    return phrase("Easel: {count} jobs · {first}    Esc: Hide", count=len(jobs), first=first)
