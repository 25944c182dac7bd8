# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenEXR files of artists and programs, for `file_kinds`: compressions, layers, parts, tiles, windows."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import OpenEXR
from numpy.typing import NDArray
from sample_pictures import DARK, GLASS, HEIGHT, LIGHT, WIDTH, Make


def exr(channels: Mapping[str, NDArray[Any]], compression: str = "ZIP", **header: Any) -> Make:
    return lambda: _exr(OpenEXR.File(_exr_header(compression, header), dict(channels)))


def exr_parts(compression: str, **parts: Mapping[str, NDArray[Any]]) -> Make:
    def make() -> bytes:
        header = _exr_header(compression, {})
        return _exr(
            OpenEXR.File([OpenEXR.Part(dict(header), dict(one), name) for name, one in parts.items()])
        )

    return make


def _exr_header(compression: str, more: Mapping[str, Any]) -> dict[str, Any]:
    kind = getattr(OpenEXR, f"{compression}_COMPRESSION")
    return {"compression": kind, "type": OpenEXR.scanlineimage, **more}


def _exr(file: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.exr"
        file.write(str(path))
        return path.read_bytes()


def layer(name: str, picture: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Return a layer's channels; without a name, those of the file itself."""
    start = f"{name}." if name else ""
    letters = "RGBA"[: picture.shape[2]]
    return {start + letter: np.ascontiguousarray(picture[..., at]) for at, letter in enumerate(letters)}


DEPTH: Final = {"Depth.Z": np.ascontiguousarray(LIGHT[..., 0])}
BLENDERS: Final = {
    **layer("ViewLayer.Combined", GLASS),
    **layer("ViewLayer.AO", DARK),
    "ViewLayer.Depth.Z": DEPTH["Depth.Z"],
}
TILES: Final = {"type": OpenEXR.tiledimage, "tiles": OpenEXR.TileDescription()}
WINDOW: Final = {"dataWindow": ((8, 4), (WIDTH + 7, HEIGHT + 3)), "displayWindow": ((0, 0), (63, 47))}
_PACKED: Final = ("NO", "RLE", "ZIPS", "ZIP", "PIZ", "PXR24", "B44", "B44A", "DWAA", "DWAB")
EXRS: Final[Mapping[str, Make]] = {
    **{name.lower(): exr({"RGB": LIGHT.astype(np.float16)}, name) for name in _PACKED},
    "htj2k": exr({"RGB": LIGHT.astype(np.float16)}, "HTJ2K32"),
    "half-alpha": exr({"RGBA": GLASS.astype(np.float16)}),
    "float-alpha": exr({"RGBA": GLASS}),
    "luminance": exr({"Y": LIGHT[..., 0].copy()}),
    "tiled": exr({"RGB": LIGHT}, **TILES),
    "window": exr({"RGB": LIGHT}, **WINDOW),
}
LAYERED: Final[Mapping[str, Make]] = {
    **{f"blender-{name.lower()}": exr(BLENDERS, name) for name in _PACKED},
    "plain": exr({**layer("", GLASS), **layer("diffuse", DARK), **DEPTH}),
    "plain-behind": exr({**layer("", LIGHT), **layer("AO", DARK)}),
    "plain-behind-dwaa": exr({**layer("", LIGHT), **layer("AO", DARK)}, "DWAA"),
    "beauty": exr({**layer("Normal", DARK), **layer("beauty", LIGHT)}),
    "beauty-dwaa": exr({**layer("Normal", DARK), **layer("beauty", LIGHT)}, "DWAA"),
    "parts": exr_parts("ZIP", rgba={"RGBA": GLASS}, z={"Z": DEPTH["Depth.Z"]}),
    "parts-dwaa": exr_parts("DWAA", rgba={"RGBA": GLASS}, diffuse=layer("diffuse", DARK)),
    "parts-blender": exr_parts(
        "PIZ", depth={"ViewLayer.Depth.Z": DEPTH["Depth.Z"]}, combined=layer("ViewLayer.Combined", GLASS)
    ),
}
