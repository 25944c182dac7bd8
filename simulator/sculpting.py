# SPDX-License-Identifier: GPL-3.0-or-later
"""Make 3D models from a picture's silhouette, which show that the right picture was sent.

Files like the engines'.
A relief has two sides that meet at the silhouette; a lathe turns it; without a picture the model is a box.
Meshes are in glTF's space: Y up, and the front faces +Z unless the engine differs; a cube of one unit holds
them.
"""

import hashlib
import io
import json
import struct
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .models import Size
from .orders import Order
from .retouching import main_parts, subject_of

_SEGMENTS = 48  # of a lathe
_TEXTURE = 1024  # pixels of the longer side
_FBX = b"Kaydara FBX Binary  \x00\x1a\x00" + struct.pack("<I", 7400) + bytes(13)
Floats = NDArray[np.float32]
Whole = NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class Mesh:
    """Triangles with a texture."""

    points: Floats  # n × 3
    uvs: Floats  # n × 2, from the lower left corner
    faces: Whole  # m × 3
    texture: Image.Image  # RGB


def sculpt(order: Order, drawn: Image.Image, suffix: str) -> bytes:
    """Return one file of an order. `drawn`: the prompt's picture, if none was sent."""
    if suffix == "fbx":
        return _FBX  # an empty file of that kind
    picture = drawn
    if order.sources and order.sources[0].path is not None:
        with Image.open(order.sources[0].path) as opened:
            picture = opened.copy()
    if suffix == "png":
        thumbnail = picture.convert("RGB")
        thumbnail.thumbnail(order.size)
        return _encoded(thumbnail, "PNG")
    mesh = _mesh(picture, str(order.options["shape"]), _grid(order))
    if order.options["front"] == "x":
        x, y, z = mesh.points.T
        points = np.stack([z, y, -x], axis=1)
        mesh = Mesh(points=points, uvs=mesh.uvs, faces=mesh.faces, texture=mesh.texture)
    if suffix == "zip":
        return _archive(mesh, has_maps=bool(order.options.get("enable_pbr")))
    is_textured = bool(order.options.get("textures", order.options.get("texture", True)))
    generator = "https://tripo3d.ai" if order.model == "TRIPO" else "simulator"
    texture_format = "WEBP" if order.model == "TRELLIS_2" else "JPEG"
    return glb(mesh, texture_format, is_textured=is_textured, generator=generator)


def _grid(order: Order) -> int:
    """Return the cells along the longer side, for the requested number of faces."""
    wanted = [order.options[name] for name in ("face_count", "face_limit", "decimation_target")
              if name in order.options]  # fmt: skip
    faces = wanted[0] if wanted and isinstance(wanted[0], int) else 20_000
    return int(min(max((faces / 4) ** 0.5, 16), 96))


def _mesh(picture: Image.Image, shape: str, grid: int) -> Mesh:
    texture = picture.convert("RGB")
    texture.thumbnail((_TEXTURE, _TEXTURE))
    if shape == "box":
        return _box(texture)
    mask = main_parts(subject_of(picture) > 0.5)
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return _box(texture)
    box = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    return (_lathe if shape == "lathe" else _relief)(mask, box, texture, grid)


def _relief(mask: NDArray[np.bool_], box: tuple[int, ...], texture: Image.Image, grid: int) -> Mesh:
    left, top, right, bottom = box
    longer = max(right - left, bottom - top)
    size = (max(2, round((right - left) / longer * grid)), max(2, round((bottom - top) / longer * grid)))
    cut = Image.fromarray(mask[top:bottom, left:right])
    cells = np.asarray(cut.resize(size, Image.Resampling.NEAREST))
    depth = np.zeros((size[1] + 1, size[0] + 1), np.float32)
    inside = cells
    while inside.any():  # how far each corner is from the silhouette, in cells
        padded = np.pad(inside, 1)
        corners = padded[1:, 1:] & padded[:-1, 1:] & padded[1:, :-1] & padded[:-1, :-1]
        depth += corners
        inside = corners[1:, 1:] & corners[:-1, 1:] & corners[1:, :-1] & corners[:-1, :-1]
    depth = 0.25 * np.sqrt(depth / grid)
    down, across = np.mgrid[0 : size[1] + 1, 0 : size[0] + 1].astype(np.float32)
    x, y = (across - size[0] / 2) / grid, (size[1] / 2 - down) / grid
    u = (left + across / size[0] * (right - left)) / mask.shape[1]
    v = 1 - (top + down / size[1] * (bottom - top)) / mask.shape[0]
    front = np.stack([x, y, depth], -1).reshape(-1, 3)
    back = front * np.asarray([1, 1, -1], np.float32)
    number = np.arange(depth.size, dtype=np.int32).reshape(depth.shape)
    mirrored = np.where(depth > 0, number + depth.size, number)  # both sides share the silhouette
    faces: list[Whole] = []
    for corners, turn in ((number, 1), (mirrored, -1)):
        a, b, c, d = (part[cells] for part in
                      (corners[1:, :-1], corners[1:, 1:], corners[:-1, 1:], corners[:-1, :-1]))  # fmt: skip
        faces += [np.stack([a, b, c], 1)[:, ::turn], np.stack([a, c, d], 1)[:, ::turn]]
    uv = np.stack([u, v], -1).reshape(-1, 2)
    points = np.concatenate([front, back]).astype(np.float32)
    return _used(points, np.concatenate([uv, uv]), np.concatenate(faces), texture)


def _lathe(mask: NDArray[np.bool_], box: tuple[int, ...], texture: Image.Image, grid: int) -> Mesh:
    left, top, right, bottom = box
    longer = max(right - left, bottom - top)
    heights = np.linspace(top, bottom - 1, grid + 1)
    radius = mask[heights.round().astype(int), left:right].sum(1) / 2 / longer
    angle = np.linspace(0, 2 * np.pi, _SEGMENTS + 1, dtype=np.float32)
    x = np.outer(radius, np.sin(angle))
    z = np.outer(radius, np.cos(angle))
    y = np.repeat(((top + bottom) / 2 - heights)[:, None] / longer, _SEGMENTS + 1, 1)
    u = ((left + right) / 2 + x * longer) / mask.shape[1]
    v = np.repeat(1 - heights[:, None] / mask.shape[0], _SEGMENTS + 1, 1)
    points: Floats = np.stack([x, y, z], -1).reshape(-1, 3).astype(np.float32)
    number = np.arange(points.shape[0], dtype=np.int32).reshape(x.shape)
    a, b, c, d = (part.ravel() for part in
                  (number[1:, :-1], number[1:, 1:], number[:-1, 1:], number[:-1, :-1]))  # fmt: skip
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    return _used(
        points.astype(np.float32), np.stack([u, v], -1).reshape(-1, 2).astype(np.float32), faces, texture
    )


def _box(texture: Image.Image) -> Mesh:
    points: list[Any] = []
    uvs: list[tuple[float, float]] = []
    faces: list[tuple[int, int, int]] = []
    for axis in range(3):
        for sign in (-1, 1):
            right, up = np.roll(np.eye(3), axis, 1)[0], np.roll(np.eye(3), axis, 1)[1]
            out = np.cross(right, up) * sign
            right = right * sign
            first = len(points)
            for across, high in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
                points.append((out + right * across + up * high) / 2)
                uvs.append(((across + 1) / 2, (high + 1) / 2))
            faces += [(first, first + 1, first + 2), (first, first + 2, first + 3)]
    return Mesh(
        points=np.asarray(points, np.float32),
        uvs=np.asarray(uvs, np.float32),
        faces=np.asarray(faces, np.int32),
        texture=texture,
    )


def _used(points: Floats, uvs: Floats, faces: Whole, texture: Image.Image) -> Mesh:
    used, renumbered = np.unique(faces, return_inverse=True)
    return Mesh(
        points=points[used].astype(np.float32),
        uvs=uvs[used].astype(np.float32),
        faces=renumbered.reshape(faces.shape).astype(np.int32),
        texture=texture,
    )


def glb(mesh: Mesh, texture_format: str, *, is_textured: bool, generator: str = "simulator") -> bytes:
    """Return a mesh as GLB with its texture as "WEBP" (with the extension for it) or "JPEG"."""
    chunks = [
        mesh.points.tobytes(),
        _normals(mesh).tobytes(),
        (mesh.uvs * np.asarray([1, -1], np.float32) + np.asarray([0, 1], np.float32))
        .astype(np.float32)
        .tobytes(),
        mesh.faces.astype(np.uint32).tobytes(),
    ]
    if is_textured:
        rough = Image.new("RGB", (64, 64), (0, 180, 0))
        chunks += [_encoded(mesh.texture, texture_format), _encoded(rough, texture_format)]
    views: list[dict[str, int]] = []
    binary = b""
    for chunk in chunks:
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(chunk)})
        binary += chunk + bytes(-len(chunk) % 4)
    count = len(mesh.points)
    vectors = {"componentType": 5126, "count": count}
    document: dict[str, object] = {
        "asset": {"version": "2.0", "generator": generator},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": "world", "children": [1]}, {"name": "geometry_0", "mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2},
                                    "indices": 3, "material": 0}]}],
        "accessors": [
            {"bufferView": 0, "type": "VEC3", **vectors,
             "min": mesh.points.min(0).tolist(), "max": mesh.points.max(0).tolist()},
            {"bufferView": 1, "type": "VEC3", **vectors},
            {"bufferView": 2, "type": "VEC2", **vectors},
            {"bufferView": 3, "type": "SCALAR", "componentType": 5125, "count": mesh.faces.size},
        ],
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
        "materials": [{"name": "Material_0", "doubleSided": True, "pbrMetallicRoughness": {}}],
    }  # fmt: skip
    if is_textured:
        document["images"] = [{"bufferView": 4 + index, "mimeType": f"image/{texture_format.lower()}"}
                              for index in (0, 1)]  # fmt: skip
        webp = texture_format == "WEBP"
        document["textures"] = [
            {"extensions": {"EXT_texture_webp": {"source": index}}} if webp else {"source": index}
            for index in (0, 1)
        ]
        document["materials"] = [{"name": "Material_0", "doubleSided": True, "pbrMetallicRoughness": {
            "baseColorTexture": {"index": 0}, "metallicRoughnessTexture": {"index": 1}}}]  # fmt: skip
        if webp:
            document |= {"extensionsUsed": ["EXT_texture_webp"], "extensionsRequired": ["EXT_texture_webp"]}
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    total = 12 + 8 + len(text) + 8 + len(binary)
    return b"".join(
        (
            struct.pack("<4sII", b"glTF", 2, total),
            struct.pack("<I4s", len(text), b"JSON"),
            text,
            struct.pack("<I4s", len(binary), b"BIN\0"),
            binary,
        )
    )


def _normals(mesh: Mesh) -> Floats:
    a, b, c = (mesh.points[mesh.faces[:, corner]] for corner in range(3))
    flat = np.cross(b - a, c - a)
    normals = np.zeros_like(mesh.points)
    for axis in range(3):
        normals[:, axis] = sum(
            np.bincount(mesh.faces[:, corner], flat[:, axis], len(mesh.points)) for corner in range(3)
        )
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return (normals / np.maximum(length, 1e-12)).astype(np.float32)


def _archive(mesh: Mesh, *, has_maps: bool) -> bytes:
    """Return a ZIP with OBJ, MTL and PNGs like Hunyuan Rapid's: without normals."""
    lines = ["mtllib material.mtl", "usemtl material"]
    lines += [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in mesh.points.tolist()]
    lines += [f"vt {u:.6f} {v:.6f}" for u, v in mesh.uvs.tolist()]
    lines += [f"f {a}/{a} {b}/{b} {c}/{c}" for a, b, c in (mesh.faces + 1).tolist()]
    text = "\n".join(lines).encode()
    stem = "texture_pbr_v128"
    maps = {
        "map_Kd": "",
        **({"map_Pm": "_metallic", "map_Pr": "_roughness", "map_Bump": "_normal"} if has_maps else {}),
    }
    told = "\n".join(f"{name} {stem}{end}.png" for name, end in maps.items())
    colours = {"_metallic": (0, 0, 0), "_roughness": (180, 180, 180), "_normal": (128, 128, 255)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{hashlib.sha256(text).hexdigest()[:32]}.obj", text)
        archive.writestr("material.mtl", f"newmtl material\n{told}\n")
        for end in maps.values():
            picture = Image.new("RGB", (64, 64), colours[end]) if end else mesh.texture
            archive.writestr(f"{stem}{end}.png", _encoded(picture, "PNG"))
    return buffer.getvalue()


def _encoded(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **({"quality": 88} if kind != "PNG" else {"compress_level": 1}))
    return buffer.getvalue()


def picture_size() -> Size:
    """Return the pixels of the picture drawn for a prompt."""
    return (512, 512)
