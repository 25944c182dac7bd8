# SPDX-License-Identifier: GPL-3.0-or-later
"""Texturing of models as the vendor documents it, independently of the client's own table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .answers import Refusal
from .orders import Order, Quirks, complaint_about
from .uploads import Source

_MOST_PROMPT = 1024
_TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True, kw_only=True)
class SimulatedTexturer:
    """One endpoint: its inputs and its price."""

    key: str
    path: str
    seconds: tuple[float, float]
    cost: Callable[[Mapping[str, object]], int]
    choices: Mapping[str, tuple[str, ...]]  # the first is the default
    flags: Mapping[str, bool]
    by_link: bool = False  # JSON, with the address of an FBX


TEXTURERS: tuple[SimulatedTexturer, ...] = (
    SimulatedTexturer(
        key="TRIPO_TEXTURE",
        path="/v1/3d-models/tripo/texture-model/",
        seconds=(60.0, 240.0),
        cost=lambda fields: 40 if fields["texture_quality"] == "detailed" else 20,
        choices=MappingProxyType({"texture_quality": ("standard", "detailed")}),
        flags=MappingProxyType({"pbr": True, "texture": True, "bake": True}),
    ),
    SimulatedTexturer(
        key="HUNYUAN_TEXTURE",
        path="/v1/3d-models/tencent/texture-edit/",
        seconds=(90.0, 300.0),
        cost=lambda _fields: 80,
        choices=MappingProxyType({}),
        flags=MappingProxyType({"enable_pbr": False}),
        by_link=True,
    ),
)

BY_KEY: Mapping[str, SimulatedTexturer] = MappingProxyType({each.key: each for each in TEXTURERS})


def read_texture_order(texturer: SimulatedTexturer, fields: Mapping[str, object], *, quirks: Quirks) -> Order:
    """Check the fields of a request; raise the Refusal that names the first wrong one."""
    name_of_model = "file_url" if texturer.by_link else "model"
    for name in fields:
        known = (*texturer.choices, *texturer.flags, name_of_model, "prompt", "image")
        if name not in known and quirks.refuses_unknown_fields:
            raise _refuse(name, "Unknown field.")
    values: dict[str, object] = {}
    for name, allowed in texturer.choices.items():
        values[name] = fields.get(name, allowed[0])
        if values[name] not in allowed:
            raise _refuse(name, f'"{values[name]}" is not a valid choice.')
    for name, default in texturer.flags.items():
        word = str(fields.get(name, default)).lower()
        if word not in _TRUTHS:
            raise _refuse(name, "Must be a valid boolean.")
        values[name] = _TRUTHS[word]
    model = fields.get(name_of_model)
    if not isinstance(model, Source):
        raise _refuse(name_of_model, "This field is required, and must lead to a model.")
    if not model.head.startswith(b"glTF") and model.path is not None:
        raise _refuse("model", "The model could not be read.")
    picture, prompt = fields.get("image"), fields.get("prompt", "")
    if not isinstance(prompt, str) or len(prompt) > _MOST_PROMPT:
        raise _refuse("prompt", f"Ensure this field has no more than {_MOST_PROMPT} characters.")
    if (picture is None) == (not prompt.strip()):
        raise _refuse("image", "Give either an image or a prompt.")
    if picture is not None and not isinstance(picture, Source):
        raise _refuse("image", "Not a valid data URI.")
    if isinstance(picture, Source):
        if complaint := complaint_about(picture):
            raise _refuse("image", complaint)
        if values.get("enable_pbr"):
            raise _refuse("enable_pbr", "Only with a prompt.")
        if quirks.picture_as_text and not texturer.by_link and not picture.as_text:
            raise _refuse("image", "Not a valid string.")
    return Order(
        model=texturer.key,
        edit=True,
        prompt=prompt,
        count=1,
        resolution="",
        aspect_ratio="",
        image_size="",
        output_format="png",
        seed=None,
        sources=(model, picture) if isinstance(picture, Source) else (model,),
        size=(400, 400),
        cost=texturer.cost(values),
        seconds=texturer.seconds,
        options={
            **values,
            "textured": quirks.textured.value,
            "turn": quirks.textured_turn,
            "scale": quirks.textured_scale,
        },
        files=("glb",),
    )


CONVERT_PATH = "/v1/tools/convert/"
CONVERT = "CONVERT"


def read_convert_order(fields: Mapping[str, object], *, quirks: Quirks) -> Order:
    """Check the fields of a request to convert a model, as far as FBX needs them."""
    for name in fields:
        if name not in ("model_file", "output_format") and quirks.refuses_unknown_fields:
            raise _refuse(name, "Unknown field.")
    model = fields.get("model_file")
    if not isinstance(model, Source):
        raise _refuse("model_file", "This field is required.")
    if fields.get("output_format") != "fbx":
        raise _refuse("output_format", "This simulator makes FBX alone.")
    return Order(
        model=CONVERT,
        edit=True,
        prompt="",
        count=1,
        resolution="",
        aspect_ratio="",
        image_size="",
        output_format="png",
        seed=None,
        sources=(model,),
        size=(400, 400),
        cost=10,
        seconds=(10.0, 60.0),
        files=("fbx",),
    )


def _refuse(name: str, reason: str) -> Refusal:
    return Refusal(400, "validation_failed", f"{name}: {reason}")
