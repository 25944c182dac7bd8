#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# trimesh 5.2.0 loads a GLB of a cube of one metre, says that its units are meters, and writes it as a 3MF of one millimetre:
# the numbers stay, and the file says millimeter whatever the units are. Loaded from a 3MF in inches it says "inch", and saves
# one inch as a millimetre too. Nothing is said; `convert_units("mm")` before the export helps. lib3mf 2.5.0 checks the files.
exec "$(dirname "$0")/python-with" 3.13 trimesh==5.2.0 lib3mf==2.5.0 numpy==2.5.5 lxml==6.1.3 \
  networkx==3.7 <<'PYTHON'
import lib3mf
import trimesh

wrapper = lib3mf.get_wrapper()
MILLIMETRES = {"MicroMeter": 0.001, "MilliMeter": 1, "CentiMeter": 10, "Inch": 25.4, "Foot": 304.8, "Meter": 1000}
UNITS = {getattr(lib3mf.ModelUnit, name): (name, size) for name, size in MILLIMETRES.items()}


def in_inches(path):
    """Write a cube of one inch with lib3mf."""
    model = wrapper.CreateModel()
    model.SetUnit(lib3mf.ModelUnit.Inch)
    box, shape = trimesh.creation.box(), model.AddMeshObject()
    for point in box.vertices.tolist():
        place = lib3mf.Position()
        place.Coordinates[:] = point
        shape.AddVertex(place)
    for face in box.faces.tolist():
        triangle = lib3mf.Triangle()
        triangle.Indices[:] = face
        shape.AddTriangle(triangle)
    model.AddBuildItem(shape, wrapper.GetIdentityTransform())
    model.QueryWriter("3mf").WriteToFile(path)


def width(path):
    """Return a 3MF's unit and its width in millimetres, as lib3mf reads it."""
    model = wrapper.CreateModel()
    model.QueryReader("3mf").ReadFromFile(path)
    unit, size = UNITS[lib3mf.ModelUnit(model.GetUnit())]
    shapes = model.GetMeshObjects()
    assert shapes.MoveNext()
    across = [point.Coordinates[0] for point in shapes.GetCurrentMeshObject().GetVertices()]
    return unit, round((max(across) - min(across)) * size, 3)


trimesh.creation.box().export("cube.glb")
in_inches("inch.3mf")
cube, inch = trimesh.load_scene("cube.glb"), trimesh.load_scene("inch.3mf")
units = (cube.units, inch.units)
cube.export("cube.3mf")
inch.export("again.3mf")
cube.convert_units("mm").export("converted.3mf")
seen = {name: width(f"{name}.3mf") for name in ("inch", "cube", "again", "converted")}
print(f"trimesh {trimesh.__version__}, units {units}, width in millimetres: {seen}")
assert units == ("meters", "inch")
assert seen["inch"] == ("Inch", 25.4)
assert seen["cube"] == seen["again"] == ("MilliMeter", 1.0)
assert seen["converted"] == ("MilliMeter", 1000.0)
PYTHON
