# SPDX-License-Identifier: GPL-3.0-or-later
"""A search ignores case and accents, and finds words in scripts without spaces."""

import datetime
import sqlite3
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings, strategies as st

from easel.jobs.image_dates import (
    Period,
    bounds_of,
    date_words,
    numbered_dates,
    take_periods,
)
from easel.jobs.image_query import TABLE
from easel.jobs.image_words import MOST_WORDS, fold, match_of, terms_of, words_of


class Index:
    """A table of texts in SQLite, like that of the ledger."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:")
        self._connection.execute(TABLE)

    def finds(self, text: str, typed: str) -> bool:
        self._connection.execute("DELETE FROM image_words")
        self._connection.execute("INSERT INTO image_words (words) VALUES (?)", (words_of([text]),))
        match = match_of(terms_of(typed))
        return bool(
            self._connection.execute(
                "SELECT 1 FROM image_words WHERE image_words MATCH ?", (match,)
            ).fetchone()
        )


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    index = Index()
    yield index
    index._connection.close()


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("Weathered copper roof", "copper"),
        ("Weathered copper roof", "ROOF wea"),
        ("Weathered copper roof", "c"),
        ("straße", "strasse"),
        ("STRASSE", "straße"),
        ("grüne Mauer", "grüne"),
        ("grüne Mauer", "grune"),
        ("grüne Mauer", "gruene"),
        ("gruene Mauer", "grüne"),
        ("gru\u0308ne Mauer", "grüne"),
        ("Äpfel", "aepf"),
        ("forêt, café", "foret cafe"),
        ("foret", "forêt"),
        ("señal", "senal"),
        ("smørrebrød cœur", "smorrebrod coeur"),
        ("苔むした古い石垣", "石垣"),
        ("苔むした古い石垣", "苔"),
        ("苔むした古い石垣", "古い 苔"),
        ("ﾀｲﾙの壁", "タイル"),
        ("ガラス", "ｶﾞﾗｽ"),
        ("長满青苔的石墙", "青苔"),
        ("4K render of steel-blue tiles", "steel blue 4k"),
        ("\uff26\uff35\uff2c\uff2c width", "full"),
        ("กำแพงหินเก่ามีตะไคร่", "หิน"),
        ("กำแพงหินเก่ามีตะไคร่", "กำแพง"),
        ("ກຳແພງຫີນເກົ່າ", "ຫີນ"),
        ("ကျောက်တံတိုင်းဟောင်း", "တံတိုင်း"),
        ("ជញ្ជាំង\u200bថ្ម\u200bចាស់", "ថ្មចាស់"),
        ("이끼 낀 돌담", "이끼"),
        ("old_wall.png", "wall"),
        ("Москва", "моск"),
    ],
)
def test_what_is_typed_is_found(index: Index, text: str, typed: str) -> None:
    assert index.finds(text, typed)


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("Weathered copper roof", "opper"),
        ("Weathered copper roof", "copper moss"),
        ("苔むした古い石垣", "垣石"),
        ("苔むした古い石垣", "苔垣"),
        ("かき", "がき"),
        ("กำแพงหินเก่า", "เก่าหิน"),
    ],
)
def test_what_is_not_there_is_not_found(index: Index, text: str, typed: str) -> None:
    assert not index.finds(text, typed)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters() | st.sampled_from("aüßÄ\u0300\u0308苔がｶﾞกำห\u0e34 _-")))
@example("0\u03001")
def test_each_word_of_a_text_finds_it(index: Index, text: str) -> None:
    for term in terms_of(text)[:9]:
        assert index.finds(text, term), term


@given(st.text())
def test_whatever_is_typed_is_a_query(index: Index, typed: str) -> None:
    match = match_of(terms_of(f'"{typed}" OR * NEAR({typed}) -{typed} ^a {{b}}:'))
    index._connection.execute("SELECT 1 FROM image_words WHERE image_words MATCH ?", (match,)).fetchall()


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


def test_a_text_without_words_asks_for_nothing() -> None:
    assert match_of(terms_of(" ?! _ ... ")) == ""


def test_an_endless_prompt_is_found_by_its_beginning(index: Index) -> None:
    text = "moss " * MOST_WORDS + "end"
    assert index.finds(text, "moss")
    assert not index.finds(text, "end")


# -- dates -------------------------------------------------------------------------------------------


def local(*parts: int) -> float:
    return datetime.datetime(*parts).timestamp()  # noqa: DTZ001 - the artist's clock


NOW = local(2026, 3, 4, 15, 30)
"""A Wednesday."""


@pytest.mark.parametrize(
    ("period", "first", "end"),
    [
        (Period.TODAY, (2026, 3, 4), (2026, 3, 5)),
        (Period.YESTERDAY, (2026, 3, 3), (2026, 3, 4)),
        (Period.THIS_WEEK, (2026, 3, 2), (2026, 3, 9)),
        (Period.LAST_WEEK, (2026, 2, 23), (2026, 3, 2)),
        (Period.THIS_MONTH, (2026, 3, 1), (2026, 4, 1)),
        (Period.LAST_MONTH, (2026, 2, 1), (2026, 3, 1)),
        (Period.THIS_YEAR, (2026, 1, 1), (2027, 1, 1)),
        (Period.LAST_YEAR, (2025, 1, 1), (2026, 1, 1)),
    ],
)
def test_periods_are_days_of_the_artists_clock(
    period: Period, first: tuple[int, int, int], end: tuple[int, int, int]
) -> None:
    assert bounds_of(period, NOW) == (local(*first), local(*end))


@given(st.integers(0, 4_000_000_000), st.sampled_from(Period))
def test_a_period_has_an_end(now: int, period: Period) -> None:
    first, end = bounds_of(period, now)
    assert first < end


@pytest.mark.parametrize(
    ("typed", "left", "periods"),
    [
        ("moss yesterday", ["moss"], [Period.YESTERDAY]),
        ("Last Week copper", ["copper"], [Period.LAST_WEEK]),
        ("letzte Woche", [], [Period.LAST_WEEK]),
        ("la semaine dernière", [], [Period.LAST_WEEK]),
        ("aujourd’hui forêt", ["forêt"], [Period.TODAY]),
        ("año pasado", [], [Period.LAST_YEAR]),
        ("昨日の苔", ["苔"], [Period.YESTERDAY]),
        ("苔 先週", ["苔"], [Period.LAST_WEEK]),
        ("上周", [], [Period.LAST_WEEK]),
        ("last", ["last"], []),
        ("week last", ["week", "last"], []),
        ("todays", ["todays"], []),
    ],
)
def test_words_for_periods_are_taken_out(typed: str, left: list[str], periods: list[Period]) -> None:
    assert take_periods(terms_of(typed)) == (left, periods)


@pytest.mark.parametrize(
    ("typed", "rest", "dates"),
    [
        ("moss 2026-11", "moss", ["2026 11"]),
        ("2026-11-05 moss", "moss", ["2026 11 05"]),
        ("2026-1", "", ["2026 1"]),
        ("2026-1-5", "", ["2026 01 5"]),
        ("30.11.2026", "", ["2026 11 30"]),
        ("12026-11", "12026-11", []),
        ("4-5", "4-5", []),
    ],
)
def test_dates_in_numbers_are_taken_out(typed: str, rest: str, dates: list[str]) -> None:
    found = numbered_dates(typed)
    assert (found[0].strip(), found[1]) == (rest, dates)


def test_a_day_has_words_in_all_languages() -> None:
    words = date_words(local(2026, 8, 9, 23, 59))
    assert words.startswith("2026 08 09 ")
    assert {"august", "agosto", "aout"} <= set(words.split())
    assert date_words(1e300) == ""
