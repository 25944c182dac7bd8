# SPDX-License-Identifier: GPL-3.0-or-later
"""Any answer of the service is read or refused as invalid."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from easel.client.answers import (
    Submission,
    TaskState,
    TaskStatus,
    Wallet,
    parse_json,
    read_status,
    read_submission,
    read_wallet,
)
from easel.client.errors import ResponseInvalid

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)
RESULTS = st.lists(st.fixed_dictionaries({}, optional={"asset": ANY_JSON, "asset_url": ANY_JSON}) | ANY_JSON)
LIKELY_STATUS = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from([*TaskState, "finished", "", None]) | ANY_JSON,
        "progress": ANY_JSON,
        "results": RESULTS | ANY_JSON,
        "failure_reason": ANY_JSON,
    },
)


@given(ANY_JSON | LIKELY_STATUS)
def test_any_json_is_a_status_or_invalid(answer: Any) -> None:
    try:
        status = read_status(answer)
    except ResponseInvalid:
        return
    assert isinstance(status, TaskStatus)
    assert isinstance(status.state, TaskState)
    assert 0 <= status.progress <= 100
    assert all(isinstance(link, str) for link in status.assets)
    assert isinstance(status.failure_reason, str)


@given(ANY_JSON | st.fixed_dictionaries({"task_id": ANY_JSON}))
def test_any_json_is_a_submission_or_invalid(answer: Any) -> None:
    try:
        submission = read_submission(answer)
    except ResponseInvalid:
        return
    assert submission.task_id.strip()


@given(ANY_JSON | st.fixed_dictionaries({"balance": ANY_JSON}, optional={"rate_limit": ANY_JSON}))
def test_any_json_is_a_wallet_or_invalid(answer: Any) -> None:
    try:
        wallet = read_wallet(answer)
    except ResponseInvalid:
        return
    assert wallet.balance.is_finite()
    float(wallet.balance)
    assert wallet.rate_limit is None or wallet.rate_limit >= 1


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_json_or_invalid(data: bytes) -> None:
    try:
        parse_json(data)
    except ResponseInvalid:
        return


@pytest.mark.parametrize("data", [b"[" * 100_000, b"1" * 10_000, b"", b"\xff\xfe", b'{"a":'])
def test_hostile_bytes_are_invalid(data: bytes) -> None:
    with pytest.raises(ResponseInvalid):
        parse_json(data)


def test_a_web_page_is_called_one() -> None:
    with pytest.raises(ResponseInvalid, match="a web page"):
        parse_json(b"\xef\xbb\xbf\n<!DOCTYPE html><html></html>")


@pytest.mark.parametrize("word", ["ERROR", "CANCELLED", "canceled", "TIMED_OUT"])
def test_a_word_that_nobody_knows_ends_a_task_together_with_a_reason(word: str) -> None:
    status = read_status({"status": word, "failure_reason": "Out of memory.", "results": []})
    assert (status.state, status.failure_reason) == (TaskState.FINISHED, "Out of memory.")
    assert status.is_over(1)
    assert not read_status({"status": word, "failure_reason": " ", "results": []}).is_over(1)


@pytest.mark.parametrize("word", ["COMPLETED", "SUCCESS", "done"])
def test_a_word_that_nobody_knows_ends_a_task_together_with_all_its_images(word: str) -> None:
    def status(count: int) -> TaskStatus:
        return read_status({"status": word, "results": [{"asset": f"https://a/{n}"} for n in range(count)]})

    assert [status(count).is_over(2) for count in (0, 1, 2, 3)] == [False, False, True, True]
    assert [status(count).is_over(0) for count in (0, 1)] == [False, True], "a rescued task: unknown how many"
    running = read_status({"status": "IN_PROGRESS", "results": [{"asset": "https://a/0"}]})
    assert not running.is_over(1)
    assert not read_status({"status": word, "results": [{"asset": None}]}).is_over(1)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("PENDING", TaskState.PENDING),
        ("IN_PROGRESS", TaskState.IN_PROGRESS),
        ("FINISHED", TaskState.FINISHED),
        (" finished ", TaskState.FINISHED),
        ("FAILED", TaskState.FAILED),
        ("POST_PROCESSING", TaskState.IN_PROGRESS),
        ("", TaskState.IN_PROGRESS),
    ],
)
def test_words_for_the_state(word: str, state: TaskState) -> None:
    assert read_status({"status": word}).state is state


@pytest.mark.parametrize(
    ("result", "link"),
    [
        ({"asset": "https://a/1"}, "https://a/1"),
        ({"asset": "https://a/1", "asset_url": "https://a/2", "thumbnail": "https://a/3"}, "https://a/1"),
        ({"asset": None, "asset_url": "https://a/2"}, "https://a/2"),
        ({"asset": "", "asset_url": " https://a/2 "}, "https://a/2"),
        ({"asset_url": "https://a/2", "metadata": None}, "https://a/2"),
        ({"asset": None}, ""),
        ({"thumbnail": "https://a/3"}, ""),
        ({"asset": 5}, ""),
        (None, ""),
        ("https://a/1", ""),
    ],
)
def test_the_link_of_a_result(result: Any, link: str) -> None:
    assert read_status({"status": "FINISHED", "results": [result]}).assets == (link,)


def test_results_keep_their_position() -> None:
    results = [{"asset": "https://a/0"}, {"asset": None}, {"asset": "https://a/2"}]
    assert read_status({"status": "FINISHED", "results": results}).assets == (
        "https://a/0",
        "",
        "https://a/2",
    )


@pytest.mark.parametrize("results", [None, [], {}, "https://a/1", 7])
def test_no_results_yet(results: Any) -> None:
    assert not any(read_status({"status": "FINISHED", "results": results}).assets)


@pytest.mark.parametrize(
    ("progress", "percent"),
    [(0, 0), (55, 55), (99.9, 99), (250, 100), (-5, 0), ("40", 40), (None, 0), (True, 0), ("soon", 0),
     (float("nan"), 0), (float("inf"), 0), (10**400, 100), ("1e999999999", 100)],
)  # fmt: skip
def test_progress_is_a_percentage(progress: Any, percent: int) -> None:
    assert read_status({"status": "PENDING", "progress": progress}).progress == percent


def test_a_failure_reason_is_text() -> None:
    assert read_status({"status": "FAILED", "failure_reason": " blocked "}).failure_reason == "blocked"
    assert read_status({"status": "FAILED", "failure_reason": None}).failure_reason == ""


@pytest.mark.parametrize(
    "answer", [{}, {"detail": "…"}, {"status": None}, {"status": 3}, [], "FINISHED", None]
)
def test_no_status_word_is_invalid(answer: Any) -> None:
    with pytest.raises(ResponseInvalid) as caught:
        read_status(answer)
    assert caught.value.passing


def test_submissions() -> None:
    assert read_submission({"task_id": " abc ", "created_at": "…"}) == Submission(task_id="abc")
    assert read_submission({"task_id": 17}) == Submission(task_id="17")


@pytest.mark.parametrize("task_id", ["", "  ", None, True, [], {}, 1.5, "x" * 1000])
def test_no_task_id_leaves_the_fate_unknown(task_id: Any) -> None:
    with pytest.raises(ResponseInvalid) as caught:
        read_submission({"task_id": task_id})
    assert caught.value.fate_unknown


@pytest.mark.parametrize(
    ("text", "wallet"),
    [
        ('{"balance": "150.00"}', Wallet(balance=Decimal("150.00"), rate_limit=None)),
        ('{"balance": 150}', Wallet(balance=Decimal(150), rate_limit=None)),
        ('{"balance": 0.1, "rate_limit": 10}', Wallet(balance=Decimal("0.1"), rate_limit=10)),
        ('{"balance": "-3", "rate_limit": "6"}', Wallet(balance=Decimal(-3), rate_limit=6)),
        ('{"balance": "1", "rate_limit": 0}', Wallet(balance=Decimal(1), rate_limit=None)),
        ('{"balance": "1", "rate_limit": "fast"}', Wallet(balance=Decimal(1), rate_limit=None)),
        ('{"balance": "1", "rate_limit": 1e400}', Wallet(balance=Decimal(1), rate_limit=None)),
    ],
)
def test_wallets(text: str, wallet: Wallet) -> None:
    assert read_wallet(json.loads(text)) == wallet


@pytest.mark.parametrize("balance", [None, "", "much", True, [], "NaN", "Infinity", "1e999", 10**300])
def test_no_balance_is_invalid(balance: Any) -> None:
    with pytest.raises(ResponseInvalid):
        read_wallet({"balance": balance})


def test_a_number_too_long_to_be_written_is_none() -> None:
    with pytest.raises(ResponseInvalid):
        read_wallet({"balance": 10**5000})
