# SPDX-License-Identifier: GPL-3.0-or-later
"""Models are checked before Blender gets them: whether they are whole, what they need, what is missing."""

from pathlib import Path

import model_files
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from easel.imaging.errors import ModelDamaged
from easel.imaging.model_contents import ModelContents, read_contents
from easel.texts.refusal import Refusal


@pytest.fixture
def glb(tmp_path: Path) -> Path:
    return model_files.write_glb(tmp_path / "model.glb", model_files.textured(model_files.body()))


def test_what_is_in_a_glb(glb: Path) -> None:
    contents = read_contents(glb)
    assert "trimesh" in contents.generator
    pictures = tuple((f"Image_{number}", ".png") for number in range(3))
    told = ModelContents(suffix=".glb", faces=320, generator=contents.generator, pictures=pictures)
    assert contents == told
    webp = model_files.write_webp_glb(glb, model_files.textured(model_files.body()))
    contents = read_contents(webp)
    assert contents.webp_count == 3
    assert {suffix for _name, suffix in contents.pictures} == {".webp"}
    assert contents.extensions == {"EXT_texture_webp"}


def test_what_is_in_an_obj(tmp_path: Path) -> None:
    path = model_files.write_obj(tmp_path, model_files.body())
    assert read_contents(path) == ModelContents(suffix=".obj", faces=320)
    (tmp_path / "texture_pbr_v128_normal.png").unlink()
    assert read_contents(path).missing == ("texture_pbr_v128_normal.png",)
    (tmp_path / "material.mtl").unlink()
    assert read_contents(path).missing == ("material.mtl",)


@pytest.mark.parametrize(
    ("extension", "version", "is_lacking"),
    [
        ("EXT_texture_webp", (4, 2), False),
        ("EXT_meshopt_compression", (4, 2), True),
        ("EXT_meshopt_compression", (5, 2), False),
        ("KHR_texture_basisu", (5, 2), True),
        ("KHR_of_tomorrow", (5, 3), True),
        ("KHR_of_tomorrow", (5, 4), False),  # this Blender may know it
    ],
)
def test_what_a_blender_lacks(extension: str, version: tuple[int, int], is_lacking: bool) -> None:
    contents = ModelContents(suffix=".glb", extensions=frozenset({extension}))
    assert contents.lacking(version) == (extension if is_lacking else "")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_becomes_of_a_file_it_is_read_or_refused(data: st.DataObject, glb: Path) -> None:
    whole = glb.read_bytes()
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, min(1500, len(content) - 1)))] = data.draw(st.integers(0, 255))
    path = glb.with_name("other.glb")
    path.write_bytes(content[: data.draw(st.sampled_from([len(content), len(content) // 2, 30, 11, 0]))])
    try:
        contents = read_contents(path)
    except Refusal:
        return
    assert contents.faces > 0


@pytest.mark.parametrize("name", ["../secret.png", "/etc/secret.png", "C:\\secret.png", "..\\secret.png"])
def test_what_asks_for_files_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    path = model_files.write_obj(tmp_path, model_files.body())
    (tmp_path / "material.mtl").write_text(f"newmtl Material\nmap_Kd {name}\n")
    with pytest.raises(ModelDamaged, match="outside its folder"):
        read_contents(path)
