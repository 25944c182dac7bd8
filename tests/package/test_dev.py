# SPDX-License-Identifier: GPL-3.0-or-later
"""`make dev` runs the checkout as an extension of the developer's own Blender, in a separate profile."""

import sys
import sysconfig
from pathlib import Path

import dev
import pytest
import wheels
from headless_blender import HeadlessBlender

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("enable_in_blender.py")


def test_the_checkout_is_enabled_with_its_own_pillow(headless_blender: HeadlessBlender) -> None:
    python = "3.11" if headless_blender.version == "4.2" else "3.13"
    place = dev.link(headless_blender.profile, ROOT)
    dev.add_pillow(headless_blender.profile, python, dev.platform_of(sysconfig.get_platform()))
    seen = headless_blender.run(SCRIPT)
    assert Path(seen["easel"]).samefile(ROOT / "__init__.py")
    assert Path(seen["pillow"]).is_relative_to(headless_blender.profile)
    assert dev.link(headless_blender.profile, ROOT) == place, "a second start takes the link that is there"


def test_what_is_no_link_of_ours_is_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "extensions" / "user_default" / "easel"
    place.mkdir(parents=True)
    (place / "mine.txt").write_text("kept", "utf-8")
    with pytest.raises(dev.DevError, match="remove it"):
        dev.link(tmp_path, ROOT)
    assert (place / "mine.txt").exists()


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("linux-x86_64", "linux-x64"),
        ("win-amd64", "windows-x64"),
        ("win-arm64", "windows-arm64"),
        ("macosx-11.0-arm64", "macos-arm64"),
        ("macosx-10.15-x86_64", "macos-x64"),
    ],
)
def test_each_system_has_its_platform(tag: str, name: str) -> None:
    assert dev.platform_of(tag).name == name


def test_a_system_that_has_no_zip_is_told() -> None:
    with pytest.raises(dev.DevError, match="freebsd"):
        dev.platform_of("freebsd-14-amd64")


def test_a_python_that_no_zip_has_pillow_for_is_told(tmp_path: Path) -> None:
    with pytest.raises(dev.DevError, match=r"3\.99"):
        dev.add_pillow(tmp_path, "3.99", wheels.PLATFORMS[0])


def test_a_program_that_is_no_blender_is_told(tmp_path: Path) -> None:
    with pytest.raises(dev.DevError, match="does not start"):
        dev.facts_of(str(tmp_path / "nothing"))
    with pytest.raises(dev.DevError):
        dev.facts_of(sys.executable)
