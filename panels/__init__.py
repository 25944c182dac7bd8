# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw only: no I/O, no computing, no writing. Panels read the form and the mirror."""

from . import (
    collection,
    compare,
    form,
    gallery,
    history,
    image_editor,
    job,
    jobs,
    masks,
    options,
    placing,
    presets,
    prompts,
    result,
    shader_editor,
    sources,
    tools,
    view_menu,
)

CLASSES = (
    *sources.CLASSES,
    *prompts.CLASSES,
    *presets.CLASSES,
    *options.CLASSES,
    *masks.CLASSES,
    *form.CLASSES,
    *placing.CLASSES,
    *result.CLASSES,
    *job.CLASSES,
    *jobs.CLASSES,
    *gallery.CLASSES,
    *tools.CLASSES,
    *compare.CLASSES,
    *view_menu.CLASSES,
    *image_editor.CLASSES,
    *shader_editor.CLASSES,
    *history.CLASSES,
    *collection.CLASSES,
)
