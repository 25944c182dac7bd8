# SPDX-License-Identifier: GPL-3.0-or-later
"""MaterialX itself can read the document that Easel exports with maps."""

from pathlib import Path

import MaterialX as Mx
import pytest
from PIL import Image

from easel.imaging.snapshot import FileSnapshot
from easel.imaging.tiling.settings import BASE_COLOR, Map
from easel.jobs.export_maps import MapsWanted, export_maps
from easel.threads.pace import Pace

PARTS = (BASE_COLOR, *(part.value for part in Map))


def read(path: Path) -> Mx.Document:
    """Read a document; check it against MaterialX's own library of nodes."""
    found = Mx.createDocument()
    Mx.readFromXmlFile(found, str(path))
    library = Mx.createDocument()
    Mx.loadLibraries(Mx.getDefaultDataLibraryFolders(), Mx.getDefaultDataSearchPath(), library)
    found.setDataLibrary(library)
    is_valid, problem = found.validate()
    assert is_valid, problem
    return found


@pytest.mark.parametrize("is_directx", [False, True])
@pytest.mark.parametrize("name", ["Copper", "2 – alte Wände"])
def test_all_maps_reach_the_surface(tmp_path: Path, name: str, is_directx: bool) -> None:
    sources: dict[str, FileSnapshot] = {}
    for part in PARTS:
        path = tmp_path / f"{part}.png"
        Image.new("RGB" if part in (BASE_COLOR, Map.NORMAL) else "L", (16, 16), 90).save(path)
        sources[part] = FileSnapshot(path=path)
    folder = tmp_path / "out"
    wanted = MapsWanted(
        folder=folder, name=name, parts=sources, is_packed=False, has_materialx=True, is_directx=is_directx
    )
    assert export_maps(wanted, Pace()).text.startswith("7 files")
    found = read(folder / f"{name}.mtlx")
    (material,) = found.getMaterialNodes()
    (shader,) = Mx.getShaderNodes(material)
    assert shader.getCategory() == "standard_surface"
    assert shader.getNodeDef() is not None
    given = {one.getName(): one.getConnectedOutput() for one in shader.getInputs()}
    assert set(given) == {"base_color", "metalness", "specular_roughness", "normal"}
    for target, output in given.items():
        assert output.getType() == shader.getNodeDef().getActiveInput(target).getType()
        upstream = [edge.getUpstreamElement() for edge in output.traverseGraph()]
        (picture,) = (one for one in upstream if one.getCategory() == "image")
        assert (folder / picture.getInputValue("file")).is_file()
        space = picture.getInput("file").getActiveColorSpace()
        assert (space == "srgb_texture") is (target == "base_color")
        turned = {one.getCategory() for one in upstream} & {"multiply", "add"}
        assert bool(turned) is (is_directx and target == "normal")


def test_what_is_not_there_is_not_named(tmp_path: Path) -> None:
    Image.new("L", (16, 16), 90).save(tmp_path / "rough.png")
    rough = {Map.ROUGHNESS.value: FileSnapshot(path=tmp_path / "rough.png")}
    wanted = MapsWanted(folder=tmp_path, name="Wall", parts=rough, is_packed=False, has_materialx=True)
    export_maps(wanted, Pace())
    (shader,) = (
        node for node in read(tmp_path / "Wall.mtlx").getNodes() if node.getType() == "surfaceshader"
    )
    assert [one.getName() for one in shader.getInputs()] == ["specular_roughness"]
