# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at things that may answer late: asking never waits, and a look that hangs delays no other."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from easel.threads import lookout
from easel.threads.lookout import Lookout

SILENCE_S = 60
PATIENCE_S = 20  # enough for a busy machine, but less than the silence


class Disk:
    """A disk to look at. Keys that begin with "dead" keep silent until `answers` is set."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.looks = Counter[str]()
        self.befores: list[str | None] = []

    def look(self, key: str, before: str | None) -> str:
        self.looks[key] += 1
        number = self.looks[key]
        self.befores.append(before)
        if key.startswith("dead"):
            self.answers.wait(SILENCE_S)
        if key == "broken":
            raise ValueError(key)
        return f"{key} {number}"


@pytest.fixture
def disk() -> Iterator[Disk]:
    made = Disk()
    yield made
    made.answers.set()


@pytest.fixture
def stays_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep answers fresh for long, so that a slow machine looks at each key once."""
    monkeypatch.setattr(lookout, "FRESH_S", 1000.0)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.01)


def test_what_is_asked_for_is_known_soon(disk: Disk, stays_fresh: None) -> None:
    files = Lookout("test", disk.look)
    assert files.ask("a") is None
    assert files.wait(PATIENCE_S)
    assert files.ask("a") == "a 1"
    assert not files.is_expecting
    assert disk.looks["a"] == 1, "it is fresh"


def test_what_is_old_is_looked_at_again_and_shown_meanwhile(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "FRESH_S", -1.0)  # not 0: a clock may stand still for 15 ms
    files = Lookout("test", disk.look)
    files.ask("a")
    assert files.wait(PATIENCE_S)
    assert files.ask("a") == "a 1"
    assert not files.is_expecting, "it is known"
    assert files.wait(PATIENCE_S)
    assert files.recall("a", 1000) == "a 2"
    assert disk.befores == [None, "a 1"]
    assert files.recall("a", -1) is None


def test_what_hangs_holds_up_nothing_and_is_asked_once(disk: Disk, stays_fresh: None) -> None:
    files = Lookout("test", disk.look)
    dead = [f"dead {number}" for number in range(8)]
    lively = [f"file {number}" for number in range(8)]
    begun = time.monotonic()
    for key in dead + lively:
        assert files.ask(key) is None
    assert time.monotonic() - begun < PATIENCE_S
    until(lambda: [files.ask(key) for key in dead + lively].count(None) == len(dead))
    until(lambda: all(files.hangs(key) for key in dead))
    assert not files.hangs(lively[0])
    until(lambda: not files.is_expecting)
    assert max(disk.looks[key] for key in dead) == 1
    assert not files.wait(0.01)
    disk.answers.set()
    assert files.wait(PATIENCE_S)
    assert files.ask(dead[0]) == "dead 0 1"


def test_its_end_waits_for_nobody(disk: Disk) -> None:
    files = Lookout("test", disk.look)
    files.ask("dead")
    until(lambda: disk.looks["dead"])
    begun = time.monotonic()
    files.forget()
    assert time.monotonic() - begun < PATIENCE_S
    assert files.ask("a") is None
    until(lambda: files.ask("a"))


def test_a_look_that_raises_is_no_end(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[object] = []
    monkeypatch.setattr(threading, "excepthook", raised.append)
    files = Lookout("test", disk.look)
    for _ in range(3):
        files.ask("broken")
        assert files.wait(PATIENCE_S)
    files.ask("a")
    assert files.wait(PATIENCE_S)
    assert files.ask("a") == "a 1"
    assert disk.looks["broken"] == 3
    until(lambda: len(raised) == 3)


def threads_of(name: str) -> int:
    return sum(thread.name == f"easel-{name}" for thread in threading.enumerate())


def test_two_threads_do_for_what_answers(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLOW_S", "_IDLE_S"):
        monkeypatch.setattr(lookout, name, 1000.0)
    files = Lookout("two", disk.look)
    for _ in range(2):
        for number in range(20):
            files.ask(str(number))
            assert threads_of("two") <= 2
        assert files.wait(PATIENCE_S)
        files.forget()
        until(lambda: threads_of("two") == 0)


def test_threads_end_when_nobody_asks(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookout, "_IDLE_S", 0.05)
    files = Lookout("idle", disk.look)
    files.ask("a")
    assert files.wait(PATIENCE_S)
    until(lambda: threads_of("idle") == 0)
    files.ask("again")
    assert files.wait(PATIENCE_S)
    assert files.ask("again") == "again 1"


def test_threads_end_at_its_end(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookout, "_IDLE_S", 1000.0)
    files = Lookout("ending", disk.look)
    files.ask("a")
    assert files.wait(PATIENCE_S)
    assert threads_of("ending") == 1
    files.forget()
    until(lambda: threads_of("ending") == 0)


def test_a_look_that_was_begun_before_its_end_tells_nothing_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookout, "_IDLE_S", 1000.0)
    answers = {"old": threading.Event(), "new": threading.Event()}
    befores: list[str | None] = []

    def look(_key: str, before: str | None) -> str:
        told = "old" if not befores else "new"
        befores.append(before)
        answers[told].wait(SILENCE_S)
        return told

    files = Lookout("late", look)
    files.ask("a")
    until(lambda: len(befores) == 1)
    files.forget()
    assert files.ask("a") is None
    until(lambda: len(befores) == 2)
    assert not files.wait(0.01)
    answers["new"].set()
    assert files.wait(PATIENCE_S)
    answers["old"].set()
    until(lambda: threads_of("late") == 1)
    assert files.recall("a", 1000) == "new"
    assert befores == [None, None]
    files.forget()
    until(lambda: threads_of("late") == 0)


def test_only_so_much_is_kept(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookout, "_MOST_KNOWN", 3)
    files = Lookout("test", disk.look)
    for key in "abcde":
        files.ask(key)
        assert files.wait(PATIENCE_S)
    assert [key for key in "abcde" if files.recall(key, 1000)] == ["c", "d", "e"]


def test_a_click_waits_for_a_look_as_long_as_one_takes(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    files = Lookout("test", disk.look)
    monkeypatch.setattr(lookout, "SLOW_S", PATIENCE_S)
    assert files.look_for("a", 20) == "a 1"
    assert files.look_for("a", 20) == "a 1", "it is known"
    monkeypatch.setattr(lookout, "SLOW_S", 0.1)
    begun = time.monotonic()
    assert files.look_for("dead", 20) is None
    until(lambda: files.hangs("dead"))
    assert files.look_for("dead", 20) is None
    assert time.monotonic() - begun < 10
    monkeypatch.setattr(lookout, "SLOW_S", PATIENCE_S)
    disk.answers.set()
    assert files.wait(PATIENCE_S)
    assert files.look_for("dead", 20) == "dead 1"
