# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of 3D models like those of the service's engines, and odd ones. Made by trimesh and pygltflib.

trimesh takes a second to load: only the processes that make a mesh do so.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pygltflib
from PIL import Image

if TYPE_CHECKING:
    import trimesh

FRONT = 0.2
"""How far the body's nose protrudes, as a share of its height."""


def body(*, nose: tuple[float, float, float] = (0.0, 0.0, 1.0), subdivisions: int = 2) -> trimesh.Trimesh:
    """Return a ball that is higher than wide, with a nose at its front. In glTF's space: Y is up."""
    import trimesh

    mesh = trimesh.creation.icosphere(subdivisions)
    mesh.apply_scale((0.3, 0.5, 0.3))
    away = mesh.vertices @ np.asarray(nose)
    mesh.vertices[np.argmax(away)] += np.asarray(nose) * FRONT
    return mesh


def picture(seed: int = 1, size: int = 16) -> Image.Image:
    random = np.random.default_rng(seed)
    return Image.fromarray(random.integers(0, 255, (size, size, 3), np.uint8))


def textured(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """Add UVs and four maps to a mesh, and return it."""
    import trimesh

    material = trimesh.visual.material.PBRMaterial(
        name="Material_0",
        baseColorTexture=picture(1),
        metallicRoughnessTexture=picture(2),
        normalTexture=picture(3),
    )
    uv = mesh.vertices[:, :2] * 0.5 + 0.5
    mesh.visual = trimesh.visual.TextureVisuals(uv=uv, material=material)
    return mesh


def write_glb(path: Path, mesh: trimesh.Trimesh, transform: np.ndarray | None = None) -> Path:
    """Write it like the engines: below an empty."""
    import trimesh

    scene = trimesh.Scene()
    scene.add_geometry(mesh, node_name="geometry_0", transform=np.eye(4) if transform is None else transform)
    path.write_bytes(scene.export(file_type="glb"))
    return path


def write_webp_glb(path: Path, mesh: trimesh.Trimesh) -> Path:
    """Write a model with textures in WebP, which a reader must support."""
    write_glb(path, mesh)
    model = pygltflib.GLTF2().load_binary(str(path))
    blob, views = bytearray(), model.bufferViews
    content = model.binary_blob()
    images = {image.bufferView: image for image in model.images}
    for index, view in enumerate(views):
        data = content[view.byteOffset or 0 : (view.byteOffset or 0) + view.byteLength]
        if index in images:
            packed = io.BytesIO()
            Image.open(io.BytesIO(data)).save(packed, "WEBP", lossless=True)
            data, images[index].mimeType = packed.getvalue(), "image/webp"
        view.byteOffset, view.byteLength = len(blob), len(data)
        blob += data + bytes(-len(data) % 4)
    model.buffers[0].byteLength = len(blob)
    for texture in model.textures:
        texture.extensions = {"EXT_texture_webp": {"source": texture.source}}
        texture.source = None
    model.extensionsUsed, model.extensionsRequired = ["EXT_texture_webp"], ["EXT_texture_webp"]
    model.set_binary_blob(bytes(blob))
    model.save_binary(str(path))
    return path


def change_head(path: Path, **changed: object) -> Path:
    """Change fields in the head of a GLB."""
    model = pygltflib.GLTF2().load_binary(str(path))
    for name, value in changed.items():
        setattr(model, name, value)
    model.save_binary(str(path))
    return path


def write_obj(folder: Path, mesh: trimesh.Trimesh, *, has_library: bool = True) -> Path:
    """Write an OBJ without normals, its MTL and four maps, like Hunyuan's archive."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["mtllib material.mtl", "usemtl Material"]
    lines += [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in mesh.vertices]
    lines += [f"vt {x * 0.5 + 0.5:.6f} {y * 0.5 + 0.5:.6f}" for x, y, _z in mesh.vertices]
    lines += ["f " + " ".join(f"{i + 1}/{i + 1}" for i in face) for face in mesh.faces]
    path = folder / "0a1b2c.obj"
    path.write_text("\n".join(lines) + "\n")
    maps = {"map_Kd": "", "map_Pm": "_metallic", "map_Pr": "_roughness", "map_Bump": "_normal"}
    for number, name in enumerate(maps.values()):
        picture(number).save(folder / f"texture_pbr_v128{name}.png")
    if has_library:
        told = [f"{word} texture_pbr_v128{name}.png" for word, name in maps.items()]
        (folder / "material.mtl").write_text("\n".join(["newmtl Material", *told]) + "\n")
    return path


def write_large_glb(path: Path, faces: int, textures: Sequence[bytes] = ()) -> Path:
    """Write a wavy sheet with that many faces, fast.

    Args:
        textures: JPEG files: base colour, roughness with metal, and normals.
    """
    side = max(2, round((faces / 2) ** 0.5) + 1)
    across, up = np.meshgrid(np.linspace(-0.5, 0.5, side), np.linspace(0, 1, side))
    points = np.stack([across, up, 0.02 * np.sin(across * 60) * np.cos(up * 60)], -1).reshape(-1, 3)
    corner = np.arange(side * side).reshape(side, side)
    a, b, c, d = corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]
    indices = np.stack([a, b, c, a, c, d], -1).reshape(-1)
    parts = [points.astype("<f4").tobytes(), indices.astype("<u4").tobytes()]
    if textures:
        parts.append((points[:, :2] + (0.5, 0)).astype("<f4").tobytes())
    parts += [data + b"\0" * (-len(data) % 4) for data in textures]
    places = np.cumsum([0, *map(len, parts)]).tolist()
    views = [pygltflib.BufferView(buffer=0, byteOffset=place, byteLength=len(part))
             for place, part in zip(places, parts, strict=False)]  # fmt: skip
    blob = b"".join(parts)
    model = pygltflib.GLTF2(
        scene=0,
        scenes=[pygltflib.Scene(nodes=[0])],
        nodes=[pygltflib.Node(mesh=0, name="world")],
        meshes=[
            pygltflib.Mesh(
                primitives=[pygltflib.Primitive(attributes=pygltflib.Attributes(POSITION=0), indices=1)]
            )
        ],
        accessors=[
            pygltflib.Accessor(
                bufferView=0,
                componentType=pygltflib.FLOAT,
                count=len(points),
                type=pygltflib.VEC3,
                min=points.min(0).tolist(),
                max=points.max(0).tolist(),
            ),
            pygltflib.Accessor(
                bufferView=1,
                componentType=pygltflib.UNSIGNED_INT,
                count=len(indices),
                type=pygltflib.SCALAR,
            ),
        ],
        bufferViews=views,
        buffers=[pygltflib.Buffer(byteLength=len(blob))],
    )
    if textures:
        _add_textures(model, len(points), len(textures))
    model.set_binary_blob(blob)
    model.save_binary(str(path))
    return path


def _add_textures(model: pygltflib.GLTF2, count: int, texture_count: int) -> None:
    """Declare a large model's buffer views as UVs and pictures."""
    uvs = pygltflib.Accessor(bufferView=2, componentType=pygltflib.FLOAT, count=count, type=pygltflib.VEC2)
    model.accessors.append(uvs)
    model.images = [pygltflib.Image(bufferView=3 + n, mimeType="image/jpeg") for n in range(texture_count)]
    model.textures = [pygltflib.Texture(source=number) for number in range(texture_count)]
    info = [pygltflib.TextureInfo(index=number) for number in range(3)]
    model.materials = [
        pygltflib.Material(
            pbrMetallicRoughness=pygltflib.PbrMetallicRoughness(
                baseColorTexture=info[0], metallicRoughnessTexture=info[1]
            ),
            normalTexture=pygltflib.NormalMaterialTexture(index=2),
        )
    ]
    part = model.meshes[0].primitives[0]
    part.attributes.TEXCOORD_0, part.material = 2, 0


def cut_short(path: Path, share: float = 0.6) -> Path:
    """Keep only the first part of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: round(len(content) * share)])
    return path


def with_wrong_length(path: Path) -> Path:
    """Cut a GLB short and adapt its head, so that its parts are beyond its end."""
    content = cut_short(path).read_bytes()
    head_length = struct.unpack_from("<I", content, 12)[0]
    changed = bytearray(content)
    struct.pack_into("<I", changed, 8, len(content))
    struct.pack_into("<I", changed, 20 + head_length, len(content) - 28 - head_length)
    path.write_bytes(bytes(changed))
    return path
