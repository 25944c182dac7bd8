# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifests in the zips pass Blender's own `validate`, and checks of what it misses."""

import importlib.util
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

KEYS = {
    "schema_version",
    "id",
    "version",
    "name",
    "tagline",
    "maintainer",
    "type",
    "tags",
    "license",
    "copyright",
    "blender_version_min",
    "platforms",
    "wheels",
    "permissions",
    "build",
}
LICENSES = {"SPDX:GPL-3.0-or-later"}
PERMISSIONS = {"network", "files", "clipboard"}
PYTHONS = {"cp311", "cp313"}  # Blender 4.2 to 5.0, and from 5.1
WHEEL_PLATFORMS = {
    "linux-x64": ("manylinux_2_28_x86_64",),
    "windows-x64": ("win_amd64",),
    "windows-arm64": ("win_arm64",),
    "macos-x64": ("macosx_10_10_x86_64", "macosx_10_13_x86_64"),
    "macos-arm64": ("macosx_11_0_arm64",),
}


@pytest.fixture
def manifest(package: Path) -> dict[str, Any]:
    with zipfile.ZipFile(package) as archive:
        return tomllib.loads(archive.read("blender_manifest.toml").decode("utf-8"))


def test_blender_finds_it_valid(package: Path) -> None:
    spec = importlib.util.find_spec("bpy")
    assert spec is not None
    assert spec.origin is not None
    (scripts,) = Path(spec.origin).parent.glob("*/scripts")
    command = scripts / "addons_core" / "bl_pkg" / "cli" / "blender_ext.py"
    tags = scripts / "modules" / "_bpy_internal" / "extensions" / "tags.py"
    done = subprocess.run(
        [sys.executable, str(command), "validate", "--valid-tags", str(tags), str(package)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_has_known_keys_only(manifest: dict[str, Any]) -> None:
    assert set(manifest) == KEYS
    assert set(manifest["permissions"]) == PERMISSIONS
    assert set(manifest["build"]) == {"paths_exclude_pattern"}


def test_it_is_the_repositorys_manifest(manifest: dict[str, Any], source_manifest: dict[str, Any]) -> None:
    added = {"platforms", "wheels"}
    assert {key: value for key, value in manifest.items() if key not in added} == source_manifest


def test_the_licence_is_spelt_right(manifest: dict[str, Any]) -> None:
    assert set(manifest["license"]) == LICENSES


def test_texts_fit_where_blender_shows_them(manifest: dict[str, Any]) -> None:
    for text in (manifest["tagline"], *manifest["permissions"].values()):
        assert 0 < len(text) <= 64
        assert not text.endswith(".")


def test_the_platform_is_the_zips(manifest: dict[str, Any], platform_name: str) -> None:
    assert manifest["platforms"] == [platform_name]


def test_blenders_default_excludes_are_kept(manifest: dict[str, Any]) -> None:
    defaults = {"__pycache__/", ".*", "/*.zip", "*.blend[1-9]"}
    assert defaults <= set(manifest["build"]["paths_exclude_pattern"])


def test_every_wheel_is_there_and_for_this_platform(
    manifest: dict[str, Any], package: Path, platform_name: str
) -> None:
    wheels = [wheel.removeprefix("./") for wheel in manifest["wheels"]]
    with zipfile.ZipFile(package) as archive:
        assert sorted(wheels) == sorted(name for name in archive.namelist() if name.endswith(".whl"))
    pythons: set[str] = set()
    for wheel in wheels:
        name, _version, python, abi, platforms = Path(wheel).stem.split("-")
        assert name == "pillow"
        assert abi == python
        assert set(platforms.split(".")).intersection(WHEEL_PLATFORMS[platform_name]), wheel
        pythons.add(python)
    assert pythons == PYTHONS | ({"cp314"} if platform_name == "linux-x64" else set())


def test_all_wheels_are_of_one_version(manifest: dict[str, Any]) -> None:
    assert len({Path(wheel).name.split("-")[1] for wheel in manifest["wheels"]}) == 1
