# SPDX-License-Identifier: GPL-3.0-or-later
"""Prices, times and wrapped text, as the artist reads them."""

from types import SimpleNamespace

import pytest
from hypothesis import given, strategies as st

from easel.texts import wording


def row(**values: object) -> SimpleNamespace:
    """Return a running job; `values` replace its usual ones."""
    usual = {
        "state": "RUNNING",
        "phase": "",
        "count": 1,
        "image_count": 0,
        "created": 90,
        "submitted": 100,
        "finished": 0,
        "due": 0,
        "typical_s": 45,
        "is_parked": False,
        "is_followed": True,
    }
    return SimpleNamespace(**{**usual, **values})


@pytest.mark.parametrize(
    ("amount", "text"),
    [(1, "1 credit"), (0, "0 credits"), (1250.0, "1,250 credits"), (12.5, "12.50 credits")],
)
def test_credits(amount: float, text: str) -> None:
    assert wording.credits_text(amount) == text


def test_the_button_names_its_price() -> None:
    assert wording.button_text("Generate", 30) == "Generate · 30 Credits"
    assert wording.typical_text(45, 30) == "About 45 s"


def test_with_the_simulator_the_button_says_that_it_costs_nothing() -> None:
    assert wording.button_text("Generate", 30, is_simulated=True) == "Generate · Simulated"
    assert wording.typical_text(45, 30, is_simulated=True) == "About 45 s · normally 30 credits"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "0 s"), (12.4, "12 s"), (60, "1 min"), (125, "2 min 5 s"), (3600, "1 h"), (12_000, "3 h 20 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert wording.duration_text(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "just now"), (300, "5 min ago"), (7300, "2 h ago"), (200_000, "2 days ago")]
)
def test_ages(seconds: float, text: str) -> None:
    assert wording.age_text(seconds) == text


@pytest.mark.parametrize(
    ("job", "text"),
    [
        (row(), "Generating · 12 of about 45 s"),
        (row(phase="At the service"), "At the service · 12 of about 45 s"),
        (row(submitted=38, typical_s=270), "Generating · 1:14 of about 4:30 min"),
        (row(submitted=38), "Generating · 1 min 14 s"),
        (
            row(state="QUEUED", submitted=0, phase="Waiting for its turn", due=126),
            "Waiting for its turn · 14 s",
        ),
        (row(state="QUEUED", submitted=0, is_followed=False), "Not sent"),
        (row(state="DONE", finished=141, is_followed=False, phase="old"), "Done · 41 s"),
        (row(is_parked=True, is_followed=False), "With the service"),
        (row(state="FAILED", submitted=0, finished=91, is_followed=False), "Failed"),
    ],
)
def test_status(job: SimpleNamespace, text: str) -> None:
    assert wording.status_text(job, 112) == text


def test_a_narrow_title_of_the_queue_keeps_words_before_times() -> None:
    texts = wording.queue_texts(running=1, waiting=2, unsent=0, trouble=1, seconds_left=30)
    assert list(map(str, texts)) == [
        "1 running · 2 waiting · 1 needs you · < 1 min",
        "1 running · 2 waiting · < 1 min",
        "1 running · 2 waiting",
        "1/2 · < 1 min",
    ]


@pytest.mark.parametrize(("submitted", "text"), [(100, "12 s"), (33, "1 min"), (112 - 7300, "2 h")])
def test_beside_a_name_a_running_time_is_short(submitted: float, text: str) -> None:
    assert wording.row_time_text(row(submitted=submitted), 112) == text


@given(st.floats(0, 1), st.floats(0, 1e6))
def test_progress_stays_below_the_end(progress: float, elapsed: float) -> None:
    assert 0 <= wording.share_done(row(), progress, 100 + elapsed) < 1


def test_the_status_bar_speaks_of_all_jobs() -> None:
    assert wording.progress_text([row(), row()], 112).startswith("Easel: 2 jobs · Generating")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(86_000, "for 23 h"), (3_600, "for 1 h"), (3_599, "for 59 min"), (20, "for 1 min"), (-5, "too late")],
)
def test_expiry(seconds: float, text: str) -> None:
    assert wording.expiry_text(seconds).endswith(text)
