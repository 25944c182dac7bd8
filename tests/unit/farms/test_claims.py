# SPDX-License-Identifier: GPL-3.0-or-later
"""Workers share rows in a folder: wherever one of them dies, no row is paid for twice."""

import multiprocessing
import os
import signal
import threading
from collections import Counter
from pathlib import Path

import claim_worker
import pytest

from easel.farms.claims import FOLDER, Claim, Claims, End, State
from easel.imaging.errors import DiskFull
from easel.texts.refusal import Refusal

FORKS = multiprocessing.get_context(None if os.name == "nt" else "forkserver")
FORKS.set_forkserver_preload(["claim_worker"])
OPERATIONS = 28
"""More file operations than two rows need, as `test_all_operations_are_covered` checks."""

needs_sigkill = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")


def work(out: Path, name: str, fatal: int = 0) -> int | None:
    """Let a worker make two rows; return its exit code."""
    process = FORKS.Process(target=claim_worker.run, args=(str(out), name, [1, 2], fatal))
    process.start()
    process.join(60)
    return process.exitcode


def claims(out: Path, worker: str = "here") -> Claims:
    return Claims(out, worker)


def paid(out: Path) -> Counter[str]:
    """Return how often each row was paid for."""
    posts = out / "posts"
    return Counter(posts.read_text().split()) if posts.exists() else Counter()


@needs_sigkill
@pytest.mark.parametrize("fatal", range(1, OPERATIONS + 1))
def test_killed_at_any_file_operation_no_row_is_paid_twice(tmp_path: Path, fatal: int) -> None:
    assert work(tmp_path, "first", fatal) == -signal.SIGKILL
    assert work(tmp_path, "second", fatal % 4 + 1) in (0, -signal.SIGKILL)
    assert work(tmp_path, "third") == 0
    assert max(paid(tmp_path).values()) == 1
    for row in (1, 2):
        end = claims(tmp_path).end_of(row)
        assert end is not None, "whatever happened, each row has an end that a person can read"
        if end.state is State.DONE:
            assert paid(tmp_path)[str(row)] == 1
        else:
            assert end.state is State.UNCERTAIN, "it may have been paid for, and nothing is sent again"


@needs_sigkill
def test_all_operations_are_covered(tmp_path: Path) -> None:
    assert work(tmp_path, "first", OPERATIONS + 1) == 0


def test_of_many_that_claim_a_row_one_gets_it(tmp_path: Path) -> None:
    begin = threading.Barrier(8)
    got: list[str] = []

    def try_all(name: str) -> None:
        mine = claims(tmp_path, name)
        begin.wait()
        got.extend(f"{row}" for row in range(1, 40) if mine.claim(row, "a"))

    threads = [threading.Thread(target=try_all, args=(f"worker {number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(got) == {str(row): 1 for row in range(1, 40)}


def test_what_is_known_of_a_row_grows(tmp_path: Path) -> None:
    mine = claims(tmp_path, "blue")
    assert mine.read(7) is None
    assert mine.claim(7, "moss")
    known = mine.read(7)
    assert known is not None
    assert (known.worker, known.digest, known.task_id) == ("blue", "moss", "")
    mine.note_task(7, "task", first=2, count=3)
    known = claims(tmp_path, "red").read(7)
    assert known is not None
    assert (known.worker, known.task_id, known.first, known.count) == ("blue", "task", 2, 3)
    mine.end(7, End(state=State.DONE, files=("a.png", "b.png"), credits=10))
    assert claims(tmp_path).end_of(7) == End(state=State.DONE, files=("a.png", "b.png"), credits=10)


def test_what_is_done_stays_done_and_what_is_not_may_change(tmp_path: Path) -> None:
    mine = claims(tmp_path)
    mine.end(1, End(state=State.UNCERTAIN))
    mine.end(1, End(state=State.DONE, files=("a.png",)))
    mine.end(1, End(state=State.FAILED))
    assert mine.end_of(1) == End(state=State.DONE, files=("a.png",))


def test_what_failed_can_be_claimed_again_by_one(tmp_path: Path) -> None:
    blue, red = claims(tmp_path, "blue"), claims(tmp_path, "red")
    assert blue.claim(1, "moss")
    assert not red.claim_again(1, "moss"), "it is not over"
    blue.note_task(1, "task")
    blue.end(1, End(state=State.FAILED))
    assert [red.claim_again(1, "moss"), blue.claim_again(1, "moss")] == [True, False]
    known = blue.read(1)
    assert known is not None
    assert (known.worker, known.task_id, blue.end_of(1)) == ("red", "", None)
    red.end(1, End(state=State.UNCERTAIN))
    assert not blue.claim_again(1, "moss"), "it may have been paid for"


@pytest.mark.skipif(os.name == "nt", reason="no RLIMIT_FSIZE on Windows")
def test_where_the_disk_is_full_no_row_stays_claimed(tmp_path: Path) -> None:
    from full_disks import full_disk

    mine, other = claims(tmp_path, "blue"), claims(tmp_path, "red")
    with full_disk(0), pytest.raises(OSError, match="too large"):
        mine.claim(1, "moss")
    assert mine.read(1) is None, "nothing was sent"
    assert other.claim(1, "moss")
    end = End(state=State.UNSENT, of="job 1")
    other.end(1, end)
    with full_disk(0), pytest.raises(DiskFull):
        mine.claim_again(1, "moss")
    assert mine.end_of(1) == end
    assert mine.claim_again(1, "moss")


class OldNews(Claims):
    """Claims on a network drive that still shows a removed end."""

    old: End | None = None

    def end_of(self, row: int) -> End | None:
        return self.old or super().end_of(row)


@pytest.mark.parametrize("state", [State.DONE, State.UNCERTAIN])
def test_an_end_that_is_no_longer_the_one_that_was_read_stays(tmp_path: Path, state: State) -> None:
    blue, late = claims(tmp_path, "blue"), OldNews(tmp_path, "late")
    assert blue.claim(1, "moss")
    blue.end(1, End(state=State.FAILED, of="job 1"))
    late.old = late.end_of(1)
    assert blue.claim_again(1, "moss")
    end = End(state=state, files=("a.png",), credits=5, of="job 2")
    blue.end(1, end)
    assert not late.claim_again(1, "moss"), "it was paid for meanwhile"
    assert blue.end_of(1) == end
    known = blue.read(1)
    assert known is not None
    assert known.worker == "blue"


def test_a_job_that_has_failed_has_no_say_in_a_row_that_was_claimed_again(tmp_path: Path) -> None:
    blue, red = claims(tmp_path, "blue"), claims(tmp_path, "red")
    assert blue.claim(1, "moss")
    blue.end(1, End(state=State.FAILED, of="job 1"))
    assert not blue.is_given_up(1, "job 1")
    assert red.claim_again(1, "moss")
    assert [blue.is_given_up(1, of) for of in ("job 1", "job 2", "")] == [True, False, False]
    blue.end(1, End(state=State.FAILED, of="job 1"))
    assert blue.end_of(1) is None, "red is at it, and may pay for it"
    red.end(1, End(state=State.FAILED, of="job 2"))
    assert blue.claim_again(1, "moss")


def test_a_table_that_changed_is_refused(tmp_path: Path) -> None:
    assert claims(tmp_path).claim(1, "moss")
    with pytest.raises(Refusal, match="Row 1 was claimed for another picture"):
        claims(tmp_path).claim(1, "stone")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"first": "x"}', "\0\0\0"])
def test_a_claim_that_is_half_written_is_a_claim(tmp_path: Path, text: str) -> None:
    mine = claims(tmp_path)
    (tmp_path / FOLDER / "000003.claim").write_text(text)
    assert not mine.claim(3, "moss")
    assert mine.read(3) == Claim()
    (tmp_path / FOLDER / "000003.end").write_text(text)
    assert mine.end_of(3) is None
    mine.note_task(3, "task")
    known = mine.read(3)
    assert known is not None
    assert known.task_id == "task", "so it can be collected, whoever claimed it"


def test_a_folder_that_is_gone_claims_nothing(tmp_path: Path) -> None:
    mine = claims(tmp_path)
    mine.folder.rmdir()
    with pytest.raises(OSError, match=r"000001\.claim"):
        mine.claim(1, "moss")
