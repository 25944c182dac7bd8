# SPDX-License-Identifier: GPL-3.0-or-later
"""The tools on images as the vendor documents them, independently of the client's own table.

They take a form with a file, or JSON with the address of an image, which this service can't fetch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .answers import Refusal
from .models import Size
from .orders import Order, Quirks, complaint_about, pixel_size
from .uploads import Source

FILE_FIELD = "image_file"
_LARGEST = 4096  # pixels of the longer side that Enhance makes: a guess
_TIMES = 2  # of the sides: a guess
_TRUTHS = ("true", "false")


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One tool: its endpoint, its inputs, its price."""

    key: str
    path: str
    seconds: tuple[float, float]  # quickest and slowest: a guess
    choices: Mapping[str, tuple[str, ...]]  # by field, the first is the default
    costs: Mapping[str, Mapping[str, int]]  # credits for a value, by field
    base_cost: int
    enlarges: bool = False

    def cost(self, values: Mapping[str, str]) -> int:
        """Credits of a request with these values."""
        return self.base_cost + sum(costs.get(values[name], 0) for name, costs in self.costs.items())


TOOLS: tuple[Tool, ...] = (
    Tool(
        key="REMOVE_BACKGROUND",
        path="/v1/tools/remove-bg/",
        seconds=(5.0, 20.0),
        choices=MappingProxyType({"quality": ("high", "medium", "low"), "return_mask": _TRUTHS[::-1]}),
        costs=MappingProxyType({"quality": MappingProxyType({"low": 3, "medium": 4, "high": 5})}),
        base_cost=0,
    ),
    Tool(
        key="ENHANCE",
        path="/v1/tools/image-enhance/",
        seconds=(15.0, 60.0),
        choices=MappingProxyType(
            {"mode": ("enhance", "restore"), "enhance": _TRUTHS, "remove_bg": _TRUTHS[::-1]}
        ),
        costs=MappingProxyType({"remove_bg": MappingProxyType({"true": 5})}),
        base_cost=15,
        enlarges=True,
    ),
)

BY_KEY: Mapping[str, Tool] = MappingProxyType({tool.key: tool for tool in TOOLS})


def read_tool_order(tool: Tool, fields: Mapping[str, object], *, quirks: Quirks) -> Order:
    """Check the fields of a request; raise the Refusal that names the first wrong one."""
    for name in fields:
        if name not in (*tool.choices, FILE_FIELD, "image_url") and quirks.refuses_unknown_fields:
            raise _refuse(name, "Unknown field.")
    if "image_url" in fields:
        raise _refuse("image_url", "The image could not be fetched.")
    source = fields.get(FILE_FIELD)
    if not isinstance(source, Source):
        raise _refuse(FILE_FIELD, "This field is required.")
    if complaint := complaint_about(source):
        raise _refuse(FILE_FIELD, complaint)
    values: dict[str, str] = {}
    for name, allowed in tool.choices.items():
        value = fields.get(name, allowed[0])
        word = str(value).lower() if isinstance(value, bool) else value
        if not isinstance(word, str) or word not in allowed:
            raise _refuse(name, f'"{value}" is not a valid choice. Choose one of: {", ".join(allowed)}.')
        values[name] = word
    try:
        size = pixel_size(source) or (1024, 1024)
    except (OSError, ValueError) as error:
        raise _refuse(FILE_FIELD, "The image could not be read.") from error
    return Order(
        model=tool.key,
        edit=True,
        prompt="",
        count=1,
        resolution="",
        aspect_ratio="",
        image_size="",
        output_format="png",
        seed=None,
        sources=(source,),
        size=_enlarged(size) if tool.enlarges else size,
        cost=tool.cost(values),
        seconds=tool.seconds,
        options=values,
    )


def _enlarged(size: Size) -> Size:
    times = max(1.0, min(_TIMES, _LARGEST / max(size)))
    return round(size[0] * times), round(size[1] * times)


def _refuse(name: str, reason: str) -> Refusal:
    return Refusal(400, "validation_failed", f"{name}: {reason}")
