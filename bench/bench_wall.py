# SPDX-License-Identifier: GPL-3.0-or-later
"""The library's wall: opening it, and turning its pages. Processor time of the main thread.

The list of jobs is filled before, as it is some turns after a start. The naive way loads all thumbnails of a
page when they are drawn, and keeps them.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import bpy
import bpy.utils.previews
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]  # `bench` and `dev_extension`


from bench.bench_library import fill  # noqa: E402
from bench.bench_panels import SilentLayout, wait_until  # noqa: E402
from bench.extension import enabled  # noqa: E402
from bench.table import Row  # noqa: E402

IMAGES = 25_000
PAGES = 20
TINY = {"images": 130, "pages": 2}
OPENED_MS: Final = 100.0
TURN_MS: Final = 4.0
MOST_MIB: Final = 64.0
SIDE: Final = 256
FINEST: Final = 3.0
"""The interface scale of a display on which small thumbnails take more than 128 pixels."""
FILES: Final = 12
WIDE: Final = 1200  # pixels of the sidebar


def rows(images: int = IMAGES, pages: int = PAGES) -> Iterator[Row]:
    """Measure, and yield a row as soon as it is known."""
    with enabled() as folder:
        yield from _looked_at(folder, images, pages)


def _looked_at(folder: Path, images: int, pages: int) -> Iterator[Row]:
    from easel.panels.gallery import EASEL_PT_gallery
    from easel.scene.listing import result_thumbnails, thumbnails
    from easel.scene.session import mirror, pump, session, wall

    page = wall.PAGES["SMALL"]
    shown = _fill_library(folder, images, page * (pages + 1))
    session.engine().wait_until_read(60)
    pump.tick()
    pump.run_until(lambda: not mirror.is_filling())
    wait_until(thumbnails.is_ready)
    bpy.context.window_manager.easel.gallery.size = "SMALL"
    system = SimpleNamespace(ui_scale=1.0)  # 0 without a window
    context = SimpleNamespace(
        window_manager=bpy.context.window_manager,
        preferences=SimpleNamespace(system=system),
        region=SimpleNamespace(width=WIDE, as_pointer=lambda: 1),
    )

    def draw() -> None:
        EASEL_PT_gallery.draw(SimpleNamespace(layout=SilentLayout()), context)

    draws, turns = [_spent_ms(draw)], list[float]()

    def look() -> None:
        """Draw and turn until the whole page is here."""
        while not turns or not wall.rows() or wall.is_expecting() or result_thumbnails.is_expecting():
            time.sleep(pump.BUSY_INTERVAL_S)
            turns.append(_spent_ms(pump.tick))
            draws.append(_spent_ms(draw))

    look()
    assert len(wall.rows()) == min(page, images)
    yield Row(
        what=f"{images:,} images: opened, {len(wall.rows())} thumbnails",
        naive=_spent_ms(lambda: _load(shown[:page])),
        ours=sum(turns) + sum(draws),
        promised=OPENED_MS,
        unit="ms",
        note=f"{len(turns)} turns and draws, at most {max(turns + draws):.1f} each",
    )
    draws.clear()
    turns.clear()
    for _ in range(pages):
        wall.turn_page(1)
        draws.append(_spent_ms(draw))
        turns.append(_spent_ms(pump.tick))
        look()
    yield Row(
        what="paged through: the longest turn",
        naive=_spent_ms(lambda: _load(shown[page : 2 * page])),
        ours=max(turns),
        promised=TURN_MS,
        unit="ms",
        note=f"of {len(turns)}; a draw at most {max(draws):.1f}",
    )
    system.ui_scale = FINEST  # thumbnails are as large as they ever are
    for _ in range(pages):
        wall.turn_page(-1)
        draw()
        pump.tick()
        look()
    kept = result_thumbnails._state().previews
    yield Row(
        what="fine thumbnails in memory, after all pages",
        naive=len(shown) * 2 * SIDE**2 * 4 / 2**20,
        ours=sum(map(_byte_count, kept.values())) / 2**20,
        promised=MOST_MIB,
        unit="MiB",
        note=f"{len(kept)} are kept; naive: all",
    )


def _fill_library(folder: Path, images: int, seen: int) -> list[Path]:
    """Make a library of earlier sessions. Returns the thumbnails of its newest images."""
    from easel.jobs.ledger import Ledger
    from easel.jobs.library import Library

    library = Library(folder)
    with contextlib.closing(Ledger(library.ledger_path)) as ledger:
        fill(ledger, images)
        while ledger.bring_in_images(1000):
            pass
    files = [folder / f"noise-{number}.png" for number in range(FILES)]
    for path in files:
        Image.effect_noise((SIDE, SIDE), 90).convert("RGB").save(path)
    paths = [library.thumbnail_path(f"{images - 1 - at:032x}", 0) for at in range(min(seen, images))]
    paths[0].parent.mkdir(exist_ok=True)
    for at, path in enumerate(paths):
        os.link(files[at % FILES], path)
    return paths


def _load(paths: list[Path]) -> None:
    previews = bpy.utils.previews.new()
    for path in paths:
        tuple(previews.load(str(path), str(path), "IMAGE").image_size)
    bpy.utils.previews.remove(previews)


def _byte_count(preview: Any) -> int:
    (width, height), (icon_width, icon_height) = preview.image_size, preview.icon_size
    return 4 * (width * height + icon_width * icon_height)


def _spent_ms(act: Callable[[], object]) -> float:
    began = time.thread_time()
    act()
    return (time.thread_time() - began) * 1000
