# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw only: no I/O, no computing, no writing. Panels read the form and the mirror."""

from . import form, jobs, presets, prompts, sources, view_menu

CLASSES = (
    *sources.CLASSES,
    *prompts.CLASSES,
    *presets.CLASSES,
    *form.CLASSES,
    *jobs.CLASSES,
    *view_menu.CLASSES,
)
