# SPDX-License-Identifier: GPL-3.0-or-later
"""An export lists the images that it has copied, however it ends."""

import contextlib
import json
import os
from pathlib import Path

import PIL.Image
import pytest

from easel.jobs.export import Wanted, export
from easel.jobs.import_images import import_images
from easel.jobs.ledger import Ledger
from easel.jobs.moved import write_sign
from easel.threads.pace import Pace


class MovedAfterOne(Pace):
    """Another Blender moves the library once an image is exported."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self._path = ledger.path

    def tell(self, done: int, total: int) -> None:
        super().tell(done, total)
        if done == 0:
            sign = self._path.with_name("sign")
            write_sign(sign, self._path.parent.with_name("elsewhere"))
            sign.replace(self._path)


@pytest.mark.skipif(os.name == "nt", reason="there an open ledger can't be replaced")
def test_what_was_copied_before_the_library_moved_is_listed(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name in ("moss", "bark", "stone"):
        PIL.Image.new("RGB", (8, 8), (len(name), ord(name[0]), 0)).save(pictures / f"{name}.png")
    target = tmp_path / "export"
    with contextlib.closing(Ledger(tmp_path / "library" / "ledger.sqlite3")) as ledger:
        import_images(ledger, (pictures,), Pace())
        outcome = export(ledger, Wanted(folder=target), MovedAfterOne(ledger))
    assert not outcome.is_whole
    assert "elsewhere" in outcome.text
    copied = {path.name for path in target.glob("*.png")}
    assert copied
    assert {each["file"] for each in json.loads((target / "library.json").read_text())["images"]} == copied
