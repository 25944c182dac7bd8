# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that a release is ready, set its version, build it, and write its repository.

    python tools/release.py 1.2.0

If anything is missing, it reports all of it and changes nothing. You commit, tag and publish
`dist/repository` yourself.
"""

from __future__ import annotations

import datetime
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import dictionaries
from repository import entry_of

ROOT: Final = Path(__file__).resolve().parents[1]
MANIFEST: Final = ROOT / "blender_manifest.toml"
CHANGELOG: Final = ROOT / "CHANGELOG.md"
LICENCE: Final = "SPDX-License-Identifier: GPL-3.0-or-later"
_VERSION: Final = re.compile(r'^version = "(\d+\.\d+\.\d+)"$', re.MULTILINE)
_UNRELEASED: Final = "## Unreleased\n"


def main(arguments: list[str]) -> int:
    """Make the release. Returns the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("make release: say which: make release VERSION=1.2.0\n")
        return 2
    (version,) = arguments
    manifest, changelog = MANIFEST.read_text(encoding="utf-8"), CHANGELOG.read_text(encoding="utf-8")
    obstacles = [*of_version(manifest, version), *of_changelog(changelog, version)]
    obstacles += [*_of_tree(), *of_licences(_shipped_sources()), *_of_translations()]
    obstacles = obstacles or _of_blenders()
    for obstacle in obstacles:
        sys.stderr.write(f"make release: {obstacle}\n")
    if obstacles:
        return 1
    today = datetime.datetime.now(datetime.UTC).date()
    MANIFEST.write_text(_VERSION.sub(f'version = "{version}"', manifest), encoding="utf-8", newline="\n")
    CHANGELOG.write_text(released(changelog, version, today), encoding="utf-8", newline="\n")
    for tool in ("build.py", "repository.py"):
        subprocess.run([sys.executable, str(ROOT / "tools" / tool)], check=True)
    obstacles = of_wheels((ROOT / "dist").glob("easel-*.zip"))
    for obstacle in obstacles:
        sys.stderr.write(f"make release: {obstacle}\n")
    if not obstacles:
        print(f"Commit blender_manifest.toml and CHANGELOG.md, tag {version}, and publish dist/repository.")
    return int(bool(obstacles))


def of_version(manifest: str, version: str) -> list[str]:
    """Return what is wrong with a version, which must not be lower than the manifest's."""
    found = _VERSION.search(manifest)
    if found is None:
        return [f"{MANIFEST.name} has no version"]
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        return [f"“{version}” is no version: three numbers with dots between them"]
    if _numbers(version) < _numbers(found[1]):
        return [f"{version} is older than {found[1]}"]
    return []


def of_changelog(changelog: str, version: str) -> list[str]:
    """Return what the changelog lacks."""
    if re.search(rf"^## \[?{re.escape(version)}\b", changelog, re.MULTILINE):
        return [f"{CHANGELOG.name} has an entry of {version} already"]
    if _UNRELEASED not in changelog or not entry_of(changelog, "Unreleased"):
        return [f"{CHANGELOG.name} says nothing under “Unreleased”"]
    return []


def of_licences(sources: Iterable[Path]) -> list[str]:
    """Return texts about the sources without a licence line."""
    return [f"{path} does not say its licence" for path in sources if LICENCE not in path.read_text("utf-8")]


def of_wheels(zips: Iterable[Path]) -> list[str]:
    """Return texts about the wheels inside zips that lack their licence."""
    missing: list[str] = []
    for path in zips:
        with zipfile.ZipFile(path) as package:
            for name in (name for name in package.namelist() if name.endswith(".whl")):
                with package.open(name) as stream, zipfile.ZipFile(stream) as wheel:
                    if not any("LICENSE" in inner.upper() for inner in wheel.namelist()):
                        missing.append(f"{path.name}: {name} has no licence")
    return missing


def released(changelog: str, version: str, day: datetime.date) -> str:
    """Return the changelog with the unreleased changes under the version."""
    return changelog.replace(_UNRELEASED, f"{_UNRELEASED}\n## {version} - {day:%Y-%m-%d}\n", 1)


def _of_tree() -> list[str]:
    command = ["git", "status", "--porcelain"]
    changed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return ["commit what is changed first"] if changed.strip() else []


def _of_translations() -> list[str]:
    """Return what the dictionaries lack. In a separate process, without a stand-in for Blender so far."""
    command = [sys.executable, str(Path(dictionaries.__file__)), "--release"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [f"make messages is not content:\n{done.stdout}{done.stderr}"]


def _of_blenders() -> list[str]:
    """Run the tests of one Blender that `make test` leaves out. Last, because they take 15 minutes."""
    done = subprocess.run(["make", "test-blender", "FULL=1"], cwd=ROOT, check=False)
    return [] if done.returncode == 0 else ["make test-blender FULL=1 fails"]


def _shipped_sources() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", "*.py"], cwd=ROOT, capture_output=True, check=True)
    names = [name for name in listed.stdout.decode().split("\0") if name]
    return [ROOT / name for name in names if not name.startswith(("tests/", "bench/", "findings/", "tools/"))]


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
