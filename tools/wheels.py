# SPDX-License-Identifier: GPL-3.0-or-later
"""Download the Pillow wheels of the zips, by the hashes in requirements/pillow.txt.

They are cached in `.cache/wheels/`, in a folder named after the hash of that file.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "requirements" / "pillow.txt"
PIP = ROOT / ".venv" / "tools" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

# The Pythons in Blender: 3.11 in 4.2 to 5.0, 3.13 from 5.1.
BLENDERS = ("3.11", "3.13")


@dataclass(frozen=True, kw_only=True)
class Platform:
    """A platform with Blender's name, and the wheel tags and Pythons that it accepts."""

    name: str
    wheel_tags: tuple[str, ...]
    pythons: tuple[str, ...] = BLENDERS


PLATFORMS = (
    # Blender itself requires glibc 2.28. Distributions build their own Blender on Python 3.14 (Debian 13
    # builds 4.3 on 3.13, which has a wheel).
    Platform(
        name="linux-x64",
        wheel_tags=("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
        pythons=(*BLENDERS, "3.14"),
    ),
    Platform(name="windows-x64", wheel_tags=("win_amd64",)),
    Platform(name="windows-arm64", wheel_tags=("win_arm64",)),
    # A tag also accepts wheels for older systems: pip knows their order.
    Platform(name="macos-x64", wheel_tags=("macosx_10_15_x86_64",)),
    Platform(name="macos-arm64", wheel_tags=("macosx_11_0_arm64",)),
)


def ensure_wheels(platform: Platform) -> list[Path]:
    """Return the platform's wheels, one per Python; missing ones are downloaded."""
    return [_ensure_wheel(platform, python) for python in platform.pythons]


def _ensure_wheel(platform: Platform, python: str) -> Path:
    pins = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:16]
    folder = ROOT / ".cache" / "wheels" / pins / platform.name / python
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
            _download(platform, python, Path(temporary) / "wheel")
            shutil.move(Path(temporary) / "wheel", folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


def _download(platform: Platform, python: str, folder: Path) -> None:
    """Let pip choose the wheel and check its hash. Raises `CalledProcessError` if there is none."""
    command = [str(PIP), "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--only-binary=:all:", "--requirement", str(REQUIREMENTS)]
    command += ["--implementation", "cp", "--python-version", python, "--dest", str(folder)]
    for tag in platform.wheel_tags:
        command += ["--platform", tag]
    subprocess.run(command, check=True)
