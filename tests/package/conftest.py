# SPDX-License-Identifier: GPL-3.0-or-later
"""The zips that `make build` wrote to `dist/`, and the Blenders they are tried in."""

import platform
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from headless_blender import BLENDERS, HeadlessBlender

ROOT = Path(__file__).resolve().parents[2]
PLATFORMS = ("linux-x64", "windows-x64", "windows-arm64", "macos-x64", "macos-arm64")


@pytest.fixture(scope="session")
def source_manifest() -> dict[str, Any]:
    """The manifest in the repository."""
    return tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session", params=PLATFORMS)
def platform_name(request: pytest.FixtureRequest) -> str:
    """Each platform in turn, by Blender's name for it."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def package(platform_name: str, source_manifest: dict[str, Any]) -> Path:
    """The zip for `platform_name`."""
    return zip_for(platform_name, source_manifest)


@pytest.fixture(scope="session")
def own_package(source_manifest: dict[str, Any]) -> Path:
    """The zip for the machine that the tests run on."""
    systems = {"linux": "linux", "win32": "windows", "darwin": "macos"}
    machines = {"x86_64": "x64", "amd64": "x64", "arm64": "arm64", "aarch64": "arm64"}
    name = f"{systems[sys.platform]}-{machines[platform.machine().lower()]}"
    return zip_for(name, source_manifest)


def zip_for(name: str, manifest: dict[str, Any]) -> Path:
    """Return the path of a built zip; fail when it was not built."""
    path = ROOT / "dist" / f"{manifest['id']}-{manifest['version']}-{name}.zip"
    assert path.is_file(), f"{path.name} is not in dist/: run `make build`"
    return path


@pytest.fixture(params=list(BLENDERS))
def headless_blender(request: pytest.FixtureRequest, tmp_path: Path) -> HeadlessBlender:
    """An empty Blender of each version that is tested."""
    return HeadlessBlender(request.param, tmp_path / "profile")
