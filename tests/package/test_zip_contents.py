# SPDX-License-Identifier: GPL-3.0-or-later
"""The zips contain all of the extension, and nothing else."""

import fnmatch
import subprocess
import sys
import zipfile
from pathlib import Path

SHIPPED = (
    "blender_manifest.toml",
    "LICENSE",
    "*.py",  # fnmatch matches it in every folder
    "languages/*.json",
    "farms/easel.js",  # the job type of Flamenco
    "wheels/pillow-*.whl",
)
SHIPPED_FOLDERS = {
    "batches",
    "client",
    "commands",
    "farms",
    "imaging",
    "jobs",
    "languages",
    "operators",
    "panels",
    "prompting",
    "properties",
    "scene",
    "simulator",
    "terminal",
    "texts",
    "threads",
    "wheels",
}
NEVER = ("tests", "tools", "bench", "docs", "dist", "requirements", "__pycache__")


def names_in(package: Path) -> list[str]:
    with zipfile.ZipFile(package) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def test_zips_of_the_same_sources_are_not_made_again(repo_root: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (repo_root / "dist").glob("*.zip")}
    subprocess.run([sys.executable, repo_root / "tools" / "build.py"], check=True, stdout=subprocess.DEVNULL)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_only_what_is_shipped_is_in_it(package: Path) -> None:
    strangers = [
        name
        for name in names_in(package)
        if not any(fnmatch.fnmatch(name, pattern) for pattern in SHIPPED)
        or ("/" in name and name.partition("/")[0] not in SHIPPED_FOLDERS)
    ]
    assert strangers == []


def test_nothing_of_tests_tools_and_caches_is_in_it(package: Path) -> None:
    parts = {part for name in names_in(package) for part in name.split("/")}
    assert not parts.intersection(NEVER)
    assert [part for part in parts if part.startswith(".")] == []


def test_every_module_of_the_extension_is_in_it(package: Path, repo_root: Path) -> None:
    command = ["git", "ls-files", "-z", "*.py"]
    listed = subprocess.run(command, cwd=repo_root, capture_output=True, check=True).stdout.decode()
    modules = [name for name in listed.split("\0") if name and name.partition("/")[0] not in NEVER]
    assert set(modules) == {name for name in names_in(package) if name.endswith(".py")}


def test_every_language_ships_with_it(package: Path, repo_root: Path) -> None:
    dictionaries = {path.relative_to(repo_root).as_posix() for path in repo_root.glob("languages/*.json")}
    assert dictionaries
    assert dictionaries <= set(names_in(package))


def test_the_simulator_ships_with_it(package: Path) -> None:
    assert "simulator/__init__.py" in names_in(package)


def test_the_size_is_what_people_will_download(package: Path) -> None:
    assert package.stat().st_size < 30e6  # bytes
