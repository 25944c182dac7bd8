# SPDX-License-Identifier: GPL-3.0-or-later
"""What Easel borrows may disappear between a click and its use; Easel gives it back in any case."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from easel.imaging.files import HeldFolder, temporary_folder
from easel.scene.sources import saving
from easel.scene.sources.saving import lent, save_tiles
from easel.scene.views.looks import Look, lent_look


@pytest.fixture
def cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield a temporary folder that the system has removed, with Blender's own in it."""
    folder = tmp_path / "cleared"
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "system"))
    before = bpy.context.preferences.filepaths.temporary_directory
    folder.mkdir()
    bpy.context.preferences.filepaths.temporary_directory = str(folder)
    shutil.rmtree(bpy.app.tempdir, ignore_errors=True)
    shutil.rmtree(folder)
    yield folder
    folder.mkdir(exist_ok=True)
    bpy.context.preferences.filepaths.temporary_directory = before


def test_a_folder_that_was_cleared_away_is_made_anew(cleared: Path) -> None:
    assert HeldFolder().path.is_dir()
    assert HeldFolder(cleared / "a" / "b").path.is_dir()
    assert temporary_folder().is_dir()


def test_painted_tiles_are_written_though_the_folder_is_gone(
    cleared: Path, load_udim: Callable[..., bpy.types.Image]
) -> None:
    image = load_udim("png", "RGB")
    image.pixels[0] = 0.5
    assert not Path(bpy.app.tempdir).exists()
    assert len(save_tiles(image)) == len(image.tiles)


def test_a_viewer_is_sent_though_the_folder_is_gone(cleared: Path) -> None:
    image = bpy.data.images.new("seen", 4, 4)
    image.pixels[:] = [0.5] * 64
    assert saving.bytes_as_seen(image, bpy.context.scene)


class Moody:
    """Settings; one of them can't be given back."""

    def __init__(self) -> None:
        self.first = self.last = "own"
        self._stubborn = "own"

    @property
    def stubborn(self) -> str:
        return self._stubborn

    @stubborn.setter
    def stubborn(self, value: str) -> None:
        if value == "own":
            raise ReferenceError("it is gone")
        self._stubborn = value


def test_what_can_be_given_back_is_given_back() -> None:
    owner: Any = Moody()
    with lent(*((owner, name, "lent") for name in ("first", "stubborn", "last", "none of it"))):
        assert (owner.first, owner.stubborn, owner.last) == ("lent", "lent", "lent")
    assert (owner.first, owner.last) == ("own", "own")


def test_a_view_gets_its_look_back_whatever_is_raised() -> None:
    screen = bpy.context.window_manager.windows[0].screen
    space = next(area.spaces.active for area in screen.areas if area.type == "VIEW_3D")
    before = space.shading.type, space.shading.light, space.overlay.show_overlays
    with pytest.raises(ZeroDivisionError), lent_look(space, Look.CLAY):
        raise ZeroDivisionError
    assert (space.shading.type, space.shading.light, space.overlay.show_overlays) == before
