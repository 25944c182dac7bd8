# SPDX-License-Identifier: GPL-3.0-or-later
"""If the process runs another add-on's unusable Pillow, a message names its version and place."""

import os
import subprocess
import sys
from pathlib import Path

import PIL.Image
import pytest

from easel.imaging import pillow

ASK = "from easel.imaging import pillow; print(pillow.obstacle())"


@pytest.mark.parametrize("version", ["9.5.0", "10.1.0", "13.0.0", "9.10", "11.0.0.dev0"])
def test_versions_that_do(version: str) -> None:
    assert pillow.is_new_enough(version)


@pytest.mark.parametrize("version", ["9.4.0", "8.4.0", "1.1.7", "", "?", "nine.five"])
def test_versions_that_do_not(version: str) -> None:
    assert not pillow.is_new_enough(version)


def test_easels_own_is_no_obstacle() -> None:
    assert pillow.obstacle() == ""


@pytest.mark.parametrize(
    ("version", "image"),
    [
        ("8.4.0", "BICUBIC = 3"),
        ("9.4.0", "class Resampling: pass"),
        ("12.0.0", "raise ImportError('The _imaging extension was built for another version of Pillow')"),
    ],
    ids=["old", "almost", "of two versions"],
)
def test_another_one_is_told_with_its_place(
    tmp_path: Path, repo_root: Path, version: str, image: str
) -> None:
    package = tmp_path / "site" / "PIL"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(f"__version__ = {version!r}")
    (package / "Image.py").write_text(image)
    path = os.pathsep.join([str(package.parent), str(repo_root / "tests" / "support")])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True
    )
    assert f"Pillow {version} from {package}" in done.stdout
    assert "Nothing was sent" in done.stdout


@pytest.mark.parametrize("mode", ["L", "LA", "P", "PA", "RGB", "RGBA", "I;16", "CMYK"])
def test_alpha_is_told_as_pillow_tells_it(mode: str) -> None:
    image = PIL.Image.new(mode, (2, 2))
    told = getattr(image, "has_transparency_data", mode in ("LA", "PA", "RGBA"))  # Pillow has it since 10.1
    assert pillow.has_alpha(image) == told
    if mode in ("P", "RGB", "L"):
        image.info["transparency"] = 0
        assert pillow.has_alpha(image)
