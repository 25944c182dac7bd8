# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make release` checks before it changes anything, and what it writes."""

import datetime
import io
import zipfile
from pathlib import Path

import pytest
import release
from repository import entry_of

MANIFEST = 'id = "easel"\nversion = "1.2.3"\n'
CHANGELOG = "# Changelog\n\n## Unreleased\n\n### Fixed\n\n- It\n\n## 1.2.3 - 2026-01-02\n\n- Old\n"


@pytest.mark.parametrize("version", ["1.2.3", "1.2.4", "1.10.0", "2.0.0"])
def test_the_same_or_a_higher_version_is_taken(version: str) -> None:
    assert release.of_version(MANIFEST, version) == []


@pytest.mark.parametrize("version", ["1.2.2", "0.9.9", "1.2", "v1.3.0", "1.3.0-beta", "", "1.3.0\n"])
def test_another_one_is_refused(version: str) -> None:
    assert len(release.of_version(MANIFEST, version)) == 1


def test_the_changelog_needs_something_new() -> None:
    assert release.of_changelog(CHANGELOG, "1.3.0") == []
    assert release.of_changelog(CHANGELOG, "1.2.3") == ["CHANGELOG.md has an entry of 1.2.3 already"]
    bare = release.released(CHANGELOG, "1.3.0", datetime.date(2026, 3, 4))
    assert release.of_changelog(bare, "1.4.0") == ["CHANGELOG.md says nothing under “Unreleased”"]


def test_what_was_not_released_is_under_the_version() -> None:
    made = release.released(CHANGELOG, "1.3.0", datetime.date(2026, 3, 4))
    assert entry_of(made, "1.3.0") == entry_of(CHANGELOG, "Unreleased")
    assert entry_of(made, "1.2.3") == "- Old"
    assert "\n## 1.3.0 - 2026-03-04\n" in made


def test_every_shipped_source_says_its_licence(tmp_path: Path) -> None:
    assert release.of_licences(release._shipped_sources()) == []
    bare = tmp_path / "bare.py"
    bare.write_text('"""Nothing."""\n', "utf-8")
    assert release.of_licences([bare]) == [f"{bare} does not say its licence"]


def test_a_wheel_without_a_licence_is_named(tmp_path: Path) -> None:
    def wheel(*names: str) -> bytes:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for name in names:
                archive.writestr(name, "")
        return stream.getvalue()

    package = tmp_path / "easel.zip"
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("wheels/good.whl", wheel("good.dist-info/licenses/LICENSE"))
        archive.writestr("wheels/bare.whl", wheel("bare/__init__.py"))
    assert release.of_wheels([package]) == ["easel.zip: wheels/bare.whl has no licence"]
