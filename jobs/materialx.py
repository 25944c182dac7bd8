# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a MaterialX document for a folder of maps: a standard_surface of image files.

Blender 5.2 and 5.3 put a MaterialX network into USD (`wm.usd_export`), but can't write one as a file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from xml.etree import ElementTree

from ..imaging.tiling.settings import BASE_COLOR, Map

SUFFIX: Final = ".mtlx"
_VERSION: Final = "1.38"
"""The version that programs have read since 2021."""
_LINEAR: Final = frozenset({".exr", ".hdr"})
_INPUTS: Final[Mapping[str, tuple[str, str]]] = {
    BASE_COLOR: ("base_color", "color3"),
    Map.METALLIC.value: ("metalness", "float"),
    Map.ROUGHNESS.value: ("specular_roughness", "float"),
    Map.NORMAL.value: ("normal", "vector3"),
}
"""Input of standard_surface and its type, by part. It has no input for height and occlusion."""
_NO_NAME: Final = re.compile(r"\W", re.ASCII)


def document(name: str, files: Mapping[str, str], *, is_directx: bool) -> bytes:
    """Return a document as UTF-8.

    Args:
        name: of the material.
        files: names of the image files beside it, by `BASE_COLOR` and the names of maps.
        is_directx: in the normal map, green points down; MaterialX expects the opposite.
    """
    stem = _NO_NAME.sub("_", name)
    stem = stem if stem[:1].isalpha() else f"M_{stem}"
    root = ElementTree.Element("materialx", version=_VERSION, colorspace="lin_rec709")
    graph = ElementTree.SubElement(root, "nodegraph", name=f"NG_{stem}")
    shader = ElementTree.SubElement(root, "standard_surface", name=f"SR_{stem}", type="surfaceshader")
    for part, (target, kind) in _INPUTS.items():
        if part not in files:
            continue
        _image(graph, target, kind, files[part], is_colour=part == BASE_COLOR)
        source = f"{target}_image"
        if part == Map.NORMAL.value:
            source = _normals(graph, source, is_directx=is_directx)
        ElementTree.SubElement(graph, "output", name=f"{target}_out", type=kind, nodename=source)
        ElementTree.SubElement(
            shader, "input", name=target, type=kind, nodegraph=f"NG_{stem}", output=f"{target}_out"
        )
    material = ElementTree.SubElement(root, "surfacematerial", name=stem, type="material")
    ElementTree.SubElement(
        material, "input", name="surfaceshader", type="surfaceshader", nodename=f"SR_{stem}"
    )
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _image(graph: ElementTree.Element, target: str, kind: str, file: str, *, is_colour: bool) -> None:
    node = ElementTree.SubElement(graph, "image", name=f"{target}_image", type=kind)
    path = ElementTree.SubElement(node, "input", name="file", type="filename", value=file)
    if is_colour and not file.lower().endswith(tuple(_LINEAR)):
        path.set("colorspace", "srgb_texture")


def _normals(graph: ElementTree.Element, source: str, *, is_directx: bool) -> str:
    """Add the nodes that turn a normal map's colours into directions; return the last one's name."""
    if is_directx:
        for name, kind, value in (("multiply", "down", "1, -1, 1"), ("add", "up", "0, 1, 0")):
            node = ElementTree.SubElement(graph, name, name=f"green_{kind}", type="vector3")
            ElementTree.SubElement(node, "input", name="in1", type="vector3", nodename=source)
            ElementTree.SubElement(node, "input", name="in2", type="vector3", value=value)
            source = f"green_{kind}"
    node = ElementTree.SubElement(graph, "normalmap", name="directions", type="vector3")
    ElementTree.SubElement(node, "input", name="in", type="vector3", nodename=source)
    return "directions"
