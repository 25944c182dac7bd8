# SPDX-License-Identifier: GPL-3.0-or-later
"""Our check of a request agrees with the service's documented check, in all fields and prices."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings, strategies as st

from easel.client.engines import ENGINES, VIEWS
from easel.client.errors import RequestInvalid
from easel.client.model_requests import ModelRequest
from easel.client.models import (
    ASPECT_RATIOS,
    MODELS,
    ONLY_RESOLUTION,
    OUTPUT_FORMATS,
    SEEDREAM_SIZES,
    TOOLS,
    WIDE_ASPECT_RATIOS,
    ModelId,
    side_of,
)
from easel.client.options import MAX_SEED, OPTIONS
from easel.client.requests import (
    EditRequest,
    GenerateRequest,
    Source,
    ToolRequest,
    tell_roles,
    validate,
)
from easel.client.texture_requests import CONVERT_PATH, TextureRequest
from easel.client.texturers import TEXTURERS
from easel.simulator import uploads
from easel.simulator.answers import Refusal
from easel.simulator.engines import BY_PATH as SIMULATED_ENGINES, read_model_order
from easel.simulator.models import BY_KEY
from easel.simulator.orders import Formats, Order, Quirks, read_order
from easel.simulator.texturers import BY_KEY as SIMULATED_TEXTURERS, read_convert_order, read_texture_order
from easel.simulator.tools import BY_KEY as SIMULATED_TOOLS, FILE_FIELD, read_tool_order

RESOLUTIONS = ("", "512px", "1K", "2K", "4K", "8K")
PICTURE = uploads.Source(media_type="image/png", size=1, sha256="", head=b"\x89PNG\r\n\x1a\n", path=None)


def chosen(values: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(("", *values))


@st.composite
def valid_requests(draw: st.DrawFn) -> GenerateRequest:
    model = MODELS[draw(st.sampled_from(list(MODELS)))]
    prompt = draw(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
    assume(prompt.strip())
    request = GenerateRequest(
        model=model.id,
        prompt=prompt,
        count=draw(st.integers(1, model.max_images)),
        resolution=draw(chosen(model.resolutions)),
        aspect_ratio=draw(chosen(model.aspect_ratios)),
        output_format=draw(chosen(() if model.refuses_default_format else model.output_formats)),
        image_size=draw(chosen(model.image_sizes)),
        seed=draw(st.none() | st.integers(0, MAX_SEED)) if model.has_seed else None,
        safety_checker=draw(st.none() | st.booleans()) if model.has_safety_checker else None,
    )
    return draw(st.just(request) | st.integers(1, model.max_sources).map(lambda n: as_edit(request, n)))


@st.composite
def any_requests(draw: st.DrawFn) -> GenerateRequest:
    request = GenerateRequest(
        model=draw(st.sampled_from(list(MODELS))),
        prompt=draw(st.sampled_from(["copper", "", " \n", "a\0b"])),
        count=draw(st.integers(-1, 8)),
        resolution=draw(st.sampled_from(RESOLUTIONS)),
        aspect_ratio=draw(chosen((*WIDE_ASPECT_RATIOS, "16/9"))),
        output_format=draw(chosen((*OUTPUT_FORMATS, "gif"))),
        image_size=draw(chosen((*SEEDREAM_SIZES, "auto_9K"))),
        seed=draw(st.none() | st.integers(-2, 5)),
        safety_checker=draw(st.none() | st.booleans()),
    )
    return draw(st.just(request) | st.integers(0, 16).map(lambda n: as_edit(request, n)))


def as_edit(request: GenerateRequest, sources: int) -> EditRequest:
    known = {name: getattr(request, name) for name in GenerateRequest.__dataclass_fields__}
    return EditRequest(**known, sources=(Source(name="Brick"),) * sources)


def every_field(request: GenerateRequest) -> dict[str, Any]:
    """Return all fields that are set, also those that the model lacks, as a careless client would."""
    names = {"resolution", "aspect_ratio", "output_format", "image_size", "seed"}
    fields = {name: getattr(request, name) for name in names if getattr(request, name) not in ("", None)}
    if request.safety_checker is not None:
        fields["enable_safety_checker"] = request.safety_checker
    return {"prompt": request.prompt, "num_images": request.count, **fields}


def order(request: GenerateRequest, fields: dict[str, Any], quirks: Quirks | None = None) -> Order:
    edit = isinstance(request, EditRequest)
    if edit:
        fields[MODELS[request.model].source_fields[0]] = [PICTURE] * len(request.sources)
    return read_order(
        BY_KEY[request.model], fields, edit=edit, quirks=quirks or Quirks(refuses_unknown_fields=True)
    )


@settings(max_examples=300)
@given(valid_requests())
def test_every_valid_request_is_taken_at_the_price_we_told(request: GenerateRequest) -> None:
    validate(request)
    taken = order(request, request.fields())
    assert taken.price == request.price
    assert taken.count == request.count
    assert taken.prompt == request.full_prompt()


@settings(max_examples=500)
@given(any_requests())
def test_we_refuse_what_the_service_would_refuse(request: GenerateRequest) -> None:
    # As documented, and as strict as possible.
    quirks = Quirks(flash_2_5_formats=Formats.TAKEN, refuses_unknown_fields=True)
    try:
        validate(request)
    except RequestInvalid:
        with pytest.raises(Refusal):
            order(request, every_field(request), quirks)
    else:
        order(request, every_field(request), quirks)


def test_every_field_of_a_request_is_an_option_or_the_prompts() -> None:
    of_prompt = {"model", "prompt", "written", "template"}
    assert {option.name for option in OPTIONS} == set(GenerateRequest.__dataclass_fields__) - of_prompt


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.id)
def test_all_documented_prices(model: Any) -> None:
    for resolution in model.resolutions or ("",):
        for count in range(1, model.max_images + 1):
            request = GenerateRequest(model=model.id, prompt="x", count=count, resolution=resolution)
            assert order(request, request.fields()).price == request.price


@pytest.mark.parametrize("engine", ENGINES.values(), ids=lambda engine: engine.id)
@settings(max_examples=40)
@given(data=st.data())
def test_models_cost_what_we_tell_and_take_what_we_send(engine: Any, data: st.DataObject) -> None:
    count = data.draw(st.integers(0 if engine.takes_text else 1, engine.max_sources))
    least, most = engine.faces or (0, 0)
    request = ModelRequest(
        model=engine.id,
        prompt=data.draw(st.text("abc", min_size=1, max_size=engine.most_prompt)),
        sources=(Source(name="Brick"),) * count,
        views=tuple(data.draw(st.permutations(VIEWS[:count]))) if count > 1 else (),
        resolution=data.draw(chosen(engine.resolutions)),
        textures=data.draw(st.booleans()),
        pbr=data.draw(st.booleans()),
        faces=data.draw(st.just(0) | st.integers(least, most)),
        seed=data.draw(st.none() | st.integers(0, MAX_SEED)) if engine.has_seed else None,
    )
    validate(request)
    body = json.dumps(request.fields())
    fields = json.loads(body, object_hook=_with_pictures)
    simulated = SIMULATED_ENGINES[request.path]
    assert simulated.key == engine.id
    assert (
        read_model_order(simulated, fields, quirks=Quirks(refuses_unknown_fields=True)).price == request.price
    )


def _with_pictures(fields: dict[str, Any]) -> dict[str, Any]:
    marked = [name for name, value in fields.items() if str(value).startswith("\0")]
    return {**fields, **dict.fromkeys(marked, PICTURE)}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"sources": ()}, "needs one"),
        ({"model": ModelId.GEMINI_3_PRO}, "can't do this"),
        ({"faces": 10}, "1,000 to 16,000,000 faces"),
        ({"model": ModelId.HUNYUAN_RAPID, "faces": 5000}, "decides by itself"),
        ({"model": ModelId.HUNYUAN_RAPID, "sources": (), "prompt": "x" * 201}, "200 characters"),
        ({"model": ModelId.TRIPO, "sources": (Source(name="a"),) * 2}, "its view"),
        (
            {"model": ModelId.TRIPO, "sources": (Source(name="a"),) * 2, "views": ("left", "back")},
            "front view",
        ),
        ({"count": 2}, "one model at once|1 to 1 images"),
    ],
)
def test_models_that_can_not_be_are_refused(change: dict[str, Any], text: str) -> None:
    request = ModelRequest(model=ModelId.TRELLIS_2, prompt="x", sources=(Source(name="Brick"),))
    validate(request)
    with pytest.raises(RequestInvalid, match=text):
        validate(replace(request, **change))


@pytest.mark.parametrize("tool", TOOLS.values(), ids=lambda tool: tool.id)
def test_tools_cost_what_we_tell_and_take_what_we_send(tool: Any) -> None:
    simulated = SIMULATED_TOOLS[tool.id]
    assert (tool.path, tool.seconds) == (simulated.path, simulated.seconds)
    assert tool.source_fields == (FILE_FIELD,)
    for quality in ("", *tool.qualities):
        request = ToolRequest(model=tool.id, prompt="x", quality=quality, sources=(Source(name="Brick"),))
        validate(request)
        fields = {**request.fields(), FILE_FIELD: PICTURE}
        assert read_tool_order(simulated, fields, quirks=Quirks(refuses_unknown_fields=True)).price == (
            request.price
        )
        assert request.path == simulated.path
    with pytest.raises(RequestInvalid, match="quality"):
        validate(replace(request, quality="best"))
    with pytest.raises(RequestInvalid, match="can't do this"):
        validate(GenerateRequest(model=tool.id, prompt="x"))
    with pytest.raises(RequestInvalid, match="can't do this"):
        validate(replace(request, model=ModelId.GEMINI_3_PRO))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"prompt": " "}, "The prompt is empty"),
        ({"prompt": "a\0"}, "not text"),
        ({"prompt": "a\udc80"}, "not text"),
        ({"count": 5}, "1 to 4 images"),
        ({"aspect_ratio": "1:8"}, r"no aspect ratio “1:8”\. Allowed: auto, 21:9"),
        ({"resolution": "512px"}, r"Allowed: 1K, 2K, 4K"),
        ({"image_size": "square"}, "Gemini 3 Pro has no image size option"),
        ({"seed": 1}, "Gemini 3 Pro has no seed"),
        ({"safety_checker": True}, "no safety checker"),
        ({"output_format": "gif"}, "Allowed: png, jpeg, webp"),
    ],
)
def test_a_refusal_names_the_option_and_what_is_allowed(change: dict[str, Any], text: str) -> None:
    request = replace(GenerateRequest(model=ModelId.GEMINI_3_PRO, prompt="copper"), **change)
    with pytest.raises(RequestInvalid, match=text):
        validate(request)


def test_a_seed_that_blender_cannot_hold_is_refused() -> None:
    request = GenerateRequest(model=ModelId.SEEDREAM_V5_LITE, prompt="x", seed=MAX_SEED + 1)
    with pytest.raises(RequestInvalid, match="seed"):
        validate(request)


def test_the_roles_of_sources_are_told_first() -> None:
    request = EditRequest(
        model=ModelId.GEMINI_3_PRO,
        prompt="Make it older",
        sources=(Source(name="Brick", role="the picture to edit"), Source(name="Rust")),
    )
    assert request.full_prompt() == "Image 1 is the picture to edit. Image 2 is a reference.\nMake it older"


def test_a_first_source_without_a_role_is_the_one_to_edit() -> None:
    assert tell_roles("Add moss", ["", "the moss", ""]) == (
        "Image 1 is the image to edit. Image 2 is the moss. Image 3 is a reference.\nAdd moss"
    )


def test_references_of_no_role_are_told_of_together() -> None:
    assert tell_roles("Add moss", ["", "", "", "the moss", ""]) == (
        "Image 1 is the image to edit. Images 2 to 3 are references. Image 4 is the moss."
        " Image 5 is a reference.\nAdd moss"
    )


def test_png_is_not_named_to_a_model_that_refuses_the_option() -> None:
    request = GenerateRequest(model=ModelId.GEMINI_2_5_FLASH, prompt="x", output_format="png")
    assert "output_format" not in request.fields()
    assert replace(request, output_format="jpeg").fields()["output_format"] == "jpeg"


def test_the_narrow_list_is_part_of_the_wide_one() -> None:
    assert set(ASPECT_RATIOS) < set(WIDE_ASPECT_RATIOS)


def test_every_resolution_tells_its_pixels() -> None:
    sides = [side_of(name) for model in MODELS.values() for name in model.resolutions or (ONLY_RESOLUTION,)]
    assert set(sides) == {512, 1024, 2048, 4096}
    assert side_of("auto_2K") == 2048
    assert side_of("square_hd") == 0


MESH = uploads.Source(media_type="model/gltf-binary", size=1, sha256="", head=b"glTF", path=None)


@given(
    model=st.sampled_from(list(TEXTURERS)),
    quality=st.sampled_from(["", "standard", "detailed", "best"]),
    pbr=st.booleans(),
    has_picture=st.booleans(),
    length=st.sampled_from([1, 1024, 1025]),
)
def test_textures_are_taken_at_the_price_we_told_in_one_step_or_two(
    model: ModelId, quality: str, pbr: bool, has_picture: bool, length: int
) -> None:
    engine = TEXTURERS[model]
    sources = (Source(name="Vase"), *([Source(name="copper.png")] if has_picture else []))
    request = TextureRequest(model=model, prompt="x" * length, sources=sources, pbr=pbr, quality=quality)
    is_wrong = quality not in ("", *engine.qualities) or (length > 1024 and not has_picture)
    if is_wrong:
        with pytest.raises(RequestInvalid):
            validate(request)
        return
    validate(request)
    quirks, costs = Quirks(refuses_unknown_fields=True), 0
    if request.is_first_step:
        assert request.path == CONVERT_PATH
        fields = {**request.fields(), "model_file": MESH}
        costs = read_convert_order(fields, quirks=quirks).price
        assert costs == request.price
        whole, request = request.whole_price, request.next_step("task")
        validate(request)
        fields = {**request.fields(), "file_url": MESH}
    else:
        whole, fields = request.whole_price, {**request.fields(), "model": MESH}
    if has_picture:
        fields["image"] = PICTURE
    assert request.path == SIMULATED_TEXTURERS[model].path
    costs += read_texture_order(SIMULATED_TEXTURERS[model], fields, quirks=quirks).price
    assert costs == whole
