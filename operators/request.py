# SPDX-License-Identifier: GPL-3.0-or-later
"""What Generate and Edit share: their parameters, and the way from click to engine.

A parameter that a script does not give comes from the form. Nothing is remembered between calls
(`SKIP_SAVE`). The operators have no `REGISTER`: "Repeat Last" would spend again.
"""

import math
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ..client.across_models import on_model
from ..client.models import MODELS, ModelId
from ..client.options import OPTIONS
from ..client.requests import GenerateRequest
from ..imaging import pillow
from ..imaging.snapshot import Taken, release
from ..jobs.placement import Placement
from ..jobs.targets import PlacementKind
from ..properties.options import MODEL_ITEMS, option_property
from ..scene import settings
from ..scene.choices import choice
from ..scene.language import said, say
from ..scene.placement.ways import ITEMS
from ..scene.project import made_here
from ..scene.prompts.prompt_context import evaluate_prompt
from ..scene.session import arrivals, clicks, engine_life, mirror, pump, session, spend, texturings, works
from ..scene.session.clicks import Click
from ..texts.phrases import joined, phrase
from ..texts.refusal import Refusal
from ..texts.wording import button_text, credits_text
from ..texts.wrapping import first_line
from .parameters import SKIP_SAVE, FormButton, SpendingParameters, chosen
from .verb import Outcome, Verb
from .way_options import WayParameters

Prepared: TypeAlias = tuple[GenerateRequest, Placement, Mapping[int, Taken]]
"""A request, what happens to its result, and the snapshots of its sources by index."""


class RequestVerb(WayParameters, SpendingParameters, FormButton, Verb):
    """A verb that spends. It has the parameters of Generate and Edit, for scripts."""

    prompt: StringProperty(
        name="Prompt",
        description=(
            "What the image should show. Sent exactly as written: tokens and templates only work in the form"
        ),
        options=SKIP_SAVE,
    )
    model: EnumProperty(name="Model", description="Which model to use", items=MODEL_ITEMS, options=SKIP_SAVE)
    placement: EnumProperty(
        name="When Finished",
        description="What to do with the finished image",
        items=ITEMS,
        options=SKIP_SAVE,
    )

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return obstacle_to_sending()

    def invoke(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        try:
            return confirm(self, context, event, self.count_jobs(context))
        except Refusal as refusal:
            return self.refuse(refusal)

    def act(self, context: bpy.types.Context) -> Outcome:
        return send(self, context)

    def count_jobs(self, context: bpy.types.Context) -> int:
        """Say how many jobs the click makes. Raises Refusal."""
        return 1

    def is_choice(self) -> bool:
        """Whether the artist chooses among its images. Tiles are not a choice."""
        return asks_all_models(self)

    def text_of_many(self, count: int, what: str) -> str:
        """Name this number of jobs, for the confirmation dialog."""
        return phrase("{count} tiles, {what} each", count=count, what=what)

    def options_of(self, context: bpy.types.Context) -> tuple[list[dict[str, Any]], list[str]]:
        """Return the options of each request of the click, for its price and for sending, as
        `options_of_models`. Raises Refusal."""
        return options_of_models(self, context.scene.easel)

    def requests(self, context: bpy.types.Context) -> Sequence[Prepared]:
        """Make the requests of the click. Raises Refusal; then none of them is sent."""
        raise NotImplementedError


class AllModelsVerb(RequestVerb):
    """One that can ask every model at once."""

    all_models: BoolProperty(
        name="On All Models",
        description="Send one job to each model, with the options that it has",
        options=SKIP_SAVE,
    )

    @classmethod
    def description(cls: Any, context: bpy.types.Context, properties: Any) -> str:
        if getattr(properties, "all_models", False) and not properties.grey:
            return said("Send one job to each model, with the options that it has")
        return super().description(context, properties)


RequestVerb.__annotations__.update(
    {option.name: option_property(option, MODELS.values(), options=SKIP_SAVE) for option in OPTIONS}
)


def obstacle_to_sending() -> str:
    """Say why nothing can be sent at all, and what to do; empty if it can."""
    obstacle = session.obstacle()
    return joined(obstacle.value, obstacle.remedy.value, by=". ")


def chosen_prompt(operator: Any, context: bpy.types.Context, written: str) -> dict[str, str]:
    """Return the given prompt unchanged, or the form's with its current tokens and template.

    Args:
        written: the form's prompt.

    Raises:
        PromptUnready: a token has no value.
        Refusal: the form has a choice of a newer Easel.
    """
    if operator.properties.is_property_set("prompt"):
        return {"prompt": operator.prompt.strip()}
    template = choice(context.scene.easel, "template")
    prompt = evaluate_prompt(context, written, template)
    return {"prompt": prompt, "written": written.strip(), "template": template}


def chosen_model(operator: Any, form: Any) -> ModelId:
    """Return the given model, or the form's. Raises Refusal."""
    return ModelId(chosen(operator, form, "model"))


def chosen_placement(operator: Any, form: Any, name: str = "placement") -> PlacementKind:
    """Return the given placement, or the form's. Raises Refusal.

    On all models, each result is only an image: the artist decides later which one takes the place.
    """
    if asks_all_models(operator) and not operator.properties.is_property_set("placement"):
        return PlacementKind.IMAGE
    return PlacementKind(chosen(operator, form, "placement", name))


def chosen_options(operator: Any, form: Any) -> dict[str, Any]:
    """Return the given options, or the form's. An option that the model lacks is only included if given.

    Raises:
        Refusal: the form has a choice of a newer Easel.
    """
    group = form.options(chosen_model(operator, form))
    properties = group.bl_rna.properties
    options: dict[str, Any] = {"model": chosen_model(operator, form)}
    for name in (option.name for option in OPTIONS):
        if operator.properties.is_property_set(name):
            options[name] = getattr(operator, name)
        elif name in properties:
            is_choice = properties[name].type == "ENUM"
            options[name] = choice(group, name) if is_choice else getattr(group, name)
    if options.get("seed") == -1:
        options["seed"] = None
    return options


def asks_all_models(operator: Any) -> bool:
    """Whether the click asks every model."""
    return getattr(operator, "all_models", False)


def options_of_models(operator: Any, form: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """Return each request's options, as `chosen_options`, and which of them don't apply to all models.

    Raises:
        Refusal: the form has a choice of a newer Easel.
    """
    options = chosen_options(operator, form)
    if not asks_all_models(operator):
        return [options], []
    before = MODELS[options.pop("model")]
    made: list[dict[str, Any]] = []
    lost: list[str] = []
    for model in MODELS.values():
        kept, told = on_model(options, before, model)
        made.append({"model": model.id, **kept})
        lost += told
    return made, lost


def confirm(operator: Any, context: bpy.types.Context, event: bpy.types.Event, job_count: int) -> set[str]:
    """Ask before so many requests of the form, as `confirm_price`. Raises Refusal."""
    chosen, lost = operator.options_of(context)
    price = job_count * total_price(chosen)
    what = " + ".join(f"{options['count']} × {MODELS[options['model']].label}" for options in chosen)
    what = joined(what, *lost, by=". ") if lost else what
    if job_count > 1:
        what = operator.text_of_many(job_count, what)
    return confirm_price(operator, context, event, price, what)


def confirm_price(
    operator: Any, context: bpy.types.Context, event: bpy.types.Event, price: int, what: str
) -> set[str]:
    """Ask before a click that costs more than the artist's threshold (`ask_to_spend`); otherwise go ahead."""
    if price <= settings.preferences().confirm_above:
        return operator.execute(context)
    return ask_to_spend(operator, context, event, price, what)


def ask_to_spend(
    operator: Any, context: bpy.types.Context, event: bpy.types.Event, price: int, what: str
) -> set[str]:
    """Ask before a click that spends.

    Args:
        what: what the dialog says, besides the price.
    """
    texts = spend_texts(price, what, phrase(operator.bl_label))
    return context.window_manager.invoke_confirm(operator, event, **texts)


def total_price(chosen: Sequence[Mapping[str, Any]]) -> int:
    """Credits of requests with these options."""
    return sum(
        MODELS[options["model"]].price(count=options["count"], resolution=options.get("resolution", ""))
        for options in chosen
    )


def is_simulated() -> bool:
    """Whether requests go to the built-in simulator, and cost nothing."""
    return settings.read().is_simulator


def spend_texts(price: int, what: str, verb: str) -> dict[str, str]:
    """Return what a dialog says that asks before a price is spent: title, message and confirm_text."""
    title = phrase("Spend {credits}?", credits=credits_text(price))
    if is_simulated():
        title = phrase("Spend {credits} of the Simulator?", credits=credits_text(price))
    confirm_text = button_text(verb, price, is_simulated=is_simulated())
    return {"title": say(title), "message": say(what), "confirm_text": say(confirm_text)}


def send(operator: Any, context: bpy.types.Context) -> Outcome:
    """Make the requests of one click, hand them to the engine, and report. With `wait`, see them all end.

    Raises:
        Refusal: nothing was sent.
    """
    if problem := pillow.obstacle():
        raise Refusal(problem)
    engine = engine_life.engine_for_new_job()
    prepared = operator.requests(context)
    click = uuid.uuid4().hex if operator.is_choice() else ""
    requests = [request for request, _placement, _snapshots in prepared]
    price = sum(request.whole_price for request in requests)
    consented = operator.most(price)
    try:
        _check_most(operator.max_credits, consented)
        spend.check(consented)
        if operator.dry_run:
            engine.check_click(requests)
            job_ids = []
        else:
            job_ids = engine.submit_click(
                [
                    (request, replace(made_here(placement), click=click), taken)
                    for request, placement, taken in prepared
                ]
            )
    except Refusal:
        _release_all(prepared)
        raise
    clicks.note(Click(requests=requests, job_ids=job_ids))
    if not job_ids:
        _release_all(prepared)
        return phrase("It would cost {credits}. Nothing was sent.", credits=credits_text(consented))
    if (tile := prepared[0][1].tile) is not None:
        arrivals.announce(job_ids, tile.batch)
    for job_id in job_ids:
        pump.follow(job_id)
    if operator.wait:
        ends_at = time.monotonic() + (operator.timeout or math.inf)
        outcomes = [see_through(operator, job_id, ends_at) for job_id in job_ids]
        return {"CANCELLED"} if {"CANCELLED"} in outcomes else {"FINISHED"}
    if is_simulated():
        return phrase("Sent to the simulator")
    return phrase("Sent: {credits}", credits=credits_text(price))


def _check_most(most: int, price: int) -> None:
    """Raise Refusal if a click costs more than its script allows. `most`: credits; below 0 is no limit."""
    if 0 <= most < price:
        raise Refusal(
            phrase(
                "This costs {price}, and {most} are allowed. Nothing was sent.",
                price=credits_text(price),
                most=credits_text(most),
            )
        )


def _release_all(prepared: Sequence[Prepared]) -> None:
    for _request, _placement, snapshots in prepared:
        release(snapshots.values())


def see_through(operator: Any, job_id: str, ends_at: float) -> set[str]:
    """Pump until a job is settled, or `time.monotonic()` reaches `ends_at`, and report how it ended."""
    try:
        pump.run_until_settled(job_id, ends_at)
        if (work := works.of_job(job_id)) is not None:  # the result is processed before it is placed
            pump.run_until_made(work, ends_at)
            pump.run_until(lambda: works.of_job(job_id) is None, ends_at)
    except Refusal as refusal:
        return operator.refuse(refusal)
    if next_id := texturings.next_of(job_id):
        return see_through(operator, next_id, ends_at)
    job = session.engine().job(job_id)
    if not job.state.has_images:
        return operator.refuse(job.message or phrase("The job ended without an image"))
    outcome = mirror.placement_text(job_id)
    if not job.placed_at:
        return operator.refuse(outcome)
    operator.report(
        {"INFO"}, say(joined(f"{len(job.results)} × {first_line(job.request.title, 40)}", outcome, by=": "))
    )
    return {"FINISHED"}
