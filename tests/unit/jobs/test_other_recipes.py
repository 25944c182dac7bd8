# SPDX-License-Identifier: GPL-3.0-or-later
"""Easel reads what images of other tools say about how they were made."""

import json
from pathlib import Path
from typing import Any

import PIL.Image
import PIL.PngImagePlugin
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from easel.client.models import ModelId
from easel.client.requests import GenerateRequest
from easel.imaging.inscription import GENERATED, content_of, inscribe
from easel.jobs.job import Job, JobState
from easel.jobs.other_recipes import OtherRecipe, Tool, read_other
from easel.jobs.placement import Placement
from easel.jobs.recipe import RecipeUnreadable, read_recipe
from easel.jobs.told_others import told_to_others

PARAMETERS = """an old wall, (moss:1.2), "stone"
in two lines
Negative prompt: blurry, people
Steps: 28, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 1234567890, Size: 768x512, Model hash: e6415c4892, \
Model: realistic_v51, Lora hashes: "a: 1, Steps: 3", Version: v1.7.0"""
WALL = OtherRecipe(
    tool=Tool.A1111,
    prompt='an old wall, (moss:1.2), "stone"\nin two lines',
    negative="blurry, people",
    model="realistic_v51",
    seed=1234567890,
    steps=28,
    width=768,
    height=512,
)
GRAPH = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 42,
            "steps": 20,
            "model": ["4", 0],
            "positive": ["12", 0],
            "negative": ["7", 0],
            "latent_image": ["5", 0],
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sdxl.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 1024, "height": 768, "batch_size": 1}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["4", 1]}},
    "12": {"class_type": "ControlNetApply", "inputs": {"conditioning": ["6", 0], "strength": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["9", 0], "clip": ["4", 1]}},
    "9": {"class_type": "StringConstant", "inputs": {"string": "苔むした石垣"}},
}
FLUX = {
    "13": {"inputs": {"noise": ["25", 0], "guider": ["22", 0]}},
    "22": {"inputs": {"conditioning": ["26", 0], "model": ["30", 0]}},
    "25": {"inputs": {"noise_seed": 7}},
    "26": {"inputs": {"guidance": 3.5, "conditioning": ["6", 0]}},
    "6": {"inputs": {"text": "a copper kettle"}},
    "12": {"inputs": {"unet_name": "flux1-dev.safetensors"}},
}
WORKFLOW = {
    "nodes": [
        {"type": "CheckpointLoaderSimple", "widgets_values": ["sdxl.safetensors"]},
        {"type": "CLIPTextEncode", "widgets_values": ["a copper kettle"]},
        3,
        {"type": "CLIPTextEncode", "widgets_values": {}},
    ]
}


def png(folder: Path, **texts: str) -> Path:
    info = PIL.PngImagePlugin.PngInfo()
    for key, text in texts.items():
        info.add_itxt(key, text)
    path = folder / "picture.png"
    PIL.Image.new("RGB", (8, 8)).save(path, pnginfo=info)
    return path


def test_the_line_of_the_web_ui(tmp_path: Path) -> None:
    assert read_other(png(tmp_path, parameters=PARAMETERS)) == WALL


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
@pytest.mark.parametrize(
    ("head", "coding"),
    [
        (b"UNICODE\0", "utf-16-be"),
        (b"UNICODE\0", "utf-16-le"),  # by tools that follow the byte order of their Exif
        (b"UNICODE\0", "utf-16"),  # with a byte order mark
        (b"ASCII\0\0\0", "ascii"),
        (b"\0" * 8, "utf-8"),
    ],
)
def test_the_same_in_the_exif_of_other_formats(tmp_path: Path, suffix: str, head: bytes, coding: str) -> None:
    exif = PIL.Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = head + PARAMETERS.encode(coding)
    path = tmp_path / f"picture{suffix}"
    PIL.Image.new("RGB", (8, 8)).save(path, exif=exif)
    assert read_other(path) == WALL


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_what_easel_writes_for_others_is_read_as_theirs(tmp_path: Path, suffix: str) -> None:
    """An independent check agrees: each format has the text where Stable Diffusion web UI looks for it."""
    source = tmp_path / f"picture{suffix}"
    PIL.Image.new("RGB", (8, 8)).save(source)
    request = GenerateRequest(model=ModelId.GEMINI_3_PRO, prompt="苔むした石垣, wide", seed=7)
    job = Job(
        id="a",
        state=JobState.DONE,
        request=request,
        placement=Placement(),
        server="s",
        price=1,
        created_at=0,
        updated_at=0,
    )
    with (tmp_path / f"told{suffix}").open("w+b") as to:
        others = told_to_others(job, 768, 512)
        inscribe(source, to, "{}", source_type=GENERATED, content=content_of(source), others=others)
    with PIL.Image.open(tmp_path / f"told{suffix}") as image:
        comment = image.getexif().get_ifd(0x8769).get(0x9286, b"")
        text = image.info.get("parameters") or comment.removeprefix(b"UNICODE\0").decode("utf-16-be")
    assert text == others.parameters
    other = read_other(tmp_path / f"told{suffix}")
    assert other is not None
    assert (other.tool, other.prompt, other.seed) == (Tool.A1111, "苔むした石垣, wide", 7)
    assert (other.width, other.height) == (768, 512)


@pytest.mark.parametrize("tags", [(0x010F, 0x0110), (0x0110, 0x010F)])
def test_a_graph_in_the_exif_of_a_webp(tmp_path: Path, tags: tuple[int, int]) -> None:
    exif = PIL.Image.Exif()
    exif[tags[0]] = f"workflow:{json.dumps(WORKFLOW)}"
    exif[tags[1]] = f"prompt:{json.dumps(FLUX)}"
    path = tmp_path / "picture.webp"
    PIL.Image.new("RGB", (8, 8)).save(path, exif=exif)
    other = read_other(path)
    assert other is not None
    assert (other.tool, other.prompt, other.seed) == (Tool.COMFYUI, "a copper kettle", 7)


def test_a_graph_is_followed_to_its_text(tmp_path: Path) -> None:
    path = png(tmp_path, prompt=json.dumps(GRAPH), workflow=json.dumps(WORKFLOW))
    assert read_other(path) == OtherRecipe(
        tool=Tool.COMFYUI,
        prompt="苔むした石垣",
        negative="blurry",
        model="sdxl.safetensors",
        seed=42,
        steps=20,
        width=1024,
        height=768,
    )


def test_a_graph_with_a_guider(tmp_path: Path) -> None:
    other = read_other(png(tmp_path, prompt=json.dumps(FLUX)))
    assert other is not None
    assert (other.prompt, other.negative) == ("a copper kettle", "")
    assert (other.model, other.seed) == ("flux1-dev.safetensors", 7)


def test_a_graph_that_goes_round_in_a_circle_ends(tmp_path: Path) -> None:
    circle: dict[str, Any] = {
        "1": {"inputs": {"seed": float("nan"), "positive": ["2", 0]}},
        "2": {"inputs": {"conditioning": ["1", 0]}},
    }
    assert read_other(png(tmp_path, prompt=json.dumps(circle))) is None


def test_a_drawn_graph_alone(tmp_path: Path) -> None:
    other = read_other(png(tmp_path, workflow=json.dumps(WORKFLOW)))
    assert other == OtherRecipe(tool=Tool.COMFYUI, prompt="a copper kettle", model="sdxl.safetensors")


def test_a_plain_description(tmp_path: Path) -> None:
    xmp = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>'
        '<rdf:li xml:lang="x-default">a kettle</rdf:li></rdf:Alt></dc:description></rdf:Description>'
        "</rdf:RDF>"
    )
    path = tmp_path / "picture.jpg"
    PIL.Image.new("RGB", (8, 8)).save(path, xmp=xmp.encode())
    assert read_other(path) == OtherRecipe(tool=Tool.XMP, prompt="a kettle")


def test_it_is_none_of_easels(tmp_path: Path) -> None:
    path = png(tmp_path, parameters=PARAMETERS)
    with pytest.raises(RecipeUnreadable, match="does not contain"):
        read_recipe(path)
    assert read_other(png(tmp_path)) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
@given(
    st.sampled_from(["parameters", "prompt", "workflow"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
    | st.recursive(
        st.none() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]), max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["1", "2", "inputs", "seed", "positive", "text", "nodes", "type"]),
                inner,
                max_size=4,
            )
        ),
    ).map(json.dumps),
)
def test_whatever_they_wrote_is_read_or_passed_over(tmp_path: Path, key: str, text: str) -> None:
    read_other(png(tmp_path, **{key: text}))


def test_half_a_character_is_none(tmp_path: Path) -> None:
    graph = json.dumps({"1": {"inputs": {"text": "a \ud800 wall"}}})
    other = read_other(png(tmp_path, prompt=graph))
    assert other is not None
    assert other.prompt == "a ? wall"
