# SPDX-License-Identifier: GPL-3.0-or-later
"""Write `dist/easel-<version>-<platform>.zip` for every platform, with Blender's own builder.

Runs in the environment that holds bpy 5.2. What goes in is what git tracks, as it is in the working tree,
less what the manifest excludes; the platform and its wheels are written into the manifest's copy.
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
    """Build all zips; return the exit code."""
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
        if source.is_file():  # neither the empty name at the end nor a file that was just deleted
            target = stage / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def add_wheels(stage: Path, platform: Platform, wheels: list[Path]) -> None:
    """Put the wheels into `stage`, and them and the platform into its manifest."""
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
    """Run `blender_ext.py build`; raise `CalledProcessError` with its text on stderr when it refuses."""
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
