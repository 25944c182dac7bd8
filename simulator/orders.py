# SPDX-License-Identifier: GPL-3.0-or-later
"""A valid request to a model, and the documented checks that make one out of a request's fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, cast

from .answers import Refusal
from .models import AUTO, BY_KEY, SimulatedModel, Size
from .uploads import MAGIC, Source

FORMATS = ("png", "jpeg", "webp")
INVALID_INPUT = "Invalid input."


@dataclass(frozen=True, kw_only=True)
class Order:
    """The content of a request, with the defaults filled in."""

    model: str
    edit: bool
    prompt: str
    count: int
    resolution: str  # "" where the model has none, as with the next two
    aspect_ratio: str
    image_size: str
    output_format: str
    fails: bool = False  # the service accepts it, and then can't make it
    seed: int | None
    sources: tuple[Source, ...]
    size: Size  # pixels of each result
    cost: int | None = None  # credits of each result, if not the model's
    seconds: tuple[float, float] | None = None  # quickest and slowest, likewise
    options: Mapping[str, object] = field(default_factory=dict[str, object])  # a tool's, an engine's
    files: tuple[str, ...] = ()  # suffixes of the results, in the listed order, if they are not images
    file_name: str = ""  # of the results, if their names have a meaning

    @property
    def result_count(self) -> int:
        """The number of results to make."""
        return len(self.files) or self.count

    def suffix(self, index: int) -> str:
        """Return the suffix of a result's file, without its dot."""
        return self.files[index] if self.files else self.output_format

    @property
    def price_per_image(self) -> int:
        return BY_KEY[self.model].price(self.resolution) if self.cost is None else self.cost

    @property
    def typical(self) -> tuple[float, float]:
        """The shortest and longest duration in seconds."""
        return self.seconds or BY_KEY[self.model].seconds

    @property
    def price(self) -> int:
        return self.price_per_image * self.count


class Textured(Enum):
    """The form in which a textured model is returned; no page describes it."""

    SAME = "same"  # as it was uploaded
    REORDERED = "reordered"  # its vertices and triangles in another order
    WELDED = "welded"  # vertices at the same place with the same UV are one
    SPLIT = "split"  # no two triangles share a vertex
    UNWRAPPED = "unwrapped"  # with new UVs of the service
    REMESHED = "remeshed"  # another mesh


class Formats(Enum):
    """How Gemini 2.5 Flash treats an `output_format`, which its documentation has."""

    REFUSED = "refused"  # 400 "Invalid input.", which names no field
    NAMED = "named"  # 400 with the field's name
    FAILED = "failed"  # the task is made, and fails with "Invalid input."
    TAKEN = "taken"  # as documented


@dataclass(frozen=True, kw_only=True)
class Quirks:
    """Known or suspected differences of the service from its documentation."""

    seedream_source_field: str = "image_urls"
    flash_2_5_formats: Formats = Formats.REFUSED
    textured: Textured = Textured.SAME
    textured_turn: int = 0  # degrees by which a textured model comes back turned about its up axis
    textured_scale: float = 1.0  # likewise
    picture_as_text: bool = False  # a form only accepts a data URI, no file
    tripo_gives_fbx_first: bool = False  # a task gives an FBX before its GLB, as was seen
    refuses_unknown_fields: bool = False  # they are most probably ignored; our own tests refuse them


class _Rule(Protocol):
    """Read a field's value, or raise ValueError with the reason."""

    def __call__(self, value: object) -> object: ...


@dataclass(frozen=True)
class _Choice:
    values: Sequence[str]

    def __call__(self, value: object) -> object:
        if value not in self.values:
            raise ValueError(f'"{value}" is not a valid choice. Choose one of: {", ".join(self.values)}.')
        return value


@dataclass(frozen=True)
class _Whole:
    lowest: int
    highest: int | None = None

    def __call__(self, value: object) -> object:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError("A valid integer is required.")
        if value < self.lowest:
            raise ValueError(f"Ensure this value is greater than or equal to {self.lowest}.")
        if self.highest is not None and value > self.highest:
            raise ValueError(f"Ensure this value is less than or equal to {self.highest}.")
        return value


def _flag(value: object) -> object:
    if not isinstance(value, bool):
        raise ValueError("Must be a valid boolean.")
    return value


def _text(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("Not a valid string.")
    if not value.strip():
        raise ValueError("This field may not be blank.")
    if "\x00" in value:
        raise ValueError("Null characters are not allowed.")
    return value


@dataclass(frozen=True)
class _Sources:
    most: int

    def __call__(self, value: object) -> object:
        if not isinstance(value, list):
            raise ValueError('Expected a list of items but got type "' + type(value).__name__ + '".')
        items = cast("list[object]", value)
        if not items:
            raise ValueError("This list may not be empty.")
        if len(items) > self.most:
            raise ValueError(f"Ensure this field has no more than {self.most} elements.")
        for number, item in enumerate(items):
            complaint = complaint_about(item)
            if complaint:
                raise ValueError(f"{number}: {complaint}")
        return tuple(items)


def complaint_about(item: object) -> str:
    """Return what is wrong with a source, or ''."""
    if not isinstance(item, Source):
        return "Not a valid data URI. Expected data:image/png;base64,…"
    magic = MAGIC.get(item.media_type)
    if magic is None:
        return f'Unsupported media type "{item.media_type}". Use {", ".join(MAGIC)}.'
    if item.complaint:
        return item.complaint
    if item.path is not None and not item.head.startswith(magic):
        return f"The data is not {item.media_type}."
    return ""


def rules_for(model: SimulatedModel, *, edit: bool, quirks: Quirks) -> Mapping[str, _Rule]:
    """Return the fields that an endpoint knows, each with its rule."""
    rules: dict[str, _Rule] = {"prompt": _text, "num_images": _Whole(1, model.max_images)}
    if model.aspect_ratios:
        rules["aspect_ratio"] = _Choice((AUTO, *model.aspect_ratios))
    if model.resolutions:
        rules["resolution"] = _Choice(model.resolutions)
    if model.image_sizes:
        rules["image_size"] = _Choice(tuple(model.image_sizes))
    if model.output_format:
        rules["output_format"] = _Choice(FORMATS)
    if model.seed:
        rules["seed"] = _Whole(0)
    if model.safety_checker:
        rules["enable_safety_checker"] = _flag
    if edit:
        rules[source_field(model, quirks)] = _Sources(model.max_sources)
    return rules


def source_field(model: SimulatedModel, quirks: Quirks) -> str:
    """Return the name of the field that carries an edit's sources."""
    return quirks.seedream_source_field if model.key == "SEEDREAM_V5_LITE" else "images"


def read_order(model: SimulatedModel, fields: Mapping[str, object], *, edit: bool, quirks: Quirks) -> Order:
    """Check the fields of a request; raise the Refusal that names the first wrong one."""
    rules = rules_for(model, edit=edit, quirks=quirks)
    required = ["prompt", source_field(model, quirks)] if edit else ["prompt"]
    for name in fields:
        if name not in rules and quirks.refuses_unknown_fields:
            raise _refuse(name, "Unknown field.")
    for name in required:
        if name not in fields:
            raise _refuse(name, "This field is required.")
    values: dict[str, object] = {}
    for name, rule in rules.items():
        if name not in fields:
            continue
        try:
            values[name] = rule(fields[name])
        except ValueError as error:
            raise _refuse(name, str(error)) from error

    formats = Formats.TAKEN
    if model.key == "GEMINI_2_5_FLASH" and "output_format" in values:
        formats = quirks.flash_2_5_formats
    if formats is Formats.REFUSED:
        raise Refusal(400, "validation_failed", INVALID_INPUT)
    if formats is Formats.NAMED:
        raise _refuse("output_format", "Unknown field.")
    sources = cast("tuple[Source, ...]", values.get(source_field(model, quirks), ()))
    resolution = str(values.get("resolution", "1K" if model.resolutions else ""))
    aspect_ratio = str(values.get("aspect_ratio", AUTO if model.aspect_ratios else ""))
    image_size = str(values.get("image_size", "auto_2K" if model.image_sizes else ""))
    try:
        first = pixel_size(sources[0]) if sources else None
    except (OSError, ValueError) as error:
        raise _refuse(source_field(model, quirks), "0: The image could not be read.") from error
    return Order(
        model=model.key,
        edit=edit,
        prompt=str(values["prompt"]),
        count=cast("int", values.get("num_images", 1)),
        resolution=resolution,
        aspect_ratio=aspect_ratio,
        image_size=image_size,
        output_format=str(values.get("output_format", "png")),
        fails=formats is Formats.FAILED,
        seed=cast("int | None", values.get("seed")),
        sources=sources,
        size=model.pixel_size(
            resolution=resolution, aspect_ratio=aspect_ratio, image_size=image_size, source=first
        ),
    )


def _refuse(name: str, reason: str) -> Refusal:
    return Refusal(400, "validation_failed", f"{name}: {reason}")


def pixel_size(source: Source) -> Size | None:
    """Read the size from the header. Raises OSError if it is not an image, ValueError for a bomb."""
    if source.path is None:
        return None
    from PIL import Image

    try:
        with Image.open(source.path) as image:
            return image.size
    except Image.DecompressionBombError as error:
        raise ValueError(str(error)) from error
