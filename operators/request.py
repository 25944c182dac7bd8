# SPDX-License-Identifier: GPL-3.0-or-later
"""What Generate and Edit share: their parameters, and the way from click to engine.

A parameter that a script does not give comes from the form. Nothing is remembered from call to call
(`SKIP_SAVE`), and the operators are no `REGISTER` ones: "Repeat Last" would spend again.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from ..client.errors import ClientError
from ..client.models import MODELS, OUTPUT_FORMATS, SEEDREAM_SIZES, WIDE_ASPECT_RATIOS, ModelId
from ..client.requests import MAX_SEED, OPTIONS, GenerateRequest
from ..imaging.snapshot import PendingPixels, Taken
from ..jobs.database import LedgerError
from ..jobs.placement import Placement, PlacementKind
from ..prompting.tokens import PromptUnready
from ..properties.form import PLACEMENT_ITEMS
from ..properties.options import MODEL_ITEMS, choice_items
from ..scene import settings
from ..scene.language import said, say
from ..scene.placement import tile_batches
from ..scene.placement.place import PlacementImpossible
from ..scene.prompts.prompt_context import evaluate_prompt
from ..scene.session import engine_life, mirror, pump, session
from ..scene.sources.snapshots import SourceUnusable
from ..texts.phrases import joined, phrase
from ..texts.wording import button_text, credits_text
from ..texts.wrapping import first_line

REFUSALS = (ClientError, LedgerError, OSError, PlacementImpossible, PromptUnready, SourceUnusable)
"""What can go wrong at a click; each has a text for the artist."""

Prepared: TypeAlias = tuple[GenerateRequest, Placement, Mapping[int, Taken]]
"""A request, what becomes of its result, and the snapshots of its sources by their index."""

RESOLUTIONS = tuple(dict.fromkeys(value for model in MODELS.values() for value in model.resolutions))
SKIP_SAVE = {"SKIP_SAVE"}


class RequestParameters:
    """The parameters of Generate and Edit, for scripts."""

    prompt: StringProperty(
        name="Prompt",
        description="What the image should show. Sent letter by letter: tokens and templates are the form's",
        options=SKIP_SAVE,
    )
    model: EnumProperty(name="Model", description="Which model to use", items=MODEL_ITEMS, options=SKIP_SAVE)
    aspect_ratio: EnumProperty(
        name="Aspect Ratio",
        description="Width to height",
        items=choice_items(WIDE_ASPECT_RATIOS),
        options=SKIP_SAVE,
    )
    resolution: EnumProperty(
        name="Resolution",
        description="Pixels along the longer side, roughly",
        items=choice_items(RESOLUTIONS),
        options=SKIP_SAVE,
    )
    image_size: EnumProperty(
        name="Size",
        description="Shape and size of the image",
        items=choice_items(SEEDREAM_SIZES),
        options=SKIP_SAVE,
    )
    count: IntProperty(
        name="Images",
        description="How many images to make at once",
        default=1,
        min=1,
        max=max(model.max_images for model in MODELS.values()),
        options=SKIP_SAVE,
    )
    seed: IntProperty(
        name="Seed",
        description="The same seed and prompt give the same image again; -1 is none",
        default=-1,
        min=-1,
        max=MAX_SEED,
        options=SKIP_SAVE,
    )
    safety_checker: BoolProperty(
        name="Safety Checker",
        description="Let the service refuse unsafe images",
        default=True,
        options=SKIP_SAVE,
    )
    output_format: EnumProperty(
        name="File Format",
        description="Format of the files that the service makes",
        items=choice_items(OUTPUT_FORMATS),
        options=SKIP_SAVE,
    )
    placement: EnumProperty(
        name="When Finished",
        description="What to do with the finished image",
        items=PLACEMENT_ITEMS,
        options=SKIP_SAVE,
    )
    wait: BoolProperty(
        name="Wait",
        description="Return when the images are there, for scripts. Blender stands still meanwhile",
        options=SKIP_SAVE,
    )


def poll_service(cls: type[bpy.types.Operator]) -> bool:
    """Say whether anything can be sent at all, and if not, why."""
    obstacle = session.obstacle()
    if obstacle is session.Obstacle.NONE:
        return True
    cls.poll_message_set(say(joined(obstacle.value, obstacle.remedy.value, by=". ")))
    return False


def chosen_prompt(operator: Any, context: bpy.types.Context, written: str) -> dict[str, str]:
    """The prompt that was given, letter by letter; else the form's, with the tokens and template of now.

    Args:
        written: the form's prompt.

    Raises:
        PromptUnready: a token has no value.
    """
    if operator.properties.is_property_set("prompt"):
        return {"prompt": operator.prompt.strip()}
    template = context.scene.easel.template
    prompt = evaluate_prompt(context, written, template)
    return {"prompt": prompt, "written": written.strip(), "template": template}


def chosen_model(operator: Any, form: Any) -> ModelId:
    """The model that was given, else the form's."""
    return ModelId(operator.model) if operator.properties.is_property_set("model") else form.model_id


def chosen_placement(operator: Any, form: Any) -> PlacementKind:
    """The placement that was given, else the form's."""
    given = operator.properties.is_property_set("placement")
    return PlacementKind(operator.placement if given else form.placement)


def chosen_options(operator: Any, form: Any) -> dict[str, Any]:
    """The options that were given, else the form's. One that the model lacks is only there if given."""
    group = form.options(chosen_model(operator, form))
    names = group.bl_rna.properties.keys()
    options: dict[str, Any] = {"model": chosen_model(operator, form)}
    for name in OPTIONS:
        if operator.properties.is_property_set(name):
            options[name] = getattr(operator, name)
        elif name in names:
            options[name] = getattr(group, name)
    if options.get("seed") == -1:
        options["seed"] = None
    return options


def confirm(
    operator: Any, context: bpy.types.Context, event: bpy.types.Event, verb: str, tile_count: int = 1
) -> set[str]:
    """Ask before a click that costs more than the artist's threshold; else go ahead."""
    form = context.scene.easel
    options = chosen_options(operator, form)
    model = MODELS[options["model"]]
    price = tile_count * model.price(count=options["count"], resolution=options.get("resolution", ""))
    what = f"{options['count']} × {model.label}"
    if tile_count > 1:
        what = phrase("{count} tiles, {what} each", count=tile_count, what=what)
    if price <= settings.preferences().confirm_above:
        return operator.execute(context)
    return context.window_manager.invoke_confirm(
        operator,
        event,
        title=spend_title(price),
        message=say(what),
        confirm_text=say(button_text(verb, price, is_simulated=is_simulated())),
    )


def is_simulated() -> bool:
    """Whether requests go to the built-in simulator, and cost nothing."""
    return settings.read().is_simulator


def spend_title(price: int) -> str:
    """Head a dialog that asks before a price is spent."""
    if is_simulated():
        return said("Spend {credits} of the Simulator?", credits=credits_text(price))
    return said("Spend {credits}?", credits=credits_text(price))


def send(operator: Any, make_request: Callable[[], Prepared]) -> set[str]:
    """Make a request, hand it to the engine, and report. With `wait`, see it to its end."""
    return send_all(operator, lambda: [make_request()])


def send_all(operator: Any, make_requests: Callable[[], Sequence[Prepared]]) -> set[str]:
    """Make the requests of one click, hand them to the engine, and report. With `wait`, see them all end.

    None is sent if one can't be made.
    """
    prepared: Sequence[Prepared] = ()
    job_ids: list[str] = []
    refusal = ""
    try:
        engine = engine_life.engine_for_new_job()
        prepared = make_requests()
        for request, placement, snapshots in prepared:
            job_ids.append(engine.submit(request, placement, snapshots))
    except REFUSALS as error:
        refusal = say(str(error))
        operator.report({"ERROR"}, refusal)
    for _request, _placement, snapshots in prepared[len(job_ids) :]:
        release(snapshots)
    if job_ids and (tile := prepared[0][1].tile) is not None:
        tile_batches.bind(job_ids, tile.batch)
    for job_id in job_ids:
        pump.follow(job_id)
    if operator.wait and job_ids:
        outcomes = [see_through(operator, job_id) for job_id in job_ids]
        return {"FINISHED"} if not refusal and {"CANCELLED"} not in outcomes else {"CANCELLED"}
    if not job_ids:
        return {"CANCELLED"}
    price = sum(request.price for request, _placement, _snapshots in prepared[: len(job_ids)])
    if is_simulated():
        operator.report({"INFO"}, said("Sent to the simulator"))
    else:
        operator.report({"INFO"}, said("Sent: {credits}", credits=credits_text(price)))
    return {"FINISHED"}


def release(snapshots: Mapping[int, Taken]) -> None:
    """Give back pixels that were promised to nobody after all."""
    for snapshot in snapshots.values():
        if isinstance(snapshot, PendingPixels):
            snapshot.released.set()


def see_through(operator: Any, job_id: str) -> set[str]:
    """Pump until a job is settled, and report how it ended."""
    pump.run_until_settled(job_id)
    job = session.engine().job(job_id)
    if not job.state.has_images:
        operator.report({"ERROR"}, say(job.message or phrase("The job ended without an image")))
        return {"CANCELLED"}
    outcome = mirror.placement_text(job_id)
    if not job.placed_at:
        operator.report({"ERROR"}, say(outcome))
        return {"CANCELLED"}
    operator.report(
        {"INFO"}, say(joined(f"{len(job.results)} × {first_line(job.request.title, 40)}", outcome, by=": "))
    )
    return {"FINISHED"}
