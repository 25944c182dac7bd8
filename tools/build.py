# SPDX-License-Identifier: GPL-3.0-or-later
"""Write `dist/easel-<version>-<platform>.zip` for every platform, with Blender's own builder.

Runs in the environment with bpy 5.2. A zip contains the files that git tracks, from the working tree, without
those that the manifest excludes. The platform and its wheels are added to the copied manifest.
"""

import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from wheels import PLATFORMS, Platform, ensure_wheels

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
MANIFEST = "blender_manifest.toml"


def main() -> int:
    """Build all zips. Returns the exit code."""
    version = tomllib.loads((ROOT / MANIFEST).read_text(encoding="utf-8"))["version"]
    DIST.mkdir(exist_ok=True)
    for stale in DIST.glob("easel-*.zip"):
        stale.unlink()
    with tempfile.TemporaryDirectory(prefix="easel-build-") as temporary:
        for platform in PLATFORMS:
            stage = Path(temporary) / platform.name
            copy_tracked_files(stage)
            add_wheels(stage, platform, ensure_wheels(platform))
            target = DIST / f"easel-{version}-{platform.name}.zip"
            build(stage, target)
            print(f"{target.relative_to(ROOT)}  {target.stat().st_size / 1e6:.1f} MB")
    return 0


def copy_tracked_files(stage: Path) -> None:
    """Copy every file that git tracks into `stage`."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        source = ROOT / name
        if source.is_file():  # skip the empty name at the end, and deleted files
            target = stage / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


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
