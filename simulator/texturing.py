# SPDX-License-Identifier: GPL-3.0-or-later
"""Put textures on an uploaded model.

It gets the picture's colours, as if projected from its front, baked into a texture by its UVs. The model may
come back in other orders, or as another mesh (`orders.Textured`).
"""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from .orders import Order, Textured
from .sculpting import Mesh, glb

_SIDE = 512  # pixels of the texture


def texture(order: Order, drawn: Image.Image) -> bytes:
    """Return an order's model with its textures. `drawn`: the prompt's picture."""
    path = order.sources[0].path
    if path is None:
        raise ValueError("The model was not kept.")
    picture = drawn
    if len(order.sources) > 1 and order.sources[1].path is not None:
        with Image.open(order.sources[1].path) as opened:
            picture = opened.convert("RGB")
    way = Textured(str(order.options["textured"]))
    points, uvs, faces = _read_glb(path)
    colours = _colours_of(points, picture.convert("RGB"))
    if way is Textured.REMESHED:
        points, faces, colours = _remeshed(points, faces, colours)
    if way in (Textured.REMESHED, Textured.UNWRAPPED) or uvs is None:
        points, uvs, faces, colours = _unwrapped(points, faces, colours)
    baked = _baked(uvs, faces, colours)
    if way is Textured.REORDERED:
        random = np.random.default_rng(1)
        order_of = random.permutation(len(points))
        place = np.argsort(order_of)
        points, uvs = points[order_of], uvs[order_of]
        faces = np.roll(place[faces][random.permutation(len(faces))], 1, axis=1)
    elif way is Textured.SPLIT:
        points, uvs = points[faces].reshape(-1, 3), uvs[faces].reshape(-1, 2)
        faces = np.arange(len(points)).reshape(-1, 3)
    elif way is Textured.WELDED:
        both = np.round(np.concatenate([points, uvs], 1), 6)
        _unique, first, renumbered = np.unique(both, axis=0, return_index=True, return_inverse=True)
        points, uvs, faces = points[first], uvs[first], renumbered.reshape(-1)[faces]
    angle = np.radians(float(str(order.options["turn"])))
    x, y, z = (points * float(str(order.options["scale"]))).T
    turned = np.stack([x * np.cos(angle) + z * np.sin(angle), y, z * np.cos(angle) - x * np.sin(angle)], 1)
    mesh = Mesh(
        points=turned.astype(np.float32),
        uvs=uvs.astype(np.float32),
        faces=faces.astype(np.int32),
        texture=baked,
    )
    return glb(mesh, "JPEG", is_textured=True)


_Array = NDArray[Any]


def _read_glb(path: Path) -> tuple[_Array, _Array | None, _Array]:
    """Return points, UVs from the lower left, and triangles of a GLB in Blender's form: one node."""
    data = path.read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    told = json.loads(data[20 : 20 + length])
    binary = data[28 + length :]
    kinds = {5126: "<f4", 5123: "<u2", 5125: "<u4", 5121: "<u1"}
    widths = {"SCALAR": 1, "VEC2": 2, "VEC3": 3}

    def values(number: int) -> _Array:
        accessor = told["accessors"][number]
        view = told["bufferViews"][accessor["bufferView"]]
        width = widths[accessor["type"]]
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        found = np.frombuffer(binary, kinds[accessor["componentType"]], accessor["count"] * width, start)
        return found.reshape(-1, width)

    points: list[_Array] = []
    uvs: list[_Array] = []
    faces: list[_Array] = []
    count = 0
    for mesh in told["meshes"]:
        for part in mesh["primitives"]:
            attributes = part["attributes"]
            points.append(values(attributes["POSITION"]))
            if "TEXCOORD_0" in attributes:
                uvs.append(values(attributes["TEXCOORD_0"]) * (1, -1) + (0, 1))
            faces.append(values(part["indices"]).reshape(-1, 3).astype(np.int64) + count)
            count += len(points[-1])
    has_uvs = len(uvs) == len(points)
    return np.concatenate(points), np.concatenate(uvs) if has_uvs else None, np.concatenate(faces)


def _colours_of(points: _Array, picture: Image.Image) -> _Array:
    """Return each point's colour in the picture, seen from the front."""
    pixels = np.asarray(picture)
    low, high = points.min(0), points.max(0)
    span = np.maximum(high - low, 1e-9)
    across = ((points[:, 0] - low[0]) / span[0] * (pixels.shape[1] - 1)).astype(int)
    down = ((high[1] - points[:, 1]) / span[1] * (pixels.shape[0] - 1)).astype(int)
    return pixels[down, across]


def _remeshed(points: _Array, faces: _Array, colours: _Array) -> tuple[_Array, _Array, _Array]:
    """Replace each triangle by three."""
    middle = points[faces].mean(1)
    number = len(points) + np.arange(len(faces))
    a, b, c = faces.T
    parts = [np.stack(each, 1) for each in ((a, b, number), (b, c, number), (c, a, number))]
    colours = np.concatenate([colours, colours[faces].mean(1).astype(np.uint8)])
    return np.concatenate([points, middle]), np.concatenate(parts), colours


def _unwrapped(points: _Array, faces: _Array, colours: _Array) -> tuple[_Array, _Array, _Array, _Array]:
    """Give each triangle a cell of the texture."""
    side = int(np.ceil(np.sqrt(len(faces))))
    down, across = np.divmod(np.arange(len(faces)), side)
    cell = np.asarray([[0.1, 0.1], [0.9, 0.1], [0.1, 0.9]])
    uvs = (np.stack([across, down], 1)[:, None, :] + cell) / side
    flat = faces.reshape(-1)
    return points[flat], uvs.reshape(-1, 2), np.arange(len(flat)).reshape(-1, 3), colours[flat]


def _baked(uvs: _Array, faces: _Array, colours: _Array) -> Image.Image:
    """Draw each triangle at its UVs, in the mean colour of its corners."""
    image = Image.new("RGB", (_SIDE, _SIDE), (128, 128, 128))
    draw = ImageDraw.Draw(image)
    places = (uvs * (1, -1) + (0, 1)) * (_SIDE - 1)
    means = colours[faces].mean(1).astype(int)
    for corners, colour in zip(places[faces].tolist(), means.tolist(), strict=True):
        draw.polygon([tuple(corner) for corner in corners], fill=tuple(colour))
    return image
