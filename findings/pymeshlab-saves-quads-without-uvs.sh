#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# PyMeshLab 2025.7: an OBJ of two textured quads, loaded and saved as OBJ. In memory all UVs and both textures are there. In the
# file each UV is (0, 0) and the material names no texture, without a word. The same model of triangles keeps everything, as
# do the quads with `save_polygonal=False`, which cuts them into triangles. Its PLY of the quads keeps the UVs.
exec "$(dirname "$0")/python-with" 3.13 pymeshlab==2025.7.post1 numpy==2.5.5 pillow==13.0.0 <<'PYTHON'
from pathlib import Path

import numpy as np
import pymeshlab
from PIL import Image

for color in ("red", "blue"):
    Image.new("RGB", (8, 8), color).save(f"{color}.png")
Path("two.mtl").write_text("newmtl Red\nmap_Kd red.png\nnewmtl Blue\nmap_Kd blue.png\n")
CORNERS = ((0, 0), (1, 0), (1, 1), (0, 1), (2, 0), (2, 1))
HEAD = "mtllib two.mtl\n" + "".join(f"v {x} {y} 0\nvt {x / 2} {y}\n" for x, y in CORNERS)
FACES = {
    "quads": (["1 2 3 4"], ["2 5 6 3"]),
    "triangles": (["1 2 3", "1 3 4"], ["2 5 6", "2 6 3"]),
}


def model(kind):
    lines = []
    for name, faces in zip(("Red", "Blue"), FACES[kind], strict=True):
        lines.append(f"usemtl {name}")
        lines += ["f " + " ".join(f"{place}/{place}" for place in face.split()) for face in faces]
    return HEAD + "\n".join(lines) + "\n"


def saved(kind, ending="obj", **options):
    """Return the distinct UVs before and after, and how many textures there are afterwards."""
    Path(f"{kind}.obj").write_text(model(kind))
    meshes = pymeshlab.MeshSet()
    meshes.load_new_mesh(f"{kind}.obj")
    held = meshes.current_mesh()
    assert held.texture_number() == 2
    before = len(np.unique(held.wedge_tex_coord_matrix(), axis=0))
    meshes.save_current_mesh(f"saved.{ending}", **options)
    meshes.load_new_mesh(f"saved.{ending}")
    back = meshes.current_mesh()
    after = len(np.unique(back.wedge_tex_coord_matrix(), axis=0)) if back.has_wedge_tex_coord() else 0
    return before, after, back.texture_number()


seen = {
    "quads": saved("quads"),
    "triangles": saved("triangles"),
    "quads, save_polygonal=False": saved("quads", save_polygonal=False),
    "quads as PLY": saved("quads", "ply"),
}
for name, numbers in seen.items():
    print(f"{name}: UVs before, after, textures after: {numbers}")
saved("quads")
written = Path("saved.obj").read_text().splitlines()
print("the quads' UVs in the file:", {line for line in written if line.startswith("vt ")})
assert seen.pop("quads")[0] == 6
assert {tuple(map(float, line.split()[1:3])) for line in written if line.startswith("vt ")} == {(0.0, 0.0)}
assert "map_Kd" not in Path("saved.obj.mtl").read_text()
assert set(seen.values()) == {(6, 6, 2)}
PYTHON
