# SPDX-License-Identifier: GPL-3.0-or-later
"""The engines of 3D models as the vendor documents them, independently of the client's own table."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import cast

from .answers import Refusal
from .orders import Order, Quirks, complaint_about, pixel_size
from .uploads import Source

_VIEWS = ("front", "left", "back", "right", "top", "bottom", "left_front", "right_front")
_PIXELS = (128, 5000)  # of a picture's sides, if the provider names them
_MOST_BYTES = 6_000_000  # of a picture's file, likewise
_Fields = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class SimulatedEngine:
    """One endpoint: its inputs, its price, and its files."""

    key: str
    path: str
    seconds: tuple[float, float]
    cost: Callable[[_Fields], int]
    files: tuple[str, ...]  # suffixes, in the order in which they are listed
    shape: str = "relief"  # what is made of the picture: relief, lathe, box
    front: str = "z"  # the axis, in glTF's terms, that the front faces
    picture: str = "image"  # the field; "" if it only takes text, "images" and "multi_view_images" too
    views: str = ""  # the field with several
    takes_text: bool = False
    most_prompt: int = 1024
    flags: Mapping[str, bool] = field(default_factory=dict[str, bool])  # with their defaults
    numbers: Mapping[str, tuple[int, int, int]] = field(
        default_factory=dict[str, tuple[int, int, int]]
    )  # least, most, default
    choices: Mapping[str, tuple[object, ...]] = field(
        default_factory=dict[str, tuple[object, ...]]
    )  # the first is the default
    required: tuple[str, ...] = ()
    has_limits: bool = False  # on the picture's pixels and bytes
    dislikes_alpha: bool = False  # a transparent PNG is accepted, but then the task fails


def _trellis_cost(fields: _Fields) -> int:
    base = 30 if fields["resolution"] == "1536" else 10
    texture = {1024: 20, 2048: 20, 4096: 20}[cast("int", fields["texture_size"])] if fields["textures"] else 0
    return base + texture


def _pro_cost(fields: _Fields) -> int:
    return 60 + (20 if fields["enable_pbr"] else 0) + (20 if "multi_view_images" in fields else 0)


def _rapid_cost(fields: _Fields) -> int:
    return 35 + (20 if fields["enable_pbr"] else 0)


def _tripo_cost(base: int) -> Callable[[_Fields], int]:
    return lambda fields: base + (20 if fields["texture"] else 0)


_TRIPO_FLAGS: Mapping[str, bool] = MappingProxyType(
    {"texture": True, "pbr": True, "quad": False, "auto_size": False, "enable_image_autofix": False}
)
_TRIPO_NUMBERS: Mapping[str, tuple[int, int, int]] = MappingProxyType({"face_limit": (500, 500_000, 500_000)})

ENGINES: tuple[SimulatedEngine, ...] = (
    SimulatedEngine(
        key="TRELLIS_2",
        path="/v1/3d-models/trellis2/generate/",
        seconds=(60.0, 180.0),
        cost=_trellis_cost,
        files=("glb",),
        flags=MappingProxyType({"textures": False, "generate_thumbnail": False}),
        numbers=MappingProxyType(
            {
                "steps": (1, 50, 12),
                "decimation_target": (1000, 16_000_000, 1_000_000),
                "seed": (0, 2**63, 0),
            }
        ),
        choices=MappingProxyType({"resolution": ("1024", "512", "1536"), "texture_size": (2048, 1024, 4096)}),
    ),
    SimulatedEngine(
        key="HUNYUAN_PRO",
        path="/v1/3d-models/tencent/generate/pro/",
        seconds=(180.0, 360.0),
        cost=_pro_cost,
        files=("zip", "glb"),
        views="multi_view_images",
        takes_text=True,
        flags=MappingProxyType({"enable_pbr": False}),
        numbers=MappingProxyType({"face_count": (40_000, 1_500_000, 500_000)}),
        choices=MappingProxyType({"model": ("3.0", "3.1"), "generate_type": ("Normal", "Geometry")}),
        required=("model",),
        has_limits=True,
    ),
    SimulatedEngine(
        key="HUNYUAN_RAPID",
        path="/v1/3d-models/tencent/generate/rapid/",
        seconds=(30.0, 120.0),
        cost=_rapid_cost,
        files=("zip",),
        shape="lathe",
        takes_text=True,
        most_prompt=200,
        flags=MappingProxyType({"enable_pbr": False, "enable_geometry": False}),
        has_limits=True,
    ),
    *(
        SimulatedEngine(
            key="TRIPO",
            path=f"/v1/3d-models/tripo/{kind}-to-3d/3.1/",
            seconds=(90.0, 300.0),
            cost=_tripo_cost(20 if kind == "text" else 40),
            files=("glb",),
            front="x",
            picture="image" if kind == "image" else "",
            views="images" if kind == "multiview" else "",
            takes_text=kind == "text",
            flags=_TRIPO_FLAGS,
            numbers=_TRIPO_NUMBERS,
            dislikes_alpha=True,
        )
        for kind in ("image", "text", "multiview")
    ),
)

BY_PATH: Mapping[str, SimulatedEngine] = MappingProxyType({engine.path: engine for engine in ENGINES})


def read_model_order(engine: SimulatedEngine, fields: _Fields, *, quirks: Quirks) -> Order:
    """Check the fields of a request; raise the Refusal that names the first wrong one."""
    known = {*engine.flags, *engine.numbers, *engine.choices, engine.picture, engine.views}
    known |= {"prompt"} if engine.takes_text else set()
    for name in fields:
        if name not in known and quirks.refuses_unknown_fields:
            raise _refuse(name, "Unknown field.")
    for name in engine.required:
        if name not in fields:
            raise _refuse(name, "This field is required.")
    values: dict[str, object] = {}
    for name, default in engine.flags.items():
        values[name] = fields.get(name, default)
        if not isinstance(values[name], bool):
            raise _refuse(name, "Must be a valid boolean.")
    for name, (least, most, default) in engine.numbers.items():
        number = fields.get(name, default)
        if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
            raise _refuse(name, f"Ensure this value is an integer from {least} to {most}.")
        values[name] = number
    for name, allowed in engine.choices.items():
        values[name] = fields.get(name, allowed[0])
        if values[name] not in allowed:
            raise _refuse(name, f'"{values[name]}" is not a valid choice.')
    sources = _pictures(engine, fields)
    prompt = fields.get("prompt", "")
    if not isinstance(prompt, str) or len(prompt) > engine.most_prompt:
        raise _refuse("prompt", f"Ensure this field has no more than {engine.most_prompt} characters.")
    if bool(sources) == bool(prompt.strip()):
        raise _refuse(engine.picture or engine.views or "prompt", "Give either a picture or a prompt.")
    if len(sources) > 1:
        values[engine.views] = len(sources)
    files = engine.files
    if engine.key == "TRIPO" and quirks.tripo_gives_fbx_first:
        files = ("fbx", *files)
    if values.get("generate_thumbnail"):
        files = ("png", *files)
    seed = cast("int | None", fields.get("seed"))
    if "seed" in engine.numbers and seed is None:
        seed = secrets.randbelow(2**31)
    return Order(
        model=engine.key,
        edit=bool(sources),
        prompt=prompt,
        count=1,
        resolution="",
        aspect_ratio="",
        image_size="",
        output_format="png",
        seed=seed,
        sources=sources,
        size=(400, 400),
        cost=engine.cost(values),
        seconds=engine.seconds,
        options={**values, "shape": engine.shape if sources else "box", "front": engine.front},
        files=files,
        file_name=f"trellis2_{values['resolution']}_{seed}" if engine.key == "TRELLIS_2" else "",
        fails=engine.dislikes_alpha and any(_has_alpha(source) for source in sources),
    )


def _pictures(engine: SimulatedEngine, fields: _Fields) -> tuple[Source, ...]:
    found: list[Source] = []
    if engine.views and engine.views in fields:
        items = fields[engine.views]
        if not isinstance(items, list) or not items:
            raise _refuse(engine.views, "This list may not be empty.")
        views: list[object] = []
        for item in cast("list[object]", items):
            each = cast("dict[str, object]", item) if isinstance(item, dict) else {}
            source = each.get("view_image", each.get("image"))
            if not isinstance(source, Source):
                raise _refuse(engine.views, "Not a valid data URI.")
            views.append(each.get("view_type", _VIEWS[len(views) % len(_VIEWS)]))
            found.append(source)
        if "front" not in views or len(set(views)) < len(views) or not set(views) <= set(_VIEWS):
            raise _refuse(engine.views, "A front view is required, and each view only once.")
    elif engine.picture and engine.picture in fields:
        source = fields[engine.picture]
        if not isinstance(source, Source):
            raise _refuse(engine.picture, "Not a valid data URI.")
        found.append(source)
    for source in found:
        name = engine.views if len(found) > 1 else engine.picture
        if complaint := complaint_about(source) or _beyond(engine, source):
            raise _refuse(name, complaint)
    return tuple(found)


def _beyond(engine: SimulatedEngine, source: Source) -> str:
    try:
        size = pixel_size(source)
    except (OSError, ValueError):
        return "The image could not be read."
    if engine.has_limits and size is not None and not _PIXELS[0] <= min(size) <= max(size) <= _PIXELS[1]:
        return f"The image's sides must have {_PIXELS[0]} to {_PIXELS[1]} pixels."
    return "The image is too large." if engine.has_limits and source.size > _MOST_BYTES else ""


def _has_alpha(source: Source) -> bool:
    if source.path is None:
        return False
    from PIL import Image

    with Image.open(source.path) as image:
        return image.mode in ("RGBA", "LA") and image.getchannel("A").getextrema() != (255, 255)


def _refuse(name: str, reason: str) -> Refusal:
    return Refusal(400, "validation_failed", f"{name}: {reason}")
