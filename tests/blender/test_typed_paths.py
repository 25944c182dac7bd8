# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths that are typed or come from the environment: no shell has expanded them."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import pytest

from easel.scene import settings

if TYPE_CHECKING:
    from easel.simulator import Simulator


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set a home folder and another current folder; return the home folder."""
    elsewhere, home = tmp_path / "elsewhere", tmp_path / "home"
    elsewhere.mkdir()
    home.mkdir()
    monkeypatch.chdir(elsewhere)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    return home


@pytest.fixture
def preferences() -> Iterator[Any]:
    """Yield the add-on's preferences, and restore its paths afterwards."""
    chosen = settings.preferences()
    before = chosen.library, chosen.ca_bundle
    yield chosen
    chosen.library, chosen.ca_bundle = before


@pytest.mark.parametrize("typed", ["~/easel", "easel", "./easel", " ~/easel ", "~/a/../easel"])
@pytest.mark.parametrize("is_environment", [True, False])
def test_the_library_is_in_the_home_folder(
    home: Path, preferences: Any, monkeypatch: pytest.MonkeyPatch, typed: str, is_environment: bool
) -> None:
    monkeypatch.setenv("EASEL_LIBRARY", typed if is_environment else "")
    preferences.library = "" if is_environment else typed
    assert settings.library_folder().resolve() == (home / "easel").resolve()


def test_nothing_is_made_where_blender_was_started(
    service: "Simulator", home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EASEL_LIBRARY", "~/easel library")
    assert bpy.ops.easel.generate(prompt="moss", placement="IMAGE", wait=True) == {"FINISHED"}
    assert (home / "easel library" / "ledger.sqlite3").is_file()
    assert not list(Path.cwd().iterdir())


def test_a_full_path_and_nobodys_home_stay(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EASEL_LIBRARY", str(home / "x"))
    assert settings.library_folder() == home / "x"
    monkeypatch.setenv("EASEL_LIBRARY", "~no such user~/x")
    assert settings.library_folder() == home / "~no such user~" / "x"


@pytest.mark.parametrize("typed", ["~/studio.pem", "studio.pem"])
def test_the_file_of_certificates_too(home: Path, preferences: Any, typed: str) -> None:
    preferences.ca_bundle = typed
    assert Path(settings.read().server.ca_bundle) == home / "studio.pem"


def test_a_source_may_be_typed(service: "Simulator", home: Path) -> None:
    image = bpy.data.images.new("file", 64, 64)
    image.filepath_raw, image.file_format = str(home / "oak.png"), "PNG"
    image.save()
    bpy.context.scene.easel.sources.add().filepath = "~/oak.png"
    assert bpy.ops.easel.edit(prompt="darker", placement="IMAGE", wait=True) == {"FINISHED"}
    assert len(next(iter(service.tasks.values())).order.sources) == 1
