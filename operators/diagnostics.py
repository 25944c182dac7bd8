# SPDX-License-Identifier: GPL-3.0-or-later
"""Copy Diagnostics: the facts for a support request, without anything private."""

import platform
from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty

from ..client.redact import without_user
from ..jobs.version import own_version
from ..scene import logs, settings
from ..scene.session import session
from ..texts.phrases import phrase
from .verb import Verb

MAX_JOBS = 20


class EASEL_OT_copy_diagnostics(Verb, bpy.types.Operator):
    """Copy versions, settings, the last errors and the states of jobs, for a support request"""

    bl_idname = "easel.copy_diagnostics"
    bl_label = "Copy Diagnostics"
    bl_options = set()

    with_prompts: BoolProperty(
        name="Include Prompts",
        description="Copy the prompts too. Otherwise no prompt is copied",
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self, confirm_text="Copy")

    def act(self, context: bpy.types.Context) -> str:
        shown = context.window_manager.easel
        context.window_manager.clipboard = diagnose(shown, with_prompts=self.with_prompts)
        return phrase("Diagnostics copied, without the key and the name of your home folder")


def diagnose(shown: Any, *, with_prompts: bool) -> str:
    """Write the diagnostics. `shown`: the mirror."""
    from ..diagnostics import Facts, JobFacts, Secrets, homes_of, report

    rows = list(shown.jobs)[:MAX_JOBS]
    facts = Facts(
        versions=_versions(),
        settings=_settings(shown),
        troubles=[*filter(None, (shown.trouble, shown.wallet_message)), *logs.troubles()],
        jobs=[
            JobFacts(
                label=f"{row.model}, {row.verb}",
                state=row.state,
                prompt=row.prompt if with_prompts else "",
                message=row.message,
                task_id=row.task_id,
            )
            for row in rows
        ],
    )
    key = session.known_key()
    secrets = Secrets(
        keys=[key.value] if key is not None else [],
        homes=homes_of(str(Path.home())),
        prompts=[] if with_prompts else _prompts(shown),
    )
    return report(facts, secrets)


def _prompts(shown: Any) -> list[str]:
    forms = [scene.easel for scene in bpy.data.scenes]
    return [row.prompt for row in shown.jobs] + [
        text for form in forms for text in (form.prompt, form.edit_prompt)
    ]


def _versions() -> dict[str, str]:
    commit = bpy.app.build_hash
    return {
        "Easel": own_version(),
        "Blender": f"{bpy.app.version_string} ({commit.decode() if isinstance(commit, bytes) else commit})",
        "Python": platform.python_version(),
        "Platform": platform.platform(),
        "Window": "none" if bpy.app.background else "yes",
    }


def _settings(shown: Any) -> dict[str, str]:
    chosen = settings.preferences()
    key = session.known_key()
    blenders = bpy.types.AddonPreferences.bl_rna.properties
    own = [choice for choice in chosen.bl_rna.properties if choice.identifier not in blenders]
    values = {choice.name: str(getattr(chosen, choice.identifier)) for choice in own}
    overridden = [
        variable for name, variable in settings.ENVIRONMENT.items() if settings.from_environment(name)
    ]
    return values | {
        chosen.bl_rna.properties["proxy"].name: without_user(chosen.proxy),
        "API key": key.origin.name.lower() if key is not None else "none",
        "Set by the environment": ", ".join(overridden) or "nothing",
        "Online access": "on" if bpy.app.online_access else "off",
        "Library holds": shown.library_text or "not measured",
        "In the way": shown.obstacle.lower(),
    }


CLASSES = (EASEL_OT_copy_diagnostics,)
