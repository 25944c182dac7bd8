# SPDX-License-Identifier: GPL-3.0-or-later
"""The zip for this machine can be installed into empty Blenders, as an artist would do it."""

from pathlib import Path

from headless_blender import HeadlessBlender

SCRIPT = Path(__file__).with_name("install_in_blender.py")


def test_install_disable_enable(headless_blender: HeadlessBlender, own_package: Path) -> None:
    seen = headless_blender.run(SCRIPT, own_package)
    assert seen["enabled"]
    assert seen["left_behind"] == []
    assert seen["changed_by_enabling_again"] == []
    assert seen["left_behind_again"] == []

    imported = {name.partition(".")[0] for name in seen["imported"]}
    assert not imported & {"PIL", "requests"}, "enabling imports what is not needed yet"

    assert seen["pillow"]["magic"] == "PNG"
    assert Path(seen["pillow"]["file"]).is_relative_to(headless_blender.profile / "extensions")
