# SPDX-License-Identifier: GPL-3.0-or-later
"""The library's index: a search per key, against LIKE, and against listing the folder with Pillow.

The ledger's own functions fill and search it, as on a worker thread.
"""

from __future__ import annotations

import contextlib
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import PIL.Image

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]  # `bench` and `easel`

from bench.table import Row  # noqa: E402

SIZES = (25_000, 100_000)
FILES = 500
ADDED = 40
TINY = {"sizes": (60,), "files": 3, "added": 2}
PROMISED_MS: Final = {25_000: 15.0, 100_000: 50.0}
ROUNDS: Final = 7
DAY_S: Final = 86_400.0

TYPED: Final = "weathered copper"
"""Typed key by key."""
WORDS: Final = (
    *("weathered", "copper", "roof", "moss", "bark", "stone", "wall", "brick", "plaster", "oak", "planks"),
    *(
        "rust",
        "iron",
        "grating",
        "marble",
        "tiles",
        "wet",
        "cobble",
        "sand",
        "dune",
        "snow",
        "ice",
        "leather",
    ),
    *("linen", "wool", "velvet", "gold", "silver", "brass", "chrome", "glass", "frosted", "paper", "clay"),
    *("grün", "Fußboden", "Mauerwerk", "süß", "café", "forêt", "mousse", "muro", "piedra", "tejado"),
    *("苔", "石垣", "銅板", "木目", "壁"),
)


def rows(sizes: tuple[int, ...] = SIZES, files: int = FILES, added: int = ADDED) -> Iterator[Row]:
    """Measure each size with its own library."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        each_ms = _listing_ms(Path(folder, "files"), files)
        for size in sizes:
            yield from _searched(Path(folder, str(size)), size, added, each_ms)


def _searched(folder: Path, size: int, added: int, listing_ms: float) -> Iterator[Row]:
    from easel.jobs.image_rows import Order, Search
    from easel.jobs.ledger import Ledger

    folder.mkdir()
    with contextlib.closing(Ledger(folder / "ledger.sqlite3")) as ledger:
        fill(ledger, size)
        begun = time.perf_counter()
        while ledger.bring_in_images(1000):
            pass
        taken_s = time.perf_counter() - begun
        yield Row(
            what=f"an index of {size:,} images for a ledger of before",
            naive=None,
            ours=taken_s,
            unit="s",
            note=f"{1000 * taken_s / size:.2f} ms an image, {folder_size(folder) / size / 1e3:.1f} kB each",
        )
        promised = PROMISED_MS.get(size)
        like = _like(ledger, size)
        searches = {
            "the longest of a search per key": [Search(text=TYPED[:end]) for end in range(1, len(TYPED) + 1)],
            "a word that no image has": [Search(text="zeppelin")],
            "starred ones with a word that most have": [Search(text="w", is_starred=True)],
            "not placed, by rating, with a word that most have": [
                Search(text="w", is_placed=False, order=Order.RATING)
            ],
            "two characters of Japanese": [Search(text="石垣")],
            "last week": [Search(text="last week")],
            "all, 200 in the middle": [Search(offset=size // 2)],
        }
        for what, wanted in searches.items():
            ours = max(_median_ms(lambda search=search: ledger.search(search)) for search in wanted)
            naive = max(_median_ms(lambda search=search: like(search.text)) for search in wanted)
            yield Row(
                what=f"{size:,}: {what}",
                naive=naive,
                ours=ours,
                promised=promised,
                unit="ms",
                note="naive: LIKE",
            )
        yield Row(
            what=f"{size:,}: the newest 100",
            naive=listing_ms * size,
            ours=_median_ms(lambda: ledger.search(Search())),
            promised=promised,
            unit="ms",
            note="naive: each file's header and texts by Pillow, reckoned from some",
        )
        yield _added(ledger, size, added)
        yield from _pruned(ledger, size)


def _pruned(ledger: Any, size: int) -> Iterator[Row]:
    """Measure planning the pruning of a library of 500 days, and moving half of it into the bin."""
    from easel.jobs.prune import plan, prune
    from easel.jobs.pruning import Rule
    from easel.threads.pace import Pace

    planned = plan(ledger, Rule(days=250), frozenset())
    yield Row(
        what=f"{size:,}: what pruning would take",
        naive=None,
        ours=_median_ms(lambda: plan(ledger, Rule(days=250), frozenset())),
        unit="ms",
        note=f"{len(planned.ids):,} images; off the main thread",
    )
    begun = time.perf_counter()
    prune(ledger, planned, frozenset(), for_good=False, pace=Pace())
    taken_s = time.perf_counter() - begun
    yield Row(
        what=f"{size:,}: put into the bin by pruning",
        naive=None,
        ours=1000 * taken_s / max(len(planned.ids), 1),
        unit="ms",
        note=f"an image; {taken_s:.1f} s in all",
    )


def _added(ledger: Any, size: int, count: int) -> Row:
    """Measure images that arrive one by one and are indexed at once."""
    from easel.jobs.image_rows import Search

    taken: list[float] = []
    limit: list[float] = []
    for number in range(count):
        _add(ledger, size + number, time.time())
        begun = time.perf_counter()
        ledger.bring_in_images(1)
        taken.append(1000 * (time.perf_counter() - begun))
        begun = time.perf_counter()
        with ledger.transaction() as connection:
            connection.execute("UPDATE jobs SET progress = 1 - progress WHERE rowid = 1")
        limit.append(1000 * (time.perf_counter() - begun))
    assert ledger.search(Search(limit=1))[0].job_id == f"{size + count - 1:032x}"
    return Row(
        what=f"{size:,}: one more image",
        naive=None,
        ours=statistics.median(taken),
        limit=statistics.median(limit),
        promised=5.0,
        unit="ms",
        note="limit: the commit of one number",
    )


def _listing_ms(folder: Path, count: int) -> float:
    """Return the time per file of the earlier way: opening it to read its texts."""
    folder.mkdir()
    picture = PIL.Image.effect_noise((64, 64), 60).convert("RGB")
    for number in range(count):
        picture.save(folder / f"{number}.png", compress_level=1)
    begun = time.perf_counter()
    for path in folder.iterdir():
        with PIL.Image.open(path) as image:
            image.load()  # a PNG's texts may be after its pixels
    return 1000 * (time.perf_counter() - begun) / count


def _like(ledger: Any, size: int) -> Callable[[str], list[Any]]:
    """Return the naive search: a table and LIKE. It folds nothing and knows no dates."""
    connection = sqlite3.connect(ledger.path.with_name("like.sqlite3"), isolation_level=None)
    connection.execute("CREATE TABLE images (id INTEGER PRIMARY KEY, prompt TEXT)")
    connection.execute("BEGIN")
    chance = random.Random(size)
    connection.executemany(
        "INSERT INTO images VALUES (?, ?)",
        ((number, f"{_prompt(chance)}\n\n{_TEMPLATE} scene-{number % 9}.blend") for number in range(size)),
    )
    connection.execute("COMMIT")

    def search(text: str) -> list[Any]:
        parts = text.split() or [""]
        where = " AND ".join("prompt LIKE ?" for _ in parts)
        return connection.execute(
            f"SELECT * FROM images WHERE {where} ORDER BY id DESC LIMIT 200",  # noqa: S608
            [f"%{part}%" for part in parts],
        ).fetchall()

    return search


def fill(ledger: Any, size: int) -> None:
    """Fill a ledger like an Easel without an index."""
    with ledger.transaction() as connection:
        chance = random.Random(size)
        now = time.time()
        for number in range(size):
            _insert(connection, ledger.path.parent, number, now - DAY_S * 500 * (1 - number / size), chance)
    with ledger.transaction() as connection:
        connection.execute("UPDATE jobs SET placed_at = created_at WHERE rowid % 3 = 0")


def _add(ledger: Any, number: int, moment: float) -> None:
    with ledger.transaction() as connection:
        _insert(connection, ledger.path.parent, number, moment, random.Random(number))


def _insert(connection: Any, folder: Path, number: int, moment: float, chance: random.Random) -> None:
    from easel.client.models import ModelId
    from easel.client.requests import GenerateRequest
    from easel.jobs.job import Job, JobState, Result
    from easel.jobs.placement import Placement
    from easel.jobs.rows import columns_of, insert_row, write_result

    prompt = _prompt(chance)
    job = Job(
        id=f"{number:032x}",
        state=JobState.DONE,
        request=GenerateRequest(
            model=ModelId.GEMINI_3_PRO, prompt=f"{prompt}\n\n{_TEMPLATE}", written=prompt
        ),
        placement=Placement(project=f"scene-{number % 9}.blend"),
        server="bench",
        price=5,
        created_at=moment,
        updated_at=moment,
    )
    insert_row(connection, "jobs", columns_of(job))
    path = folder / "images" / "2026-11" / f"2026-11-30_{prompt[:9]}_{number:08x}_1.png"
    result = Result(
        index=0, path=path, sha256="a" * 64, byte_count=1, width=1024, height=1024, content=f"{number:064x}"
    )
    write_result(connection, job.id, result, folder, moment)


_TEMPLATE: Final = (
    "The image is a seamless, tileable texture: the surface seen straight from above, filling the whole"
    " frame, evenly lit, with no shadows or highlights of a scene."
)


def _prompt(chance: random.Random) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(3, 30)))


def _median_ms(act: Callable[[], Any]) -> float:
    taken: list[float] = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        act()
        taken.append(1000 * (time.perf_counter() - begun))
    return statistics.median(taken)


def folder_size(folder: Path) -> int:
    """Return the bytes of the files in a folder."""
    return sum(path.stat().st_size for path in folder.iterdir())
