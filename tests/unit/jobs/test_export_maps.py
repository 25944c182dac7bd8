# SPDX-License-Identifier: GPL-3.0-or-later
"""An export of maps to a folder says what it has written, even if the rest fails."""

from pathlib import Path

import pytest
from PIL import Image

from easel.imaging.snapshot import FileSnapshot
from easel.imaging.tiling.settings import Map
from easel.jobs.export_maps import MapsWanted, export_maps
from easel.threads.pace import Pace


def wanted(folder: Path, sides: dict[Map, int]) -> MapsWanted:
    folder.mkdir()
    parts: dict[str, FileSnapshot] = {}
    for part, side in sides.items():
        path = folder / f"{part.value}.png"
        Image.new("L", (side, side), 90).save(path)
        parts[part.value] = FileSnapshot(path=path)
    return MapsWanted(folder=folder / "out", name="Wall", parts=parts, is_packed=True)


@pytest.mark.parametrize(
    ("sides", "count", "problem"),
    [
        ({Map.ROUGHNESS: 16, Map.OCCLUSION: 16}, 3, ""),
        ({Map.ROUGHNESS: 16, Map.OCCLUSION: 8}, 2, "can't be packed into one"),
        ({Map.NORMAL: 16}, 1, "to pack"),
    ],
)
def test_what_was_written_is_told_although_it_is_not_packed(
    tmp_path: Path, sides: dict[Map, int], count: int, problem: str
) -> None:
    asked = wanted(tmp_path / "maps", sides)
    outcome = export_maps(asked, Pace())
    assert len(list(asked.folder.iterdir())) == count
    assert outcome.text.startswith(f"{count} file")
    assert problem in outcome.text
    assert outcome.is_whole is not bool(problem)


def test_where_nothing_was_written_it_is_refused(tmp_path: Path) -> None:
    asked = wanted(tmp_path / "maps", {Map.ROUGHNESS: 16})
    (tmp_path / "maps" / "ROUGHNESS.png").unlink()
    with pytest.raises(FileNotFoundError):
        export_maps(asked, Pace())
