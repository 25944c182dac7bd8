# SPDX-License-Identifier: GPL-3.0-or-later
"""Write `dist/easel-<version>-<platform>.zip` for every platform, with Blender's own builder.

Runs in the environment with bpy 5.2. A zip contains the files that git tracks, from the working tree, without
those that the manifest excludes. The platform and its wheels are added to the copied manifest. Zips that
were made of the same files stay.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from wheels import PLATFORMS, Platform, ensure_wheels

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
STAMP = DIST / "made-of"
"""The digest of the sources that the zips were made of."""
MANIFEST = "blender_manifest.toml"


def main() -> int:
    """Build all zips. Returns the exit code."""
    version = tomllib.loads((ROOT / MANIFEST).read_text(encoding="utf-8"))["version"]
    targets = {platform: DIST / f"easel-{version}-{platform.name}.zip" for platform in PLATFORMS}
    sources = digest_of_sources()
    if not is_current(sources, targets.values()):
        DIST.mkdir(exist_ok=True)
        for stale in (STAMP, *DIST.glob("easel-*.zip")):
            stale.unlink(missing_ok=True)
        with ThreadPoolExecutor(os.cpu_count()) as pool:  # each waits for a separate process
            list(pool.map(build_platform, targets.keys(), targets.values()))
        STAMP.write_text(sources, encoding="ascii")
    for target in targets.values():
        print(f"{target.relative_to(ROOT)}  {target.stat().st_size / 1e6:.1f} MB")
    return 0


def is_current(sources: str, targets: Iterable[Path]) -> bool:
    """Whether all zips are there and were made of these sources."""
    return STAMP.is_file() and STAMP.read_text("ascii") == sources and all(map(Path.is_file, targets))


def digest_of_sources() -> str:
    """Hash the names and bytes of the tracked files, which name the wheels and Blender's version too."""
    digest = hashlib.sha256()
    for path in tracked_files():
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def build_platform(platform: Platform, target: Path) -> None:
    """Write the zip of one platform."""
    with tempfile.TemporaryDirectory(prefix="easel-build-") as temporary:
        stage = Path(temporary)
        for source in tracked_files():
            copy = stage / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
        add_wheels(stage, platform, ensure_wheels(platform))
        build(stage, target)


def tracked_files() -> list[Path]:
    """List the files that git tracks, except those that were just deleted."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [path for name in listed.decode().split("\0") if (path := ROOT / name).is_file()]


def add_wheels(stage: Path, platform: Platform, wheels: list[Path]) -> None:
    """Add the wheels to `stage`, and their names and the platform to its manifest."""
    folder = stage / "wheels"
    folder.mkdir()
    for wheel in wheels:
        shutil.copyfile(wheel, folder / wheel.name)
    names = [f"./wheels/{wheel.name}" for wheel in wheels]
    lines = [f"platforms = {json.dumps([platform.name])}", f"wheels = {json.dumps(names, indent=2)}", ""]
    manifest = stage / MANIFEST
    top, table, rest = manifest.read_text(encoding="utf-8").partition("[permissions]")
    manifest.write_text(top + "\n".join(lines) + "\n" + table + rest, encoding="utf-8", newline="\n")


def build(stage: Path, target: Path) -> None:
    """Run `blender_ext.py build`. If it fails, raises `CalledProcessError` with its output on stderr."""
    tags = blender_scripts() / "modules" / "_bpy_internal" / "extensions" / "tags.py"
    command = [sys.executable, str(blender_ext()), "build", "--valid-tags", str(tags)]
    command += ["--source-dir", str(stage), "--output-filepath", str(target)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.stderr.write(done.stdout)
        done.check_returncode()


def blender_ext() -> Path:
    """Return the path of Blender's command for extensions, which runs on plain Python."""
    return blender_scripts() / "addons_core" / "bl_pkg" / "cli" / "blender_ext.py"


def blender_scripts() -> Path:
    """Return the `scripts` folder of this environment's bpy, without importing it."""
    spec = importlib.util.find_spec("bpy")
    if spec is None or spec.origin is None:
        msg = "there is no bpy in this Python: run it by `make build`"
        raise RuntimeError(msg)
    (scripts,) = Path(spec.origin).parent.glob("*/scripts")
    return scripts


if __name__ == "__main__":
    sys.exit(main())
