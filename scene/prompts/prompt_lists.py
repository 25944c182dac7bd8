# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills the lists of earlier and of saved prompts when the artist opens one, and applies a saved one."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from ...client.models import MODELS, ModelId
from ...client.requests import ToolRequest
from ...jobs.library import Library
from ...prompting.history import PastPrompt, merge
from ...prompting.saved import SavedPrompt, SavedPrompts, SavedPromptsError
from ...prompting.templates import NO_TEMPLATE, TEMPLATES
from ...prompting.tokens import escape
from ...texts.wording import age_text
from .. import settings
from ..language import say

if TYPE_CHECKING:
    from ...jobs.engine import Engine
    from ...jobs.job import Job

MAX_JOBS = 1000
"""The most jobs in the history."""
_NO_OPTIONS = frozenset({"rna_type", "name"})


def saved_prompts() -> SavedPrompts:
    """Return the artist's saved prompts from the library."""
    return SavedPrompts(Library(settings.library_folder()).prompts_path)


def fill_history(lists: Any, engine: Engine) -> None:
    """Read the prompts of all sessions from the ledger into the mirror's `lists`."""
    past = merge(
        _past_prompt(job) for job in engine.jobs(MAX_JOBS) if not isinstance(job.request, ToolRequest)
    )
    lists.past.clear()
    lists.active_past = 0
    lists.search = ""
    now = time.time()
    for prompt in past:
        row = lists.past.add()
        row.text, row.template, row.verb = prompt.text, prompt.template, prompt.verb
        row.times, row.age = prompt.times, say(age_text(now - prompt.used_at))


def fill_saved(lists: Any, select: str = "") -> None:
    """Read the saved prompts from their file. If it is unreadable, the reason is shown instead.

    Args:
        lists: the mirror's.
        select: name of the prompt to make active.
    """
    lists.saved.clear()
    lists.trouble = ""
    try:
        prompts = saved_prompts().load()
    except SavedPromptsError as error:
        lists.trouble = say(str(error))
        return
    for prompt in prompts:
        row = lists.saved.add()
        row.name, row.text, row.template, row.model = prompt.name, prompt.text, prompt.template, prompt.model
    lists.active_saved = max(0, lists.saved.find(select))


def use(form: Any, text: str, template: str) -> None:
    """Put a prompt into the form, in the current mode."""
    setattr(form, "edit_prompt" if form.mode == "EDIT" else "prompt", text)
    form.template = template if template in TEMPLATES else NO_TEMPLATE


def use_saved(form: Any, prompt: SavedPrompt) -> None:
    """Put a saved prompt into the form, with the model and the options that were saved with it."""
    use(form, prompt.text, prompt.template)
    if prompt.model not in MODELS:
        return
    form.model = prompt.model
    options = form.options(ModelId(prompt.model))
    for name in option_names(options):
        if name in prompt.options:
            # If this version's model lacks a value, the option stays unchanged.
            with contextlib.suppress(TypeError, ValueError):
                setattr(options, name, prompt.options[name])


def take(form: Any, name: str, *, with_options: bool) -> SavedPrompt:
    """Make a saved prompt from the current form."""
    prompt = SavedPrompt(name=name, text=form.active_prompt, template=form.template)
    if not with_options:
        return prompt
    options = form.options(form.model_id)
    return SavedPrompt(
        name=prompt.name,
        text=prompt.text,
        template=prompt.template,
        model=form.model,
        options={option: getattr(options, option) for option in option_names(options)},
    )


def option_names(options: Any) -> list[str]:
    """Return the names of the properties in a model's group of options."""
    return [name for name in options.bl_rna.properties.keys() if name not in _NO_OPTIONS]  # noqa: SIM118


def _past_prompt(job: Job) -> PastPrompt:
    request = job.request
    return PastPrompt(
        text=request.written or escape(request.prompt),
        template=request.template or NO_TEMPLATE,
        verb=request.verb,
        used_at=job.created_at,
    )
