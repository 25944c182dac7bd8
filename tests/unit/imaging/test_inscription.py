# SPDX-License-Identifier: GPL-3.0-or-later
"""A recipe is written into a file and read again, and the rest of the file stays the same."""

import contextlib
import hashlib
import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.PngImagePlugin
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from easel.imaging.errors import ImageDamaged
from easel.imaging.exif_comment import comment_text
from easel.imaging.inscription import (
    EDITED,
    GENERATED,
    SOURCE_TYPE,
    ForOthers,
    NotInscribed,
    content_of,
    copy_as_it_came,
    inscribe,
    read_told,
)
from easel.imaging.packet_places import png_chunk
from easel.imaging.xmp import DC, DESCRIPTION
from easel.texts.refusal import Refusal

RECIPE = '{"prompt": "café <&> 銅 \\u0000"}'
THEIRS = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description r:about="uuid:a&amp;b"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><r:Alt><r:li xml:lang="x-default">a cat'
    "</r:li></r:Alt></dc:description></r:Description></r:RDF></x:xmpmeta>" + " " * 99 + '<?xpacket end="w"?>'
).encode()
CREDENTIALS = b"content credentials of the service" * 9

Make = Callable[[Path], Path]


def picture(mode: str = "RGB") -> PIL.Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (33, 21, len(mode)), np.uint8)
    return PIL.Image.fromarray(pixels, mode)


def saved(suffix: str, mode: str = "RGB", **options: object) -> Make:
    def make(folder: Path) -> Path:
        path = folder / f"picture{suffix}"
        picture(mode).save(path, **options)
        return path

    return make


def png_with_xmp(folder: Path) -> Path:
    info = PIL.PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", THEIRS.decode())
    info.add_text("parameters", "a cat\nSteps: 20")
    path = folder / "picture.png"
    picture().save(path, pnginfo=info)
    return path


def png_with_credentials(folder: Path) -> Path:
    path = saved(".png")(folder)
    data = path.read_bytes()
    path.write_bytes(data[:33] + png_chunk(b"caBX", CREDENTIALS) + data[33:] + b"after the end")
    return path


def jpeg_with_credentials(folder: Path) -> Path:
    path = saved(".jpg", exif=orientation())(folder)
    data = path.read_bytes()
    segment = b"\xff\xeb" + struct.pack(">H", 2 + len(CREDENTIALS)) + CREDENTIALS
    path.write_bytes(data[:2] + segment + data[2:] + b"after the end")
    return path


def webp_with_credentials(folder: Path) -> Path:
    path = saved(".webp", exif=orientation())(folder)
    data = path.read_bytes() + b"C2PA" + struct.pack("<I", len(CREDENTIALS)) + CREDENTIALS
    path.write_bytes(b"RIFF" + struct.pack("<I", len(data) - 8) + data[8:] + b"after the end")
    return path


def orientation() -> PIL.Image.Exif:
    exif = PIL.Image.Exif()
    exif[0x0112] = 3
    return exif


FILES: dict[str, Make] = {
    "png": saved(".png"),
    "png with alpha": saved(".png", "RGBA"),
    "png with xmp": png_with_xmp,
    "png with credentials": png_with_credentials,
    "jpeg": saved(".jpg"),
    "jpeg with xmp": saved(".jpg", xmp=THEIRS),
    "jpeg with credentials": jpeg_with_credentials,
    "webp": saved(".webp"),
    "webp without loss": saved(".webp", lossless=True),
    "webp without loss, with alpha": saved(".webp", "RGBA", lossless=True),
    "webp with alpha": saved(".webp", "RGBA"),
    "webp with xmp": saved(".webp", xmp=THEIRS),
    "webp with credentials": webp_with_credentials,
}


@pytest.fixture(params=list(FILES))
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return FILES[request.param](tmp_path)


def inscribed(source: Path, recipe: str = RECIPE, source_type: str = GENERATED) -> Path:
    to = io.BytesIO()
    inscribe(source, to, recipe, source_type=source_type, content=sha256(source.read_bytes()))
    path = source.with_name(f"with{source.suffix}")
    path.write_bytes(to.getvalue())
    return path


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_what_goes_in_comes_out(source: Path) -> None:
    path = inscribed(source, source_type=EDITED)
    told = read_told(path)
    assert (told.recipe, told.packet.text(*SOURCE_TYPE), told.is_unreadable) == (RECIPE, EDITED, False)


def test_the_file_as_it_came_is_had_again(source: Path) -> None:
    path, to = inscribed(source), io.BytesIO()
    assert path.read_bytes() != source.read_bytes()
    copy_as_it_came(path, to)
    assert to.getvalue() == source.read_bytes()
    assert content_of(path) == content_of(source) == sha256(source.read_bytes())


@pytest.mark.parametrize("length", [10, 70_000])
def test_what_other_programs_read_is_taken_out_again_too(source: Path, length: int) -> None:
    others = ForOthers(description="wall" * length, keywords=("mossy", "wall"), parameters="a wall <&> 銅")
    to = io.BytesIO()
    digest = sha256(source.read_bytes())
    inscribe(source, to, RECIPE, source_type=GENERATED, content=digest, others=others)
    path = source.with_name(f"told{source.suffix}")
    path.write_bytes(to.getvalue())
    told = read_told(path)
    assert told.recipe == RECIPE
    assert content_of(path) == digest
    is_short_of_room = source.suffix == ".jpg" and length > 10
    wanted = {others.description, "a cat", *([""] if is_short_of_room else [])}  # a file may have its own
    assert told.packet.text(*DESCRIPTION) in wanted
    if source.suffix == ".png":
        theirs = "a cat\nSteps: 20"  # the parameters of another tool
        has_theirs = theirs.encode() in source.read_bytes()
        assert told.texts["parameters"] == (theirs if has_theirs else others.parameters)
        return
    with PIL.Image.open(path) as new, PIL.Image.open(source) as old:
        theirs = dict(old.getexif())
        assert np.array_equal(np.asarray(new), np.asarray(old))
        comment = new.getexif().get_ifd(0x8769).get(0x9286)
        # An EXIF block of another program stays unchanged.
        assert comment == (None if theirs else b"UNICODE\0" + others.parameters.encode("utf-16-be"))
        assert theirs.items() <= dict(new.getexif()).items()


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
@pytest.mark.parametrize("letters", [10, 32_000, 33_000])
def test_a_comment_is_left_out_where_no_jpeg_has_room_for_it(
    tmp_path: Path, suffix: str, letters: int
) -> None:
    source, to = saved(suffix)(tmp_path), io.BytesIO()
    others = ForOthers(description="a wall", keywords=("wall",), parameters="石" * letters)
    digest = sha256(source.read_bytes())
    inscribe(source, to, RECIPE, source_type=GENERATED, content=digest, others=others)
    with PIL.Image.open(to) as image:
        comment = image.getexif().get_ifd(0x8769).get(0x9286, b"")
    assert comment_text(comment) == ("" if letters == 33_000 else others.parameters)


def test_pixels_and_how_they_are_shown_stay(source: Path) -> None:
    with PIL.Image.open(inscribed(source)) as new, PIL.Image.open(source) as old:
        assert (new.mode, new.size, new.getexif()) == (old.mode, old.size, old.getexif())
        assert np.array_equal(np.asarray(new), np.asarray(old))


def test_what_others_have_put_in_stays(source: Path) -> None:
    before, after = source.read_bytes(), inscribed(source).read_bytes()
    assert (CREDENTIALS in before) == (CREDENTIALS in after)
    assert before.endswith(b"after the end") == after.endswith(b"after the end")
    if THEIRS in before:
        packet = read_told(inscribed(source)).packet
        assert packet.text(DC, "description") == "a cat"
        assert packet.about == "uuid:a&b"


def test_a_recipe_longer_than_a_segment_of_a_jpeg_fits_all_the_same(source: Path) -> None:
    recipe = '{"prompt": "%s"}' % ("wide planks, 広い板 " * 9000)
    assert read_told(inscribed(source, recipe)).recipe == recipe


def test_what_fits_nowhere_is_not_written(tmp_path: Path) -> None:
    noise = "".join(map(chr, np.random.default_rng(0).integers(32, 0xD000, 90_000)))
    with pytest.raises(NotInscribed):
        inscribed(saved(".jpg")(tmp_path), noise)


def test_nothing_is_written_over_another_recipe(source: Path) -> None:
    path = inscribed(source)
    with pytest.raises(NotInscribed):
        inscribed(path, '{"prompt": "another"}')


def test_a_file_without_a_recipe_says_nothing(source: Path) -> None:
    told = read_told(source)
    assert (told.recipe, told.is_unreadable) == ("", False)


def test_a_compressed_packet_stays_and_the_recipe_is_beside_it(tmp_path: Path) -> None:
    source = saved(".png")(tmp_path)
    data = source.read_bytes()
    chunk = png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(THEIRS))
    source.write_bytes(data[:33] + chunk + data[33:])
    path = inscribed(source)
    assert chunk in path.read_bytes()
    assert read_told(path).recipe == RECIPE
    assert content_of(path) == sha256(source.read_bytes())


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_an_attack_by_xml_is_none(tmp_path: Path, suffix: str) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbb"><!ENTITY c "&b;&b;">]><a>&c; easel urn:x-easel:recipe:1.0/</a>'
    path = saved(suffix)(tmp_path)
    data = path.read_bytes()
    if suffix == ".png":
        path.write_bytes(data[:33] + png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + bomb) + data[33:])
    else:
        picture().save(path, xmp=bomb)
    assert read_told(path).is_unreadable
    assert content_of(path) == sha256(path.read_bytes())


def test_a_broken_packet_hides_no_recipe_that_can_be_read(tmp_path: Path) -> None:
    path = inscribed(saved(".png")(tmp_path))
    data = path.read_bytes()
    at = data.index(b"XML:com.adobe.xmp") - 8
    broken = png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<a urn:x-easel:recipe:1.0/")
    path.write_bytes(data[:at] + broken + data[at + 12 + int.from_bytes(data[at : at + 4], "big") :])
    assert (read_told(path).recipe, read_told(path).is_unreadable) == (RECIPE, False)


def test_a_recipe_of_five_megabytes_is_not_read(tmp_path: Path) -> None:
    path = saved(".png")(tmp_path)
    data = path.read_bytes()
    huge = b"easel\0\0\0\0\0" + b"x" * (5 << 20)
    path.write_bytes(data[:33] + png_chunk(b"iTXt", huge) + data[33:])
    assert read_told(path).is_unreadable
    bomb = b"easel\0\1\0\0\0" + zlib.compress(b"x" * (5 << 20))
    path.write_bytes(data[:33] + png_chunk(b"iTXt", bomb) + data[33:])
    assert read_told(path).is_unreadable


@pytest.mark.parametrize("size", [0, 1, 4, 12, 0xFFFFFFFF])
def test_a_webp_that_claims_another_length_is_refused_at_once(tmp_path: Path, size: int) -> None:
    path = saved(".webp")(tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[:4] + struct.pack("<I", size) + data[8:])
    with pytest.raises(ImageDamaged):
        read_told(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.data())
def test_damage_of_any_kind_is_refused_or_kept(source: Path, data: st.DataObject) -> None:
    """A damaged file raises one of the expected errors, or is read."""
    path = inscribed(source)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, min(len(content), 900) - 1))] = data.draw(st.integers(0, 255))
    broken = path.with_name(f"broken{path.suffix}")
    broken.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    for act in (read_told, content_of, inscribed):
        with contextlib.suppress(Refusal, NotInscribed):
            act(broken)
