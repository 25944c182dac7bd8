# SPDX-License-Identifier: GPL-3.0-or-later
"""Provide the zips that `make build` wrote to `dist/`, and the Blenders that test them."""

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
    """Return the manifest in the repository."""
    return tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session", params=PLATFORMS)
def platform_name(request: pytest.FixtureRequest) -> str:
    """Return each platform in turn, by Blender's name for it."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def package(platform_name: str, source_manifest: dict[str, Any]) -> Path:
    """Return the zip for `platform_name`."""
    return zip_for(platform_name, source_manifest)


@pytest.fixture(scope="session")
def own_package(source_manifest: dict[str, Any]) -> Path:
    """Return the zip for the machine that runs the tests."""
    systems = {"linux": "linux", "win32": "windows", "darwin": "macos"}
    machines = {"x86_64": "x64", "amd64": "x64", "arm64": "arm64", "aarch64": "arm64"}
    name = f"{systems[sys.platform]}-{machines[platform.machine().lower()]}"
    return zip_for(name, source_manifest)


def zip_for(name: str, manifest: dict[str, Any]) -> Path:
    """Return the path of a built zip; fail if it was not built."""
    path = ROOT / "dist" / f"{manifest['id']}-{manifest['version']}-{name}.zip"
    assert path.is_file(), f"{path.name} is not in dist/: run `make build`"
    return path


@pytest.fixture(params=list(BLENDERS))
def headless_blender(request: pytest.FixtureRequest, tmp_path: Path) -> HeadlessBlender:
    """Return an empty Blender of each tested version in turn."""
    return HeadlessBlender(request.param, tmp_path / "profile")
