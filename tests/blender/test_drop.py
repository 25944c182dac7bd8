# SPDX-License-Identifier: GPL-3.0-or-later
"""Files dropped on the tab, and settings out of the files that Easel made."""

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import bpy
import pytest
from PIL import Image

from easel.jobs.recipe import read_recipe
from easel.operators.drop import EASEL_FH_image, EASEL_FH_made_image

if TYPE_CHECKING:
    from easel.simulator import Simulator


def plain(path: Path) -> Path:
    """Write an image that Easel did not make."""
    Image.new("RGB", (8, 4)).save(path)
    return path


def made(tmp_path: Path) -> Path:
    """Return the file of the only job's image."""
    (path,) = (tmp_path / "library" / "images").rglob("*.png")
    return path


@pytest.mark.parametrize(
    ("region", "category", "is_taken"),
    [("UI", "Easel", True), ("UI", "Item", False), ("WINDOW", "UNSUPPORTED", False)],
)
def test_only_easels_tab_takes_drops(region: str, category: str, is_taken: bool) -> None:
    context = SimpleNamespace(region=SimpleNamespace(type=region, active_panel_category=category))
    assert EASEL_FH_image.poll_drop(context) == is_taken
    assert not EASEL_FH_image.poll_drop(SimpleNamespace(region=None))


@pytest.mark.parametrize(
    ("area", "region", "category", "width", "is_taken"),
    [
        ("VIEW_3D", "WINDOW", "Easel", 280, True),
        ("VIEW_3D", "WINDOW", "Easel", 1, False),  # pixels: the sidebar is closed
        ("VIEW_3D", "WINDOW", "Item", 280, False),
        ("VIEW_3D", "HEADER", "Easel", 280, False),
        ("IMAGE_EDITOR", "WINDOW", "Easel", 280, False),
    ],
)
def test_a_view_beside_easels_tab_takes_drops(
    area: str, region: str, category: str, width: int, is_taken: bool
) -> None:
    over = SimpleNamespace(type=region)
    sidebar = SimpleNamespace(type="UI", width=width, active_panel_category=category)
    context = SimpleNamespace(area=SimpleNamespace(type=area, regions=[over, sidebar]), region=over)
    assert EASEL_FH_made_image.poll_drop(context) == is_taken
    assert not EASEL_FH_made_image.poll_drop(SimpleNamespace(area=None, region=None))


def test_dropped_files_become_sources(tmp_path: Path) -> None:
    names = ["a.png", "b.jpg"]
    for name in names:
        plain(tmp_path / name)
    bpy.ops.easel.drop_image(directory=str(tmp_path), files=[{"name": name} for name in names])
    form = bpy.context.scene.easel
    assert [source.filepath for source in form.sources] == [str(tmp_path / name) for name in names]
    assert form.mode == "EDIT"


def test_an_image_tells_its_settings_again(service: "Simulator", tmp_path: Path) -> None:
    given = {"model": "GEMINI_3_PRO", "aspect_ratio": "16:9", "resolution": "2K"}
    bpy.ops.easel.generate(prompt="copper", placement="IMAGE", wait=True, **given)
    form = bpy.context.scene.easel
    form.mode, form.prompt = "EDIT", "something else"
    assert bpy.ops.easel.reuse_settings(filepath=str(made(tmp_path))) == {"FINISHED"}
    assert (form.mode, form.prompt, form.model) == ("GENERATE", "copper", "GEMINI_3_PRO")
    assert (form.gemini_3_pro.aspect_ratio, form.gemini_3_pro.resolution) == ("16:9", "2K")


def test_an_edit_tells_its_sources_where_they_are_in_the_file(service: "Simulator", tmp_path: Path) -> None:
    wood = bpy.data.images.load(str(plain(tmp_path / "wood.png")))
    bpy.data.images.load(str(plain(tmp_path / "style.png")))
    sources = [{"name": "wood.png"}, {"name": "style.png"}]
    bpy.ops.easel.edit(prompt="older", sources=sources, roles=";a style", placement="IMAGE", wait=True)
    bpy.data.images.remove(bpy.data.images["style.png"])
    path = made(tmp_path)
    assert [source.name for source in read_recipe(path).request.sources] == ["wood.png", "style.png"]
    bpy.ops.easel.reuse_settings(filepath=str(path))
    form = bpy.context.scene.easel
    assert form.mode == "EDIT"
    assert form.edit_prompt == "older"
    assert [source.image for source in form.sources] == [wood]


def test_an_image_that_easel_did_not_make_says_so(tmp_path: Path) -> None:
    path = plain(tmp_path / "wood.png")
    with pytest.raises(RuntimeError, match="does not say how it was made"):
        bpy.ops.easel.reuse_settings(filepath=str(path))
    with pytest.raises(RuntimeError):
        bpy.ops.easel.reuse_settings(filepath=str(plain(tmp_path / "wood.jpg")))
