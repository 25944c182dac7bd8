# SPDX-License-Identifier: GPL-3.0-or-later
"""Easel recognises the kind of a downloaded model by its bytes, and no archive does harm."""

import io
import json
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from easel.imaging.errors import ModelDamaged
from easel.imaging.model_files import look_at_model, unpack


def glb(document: object, size: int = 0) -> bytes:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    return struct.pack("<4sIII4s", b"glTF", 2, size or 20 + len(text), len(text), b"JSON") + text


ONE_TRIANGLE = {
    "accessors": [{"count": 3}, {"count": 36}],
    "meshes": [
        {"primitives": [{"attributes": {"POSITION": 0}}, {"attributes": {"POSITION": 0}, "indices": 1}]}
    ],
}


def zipped(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "suffix"),
    [
        (glb(ONE_TRIANGLE), "a.bin", ".glb"),
        (zipped({"a.obj": b"v"}), "a.glb", ".zip"),
        (zipped({"a.usdc": b"v"}), "a", ".usdz"),
        (b"Kaydara FBX Binary  \x00\x1a\x00rest", "a.glb", ".fbx"),
        (b"# made by\nv 0 0 0", "a.OBJ", ".obj"),
        (b"ply\nformat", "a", ".ply"),
        (b"solid x", "a.stl", ".stl"),
        (b'{"asset": {}}', "a.gltf", ".gltf"),
    ],
)
def test_bytes_tell_before_names_do(tmp_path: Path, data: bytes, name: str, suffix: str) -> None:
    (tmp_path / "file").write_bytes(data)
    found = look_at_model(tmp_path / "file", name)
    assert found is not None
    assert found.suffix == suffix


def test_faces_are_counted_by_the_head(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(glb(ONE_TRIANGLE))
    found = look_at_model(tmp_path / "a")
    assert found is not None
    assert found.faces == 13


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>",
        b'{"error": 1}',
        glb(ONE_TRIANGLE, 10_000),
        glb(ONE_TRIANGLE)[:30],
        b"glTF",
        b"PK\x03\x04cut",
    ],
)
def test_what_is_none_or_not_whole_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(ModelDamaged):
        look_at_model(tmp_path / "file", "model.glb")


def test_a_picture_beside_a_model_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert look_at_model(tmp_path / "file", "thumbnail.png") is None


NAMES = (
    st.lists(
        st.sampled_from(
            ["..", ".", "", "a", "con", "CON.txt", "é", "C:", "x.obj", "..\\..", "\\\\host", "a" * 200]
        ),
        min_size=1,
        max_size=4,
    )
    .map("/".join)
    .filter(bool)
)


@given(st.lists(NAMES, max_size=6, unique=True))
def test_no_entry_leaves_the_folder(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    root = tmp_path_factory.mktemp("unpack")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, name in enumerate([*names, "robot.obj"]):
            archive.writestr(zipfile.ZipInfo(name), str(number))
    (root / "file.zip").write_bytes(buffer.getvalue())
    model = unpack(root / "file.zip", root / "inside" / "here")
    files = [path for path in root.rglob("*") if path.is_file() and path.name != "file.zip"]
    assert all(path.is_relative_to(root / "inside" / "here") for path in files)
    kept = [name for name in names if not name.endswith("/")]
    assert len(files) == len(kept) + 1, "two of one name are both kept"
    assert model.suffix == ".obj"


def test_a_material_finds_its_pictures(tmp_path: Path) -> None:
    entries = {"3f2a.obj": b"v", "a.gltf": b"{}", "material.mtl": b"m", "My Chair (2)_metallic.png": b"p"}
    (tmp_path / "a.zip").write_bytes(zipped(entries))
    model = unpack(tmp_path / "a.zip", tmp_path / "there")
    assert {path.name for path in model.parent.iterdir()} == set(entries)
    assert model.suffix == ".obj", "what can be imported comes first"
    assert unpack(tmp_path / "a.zip", tmp_path / "there") == model, "it can be made again"


def test_links_and_bombs_are_left_out(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.obj")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "links.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(ModelDamaged, match="has no 3D model"):
        unpack(tmp_path / "links.zip", tmp_path / "there")
    (tmp_path / "bomb.zip").write_bytes(zipped({"a.obj": bytes(80 * 1024 * 1024)}))
    with pytest.raises(ModelDamaged, match="far more"):
        unpack(tmp_path / "bomb.zip", tmp_path / "there")
    (tmp_path / "cut.zip").write_bytes(zipped({"a.obj": b"v" * 1000})[:-30])
    with pytest.raises(ModelDamaged, match="damaged"):
        unpack(tmp_path / "cut.zip", tmp_path / "there")
    damaged = bytearray(zipped({"a.obj": bytes(range(256)) * 20}))
    damaged[40:60] = b"\xff" * 20  # inside the compressed data: zlib raises its own error
    (tmp_path / "damaged.zip").write_bytes(damaged)
    with pytest.raises(ModelDamaged, match="damaged"):
        unpack(tmp_path / "damaged.zip", tmp_path / "there")
    assert not (tmp_path / "there").exists(), "nothing half unpacked is left"
