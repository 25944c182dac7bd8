# SPDX-License-Identifier: GPL-3.0-or-later
"""Read how an image was made from what other tools write into their files, as far as Easel can use it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, cast

from ..imaging.errors import ImagingError
from ..imaging.exif_comment import comment_text
from ..imaging.inscription import Told, read_told
from ..imaging.pillow import REFUSALS
from ..imaging.xmp import DC

_LONGEST: Final = 100_000
"""The most characters of a prompt; the rest is left out."""
_LONGEST_LINE: Final = 4000
"""The most characters of settings."""
_MOST_STEPS: Final = 200
"""The most steps from node to node of a ComfyUI graph, because a graph may contain a circle."""
_EXIF_IFD, _USER_COMMENT = 0x8769, 0x9286
_NAMED: Final = (0x010E, 0x010F, 0x0110)
"""Exif's description, maker and model: ComfyUI writes `workflow:…` and `prompt:…` there in a WebP."""
_SETTING: Final = re.compile(r'([\w /]{1,40}):\s*("(?:\\.|[^"\\])*"|[^,]*)(?:,|$)')
_FEWEST: Final = 3
"""A last line with at least so many settings is a line of settings; Stable Diffusion web UI does the same."""
_SAMPLERS: Final = ("positive", "conditioning", "cond", "guider")
_TEXTS: Final = ("text", "text_g", "t5xxl", "clip_l", "prompt", "string", "value")
_MODELS: Final = ("ckpt_name", "unet_name", "model_name")
_SEEDS: Final = ("seed", "noise_seed")


class Tool(StrEnum):
    """The tool, or family of tools, that wrote it."""

    A1111 = "A1111"
    """The line `parameters`, of Stable Diffusion web UI and the many tools that write the same."""
    COMFYUI = "COMFYUI"
    """A graph of nodes."""
    XMP = "XMP"
    """A plain description."""


@dataclass(frozen=True, kw_only=True)
class OtherRecipe:
    """What another tool says about an image."""

    tool: Tool
    prompt: str
    negative: str = ""
    """The negative prompt."""
    model: str = ""
    seed: int | None = None
    steps: int | None = None
    width: int = 0  # pixels, 0 = not told
    height: int = 0  # pixels


def read_other(path: Path) -> OtherRecipe | None:
    """Read what another tool says about an image; None if there is nothing that Easel knows. Worker only.

    Raises:
        NotAnImage, ImageDamaged, OSError
    """
    told = read_told(path)
    texts = told.texts or _exif_texts(path)
    found = (
        _of_parameters(texts.get("parameters", "")),
        _of_graph(texts.get("prompt", "")),
        _of_workflow(texts.get("workflow", "")),
        _of_xmp(told),
    )
    return next((other for other in found if other is not None), None)


def _of_parameters(text: str) -> OtherRecipe | None:
    """Read a prompt, "Negative prompt: …" and a last line of settings."""
    lines = text[: 4 * _LONGEST].strip().split("\n")
    settings: dict[str, str] = {}
    found = {match[1].strip(): match[2].strip(' "') for match in _SETTING.finditer(lines[-1][:_LONGEST_LINE])}
    if lines[-1].lstrip().startswith("Steps:") or len(found) >= _FEWEST:
        settings = found
        lines.pop()
    prompt, mark, negative = "\n".join(lines).partition("Negative prompt:")
    if not prompt.strip() or not (settings or mark):
        return None
    size = re.fullmatch(r"(\d{1,6})x(\d{1,6})", settings.get("Size", ""))
    return OtherRecipe(
        tool=Tool.A1111,
        prompt=_short(prompt),
        negative=_short(negative),
        model=_short(settings.get("Model", "")),
        seed=_number(settings.get("Seed")),
        steps=_number(settings.get("Steps")),
        width=int(size[1]) if size else 0,
        height=int(size[2]) if size else 0,
    )


def _of_graph(text: str) -> OtherRecipe | None:
    """Read ComfyUI's graph as it is run: nodes by their names. Inputs are values, or links to other nodes."""
    nodes = {name: inputs for name, node in _json_object(text).items() if (inputs := _inputs(node))}
    prompt = negative = ""
    for inputs in nodes.values():
        if any(name in inputs for name in _SEEDS) or "noise" in inputs:
            prompt = prompt or next(
                (found for name in _SAMPLERS if (found := _text_behind(nodes, inputs.get(name)))), ""
            )
            negative = negative or _text_behind(nodes, inputs.get("negative"))
    if not prompt:
        prompt = max(
            (inputs["text"] for inputs in nodes.values() if _is_text(inputs.get("text"))), default=""
        )
    if not prompt:
        return None
    return OtherRecipe(
        tool=Tool.COMFYUI,
        prompt=_short(prompt),
        negative=_short(negative if negative != prompt else ""),
        model=_short(_first(nodes, _MODELS, str)),
        seed=_number(_first(nodes, _SEEDS, int)),
        steps=_number(_first(nodes, ("steps",), int)),
        width=_number(_first(nodes, ("width",), int)) or 0,
        height=_number(_first(nodes, ("height",), int)) or 0,
    )


def _of_workflow(text: str) -> OtherRecipe | None:
    """Read ComfyUI's graph as it is drawn, if there is no other: the first text of any node."""
    found = _json_object(text).get("nodes")
    texts: list[str] = []
    model = ""
    for node in cast("list[Any]", found) if isinstance(found, list) else ():
        if not isinstance(node, dict):
            continue
        told = cast("dict[str, Any]", node)
        kind, values = str(told.get("type", "")), told.get("widgets_values")
        first: Any = cast("list[Any]", values)[0] if isinstance(values, list) and values else None
        if "TextEncode" in kind and isinstance(first, str) and first.strip():
            texts.append(first)
        elif kind.startswith(("CheckpointLoader", "UNETLoader")) and isinstance(first, str):
            model = model or first
    if not texts:
        return None
    return OtherRecipe(tool=Tool.COMFYUI, prompt=_short(texts[0]), model=_short(model))


def _of_xmp(told: Told) -> OtherRecipe | None:
    text = told.packet.text(DC, "description")
    return OtherRecipe(tool=Tool.XMP, prompt=_short(text)) if text.strip() else None


def _text_behind(nodes: Mapping[str, Mapping[str, Any]], link: object) -> str:
    """Follow a link over the nodes in between, and return the text at its end."""
    todo, seen = [link], set[str]()
    while todo and len(seen) < _MOST_STEPS:
        link = todo.pop(0)
        if not isinstance(link, list) or not link:
            continue
        name = str(cast("list[Any]", link)[0])
        if name in seen or name not in nodes:
            continue
        seen.add(name)
        inputs = nodes[name]
        if text := next((inputs[key] for key in _TEXTS if _is_text(inputs.get(key))), ""):
            return text
        todo += [value for key, value in inputs.items() if key != "negative" and isinstance(value, list)]
    return ""


def _inputs(node: object) -> Mapping[str, Any]:
    inputs = cast("Mapping[str, Any]", node).get("inputs") if isinstance(node, dict) else None
    return cast("Mapping[str, Any]", inputs) if isinstance(inputs, dict) else {}


def _first(nodes: Mapping[str, Mapping[str, Any]], names: tuple[str, ...], kind: type) -> Any:
    values = (inputs.get(name) for name in names for inputs in nodes.values())
    return next((value for value in values if isinstance(value, kind) and not isinstance(value, bool)), "")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _json_object(text: str) -> Mapping[str, Any]:
    """Read JSON; empty if it is not an object."""
    try:
        value: Any = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return {}
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _number(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


def _short(text: str) -> str:
    # JSON can contain lone surrogates, which Blender does not accept in texts.
    return text.strip()[:_LONGEST].encode("utf-8", "replace").decode()


def _exif_texts(path: Path) -> dict[str, str]:
    """Read from a JPEG or WebP what a PNG has as text chunks, by their keys there."""
    import PIL.Image

    try:
        with PIL.Image.open(path) as image:
            exif = image.getexif()
            comment: Any = exif.get_ifd(_EXIF_IFD).get(_USER_COMMENT, b"")
            named = [value for tag in _NAMED if isinstance(value := exif.get(tag), str)]
    except (*REFUSALS, ImagingError, PIL.Image.DecompressionBombError):
        return {}
    texts = {"parameters": comment_text(comment)}
    for text in named:
        key, _, value = text.partition(":")
        texts.setdefault(key.lower(), value)
    return texts
