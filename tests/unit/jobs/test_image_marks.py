# SPDX-License-Identifier: GPL-3.0-or-later
"""Stars, ratings, tags and the bin are found at once, kept for good, and safe with two Blenders."""

import contextlib
import random
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from easel.jobs import images, ledger_marks
from easel.jobs.events import ImagesFound, ImagesMarked, JobBrought
from easel.jobs.image_rows import Order, RowsWanted, Search
from easel.jobs.ledger import Ledger
from easel.jobs.library import Library
from easel.texts.refusal import Refusal

from .conftest import DRAFT, Bench
from .test_image_index import add, found, job, result


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Yield a ledger of three images with their files; the last image is the newest."""
    with contextlib.closing(Ledger(tmp_path / "ledger.sqlite3")) as ledger:
        for number in (1, 2, 3):
            add(ledger, number)
            path = result(ledger, number).path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"image")
        yield ledger


def ids(ledger: Ledger, *numbers: int) -> list[int]:
    rows = ledger.search(Search()) + ledger.search(Search(in_bin=True))
    by_content = {row.content: row.id for row in rows}
    return [by_content[f"{number}-0"] for number in numbers]


def test_stars_are_found_with_and_without_words(ledger: Ledger) -> None:
    assert ledger.star(ids(ledger, 1, 3)) == 2
    assert ledger.star(ids(ledger, 1)) == 0, "it has one"
    for text in ("", "moss"):
        assert found(ledger, text, is_starred=True) == ["3-0", "1-0"]
    assert ledger.star(ids(ledger, 3), is_on=False) == 1
    assert found(ledger, is_starred=True) == ["1-0"]
    assert ledger.star([99]) == 0, "there is none of that id"


def test_the_best_come_first(ledger: Ledger) -> None:
    add(ledger, 4)
    ledger.rate(ids(ledger, 1), 5)
    ledger.rate(ids(ledger, 3), 2)
    for text in ("", "moss"):
        assert found(ledger, text, order=Order.RATING) == ["1-0", "3-0", "4-0", "2-0"]
        pages = [found(ledger, text, order=Order.RATING, limit=1, offset=offset) for offset in range(5)]
        assert pages == [["1-0"], ["3-0"], ["4-0"], ["2-0"], []]
        assert found(ledger, text, rating=2) == ["3-0", "1-0"]
        assert found(ledger, text, rating=3, order=Order.RATING) == ["1-0"]
    ledger.rate(ids(ledger, 1), 0)
    assert found(ledger, rating=1) == ["3-0"]
    with pytest.raises(ValueError, match="no rating"):
        ledger.rate(ids(ledger, 1), 6)


def test_tags_are_words_and_filters(ledger: Ledger) -> None:
    assert ledger.tag(ids(ledger, 1, 2), " Für  die Straße ") == 2
    assert ledger.tag(ids(ledger, 1), "FUR DIE STRASSE") == 0, "it is the same"
    ledger.tag(ids(ledger, 1), "苔")
    assert ledger.search(Search(text="strasse", limit=1))[0].tags == ("Für die Straße",)
    assert found(ledger, tags=("für die strasse",)) == ["2-0", "1-0"]
    assert found(ledger, "moss", tags=("für die strasse", "苔")) == ["1-0"]
    assert found(ledger, "苔") == ["1-0"]
    assert ledger.tags() == [("Für die Straße", 2), ("苔", 1)]
    ledger.untag(ids(ledger, 1, 2), "fur die straße")
    assert found(ledger, "strasse") == []
    assert ledger.tag(ids(ledger, 1), "bois\udce9") == ledger.untag(ids(ledger, 1), "bois\udce9") == 1
    with pytest.raises(ValueError, match="empty"):
        ledger.tag(ids(ledger, 1), "  ")


def test_of_several_images_their_tags_are_changed_and_their_other_tags_stay(ledger: Ledger) -> None:
    one, two = ids(ledger, 1, 2)
    ledger.tag([one], "Wall")
    ledger.tag([one, two], "Old")
    assert ledger.retag([one, two], ["Wet", " wäll ", ""], ["OLD", "none"]) == 2
    assert [row.tags for row in ledger.image_rows([one, two])] == [("Wall", "Wet"), ("wäll", "Wet")]
    assert ledger.retag([one], ["wet"], []) == 0, "it has that"
    assert found(ledger, "wet") == ["2-0", "1-0"]


def test_only_what_is_starred_of_a_job_is_kept(ledger: Ledger) -> None:
    for index in range(1, 4):
        ledger.add_result(job(3).id, result(ledger, 3, index))
    assert ledger.keep_starred(job(3).id) == (0, 0), "none has a star: nothing is deleted"
    rows = ledger.rows_wanted(RowsWanted(job_ids=(job(3).id,)))
    assert [row.index for row in rows] == [0, 1, 2, 3]
    ledger.star([rows[1].id])
    assert ledger.keep_starred(job(3).id) == (1, 3)
    assert ledger.keep_starred(job(3).id) == (1, 0)
    assert [row.id for row in ledger.rows_wanted(RowsWanted(ids=(rows[0].id, rows[1].id)))] == [rows[1].id]
    assert ledger.restore([row.id for row in rows]) == 3
    assert found(ledger) == ["3-0", "3-1", "3-2", "3-3", "2-0", "1-0"]


def test_what_is_deleted_waits_in_the_bin(ledger: Ledger) -> None:
    assert ledger.put_in_bin(ids(ledger, 2)) == 1
    for text in ("", "moss"):
        assert found(ledger, text) == ["3-0", "1-0"]
        assert found(ledger, text, in_bin=True) == ["2-0"]
    assert result(ledger, 2).path.exists()
    assert ledger.restore(ids(ledger, 2)) == 1
    assert found(ledger) == ["3-0", "2-0", "1-0"]
    assert ledger.empty_bin() == 0
    assert result(ledger, 2).path.exists()


def test_an_empty_bin_has_no_files(ledger: Ledger) -> None:
    library = Library(ledger.path.parent)
    thumbnail = library.thumbnail_path(job(2).id, 0)
    thumbnail.parent.mkdir()
    thumbnail.write_bytes(b"thumbnail")
    gone = ids(ledger, 2)
    ledger.put_in_bin(gone)
    assert ledger.empty_bin() == 1
    assert not result(ledger, 2).path.exists()
    assert not thumbnail.exists()
    assert result(ledger, 1).path.exists()
    assert found(ledger, in_bin=True) == found(ledger, "moss", in_bin=True) == []
    assert ledger.restore(gone) == 0
    ledger.save_result(job(2).id, result(ledger, 2))
    assert found(ledger) == ["3-0", "1-0"], "it does not come back"


def test_what_a_crash_left_of_an_emptied_bin_goes_the_next_time(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.put_in_bin(ids(ledger, 2))
    with monkeypatch.context() as patch:
        patch.setattr(ledger_marks, "_is_removed", lambda _path: False)  # it is open, or the process dies
        ledger.empty_bin()
    assert result(ledger, 2).path.exists()
    assert found(ledger, in_bin=True) == []
    ledger.empty_bin()
    assert not result(ledger, 2).path.exists()


def test_no_file_outside_the_library_is_removed(ledger: Ledger, tmp_path: Path) -> None:
    theirs = tmp_path.parent / f"{tmp_path.name}-theirs.png"
    theirs.write_bytes(b"theirs")
    (gone,) = ids(ledger, 2)
    with ledger.transaction() as connection:
        connection.execute("UPDATE images SET path = ? WHERE id = ?", (f"../{theirs.name}", gone))
    ledger.put_in_bin([gone])
    ledger.empty_bin()
    assert theirs.exists()


def test_marks_outlive_a_ledger_that_is_lost(bench: Bench) -> None:
    engine = bench.engine()
    for _ in range(2):
        bench.run(engine)
    engine.stop()
    with contextlib.closing(Ledger(bench.library.ledger_path)) as ledger:
        newer, older = ledger.search(Search())
        ledger.star([newer.id])
        ledger.rate([newer.id], 4)
        ledger.tag([newer.id], "wall")
        ledger.put_in_bin([older.id])
        before = ledger.search(Search()) + ledger.search(Search(in_bin=True))
    with bench.library.marks_path.open("a") as file:
        file.write('\n{"path": 3}\n\n{"half')
    for path in bench.library.root.glob("ledger*"):
        path.unlink()
    with contextlib.closing(Ledger(bench.library.ledger_path)) as ledger:
        after = ledger.search(Search()) + ledger.search(Search(in_bin=True))
        assert found(ledger, "wall", is_starred=True, rating=4) == [newer.content]
    assert after == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_marks_that_can_not_be_kept_beside_the_ledger_are_in_it(ledger: Ledger) -> None:
    marks = Library(ledger.path.parent).marks_path
    marks.mkdir()
    assert ledger.star(ids(ledger, 1)) == 1
    assert found(ledger, is_starred=True) == ["1-0"]


def test_two_blenders_tidy_at_once(ledger: Ledger) -> None:
    """Marks, words and files agree in whatever order the two tidy, and no image is lost."""
    everything = ids(ledger, 1, 2, 3)
    counts: list[int] = []

    def tidy(seed: int) -> None:
        chance = random.Random(seed)
        with contextlib.closing(Ledger(ledger.path)) as mine:
            for _ in range(15):
                verb = chance.choice([mine.star, mine.put_in_bin, mine.restore, mine.rate, mine.tag])
                more: dict[str, Any] = {"rate": {"rating": 3}, "tag": {"tag": "x"}}.get(verb.__name__, {})
                verb(chance.sample(everything, 2), **more)
            counts.append(mine.empty_bin())

    threads = [threading.Thread(target=tidy, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shown = ledger.search(Search())
    assert len(counts) == 2
    gone = [number for number in (1, 2, 3) if not result(ledger, number).path.exists()]
    assert sum(counts) >= len(gone)
    assert {row.content for row in shown}.isdisjoint(f"{number}-0" for number in gone)
    binned = found(ledger, in_bin=True)
    assert len(shown) + len(binned) + len(gone) == 3
    assert sorted(found(ledger, "moss") + found(ledger, "moss", in_bin=True)) == sorted(
        [row.content for row in shown] + binned
    )
    for row in shown:
        assert (row.content in found(ledger, is_starred=True)) == row.is_starred
        assert (row.content in found(ledger, rating=3)) == (row.rating == 3)


# -- for scripts -------------------------------------------------------------------------------------


def test_scripts_search_a_library(ledger: Ledger) -> None:
    folder = ledger.path.parent
    ledger.star(ids(ledger, 2))
    assert [row.content for row in images.search(folder, "mossy", limit=2)] == ["3-0", "2-0"]
    assert [row.content for row in images.search(str(folder), is_starred=True)] == ["2-0"]
    assert images.count(folder) == 3
    assert images.tags(folder) == []
    assert images.search(folder)[0].written == DRAFT.prompt
    with pytest.raises(TypeError):
        images.search(folder, "mossy", colour="green")


def test_searching_makes_no_library(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no library"):
        images.search(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_whoever_asks_a_library_that_is_gone_is_answered(bench: Bench) -> None:
    engine = bench.engine()
    job_id = bench.run(engine).id
    away = bench.library.root.with_name("away")
    bench.library.root.rename(away)
    engine.gallery.star([1], is_on=True)
    engine.gallery.empty_bin()
    engine.gallery.search(Search(text="moss"))
    engine.gallery.bring(job_id)
    kinds = (ImagesMarked, ImagesMarked, ImagesFound, JobBrought)
    bench.wait(engine, lambda: any(isinstance(event, JobBrought) for event in bench.events))
    answers = [event for event in bench.events if isinstance(event, kinds)]
    assert tuple(map(type, answers)) == kinds
    assert all("is gone" in answer.message for answer in answers)
    away.rename(bench.library.root)
