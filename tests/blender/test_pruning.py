# SPDX-License-Identifier: GPL-3.0-or-later
"""Pruning the library, from the panel and from scripts: first a list, and never images in the open file."""

import contextlib
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import pytest
from pumping import pump_until
from recording_layout import RecordingLayout, draw

from easel.jobs import images as library_images
from easel.operators.tidying import EASEL_OT_prune_library
from easel.panels.tidying import EASEL_PT_pruning
from easel.scene.session import pruning
from easel.simulator import Simulator


def look() -> RecordingLayout:
    """Draw the panel, wait until it is known what would be deleted, and draw it again."""
    draw(EASEL_PT_pruning)
    pump_until(lambda: pruning.plan() is not None and not pruning.is_expecting())
    return draw(EASEL_PT_pruning)


def found(library: Path, **wanted: Any) -> list[str]:
    return sorted(row.written for row in library_images.search(library, **wanted))


@pytest.fixture
def library(service: Simulator, tmp_path: Path) -> Path:
    """Return a library with three images from last year; "here" is in the open file."""
    for prompt in ("here", "gone", "starred"):
        bpy.ops.easel.generate(prompt=prompt, placement="IMAGE", wait=True)
    for prompt in ("gone", "starred"):
        bpy.data.images.remove(bpy.data.images[prompt])
    folder = tmp_path / "library"
    assert len(found(folder)) == 3
    with contextlib.closing(sqlite3.connect(folder / "ledger.sqlite3")) as connection, connection:
        connection.execute("UPDATE images SET made_at = made_at - 400 * 86400, placed_at = 0")
        connection.execute("UPDATE images SET is_starred = 1 WHERE path LIKE '%starred%'")
    return folder


def test_the_list_comes_first_and_then_the_bin(library: Path) -> None:
    drawn = look()
    assert any(text.startswith("1 image to remove: ") for text in drawn.texts("label"))
    assert "gone" in drawn.texts("label")
    plan = pruning.plan()
    assert plan is not None
    (oldest,) = plan.oldest
    assert (oldest.number, oldest.thumbnail_files[0].is_file()) == (1, True)
    asked = bpy.context.window_manager.easel.gallery
    asked.prune_days = 500
    assert any("Nothing to remove" in text for text in look().texts("label"))
    asked.prune_days = 180
    look()
    assert bpy.ops.easel.prune_library() == {"FINISHED"}
    pump_until(lambda: found(library, in_bin=True) == ["gone"])
    assert found(library) == ["here", "starred"]
    pump_until(lambda: any("Nothing to remove" in text for text in look().texts("label")))


def test_only_what_the_dialog_told_is_removed(library: Path) -> None:
    look()
    asked: dict[str, Any] = {}
    manager = SimpleNamespace(invoke_confirm=lambda _operator, _event, **texts: asked.update(texts))
    operator = SimpleNamespace(for_good=True, days=0, gigabytes=0.0)
    EASEL_OT_prune_library.invoke(operator, SimpleNamespace(window_manager=manager), None)
    assert asked["message"].startswith("1 image, ")
    with contextlib.closing(sqlite3.connect(library / "ledger.sqlite3")) as connection, connection:
        connection.execute("UPDATE images SET is_starred = 0")  # another Blender takes the star away
    pruning.touch()
    pump_until(lambda: any(text.startswith("2 images to remove: ") for text in look().texts("label")))
    chore = EASEL_OT_prune_library.begin(operator, tells=False)
    assert chore.wait(None)
    assert chore.outcome is not None
    assert chore.outcome.text.startswith("1 image was removed")
    assert found(library) == ["here", "starred"]


def test_a_script_prunes_by_its_own_rule(library: Path) -> None:
    with pytest.raises(RuntimeError, match="how old"):
        bpy.ops.easel.prune_library(wait=True)
    with pytest.raises(RuntimeError, match="No image"):
        bpy.ops.easel.prune_library(gigabytes=1.0, wait=True)
    assert bpy.ops.easel.prune_library(gigabytes=0.000001, for_good=True, wait=True) == {"FINISHED"}
    assert found(library) == ["here", "starred"]
    assert found(library, in_bin=True) == []
    assert not list((library / "images").rglob("*gone*"))
