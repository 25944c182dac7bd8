# SPDX-License-Identifier: GPL-3.0-or-later
"""Start your own Blender with the checkout as an enabled extension, in a separate profile.

    python tools/dev.py /path/to/blender [arguments for Blender]

The profile is in `.cache/dev`, so your own is not touched. The next start loads changed code. Pillow, which a
zip contains as a wheel, is unpacked where that Blender's Python finds it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

from wheels import PLATFORMS, Platform, ensure_wheels

ROOT: Final = Path(__file__).resolve().parents[1]
PROFILE: Final = ROOT / ".cache" / "dev"
MODULE: Final = "bl_ext.user_default.easel"
_TELL: Final = "import sys, sysconfig; print('PYTHON', sys.version_info[:2], sysconfig.get_platform())"
_ENABLE: Final = f"import addon_utils; addon_utils.enable({MODULE!r}, default_set=True)"


class DevError(Exception):
    """The developer has to do something; the text says what."""


def main(arguments: list[str]) -> int:
    """Prepare the profile and run Blender until it is closed. Returns its exit code."""
    if not arguments:
        sys.stderr.write("make dev: say which Blender: make dev BLENDER=/path/to/blender\n")
        return 2
    blender, *rest = arguments
    try:
        python, platform = facts_of(blender)
        link(PROFILE, ROOT)
        add_pillow(PROFILE, python, platform)
    except DevError as error:
        sys.stderr.write(f"make dev: {error}\n")
        return 1
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(PROFILE)}
    command = [blender, "--python-expr", _ENABLE, *rest]
    return subprocess.run(command, env=environment, check=False).returncode


def facts_of(blender: str) -> tuple[str, Platform]:
    """Return a Blender's Python version, such as "3.13", and its platform. Raises DevError."""
    command = [blender, "--background", "--factory-startup", "--python-expr", _TELL]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        msg = f"{blender} does not start: {error}"
        raise DevError(msg) from error
    found = re.search(r"^PYTHON \((\d+), (\d+)\) (\S+)$", said, re.MULTILINE)
    if found is None:
        msg = f"{blender} does not say which Python it has"
        raise DevError(msg)
    return f"{found[1]}.{found[2]}", platform_of(found[3])


def platform_of(tag: str) -> Platform:
    """Return the platform for a tag of `sysconfig.get_platform`, such as "linux-x86_64". Raises DevError."""
    system = {"linux": "linux", "win": "windows", "macosx": "macos"}.get(tag.partition("-")[0], "")
    machine = "arm64" if tag.endswith(("arm64", "aarch64")) else "x64"
    for platform in PLATFORMS:
        if platform.name == f"{system}-{machine}":
            return platform
    msg = f"there is no zip for {tag}"
    raise DevError(msg)


def link(profile: Path, checkout: Path) -> Path:
    """Link the checkout as the extension `easel` of a profile. Returns the place. Raises DevError."""
    place = profile / "extensions" / "user_default" / "easel"
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists() and place.samefile(checkout):
        return place
    if place.exists() or place.is_symlink():
        msg = f"{place} is something else: remove it"
        raise DevError(msg)
    if os.name == "nt":  # a link would need the developer mode; a junction does not
        subprocess.run(["cmd", "/c", "mklink", "/J", str(place), str(checkout)], check=True)
    else:
        place.symlink_to(checkout, target_is_directory=True)
    return place


def add_pillow(profile: Path, python: str, platform: Platform) -> None:
    """Unpack Pillow's wheel into the profile's folder of modules. Raises DevError."""
    if python not in platform.pythons:
        msg = f"no zip has Pillow for Python {python} on {platform.name}"
        raise DevError(msg)
    wheel = ensure_wheels(platform)[platform.pythons.index(python)]
    modules = profile / "scripts" / "modules"
    mark = modules / f"{wheel.name}.unpacked"
    if not mark.exists():
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(modules)
        mark.touch()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
