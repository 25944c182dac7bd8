# SPDX-License-Identifier: GPL-3.0-or-later
"""`easel generate` and `easel edit`: call these operators, and wait for their jobs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import bpy

from ..client.engines import ENGINES
from ..client.options import OPTIONS
from ..jobs.targets import PlacementKind
from ..scene.session import clicks
from ..scene.settings import read
from ..terminal.exits import Exit
from ..terminal.told import price_record
from ..texts.refusal import Refusal
from ..texts.wording import credits_text
from .call import Call, check_ready, operate, typed_values
from .copying import folder_of
from .waiting import is_handed_over, ready_engine, see_through, tell_ends

_VIEWS: Final = ("image", "image_left", "image_back", "image_right")
"""Parameters of the sources of a 3D model, in their order."""
_MOST_PROMPT: Final = 1_000_000
"""Characters that are read of standard input."""


def generate(call: Call) -> int:
    """Make images from a prompt, or a 3D model if an engine is named."""
    if call.arguments.model in ENGINES:
        return _spend(call, "make_model", _of_model(call))
    return _spend(call, "generate", _options(call))


def edit(call: Call) -> int:
    """Edit an image by a prompt or a tool, or make a 3D model of it if an engine is named."""
    asked = call.arguments
    if asked.tool:
        return _spend(call, asked.tool, {"image": _only_source(call), **_limits(call)})
    if asked.model in ENGINES:
        if not 1 <= len(asked.source) <= len(_VIEWS):
            raise Refusal("A 3D model is made of 1 to 4 sources: front, left, back, right.")
        views = {view: _loaded(name) for view, name in zip(_VIEWS, asked.source, strict=False)}
        return _spend(call, "make_model", views | _of_model(call))
    given: dict[str, Any] = {}
    if asked.source:
        given["sources"] = [{"name": _source(name)} for name in asked.source]
    if any(";" in role for role in asked.role):
        raise Refusal("A role has no semicolon.")
    if asked.role:
        given["roles"] = ";".join(asked.role)
    for name in ("tiles", "sizing", "scope"):
        if getattr(asked, name) is not None:
            given[name] = getattr(asked, name)
    return _spend(call, "edit", given | _options(call))


def paint(call: Call) -> int:
    """Paint whole models of the open file."""
    asked = call.arguments
    values: dict[str, Any] = {**_prompt_and_options(call), **_limits(call)}
    for name in ("views", "look", "size"):
        if getattr(asked, name) is not None:
            values[name] = getattr(asked, name)
    values |= {name: True for name in ("perspective", "normals", "depth", "deep") if getattr(asked, name)}
    if asked.cameras:
        values["view_from"] = "CAMERAS"
    if asked.source:
        values["sources"] = [{"name": _source(name)} for name in asked.source]
    return _spend(call, "paint_model", values)


def _only_source(call: Call) -> str:
    if len(call.arguments.source) != 1:
        raise Refusal("A tool works on one source.")
    return _loaded(call.arguments.source[0])


def _loaded(name: str) -> str:
    """The name of an image of the open file; a file is opened as one."""
    if name in bpy.data.images:
        return name
    try:
        return bpy.data.images.load(_source(name), check_existing=True).name
    except RuntimeError as error:
        raise Refusal(str(error).removeprefix("Error: ").strip()) from error


def _source(name: str) -> str:
    """An image of the open file by its name, else a file by its whole path."""
    return name if name in bpy.data.images else str(Path(name).expanduser().absolute())


def _spend(call: Call, verb: str, values: dict[str, Any]) -> int:
    asked = call.arguments
    check_ready()
    values |= typed_values(verb, asked.set)
    _select(asked.object)
    if getattr(asked, "out", None) and not asked.dry_run:
        _check_folder(asked.out)
    ready_engine()
    clicks.take()
    operate(verb, **values)
    click = clicks.take()
    if click is None:
        raise Refusal("Nothing was asked for.")
    is_simulated = read().is_simulator
    record = price_record(click.price, click.requests, is_simulated=is_simulated)
    if asked.dry_run:
        call.output.record("price", record, f"{credits_text(click.price)}. Nothing was sent.")
        return Exit.DONE
    call.output.note(f"{credits_text(click.price)}{' of the simulator' if is_simulated else ''}")
    try:
        see_through(call, click.job_ids, call.ends_at, is_handed_over if asked.no_wait else None)
    finally:
        code = tell_ends(call, click.job_ids, places=_places(values) and not asked.no_wait)
    return code


def _check_folder(out: str) -> None:
    """Make the folder for copies. Raises Refusal if that fails: nothing was sent yet."""
    try:
        folder_of(out)
    except OSError as error:
        raise Refusal(f"The images can't be copied to {out}: {error.strerror}. Nothing was sent.") from error


def _options(call: Call) -> dict[str, Any]:
    """Return the operator's parameters that were given. The form has the others."""
    asked = call.arguments
    values = {"all_models": asked.all_models, **_prompt_and_options(call), **_limits(call)}
    if asked.placement is not None:
        values["placement"] = asked.placement
    elif not call.file:
        values["placement"] = PlacementKind.IMAGE.value  # there is nothing that another placement could go to
    return values


def _prompt_and_options(call: Call) -> dict[str, Any]:
    asked = call.arguments
    values: dict[str, Any] = {}
    if asked.prompt is not None:
        values["prompt"] = _read_prompt() if asked.prompt == "-" else asked.prompt
    if asked.model is not None:
        values["model"] = asked.model.value
    for option in OPTIONS:
        if (value := getattr(asked, option.name)) is not None:
            values[option.name] = value
    return values


def _limits(call: Call) -> dict[str, Any]:
    asked = call.arguments
    most = {} if asked.max_credits is None else {"max_credits": asked.max_credits}
    return {"dry_run": asked.dry_run, **most}


def _of_model(call: Call) -> dict[str, Any]:
    """Return the parameters of a 3D model, without those of images."""
    asked = call.arguments
    strange = [
        option.name
        for option in OPTIONS
        if option.name not in ("seed", "count") and getattr(asked, option.name)
    ]
    if strange or asked.all_models or asked.placement or (asked.count or 1) > 1:
        raise Refusal("A 3D model has no options of images: --seed, and --set height=1.8 faces=…, pbr=yes.")
    values: dict[str, Any] = {"engine": asked.model.value, **_limits(call)}
    if asked.prompt is not None:
        values["prompt"] = _read_prompt() if asked.prompt == "-" else asked.prompt
    if asked.seed is not None:
        values["seed"] = asked.seed
    return values


def _read_prompt() -> str:
    text = sys.stdin.read(_MOST_PROMPT + 1)
    if len(text) > _MOST_PROMPT:
        raise Refusal("The prompt is longer than a million letters.")
    return text.strip()


def _select(names: list[str]) -> None:
    """Select objects, as the targets of what is placed; the first is the active one."""
    if not names:
        return
    layer = bpy.context.view_layer
    missing = [name for name in names if name not in layer.objects]
    if missing:
        raise Refusal(f"There is no object {', '.join(missing)} in this scene.")
    for other in layer.objects:
        other.select_set(other.name in names)
    layer.objects.active = layer.objects[names[0]]


def _places(values: dict[str, Any]) -> bool:
    """Whether images are placed by the arguments; else the form decides."""
    return values.get("placement", "") != PlacementKind.IMAGE.value
