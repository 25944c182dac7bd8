#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bpy 4.2.23, 5.2.3 and 5.3.0: a mesh with a colour attribute of floats, which is what Blender makes by default, through Alembic
# and back, with `vcolors`. 4.2 and 5.2 write no colours of floats, and do not say so. In 5.3 a linear 0.25 comes back as 0.051,
# and light above 1 is cut: in the file, floats are light and the colours of a byte attribute are sRGB, with nothing to tell
# them apart, and the importer takes all for sRGB. USD and FBX keep 0.25, and so does Alembic for bytes.
# Without `vcolors` 5.3 leaves out only the colours of corners, and writes those of points all the same.
for blender in "3.11 bpy==4.2.23 numpy==1.24.4" "3.13 bpy==5.2.3 numpy==2.5.5" "3.13 bpy==5.3.0 numpy==2.5.5"; do
  # shellcheck disable=SC2086
  "$(dirname "$0")/python-with" $blender <<'PYTHON' || exit 1
import tempfile
from pathlib import Path

import bpy
import numpy as np

is_new = bpy.app.version >= (5, 3)
folder = Path(tempfile.mkdtemp())
wm = bpy.ops.wm
LIGHT, ENCODED = np.float32([0.25, 0.5]), np.float32([0.537, 0.735])
WAYS = {
    "Alembic": ("abc", wm.alembic_export, wm.alembic_import, {"vcolors": True}),
    "USD": ("usdc", wm.usd_export, wm.usd_import, {}),
    "FBX": ("fbx", bpy.ops.export_scene.fbx, bpy.ops.import_scene.fbx, {}),
}


def build(kind, domain):
    wm.read_factory_settings(use_empty=True)
    bpy.ops.mesh.primitive_plane_add()
    colors = bpy.context.object.data.color_attributes.new("Paint", kind, domain)
    values = np.tile(np.float32([*LIGHT, 4 if kind == "FLOAT_COLOR" else 1, 1]), (len(colors.data), 1))
    colors.data.foreach_set("color", values.ravel())


def back(way, kind, domain, **options):
    """Return red, green and blue after a round trip; none if there are no colours."""
    ending, export, read, settings = WAYS[way]
    build(kind, domain)
    path = folder / f"plane.{ending}"
    assert export(filepath=str(path), **(settings | options)) == {"FINISHED"}
    wm.read_factory_settings(use_empty=True)
    assert read(filepath=str(path)) == {"FINISHED"}
    mesh = bpy.data.meshes[0]
    if not mesh.color_attributes:
        return None
    return tuple(round(value, 3) for value in mesh.color_attributes[0].data[0].color[:3])


def written(kind):
    """Return red and green of the first corner in the Alembic file, which has plain floats."""
    back("Alembic", kind, "CORNER")
    data = (folder / "plane.abc").read_bytes()
    light = LIGHT.tobytes() in data
    floats = [np.frombuffer(data[start : len(data) - (len(data) - start) % 4], "<f4") for start in range(4)]
    with np.errstate(invalid="ignore"):
        encoded = any((np.abs(np.stack([row[:-1], row[1:]], 1) - ENCODED).max(1) < 0.005).any() for row in floats)
    return light, encoded


seen = {way: back(way, "FLOAT_COLOR", "CORNER") for way in WAYS}
of_bytes = back("Alembic", "BYTE_COLOR", "CORNER")
print(f"Blender {bpy.app.version_string}, floats of (0.25, 0.5, 4) are {seen}; bytes through Alembic {of_bytes}")
in_file = {kind: written(kind) for kind in ("FLOAT_COLOR", "BYTE_COLOR")}
print("in the Alembic file as light, as sRGB:", in_file)
unasked = {domain: back("Alembic", "FLOAT_COLOR", domain, vcolors=False) for domain in ("POINT", "CORNER")}
print("without vcolors:", unasked)
assert seen["Alembic"] == ((0.051, 0.216, 1.0) if is_new else None)
assert np.allclose(seen["USD"], (*LIGHT, 4), atol=0.01)
assert np.allclose(seen["FBX"][:2], LIGHT, atol=0.01)
assert np.allclose(of_bytes[:2], LIGHT, atol=0.01)
assert in_file == {"FLOAT_COLOR": (is_new, False), "BYTE_COLOR": (False, True)}
assert unasked == {"POINT": (0.051, 0.216, 1.0) if is_new else None, "CORNER": None}
PYTHON
done
